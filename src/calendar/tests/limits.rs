use super::*;

#[test]
fn dates_beyond_year_9999_are_refused_and_nothing_panics() {
    let starts = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, instant("9999-12-31T12:00:00Z")];
    let zones = [Tz::UTC, SHANGHAI, LOS_ANGELES, Tz::Pacific__Kiritimati];
    for start in starts {
        for tz in zones {
            for budget in [wd(3650), nd(3650), months(3650), hours(3650)] {
                let clock = ClockSpec::new(budget, start).with_extension(Some(budget)).unwrap();
                assert_eq!(
                    clock.schedule(cn(), tz, NaiveDate::MIN),
                    Err(CalendarError::OutOfRange),
                    "{start} {tz} {budget}"
                );
                assert!(clock.light(DateTime::<Utc>::MAX_UTC, cn(), tz).is_err());
            }
        }
    }
}

#[test]
fn the_last_day_of_9999_ends_at_its_midnight() {
    assert_eq!(next_local_midnight(day("9999-12-31"), Tz::UTC).unwrap().timestamp(), 253_402_300_800);
    assert_eq!(next_local_midnight(NaiveDate::MAX, Tz::UTC), Err(CalendarError::OutOfRange));
    assert_eq!(next_local_midnight(NaiveDate::MIN, Tz::UTC), Err(CalendarError::OutOfRange));
    assert_eq!(start_of_local_day(NaiveDate::MIN, SHANGHAI), Err(CalendarError::OutOfRange));
    assert_eq!(local_to_utc(NaiveDate::MAX.and_time(NaiveTime::MIN), SHANGHAI), Err(CalendarError::OutOfRange));
    assert_eq!(cn().add_working_days(NaiveDate::MAX, 1), Err(CalendarError::OutOfRange));
    assert_eq!(cn().add_working_days(NaiveDate::MIN, 0), Err(CalendarError::OutOfRange));
    assert_eq!(cn().add_working_days(day("2026-01-01"), u32::MAX), Err(CalendarError::OutOfRange));
}

#[test]
fn any_instant_has_a_local_date() {
    assert_eq!(local_date(DateTime::<Utc>::MAX_UTC, SHANGHAI), DateTime::<Utc>::MAX_UTC.date_naive());
    assert_eq!(local_date(DateTime::<Utc>::MIN_UTC, LOS_ANGELES), DateTime::<Utc>::MIN_UTC.date_naive());
}

#[test]
fn a_pause_of_eight_thousand_years_is_counted_at_once() {
    let paused = clock("2026-02-12", wd(5)).with_pauses(ledger(&[("2026-02-13", Some("9998-12-31"))]));
    // 9999-01-01 is a Friday: 01-01, 01-04…07.
    let due = due(&paused);
    assert_eq!((due.due_on, due.provisional), (day("9999-01-07"), true));
    let never = clock("2026-02-12", wd(5)).with_pauses(ledger(&[("2026-02-13", Some("9999-12-31"))]));
    assert_eq!(never.due(cn(), SHANGHAI, day("2026-01-01")), Err(CalendarError::OutOfRange));
}

#[test]
fn the_time_left_at_the_ends_of_time_does_not_panic() {
    for budget in [wd(5), nd(5), months(5), hours(5)] {
        let clock = clock("2026-02-12", budget).with_pauses(ledger(&[("2026-02-13", None)]));
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            // Either answer is fine; that there is one is the point.
            let left = clock.time_left(now, cn(), SHANGHAI);
            assert!(left.is_ok() || left == Err(CalendarError::OutOfRange));
        }
    }
}

#[test]
fn a_term_has_at_most_3650_units() {
    assert_eq!(Term::working_days(3650).unwrap().value(), 3650);
    assert_eq!(Term::working_days(3651), Err(CalendarError::TermTooLong(3651)));
    assert_eq!(Term::hours(u32::MAX), Err(CalendarError::TermTooLong(u32::MAX)));
}
