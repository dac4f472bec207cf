//! The worked examples of the law (2026 calendar of China).

use super::*;

fn accepted_before_spring_festival(budget: u32) -> ClockSpec {
    // Thursday 2026-02-12; Saturday 02-14 is made up, 02-15 to 02-23 are off.
    clock("2026-02-12", wd(budget))
}

#[test]
fn working_days_leave_out_the_spring_festival_and_count_the_make_up_saturday() {
    for (budget, end) in
        [(1, "2026-02-13"), (5, "2026-02-26"), (20, "2026-03-18"), (30, "2026-04-01"), (45, "2026-04-23")]
    {
        assert_eq!(due_on(&accepted_before_spring_festival(budget)), day(end), "{budget} working days");
    }
}

#[test]
fn days_of_a_special_procedure_are_not_counted() {
    let pauses = ledger(&[("2026-03-02", Some("2026-03-06"))]);
    for (budget, end) in [(1, "2026-02-13"), (5, "2026-02-26"), (20, "2026-03-25"), (30, "2026-04-09")] {
        let paused = accepted_before_spring_festival(budget).with_pauses(pauses.clone());
        assert_eq!(due_on(&paused), day(end), "{budget} working days");
    }
}

#[test]
fn an_extension_is_counted_with_the_budget() {
    // 20 + 10 = 30 and 45 + 15 = 60 working days (licensing law, art. 42); 20 + 10 paused as 30 paused.
    let extended = accepted_before_spring_festival(20).with_extension(Some(wd(10))).unwrap();
    assert_eq!(due_on(&extended), day("2026-04-01"));
    assert_eq!(due_on(&extended.with_pauses(ledger(&[("2026-03-02", Some("2026-03-06"))]))), day("2026-04-09"));
    let joint = accepted_before_spring_festival(45).with_extension(Some(wd(15))).unwrap();
    // 45 end on 04-23; then 04-24, 04-27…30 (5), 05-01…05 off, 05-06…08 (8), Saturday 05-09 (9), 05-11…15 (14), 05-18.
    assert_eq!(due_on(&joint), day("2026-05-18"));
}

#[test]
fn a_work_order_dispatched_before_labour_day_counts_the_make_up_saturday() {
    assert_eq!(due_on(&clock("2026-04-30", wd(5))), day("2026-05-11"));
    assert_eq!(due_on(&clock("2026-04-30", wd(10))), day("2026-05-18"));
}

#[test]
fn a_complex_work_order_has_five_working_days_more() {
    let extended = clock("2026-04-30", wd(5)).with_extension(Some(wd(5))).unwrap();
    assert_eq!(due_on(&extended), day("2026-05-18"));
}

#[test]
fn a_petition_ends_after_natural_days() {
    // Saturday 05-09 is a make-up workday, so the term ends on it.
    assert_eq!(due_on(&clock("2026-03-10", nd(60))), day("2026-05-09"));
    assert_eq!(due_on(&clock("2026-03-10", nd(90))), day("2026-06-08"));
    assert_eq!(due_on(&clock("2026-03-10", nd(60)).with_extension(Some(nd(30))).unwrap()), day("2026-06-08"));
    // 15 days to register: 03-25, a Wednesday.
    assert_eq!(due_on(&clock("2026-03-10", nd(15))), day("2026-03-25"));
}

#[test]
fn an_information_request_counts_working_days_from_receipt() {
    for (budget, end) in [(7, "2026-10-08"), (15, "2026-10-19"), (20, "2026-10-26"), (40, "2026-11-23")] {
        assert_eq!(due_on(&clock("2026-09-21", wd(budget))), day(end), "{budget} working days");
    }
    let extended = clock("2026-09-21", wd(20)).with_extension(Some(wd(20))).unwrap();
    assert_eq!(due_on(&extended), day("2026-11-23"));
}

#[test]
fn a_month_ends_on_the_same_day_number_or_on_the_last_of_the_month() {
    // In 2025 these are all worked: Friday 02-28, Friday 03-28, Monday 03-31, Wednesday 04-30.
    assert_eq!(due_on(&clock("2025-01-31", months(1))), day("2025-02-28"));
    assert_eq!(due_on(&clock("2025-02-28", months(1))), day("2025-03-28"));
    assert_eq!(due_on(&clock("2025-01-31", months(2))), day("2025-03-31"));
    assert_eq!(due_on(&clock("2025-01-31", months(3))), day("2025-04-30"));
    // Saturday 2026-02-28 is a make-up workday.
    assert_eq!(due_on(&clock("2026-01-31", months(1))), day("2026-02-28"));
    // Leap year: Thursday 2024-02-29.
    assert_eq!(due_on(&clock("2024-01-31", months(1))), day("2024-02-29"));
}

#[test]
fn an_extended_month_counts_from_day_0_and_not_from_the_shortened_month() {
    let extended = clock("2025-01-31", months(1)).with_extension(Some(months(1))).unwrap();
    assert_eq!(due_on(&extended), day("2025-03-31"));
}

#[test]
fn natural_days_and_months_that_end_on_a_day_off_roll_to_the_next_working_day() {
    // Saturday 2026-03-07 → Monday 03-09.
    assert_eq!(due_on(&clock("2026-03-02", nd(5))), day("2026-03-09"));
    // Tuesday 2026-02-17, in the festival: 02-24 is the first worked day after it.
    assert_eq!(due_on(&clock("2026-02-07", nd(10))), day("2026-02-24"));
    // 2026-04-30 is worked, 05-01 to 05-05 are off.
    assert_eq!(due_on(&clock("2026-04-01", months(1))), day("2026-05-06"));
    assert_eq!(due_on(&clock("2026-03-30", months(1))), day("2026-04-30"));
    // A roll across Saturday must stop at a make-up Saturday: Friday 2026-02-27 + 1 → 02-28.
    assert_eq!(due_on(&clock("2026-02-27", nd(1))), day("2026-02-28"));
}

#[test]
fn day_0_is_the_local_day_of_the_event_even_on_a_day_off() {
    // Sunday 2026-03-08 + 1 working day = Monday 03-09.
    assert_eq!(due_on(&clock("2026-03-08", wd(1))), day("2026-03-09"));
    // 16:00 UTC on the 12th is the 13th in Shanghai, so one working day ends on Saturday 02-14 (made up).
    let late = ClockSpec::new(wd(1), instant("2026-02-12T16:00:00Z"));
    assert_eq!(due_on(&late), day("2026-02-14"));
    let just_before = ClockSpec::new(wd(1), instant("2026-02-12T15:59:59.999999Z"));
    assert_eq!(due_on(&just_before), day("2026-02-13"));
}

#[test]
fn a_budget_of_0_ends_on_day_0_even_on_a_day_off() {
    for budget in [wd(0), nd(0), months(0), hours(0)] {
        assert_eq!(due_on(&clock("2026-03-08", budget)), day("2026-03-08"), "{budget}");
    }
    assert_eq!(due(&clock("2026-03-08", hours(0))).due_at, morning("2026-03-08"));
}

#[test]
fn a_term_ends_at_24_00_of_its_last_day() {
    let due = due(&accepted_before_spring_festival(5));
    // 02-27T00:00+08:00
    assert_eq!(due.due_at, instant("2026-02-26T16:00:00Z"));
    assert!(!due.provisional);
}

#[test]
fn hours_are_elapsed_time_from_the_event() {
    // A work order returned within 24 hours, over a night, over a weekend, over a holiday alike.
    let returned = clock("2026-04-30", hours(24));
    assert_eq!(due(&returned).due_at, morning("2026-05-01"));
    assert_eq!(due(&returned).due_on, day("2026-05-01"));
    // An end at midnight is 24:00 of the day before.
    let at_midnight = ClockSpec::new(hours(24), instant("2026-04-29T16:00:00Z"));
    assert_eq!(due(&at_midnight).due_at, instant("2026-04-30T16:00:00Z"));
    assert_eq!(due(&at_midnight).due_on, day("2026-04-30"));
}

#[test]
fn a_year_that_is_not_loaded_has_weekends_only_and_the_date_is_provisional() {
    // 2027 is not loaded. Wednesday 2026-12-30 + 3: 12-31 (Thu), 2027-01-01 (Fri), 01-04 (Mon).
    let into_2027 = due(&clock("2026-12-30", wd(3)));
    assert_eq!((into_2027.due_on, into_2027.provisional), (day("2027-01-04"), true));
    let within_2026 = due(&clock("2026-12-23", wd(1)));
    assert_eq!((within_2026.due_on, within_2026.provisional), (day("2026-12-24"), false));
    // Natural days ask the calendar only about the end: Monday 2027-01-04, and Thursday 2026-12-24.
    assert!(due(&clock("2026-12-30", nd(5))).provisional);
    assert!(!due(&clock("2026-12-23", nd(1))).provisional);
    assert!(!due(&clock("2026-12-30", hours(100))).provisional);
    assert!(!due(&clock("2027-03-01", wd(0))).provisional);
}

#[test]
fn the_last_days_of_a_year_are_provisional_until_the_notice_of_the_next_is_loaded() {
    // The notice of 2019 made Saturday 2018-12-29 a workday and Monday 12-31 a day off: Thursday 12-27 + 2 = 12-29.
    assert_eq!(due(&clock("2018-12-27", wd(2))).due_on, day("2018-12-29"));
    // 2027 is not loaded: Thursday 2026-12-24 stands, Friday 12-25 and Thursday 12-31 may still move.
    for (start, term, end, provisional) in [
        ("2026-12-23", wd(1), "2026-12-24", false),
        ("2026-12-23", wd(2), "2026-12-25", true),
        ("2026-12-30", wd(1), "2026-12-31", true),
        ("2026-12-30", nd(1), "2026-12-31", true),
        ("2025-12-30", wd(1), "2025-12-31", false),
    ] {
        let due = due(&clock(start, term));
        assert_eq!((due.due_on, due.provisional), (day(end), provisional), "{start} + {term}");
    }
}

#[test]
fn a_federal_holiday_is_not_counted_in_the_united_states() {
    let start = local_to_utc("2026-07-01T12:00:00".parse().unwrap(), LOS_ANGELES).unwrap();
    // Friday 2026-07-03 is Independence Day observed: 07-02, 07-06.
    let due = ClockSpec::new(wd(2), start).due(us(), LOS_ANGELES, day("2026-07-01")).unwrap();
    assert_eq!(due.due_on, day("2026-07-06"));
    assert_eq!(due.due_at, instant("2026-07-07T07:00:00Z"));
}

#[test]
fn working_days_between_are_those_after_the_first_through_the_last() {
    assert_eq!(cn().working_days_between(day("2026-02-12"), day("2026-02-26")), 5);
    assert_eq!(cn().working_days_between(day("2026-02-26"), day("2026-02-12")), -5);
    assert_eq!(cn().working_days_between(day("2026-02-15"), day("2026-02-23")), 0);
    assert_eq!(cn().add_working_days(day("2026-02-12"), 20).unwrap(), day("2026-03-18"));
    assert_eq!(cn().add_working_days(day("2026-02-15"), 0).unwrap(), day("2026-02-15"));
}

#[test]
fn a_term_is_written_with_its_unit() {
    assert_eq!(serde_json::to_value(wd(20)).unwrap(), serde_json::json!({ "value": 20, "unit": "working_day" }));
    for (json, term) in [
        (r#"{"value":60,"unit":"natural_day"}"#, nd(60)),
        (r#"{"value":1,"unit":"month"}"#, months(1)),
        (r#"{"unit":"hour","value":24}"#, hours(24)),
    ] {
        assert_eq!(serde_json::from_str::<Term>(json).unwrap(), term);
    }
    for json in [
        r#"{"value":20}"#,
        r#"{"value":20,"unit":"day"}"#,
        r#"{"value":-1,"unit":"hour"}"#,
        r#"{"value":3651,"unit":"hour"}"#,
        r#"{"value":1.5,"unit":"hour"}"#,
        r#"{"value":1,"unit":"hour","x":0}"#,
        "20",
    ] {
        assert!(serde_json::from_str::<Term>(json).is_err(), "{json}");
    }
}

#[test]
fn terms_compare_within_one_unit_only() {
    // A promise may not exceed the statutory term: 6 ≤ 20 working days.
    assert!(wd(6) < wd(20));
    assert_eq!(wd(20).partial_cmp(&nd(30)), None);
}

#[test]
fn the_schema_of_a_term_shows_its_bounds() {
    let schema = serde_json::to_value(<Term as utoipa::PartialSchema>::schema()).unwrap();
    assert_eq!(schema["properties"]["value"]["minimum"], 0);
    assert_eq!(schema["properties"]["value"]["maximum"], 3650);
    assert_eq!(schema["required"], serde_json::json!(["value", "unit"]));
    assert_eq!(schema["additionalProperties"], false);
    let example = &schema["example"];
    assert_eq!(serde_json::from_value::<Term>(example.clone()).unwrap(), wd(20));
}
