use super::*;

fn light(clock: &ClockSpec, local: &str) -> Light {
    let now = local_to_utc(local.parse().unwrap(), SHANGHAI).unwrap();
    clock.light(now, cn(), SHANGHAI).unwrap()
}

fn left(clock: &ClockSpec, local: &str) -> (i64, TermUnit) {
    let now = local_to_utc(local.parse().unwrap(), SHANGHAI).unwrap();
    let left = clock.time_left(now, cn(), SHANGHAI).unwrap();
    (left.value, left.unit)
}

fn warn_at(clock: &ClockSpec) -> DateTime<Utc> {
    clock.warn_at(cn(), SHANGHAI, day("2026-01-01")).unwrap()
}

#[test]
fn the_light_is_yellow_from_the_day_that_leaves_30_percent() {
    // 20 working days end on 03-18; 6 are left after 03-10: 03-11…13 (3), 03-16…18 (6).
    let clock = clock("2026-02-12", wd(20));
    assert_eq!(light(&clock, "2026-02-12T09:30:00"), Light::Green);
    assert_eq!(light(&clock, "2026-03-09T23:59:59"), Light::Green);
    assert_eq!(light(&clock, "2026-03-10T00:00:00"), Light::Yellow);
    assert_eq!(light(&clock, "2026-03-18T23:59:59"), Light::Yellow);
    assert_eq!(light(&clock, "2026-03-19T00:00:00"), Light::Red);
    // 03-10T00:00+08:00
    assert_eq!(warn_at(&clock), instant("2026-03-09T16:00:00Z"));
}

#[test]
fn the_light_is_yellow_when_one_working_day_is_left() {
    // 30 % of 3 days are 0.9; the last but one of 02-13, 02-14, 02-24 is the make-up Saturday.
    let short = clock("2026-02-12", wd(3));
    assert_eq!(light(&short, "2026-02-13T23:59:59"), Light::Green);
    assert_eq!(light(&short, "2026-02-14T00:00:00"), Light::Yellow);
    // 10 natural days from 02-07 roll over the festival to 02-24; 02-14 is the last worked day before it.
    let rolled = clock("2026-02-07", nd(10));
    assert_eq!(light(&rolled, "2026-02-13T23:59:59"), Light::Green);
    assert_eq!(light(&rolled, "2026-02-14T00:00:00"), Light::Yellow);
}

#[test]
fn a_budget_of_at_most_one_working_day_is_yellow_from_the_start() {
    for budget in [wd(0), wd(1), nd(0), nd(1)] {
        assert_eq!(warn_at(&clock("2026-03-03", budget)), morning("2026-03-03"), "{budget}");
    }
}

#[test]
fn an_hour_clock_is_yellow_when_30_percent_of_its_time_is_left() {
    // 70 % of 24 h are 16 h 48 min: 09:30 → 02:18.
    let clock = clock("2026-04-30", hours(24));
    assert_eq!(light(&clock, "2026-05-01T02:17:59"), Light::Green);
    assert_eq!(light(&clock, "2026-05-01T02:18:00"), Light::Yellow);
    assert_eq!(light(&clock, "2026-05-01T09:29:59"), Light::Yellow);
    assert_eq!(light(&clock, "2026-05-01T09:30:00"), Light::Red);
}

#[test]
fn a_paused_clock_keeps_its_light_and_what_is_left() {
    let clock = clock("2026-02-12", wd(20)).with_pauses(ledger(&[("2026-03-02", None)]));
    for now in ["2026-03-02T00:00:00", "2026-03-18T12:00:00", "2026-12-01T12:00:00"] {
        assert_eq!(light(&clock, now), Light::Green, "{now}");
        assert_eq!(left(&clock, now), (13, TermUnit::WorkingDay), "{now}");
    }
}

#[test]
fn a_clock_that_was_overdue_before_the_pause_stays_red() {
    let clock = clock("2026-02-12", wd(1)).with_pauses(ledger(&[("2026-03-02", None)]));
    assert_eq!(light(&clock, "2026-03-05T12:00:00"), Light::Red);
}

#[test]
fn days_left_are_those_after_today_and_0_on_the_last_day() {
    let clock = clock("2026-02-12", wd(5));
    for (now, value) in [
        ("2026-02-12T09:30:00", 5),
        ("2026-02-13T00:00:00", 4),
        ("2026-02-14T12:00:00", 3),
        ("2026-02-20T12:00:00", 3),
        ("2026-02-25T12:00:00", 1),
        ("2026-02-26T23:59:59", 0),
        ("2026-02-27T00:00:00", -1),
        // 02-27, Saturday 02-28 (made up), Sunday.
        ("2026-03-01T12:00:00", -2),
    ] {
        assert_eq!(left(&clock, now), (value, TermUnit::WorkingDay), "{now}");
    }
}

#[test]
fn what_is_left_of_a_month_is_natural_days_and_of_hours_whole_hours() {
    // 2025-02-28 − 2025-02-01.
    assert_eq!(left(&clock("2025-01-31", months(1)), "2025-02-01T12:00:00"), (27, TermUnit::NaturalDay));
    let day_and_night = clock("2026-04-30", hours(24));
    assert_eq!(left(&day_and_night, "2026-04-30T09:30:00"), (24, TermUnit::Hour));
    assert_eq!(left(&day_and_night, "2026-05-01T09:00:00"), (0, TermUnit::Hour));
    assert_eq!(left(&day_and_night, "2026-05-01T09:30:01"), (-1, TermUnit::Hour));
    let paused = day_and_night.with_pauses(ledger(&[("2026-05-01", Some("2026-05-03"))]));
    // 9 h 30 min are left for 05-04, throughout the pause.
    assert_eq!(left(&paused, "2026-05-02T12:00:00"), (9, TermUnit::Hour));
}

#[test]
fn a_pause_after_the_end_takes_nothing_from_the_hours_left() {
    let clock = clock("2026-04-30", hours(24))
        .with_pauses(ledger(&[("2026-05-01", Some("2026-05-01")), ("2026-05-03", Some("2026-05-09"))]));
    // 14 h 30 min on 04-30, then 9 h 30 min on 05-02.
    assert_eq!(left(&clock, "2026-04-30T09:30:00"), (24, TermUnit::Hour));
}

#[test]
fn a_light_can_be_read_off_the_two_stored_instants() {
    let schedule = clock("2026-02-12", wd(20)).schedule(cn(), SHANGHAI, day("2026-02-12")).unwrap();
    let at = |now| Light::at(now, schedule.warn_at, schedule.due.due_at);
    assert_eq!(at(schedule.warn_at - TimeDelta::microseconds(1)), Light::Green);
    assert_eq!(at(schedule.warn_at), Light::Yellow);
    assert_eq!(at(schedule.due.due_at), Light::Red);
    assert_eq!(serde_json::to_value(Light::Green).unwrap(), "green");
}
