//! The demonstration: the whole city, and its figures against a calculation of their own.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Weekday};
use gcrm::demo::{self, Report, invitation};
use serde_json::{Value, json};

use crate::world::{Answer, World};

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
    let packed = include_bytes!("../../config/demo/requests.csv.gz");
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

#[actix_web::test]
async fn the_replay_takes_every_row_once_and_its_figures_are_those_of_the_published_rows() {
    let world = World::at("2026-02-05T01:30:00Z").await;
    let (_, settled) = demo::settle(&world.app).await.unwrap();
    let report = settled.replay(&world.app, &|_, _| {}).await.unwrap();
    let lines = lines();
    let status = |s: &str| i64::try_from(lines.iter().filter(|l| l.status == s && l.closed.is_some()).count()).unwrap();
    assert_eq!((report.rows, report.imported), (10_000, 10_000));
    assert_eq!(
        (report.closed, report.withdrawn, report.referred),
        (status("Closed"), status("Cancelled"), status("Referred Out"))
    );
    assert_eq!(report.open, 10_000 - report.closed - report.withdrawn - report.referred);

    let mut expected: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &lines {
        expected.entry(&line.service).or_default().push(line);
    }
    assert_eq!(report.services.len(), 12);
    for service in &report.services {
        let all = expected.remove(service.code.as_str()).unwrap_or_default();
        let closed: Vec<_> = all.iter().filter(|l| l.status == "Closed" && l.closed.is_some()).collect();
        assert_eq!((service.cases, service.closed), (all.len() as i64, closed.len() as i64), "{}", service.code);
        let mut took: Vec<f64> = closed.iter().map(|l| hours(l.created, l.closed.unwrap())).collect();
        took.sort_by(f64::total_cmp);
        let median = (!took.is_empty()).then(|| four((took[(took.len() - 1) / 2] + took[took.len() / 2]) / 2.0));
        assert_eq!(service.median_hours_to_close, median, "{}", service.code);
        let kept = closed.iter().filter(|l| l.closed.unwrap().date() <= promise_ends(l.created.date())).count();
        let share = (!closed.is_empty()).then(|| four(kept as f64 / closed.len() as f64));
        assert_eq!(service.on_time_share, share, "{}", service.code);
    }
    assert!(expected.is_empty());

    // Some rows were handled by another bureau than most of their kind: they are that bureau's cases.
    let strays = "SELECT c.id AS value FROM cases c JOIN departments d ON d.id = c.department_id \
                  WHERE c.agency_id <> d.agency_id";
    assert_eq!(world.db.texts(strays), Vec::<String>::new());

    // Again, after a citizen filed a case of their own: everything is there already, and theirs is no row.
    let citizen = world.citizen().await;
    let own = json!({ "jurisdiction": "us-la", "serviceItem": "Other", "form": {} });
    world.post(&citizen, "/api/v1/cases", &own).await.expect(201);
    let (credentials, settled) = demo::settle(&world.app).await.unwrap();
    assert!(credentials.is_empty());
    let again = settled.replay(&world.app, &|_, _| {}).await.unwrap();
    assert_eq!(Report { seconds: 0.0, ..again }, Report { seconds: 0.0, ..report.clone() });
    let others = |s: &demo::report::ServiceFigures| (s.code == "Other").then_some(s.cases);
    let items = world.get(&citizen, "/api/v1/service-items?jurisdiction=us-la").await.expect(200);
    let item = items.json["items"].as_array().unwrap().iter().find(|i| i["code"] == "Other").unwrap().clone();
    let path = format!("/api/v1/service-items/{}/statistics", item["id"].as_str().unwrap());
    let public = world.get(&citizen, &path).await.expect(200);
    assert_eq!(public.json["cases"].as_i64(), report.services.iter().find_map(others).map(|n| n + 1));
    world.deliver().await;
    let verified = gcrm::journal::verify(&world.db.store, &[], world.app.signer().as_ref()).await.unwrap();
    assert!(verified.ok(), "{:?}", verified.first_problem);
    assert!(verified.rows > 29_000);
}

#[actix_web::test]
async fn what_is_unusual_is_counted_for_the_rows_that_have_their_case() {
    let world = World::new().await;
    let (cases, rows) = (world.app.cases.clone(), demo::rows::read(chrono_tz::America::Los_Angeles).unwrap());
    assert!(rows.iter().any(|r| !r.unusual.is_empty()));
    let report = move |db: &mut gcrm::store::Reader<'_>| demo::report::report(db, &cases, "us-la", &rows, 0.0);
    let report = world.db.store.read(report).await.unwrap();
    assert_eq!((report.imported, report.unusual.iter().map(|u| u.count).sum::<usize>()), (0, 0));
    world.deliver().await;
}

const BASE: &str = "https://demo.gov.test";

/// Does what a printed `curl` line does.
async fn curl(world: &World, line: &str) -> Answer {
    // Outside of quotes words are parted by blanks; inside of them nothing is.
    let quoted = line.split('\'').enumerate().map(|(i, part)| (i % 2 == 1, part));
    let words: Vec<&str> =
        quoted.flat_map(|(whole, part)| if whole { vec![part] } else { part.split_whitespace().collect() }).collect();
    match words.as_slice() {
        ["curl", "-s", url] => world.ask(None, "GET", url.strip_prefix(BASE).unwrap()).send().await,
        ["curl", "-s", url, "-H", "Content-Type: application/json", "-d", body] => {
            let body: Value = serde_json::from_str(body).unwrap();
            world.ask(None, "POST", url.strip_prefix(BASE).unwrap()).body(&body).send().await
        }
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn passwords_are_known_before_the_replay_and_every_printed_line_works_in_the_first_run_and_in_a_later_one() {
    let world = World::new().await;
    let (credentials, _) = demo::settle(&world.app).await.unwrap();
    assert_eq!(world.db.text("SELECT CAST(COUNT(*) AS TEXT) AS value FROM cases"), "0");
    let [items, health, login] = invitation::lines(BASE, &credentials);
    let items = curl(&world, &items).await.expect(200);
    assert_eq!(items.json["items"].as_array().unwrap().len(), 3);
    assert_eq!(curl(&world, &health).await.expect(200).text("/status"), "ready");
    assert!(!curl(&world, &login).await.expect(201).text("/accessToken").is_empty());
    // Interrupted, or run again: nobody knows the passwords any more.
    let (credentials, _) = demo::settle(&world.app).await.unwrap();
    let [.., complaint] = invitation::lines(BASE, &credentials);
    assert!(curl(&world, &complaint).await.expect(201).text("/number").starts_with("2026-110101-"));
    world.deliver().await;
}
