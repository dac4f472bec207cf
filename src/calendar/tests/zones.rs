use chrono::NaiveDateTime;

use super::*;

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn a_day_of_los_angeles_has_23_hours_in_spring_and_25_in_autumn() {
    let hours = |date: &str| {
        let length =
            next_local_midnight(day(date), LOS_ANGELES).unwrap() - start_of_local_day(day(date), LOS_ANGELES).unwrap();
        length.num_hours()
    };
    assert_eq!([hours("2026-03-07"), hours("2026-03-08"), hours("2026-11-01"), hours("2026-11-02")], [24, 23, 25, 24]);
}

#[test]
fn the_due_instant_follows_the_offset_of_its_own_day() {
    // Friday 2020-03-06 12:00 PST + 1 working day = Monday 03-09, which ends in daylight time (UTC−7).
    let start = local_to_utc(local("2020-03-06T12:00:00"), LOS_ANGELES).unwrap();
    assert_eq!(start, instant("2020-03-06T20:00:00Z"));
    let due = ClockSpec::new(wd(1), start).due(us(), LOS_ANGELES, day("2020-03-06")).unwrap();
    assert_eq!(due.due_at, instant("2020-03-10T07:00:00Z"));
    // Friday 2020-10-30 + 1: Monday 11-02, standard time again.
    let start = local_to_utc(local("2020-10-30T12:00:00"), LOS_ANGELES).unwrap();
    let due = ClockSpec::new(wd(1), start).due(us(), LOS_ANGELES, day("2020-10-30")).unwrap();
    assert_eq!(due.due_at, instant("2020-11-03T08:00:00Z"));
}

#[test]
fn hours_are_elapsed_time_across_a_change_of_clocks() {
    // 24 h from Saturday noon PST end on Sunday at 13:00 PDT.
    let start = local_to_utc(local("2026-03-07T12:00:00"), LOS_ANGELES).unwrap();
    let due = ClockSpec::new(hours(24), start).due(us(), LOS_ANGELES, day("2026-03-07")).unwrap();
    assert_eq!(due.due_at, local_to_utc(local("2026-03-08T13:00:00"), LOS_ANGELES).unwrap());
}

#[test]
fn a_local_time_that_came_twice_is_the_earlier() {
    // 2026-11-01 01:30 was first in PDT (UTC−7), then in PST.
    assert_eq!(local_to_utc(local("2026-11-01T01:30:00"), LOS_ANGELES).unwrap(), instant("2026-11-01T08:30:00Z"));
}

#[test]
fn a_local_time_that_never_was_is_shifted_by_the_gap() {
    // 2026-03-08 02:30 reads as 03:30 PDT.
    assert_eq!(local_to_utc(local("2026-03-08T02:30:00"), LOS_ANGELES).unwrap(), instant("2026-03-08T10:30:00Z"));
    assert_eq!(local_to_utc(local("2026-03-08T02:00:00"), LOS_ANGELES).unwrap(), instant("2026-03-08T10:00:00Z"));
}

#[test]
fn a_day_without_midnight_starts_after_the_gap() {
    // São Paulo 2018-11-04: 00:00 −03 → 01:00 −02.
    assert_eq!(
        next_local_midnight(day("2018-11-03"), Tz::America__Sao_Paulo).unwrap(),
        instant("2018-11-04T03:00:00Z")
    );
    // Apia left out the whole of 2011-12-30: −10 → +14.
    for date in ["2011-12-30", "2011-12-31"] {
        assert_eq!(start_of_local_day(day(date), Tz::Pacific__Apia).unwrap(), instant("2011-12-30T10:00:00Z"));
    }
}

#[test]
fn a_day_with_two_midnights_starts_when_the_day_before_is_over_for_good() {
    // Havana 2020-11-01: 01:00 −04 → 00:00 −05, both within the day: the first.
    assert_eq!(next_local_midnight(day("2020-10-31"), Tz::America__Havana).unwrap(), instant("2020-11-01T04:00:00Z"));
    // St John's 2010-11-07: 00:01 −02:30 → 23:01 −03:30 of the day before: the second.
    assert_eq!(next_local_midnight(day("2010-11-06"), Tz::America__St_Johns).unwrap(), instant("2010-11-07T03:30:00Z"));
    // São Paulo 2018-02-18: 00:00 −02 → 23:00 −03 of the day before; midnight itself is once.
    assert_eq!(
        next_local_midnight(day("2018-02-17"), Tz::America__Sao_Paulo).unwrap(),
        instant("2018-02-18T03:00:00Z")
    );
}

#[test]
fn every_local_day_of_every_zone_starts_at_the_first_instant_from_which_it_is_that_day() {
    for tz in chrono_tz::TZ_VARIANTS {
        for first_of in [day("1987-01-01"), day("2011-01-01"), day("2026-01-01")] {
            for date in first_of.iter_days().take(366) {
                let start = start_of_local_day(date, tz).unwrap();
                assert!(local_date(start, tz) >= date, "{tz} {date}");
                assert!(local_date(start - TimeDelta::microseconds(1), tz) < date, "{tz} {date}");
            }
        }
    }
}
