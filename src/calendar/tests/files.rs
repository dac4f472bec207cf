use chrono::Weekday;

use super::*;

fn file(weekend: &str, years: &str) -> Result<WorkCalendar, CalendarError> {
    let json = format!(r#"{{"calendar":"x","name":{{"en":"X"}},"weekend":{weekend},"years":{years}}}"#);
    WorkCalendar::from_json(&json)
}

fn year_2026(days_off: &str, make_up: &str) -> Result<WorkCalendar, CalendarError> {
    let years = format!(r#"{{"2026":{{"days_off":{days_off},"make_up_workdays":{make_up}}}}}"#);
    file(r#"["saturday","sunday"]"#, &years)
}

#[test]
fn the_shipped_calendars_know_2015_to_2026() {
    for code in ["cn", "us"] {
        let calendar = CALENDARS.get(code).unwrap();
        assert_eq!(calendar.code(), code);
        assert_eq!(calendar.years().collect::<Vec<_>>(), (2015..=2026).collect::<Vec<_>>());
        assert_eq!(calendar.weekend().collect::<Vec<_>>(), [Weekday::Sat, Weekday::Sun]);
        assert!(calendar.name().contains_key("zh") && calendar.name().contains_key("en"));
        assert!(calendar.knows(2026) && !calendar.knows(2027) && !calendar.knows(2014));
    }
    assert_eq!(CALENDARS.iter().count(), 2);
    assert!(CALENDARS.get("fr").is_none());
}

#[test]
fn the_calendar_of_china_has_the_days_of_the_2026_notice() {
    for (date, works) in [
        ("2026-01-02", false),
        ("2026-01-04", true),
        ("2026-02-14", true),
        ("2026-02-16", false),
        ("2026-02-23", false),
        ("2026-02-24", true),
        ("2026-05-09", true),
        ("2026-10-07", false),
        ("2026-10-10", true),
        ("2026-10-11", false),
    ] {
        assert_eq!(cn().is_working_day(day(date)), works, "{date}");
    }
    assert!(cn().days_off().all(|date| !cn().is_working_day(date)));
    assert!(cn().make_up_workdays().all(|date| cn().is_working_day(date)));
    assert_eq!(us().make_up_workdays().count(), 0);
}

#[test]
fn a_year_of_cn_has_the_working_days_that_the_notice_leaves() {
    // 2026: 261 weekdays − 19 days off + 6 make-up days.
    assert_eq!(cn().working_days_between(day("2025-12-31"), day("2026-12-31")), 248);
}

#[test]
fn a_broken_entry_is_named() {
    assert_eq!(year_2026(r#"["2026-03-07"]"#, "[]"), Err(CalendarError::DayOffOnWeekend(day("2026-03-07"))));
    assert_eq!(year_2026("[]", r#"["2026-03-06"]"#), Err(CalendarError::MakeUpOnWeekday(day("2026-03-06"))));
    assert_eq!(
        year_2026(r#"["2025-03-06"]"#, "[]"),
        Err(CalendarError::DateOutsideYear { year: 2026, date: day("2025-03-06") })
    );
    assert_eq!(year_2026(r#"["2026-03-06","2026-03-06"]"#, "[]"), Err(CalendarError::RepeatedDate(day("2026-03-06"))));
    let text = year_2026(r#"["2026-02-30"]"#, "[]").unwrap_err().to_string();
    assert!(text.contains("line 1"), "{text}");
}

#[test]
fn a_weekend_must_name_weekdays_once_and_leave_one() {
    assert_eq!(file(r#"["saturday","Sunday"]"#, "{}"), Err(CalendarError::UnknownWeekday("Sunday".into())));
    assert_eq!(file(r#"["sunday","sunday"]"#, "{}"), Err(CalendarError::RepeatedWeekday("sunday".into())));
    let all = r#"["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]"#;
    assert_eq!(file(all, "{}"), Err(CalendarError::NoWorkingWeekday));
    let friday = file(r#"["friday"]"#, "{}").unwrap();
    assert!(!friday.is_working_day(day("2026-03-06")) && friday.is_working_day(day("2026-03-07")));
    assert!(file("[]", "{}").unwrap().is_working_day(day("2026-03-08")));
}

#[test]
fn a_year_is_four_digits_and_listed_once() {
    let lists = r#"{"days_off":[],"make_up_workdays":[]}"#;
    for year in ["26", "+2026", "02026", "1899", "3000", "abcd"] {
        let years = format!(r#"{{"{year}":{lists}}}"#);
        assert_eq!(file("[]", &years), Err(CalendarError::UnusableYear(year.into())), "{year}");
    }
    let twice = format!(r#"{{"2026":{lists},"2026":{lists}}}"#);
    assert_eq!(file("[]", &twice), Err(CalendarError::RepeatedYear(2026)));
}

#[test]
fn a_file_of_another_form_is_refused() {
    for json in [
        "",
        "[]",
        "{}",
        r#"{"calendar":"x","name":{},"weekend":[],"years":[]}"#,
        r#"{"calendar":"x","name":{},"weekend":[],"years":{},"holidays":[]}"#,
        r#"{"calendar":"x","name":{},"weekend":[],"years":{"2026":{"days_off":[]}}}"#,
    ] {
        assert!(matches!(WorkCalendar::from_json(json), Err(CalendarError::Malformed(_))), "{json}");
    }
    for code in ["", "CN", "c n"] {
        let json = format!(r#"{{"calendar":"{code}","name":{{}},"weekend":[],"years":{{}}}}"#);
        assert_eq!(WorkCalendar::from_json(&json), Err(CalendarError::UnusableCode(code.into())));
    }
}

#[test]
fn loading_a_year_replaces_the_calendar_and_settles_what_was_provisional() {
    let lists = r#"{"2027":{"days_off":["2027-01-01"],"make_up_workdays":["2027-01-02"]}}"#;
    let later = file(r#"["saturday","sunday"]"#, lists).unwrap();
    let mut calendars = Calendars::default();
    calendars.insert(file(r#"["saturday","sunday"]"#, "{}").unwrap());
    let friday = clock("2026-12-31", wd(1));
    let due = |calendars: &Calendars| friday.due(calendars.get("x").unwrap(), SHANGHAI, day("2026-12-31")).unwrap();
    assert_eq!((due(&calendars).due_on, due(&calendars).provisional), (day("2027-01-01"), true));
    calendars.insert(later);
    assert_eq!((due(&calendars).due_on, due(&calendars).provisional), (day("2027-01-02"), false));
    assert_eq!(calendars.iter().count(), 1);
}
