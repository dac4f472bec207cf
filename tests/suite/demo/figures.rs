//! The figures of the published rows, calculated apart from the program.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Weekday};
use serde_json::Value;

/// Federal holidays that fall into the weeks in which a promise of five working days from 1–3 January 2020 may end.
const HOLIDAYS: [(i32, u32, u32); 2] = [(2020, 1, 1), (2020, 1, 20)];

struct Line {
    service: String,
    created: NaiveDateTime,
    closed: Option<NaiveDateTime>,
    status: String,
}

/// The published rows, read apart from the program.
fn lines() -> Vec<Line> {
    let packed = include_bytes!("../../../config/demo/requests.csv.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let time = |text: &str| NaiveDateTime::parse_from_str(text, "%m/%d/%y %H:%M").ok();
    let rows = reader.records().map(|r| r.unwrap());
    let line = |r: csv::StringRecord| Line {
        service: r[1].to_owned(),
        status: r[2].to_owned(),
        created: time(&r[4]).unwrap(),
        closed: time(&r[7]),
    };
    rows.map(line).collect()
}

/// The fifth working day after a day, counted day by day.
fn promise_ends(day: NaiveDate) -> NaiveDate {
    let works = |d: NaiveDate| {
        !matches!(d.weekday(), Weekday::Sat | Weekday::Sun) && !HOLIDAYS.contains(&(d.year(), d.month(), d.day()))
    };
    let (mut day, mut left) = (day, 5);
    while left > 0 {
        day += Duration::days(1);
        left -= i32::from(works(day));
    }
    day
}

/// Elapsed hours between local times: one less across the spring change of 8 March 2020, 2:00.
fn hours(from: NaiveDateTime, to: NaiveDateTime) -> f64 {
    let change = NaiveDate::from_ymd_opt(2020, 3, 8).unwrap().and_hms_opt(2, 0, 0).unwrap();
    let lost = if from < change && to >= change { 3600 } else { 0 };
    ((to - from).num_seconds() - lost) as f64 / 3600.0
}

fn four(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// Holds a report of all rows to the calculation.
pub fn check(report: &Value) {
    let lines = lines();
    let status = |s: &str| lines.iter().filter(|l| l.status == s && l.closed.is_some()).count() as u64;
    let figure = |name: &str| report[name].as_u64().unwrap();
    assert_eq!((figure("rows"), figure("imported")), (10_000, 10_000));
    let (closed, withdrawn, referred) = (status("Closed"), status("Cancelled"), status("Referred Out"));
    assert_eq!((figure("closed"), figure("withdrawn"), figure("referred")), (closed, withdrawn, referred));
    assert_eq!(figure("open"), 10_000 - closed - withdrawn - referred);

    let mut expected: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &lines {
        expected.entry(&line.service).or_default().push(line);
    }
    let services = report["services"].as_array().unwrap();
    assert_eq!(services.len(), 12);
    for service in services {
        let code = service["code"].as_str().unwrap();
        let all = expected.remove(code).unwrap_or_default();
        let closed: Vec<_> = all.iter().filter(|l| l.status == "Closed" && l.closed.is_some()).collect();
        assert_eq!((&service["cases"], &service["closed"]), (&all.len().into(), &closed.len().into()), "{code}");
        let mut took: Vec<f64> = closed.iter().map(|l| hours(l.created, l.closed.unwrap())).collect();
        took.sort_by(f64::total_cmp);
        let median = (!took.is_empty()).then(|| four((took[(took.len() - 1) / 2] + took[took.len() / 2]) / 2.0));
        assert_eq!(service["medianHoursToClose"].as_f64(), median, "{code}");
        let kept = closed.iter().filter(|l| l.closed.unwrap().date() <= promise_ends(l.created.date())).count();
        let share = (!closed.is_empty()).then(|| four(kept as f64 / closed.len() as f64));
        assert_eq!(service["onTimeShare"].as_f64(), share, "{code}");
    }
    assert!(expected.is_empty());
}
