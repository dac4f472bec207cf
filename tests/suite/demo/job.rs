//! The main job as its users start it: `gcrm demo`.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::figures;
use crate::world::process::{Home, ended, until};

const JOB: [&str; 3] = ["demo", "--no-serve", "--json"];

/// The one JSON object that a run printed, and nothing else.
fn report(run: &Output) -> Value {
    assert!(run.status.success(), "{}", said(run));
    let text = String::from_utf8(run.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn said(run: &Output) -> String {
    String::from_utf8_lossy(&run.stderr).into_owned()
}

fn keys(of: &Value) -> BTreeSet<&str> {
    of.as_object().unwrap().keys().map(String::as_str).collect()
}

fn timeless(report: &Value) -> Value {
    let mut report = report.clone();
    assert!(report["seconds"].as_f64().unwrap() >= 0.0);
    report["seconds"] = json!(0);
    report
}

/// One replay of all rows in three runs, since it takes long: killed in the middle, resumed, and run once more.
#[test]
fn the_main_job_that_was_killed_goes_on_and_run_again_does_nothing_and_tells_the_figures_of_the_published_rows() {
    let home = Home::new();
    let log = home.folder().join("first.log");
    let mut first = home.command(&JOB);
    let mut first = first.stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
    until(|| {
        assert_eq!(first.try_wait().unwrap(), None, "{}", std::fs::read_to_string(&log).unwrap());
        (home.has_begun() && home.cases() > 400).then_some(())
    });
    first.kill().unwrap();
    ended(&mut first);
    let there = home.cases();
    assert!((400..10_000).contains(&there), "{there}");
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(told.contains("these passwords are shown once") && told.contains("citizen.one"), "{told}");

    let resumed = home.run(&JOB);
    let figures = report(&resumed);
    figures::check(&figures);
    assert!(!said(&resumed).contains("citizen.one"), "{}", said(&resumed));
    let names = "rows imported closed withdrawn referred open unusual services seconds";
    assert_eq!(keys(&figures), names.split(' ').collect());
    let of_service = "code name cases closed medianHoursToClose onTimeShare";
    assert!(figures["services"].as_array().unwrap().iter().all(|s| keys(s) == of_service.split(' ').collect()));
    assert!(figures["unusual"].as_array().unwrap().iter().all(|u| keys(u) == BTreeSet::from(["reason", "count"])));

    let again = home.run(&JOB);
    assert_eq!(timeless(&report(&again)), timeless(&figures));
    assert!(report(&again)["seconds"].as_f64() < figures["seconds"].as_f64());
    assert!(!said(&again).contains("citizen.one"), "{}", said(&again));
    assert_eq!(home.cases(), 10_000);
    let verified = home.run(&["verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_database_with_something_else_in_it_is_refused_and_left_alone() {
    let home = Home::new();
    assert!(home.run(&["migrate"]).status.success());
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/config/catalogue");
    let imported = home.run(&["import", catalogue]);
    assert!(imported.status.success(), "{}", said(&imported));
    let refused = home.run(&JOB);
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(said(&refused).contains("holds something else than a demonstration"), "{}", said(&refused));
    assert_eq!(home.cases(), 0);
}
