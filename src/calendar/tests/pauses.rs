use super::*;

#[test]
fn overlapping_pauses_are_one_set_of_days() {
    let one = clock("2026-02-12", wd(20)).with_pauses(ledger(&[("2026-03-02", Some("2026-03-06"))]));
    let many = clock("2026-02-12", wd(20)).with_pauses(ledger(&[
        ("2026-03-04", Some("2026-03-06")),
        ("2026-03-02", Some("2026-03-05")),
        ("2026-03-03", Some("2026-03-03")),
    ]));
    assert_eq!(due(&one), due(&many));
}

#[test]
fn a_paused_natural_day_is_not_counted() {
    // 60 days end on 05-09; five paused days later is Thursday 05-14.
    let petition = clock("2026-03-10", nd(60)).with_pauses(ledger(&[("2026-04-01", Some("2026-04-05"))]));
    assert_eq!(due_on(&petition), day("2026-05-14"));
    // A month from Friday 2025-01-31 is 28 natural days; three paused days later is Monday 03-03.
    let month = clock("2025-01-31", months(1)).with_pauses(ledger(&[("2025-02-10", Some("2025-02-12"))]));
    assert_eq!(due_on(&month), day("2025-03-03"));
}

#[test]
fn a_term_does_not_end_on_a_paused_day() {
    // Ends on Saturday 2026-03-07 and would roll to Monday 03-09, which is paused through Tuesday.
    let rolled = clock("2026-03-02", nd(5)).with_pauses(ledger(&[("2026-03-09", Some("2026-03-10"))]));
    assert_eq!(due_on(&rolled), day("2026-03-11"));
    // Paused on day 0 through Friday 03-06: the next working day is Monday 03-09.
    let on_the_spot = clock("2026-03-05", wd(0)).with_pauses(ledger(&[("2026-03-05", Some("2026-03-06"))]));
    assert_eq!(due_on(&on_the_spot), day("2026-03-09"));
}

#[test]
fn a_pause_before_day_0_or_after_the_end_changes_nothing() {
    let plain = clock("2026-02-12", wd(5));
    let around =
        plain.clone().with_pauses(ledger(&[("2026-01-01", Some("2026-02-12")), ("2026-02-27", Some("2026-03-31"))]));
    assert_eq!(due(&plain), due(&around));
}

#[test]
fn paused_days_stop_an_hour_clock_from_midnight_to_midnight() {
    // 24 h from 04-30 09:30 leave 9 h 30 min for 05-01, which is paused through 05-03: 05-04 09:30.
    let paused = clock("2026-04-30", hours(24)).with_pauses(ledger(&[("2026-05-01", Some("2026-05-03"))]));
    assert_eq!(due(&paused).due_at, morning("2026-05-04"));
    // Started inside a pause: the 24 h run from the midnight after it.
    let inside = clock("2026-05-02", hours(24)).with_pauses(ledger(&[("2026-05-01", Some("2026-05-03"))]));
    assert_eq!(due(&inside).due_at, instant("2026-05-04T16:00:00Z"));
    assert_eq!(due(&inside).due_on, day("2026-05-04"));
}

#[test]
fn an_hour_clock_that_runs_out_as_the_pause_begins_is_due_before_it() {
    // From 04-30 00:00 in Shanghai the 24 h are over at the midnight at which the pause begins.
    let clock = ClockSpec::new(hours(24), instant("2026-04-29T16:00:00Z"))
        .with_pauses(ledger(&[("2026-05-01", Some("2026-05-03"))]));
    assert_eq!(due(&clock).due_at, instant("2026-04-30T16:00:00Z"));
}

#[test]
fn the_default_last_paused_day_is_the_day_before_the_resumption() {
    let mut clock = clock("2026-02-12", wd(20));
    clock.pauses_mut().pause(day("2026-03-02"), PauseReason::ExpertReview).unwrap();
    // Resumed on Saturday 03-07, a day off: 03-02 to 03-06 are paused.
    let pause = clock.pauses_mut().resume(day("2026-03-07"), None).unwrap();
    assert_eq!(pause.last_paused_day(), Some(day("2026-03-06")));
    assert_eq!(due_on(&clock), day("2026-03-25"));
}

#[test]
fn a_pause_that_is_resumed_on_its_first_day_pauses_no_day() {
    for resumed_on in ["2026-03-02", "2026-02-20"] {
        let mut clock = clock("2026-02-12", wd(20));
        clock.pauses_mut().pause(day("2026-03-02"), PauseReason::Testing).unwrap();
        clock.pauses_mut().resume(day(resumed_on), None).unwrap();
        assert_eq!(due_on(&clock), day("2026-03-18"));
        assert!(!clock.is_suspended(day("2026-03-02")));
    }
}

#[test]
fn a_resumption_can_name_the_last_paused_day() {
    let mut ledger = ledger(&[("2026-03-02", None)]);
    let first = day("2026-03-02");
    assert_eq!(
        ledger.resume(day("2026-03-10"), Some(day("2026-02-28"))),
        Err(CalendarError::PauseEndsBeforeItBegins { first, last: day("2026-02-28") })
    );
    assert_eq!(
        ledger.resume(day("2026-03-10"), Some(day("2026-03-11"))),
        Err(CalendarError::PauseEndsAfterResumption { resumed_on: day("2026-03-10"), last: day("2026-03-11") })
    );
    assert!(ledger.open_pause().is_some(), "a refused resumption changes nothing");
    let pause = ledger.resume(day("2026-03-10"), Some(day("2026-03-10"))).unwrap();
    assert_eq!(pause.last_paused_day(), Some(day("2026-03-10")));
    assert_eq!(ledger.resume(day("2026-03-11"), None), Err(CalendarError::NotPaused));
}

#[test]
fn one_pause_is_open_at_a_time() {
    let mut ledger = ledger(&[("2026-03-02", None)]);
    assert_eq!(
        ledger.pause(day("2026-03-04"), PauseReason::Auction),
        Err(CalendarError::AlreadyPaused(day("2026-03-02")))
    );
    let closed = Pause::closed(day("2026-03-03"), day("2026-03-05"), PauseReason::Auction).unwrap();
    ledger.add(closed).unwrap();
    assert_eq!(ledger.iter().count(), 2);
}

#[test]
fn a_clock_is_suspended_on_its_paused_days_only() {
    let ledger = ledger(&[("2026-03-02", Some("2026-03-06")), ("2026-03-20", None)]);
    for (date, suspended) in [
        ("2026-03-01", false),
        ("2026-03-02", true),
        ("2026-03-06", true),
        ("2026-03-07", false),
        ("2026-03-19", false),
        ("2026-03-20", true),
        ("2036-03-20", true),
    ] {
        assert_eq!(ledger.is_suspended(day(date)), suspended, "{date}");
    }
}

#[test]
fn an_open_pause_counts_as_ending_on_the_day_of_computation() {
    let open = clock("2026-02-12", wd(20)).with_pauses(ledger(&[("2026-03-02", None)]));
    let due_as_of = |date| open.due(cn(), SHANGHAI, day(date)).unwrap().due_on;
    assert_eq!(due_as_of("2026-03-01"), day("2026-03-18"));
    assert_eq!(due_as_of("2026-03-06"), day("2026-03-25"));
    // 02-13, 02-14, 02-24, 02-25, 02-26, 02-27, 02-28 are 7 used; 13 are left from 07-01 on: 07-01…03, 06…10, 13…17.
    assert_eq!(due_as_of("2026-06-30"), day("2026-07-17"));
}

#[test]
fn a_ledger_is_kept_as_a_list_and_checked_when_read() {
    let kept = ledger(&[("2026-03-02", Some("2026-03-06")), ("2026-03-20", None)]);
    let json = serde_json::to_value(&kept).unwrap();
    assert_eq!(
        json,
        serde_json::json!([
            { "firstPausedDay": "2026-03-02", "lastPausedDay": "2026-03-06", "reason": "hearing" },
            { "firstPausedDay": "2026-03-20", "lastPausedDay": null, "reason": "hearing" },
        ])
    );
    assert_eq!(serde_json::from_value::<PauseLedger>(json).unwrap(), kept);
    for broken in [
        r#"[{"firstPausedDay":"2026-03-02","lastPausedDay":"2026-02-28","reason":"hearing"}]"#,
        r#"[{"firstPausedDay":"2026-03-02","reason":"hearing"},{"firstPausedDay":"2026-03-02","reason":"hearing"}]"#,
        r#"[{"firstPausedDay":"2026-03-02","reason":"because"}]"#,
        r#"[{"firstPausedDay":"+12026-03-02","reason":"hearing"}]"#,
    ] {
        assert!(serde_json::from_str::<PauseLedger>(broken).is_err(), "{broken}");
    }
}

#[test]
fn a_clock_takes_a_hundred_pauses_and_no_more() {
    let pause = Pause::closed(day("2026-03-02"), day("2026-03-06"), PauseReason::Other).unwrap();
    let mut ledger = PauseLedger::try_from(vec![pause; PauseLedger::MAX_PAUSES]).unwrap();
    assert_eq!(ledger.add(pause), Err(CalendarError::TooManyPauses));
    let schema = serde_json::to_value(<PauseLedger as utoipa::PartialSchema>::schema()).unwrap();
    assert_eq!(schema["maxItems"], PauseLedger::MAX_PAUSES);
}

#[test]
fn a_clock_is_extended_once_and_before_the_statutory_clock_is_due() {
    let due_at = due(&clock("2026-02-12", wd(20))).due_at;
    let mut promise = clock("2026-02-12", wd(6));
    assert_eq!(promise.extend(wd(10), due_at, due_at), Err(CalendarError::AlreadyDue(due_at)));
    let before = due_at - TimeDelta::microseconds(1);
    assert_eq!(
        promise.extend(nd(10), before, due_at),
        Err(CalendarError::UnitMismatch { budget: TermUnit::WorkingDay, extension: TermUnit::NaturalDay })
    );
    assert_eq!(promise.extension(), None, "a refused extension changes nothing");
    // The promise itself ended on 02-27; only the statutory clock decides.
    promise.extend(wd(10), before, due_at).unwrap();
    assert_eq!(promise.extend(wd(10), before, due_at), Err(CalendarError::AlreadyExtended));
    // 16 working days from 02-12: 7 by 02-28, then 03-02…06 (12), 03-09…12 (16).
    assert_eq!(due_on(&promise), day("2026-03-12"));
}

#[test]
fn the_procedures_of_article_45_are_special_and_every_reason_has_the_name_that_serde_writes() {
    let others = [PauseReason::Correction, PauseReason::Consultation, PauseReason::Other];
    assert!(others.iter().all(|reason| !reason.is_special_procedure()));
    for reason in PauseReason::SPECIAL_PROCEDURES.iter().chain(&others) {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
}
