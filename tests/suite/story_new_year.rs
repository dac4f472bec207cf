//! The notice of a new year: it may move working days in the last days of December before it.

use std::sync::Arc;

use gcrm::calendar::{Calendars, WorkCalendar};
use gcrm::cases::Sweeper;
use gcrm::config::{Settings, Sources};
use serde_json::{Value, json};

use crate::world::{Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

fn licence() -> Value {
    forms::licence(forms::WHOLE)
}

/// The calendar with a made-up notice of 2027: Saturday 2026-12-26 is worked.
fn with_2027() -> Calendars {
    let mut file: Value = serde_json::from_str(include_str!("../../config/calendars/cn.json")).unwrap();
    file["years"]["2026"]["make_up_workdays"].as_array_mut().unwrap().push(json!("2026-12-26"));
    file["years"]["2027"] = json!({ "days_off": ["2027-01-01"], "make_up_workdays": [] });
    let mut calendars = Calendars::embedded().unwrap();
    calendars.insert(WorkCalendar::from_json(&file.to_string()).unwrap());
    calendars
}

/// Due day of the intake clock, and whether it may still move.
async fn due(world: &World, who: &Who, id: &str) -> (String, bool) {
    let case = world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200);
    let clock = &case.json["clocks"][0];
    (clock["dueOn"].as_str().unwrap().to_owned(), clock["provisional"].as_bool().unwrap())
}

fn sweeper_with(world: &World, calendars: Calendars) -> Sweeper {
    let mut cases = world.app.cases.clone();
    cases.calendars = Arc::new(calendars);
    Sweeper::new(cases, world.db.store.clone(), world.clock.clone())
}

/// How many cases change when their clocks are computed anew.
async fn changed(sweeper: &Sweeper) -> usize {
    let recomputed = sweeper.recompute().await.unwrap();
    assert_eq!(recomputed.missed, 0);
    recomputed.changed
}

/// A licence that was accepted on Friday 2026-12-18: both main clocks, of 10 and 20 working days, end in 2027.
async fn accepted(world: &World) -> (Who, String) {
    let (citizen, supervisor) = (world.citizen().await, world.staff("supervisor", Some(FOOD)).await);
    let id = world.file(&citizen, &licence()).await.expect(201).text("/id");
    world.act(&supervisor, &id, "acceptance", &json!({})).await.expect(200);
    (supervisor, id)
}

/// The clocks that were told to be computed anew.
fn recomputed(world: &World) -> Vec<String> {
    let facts = world.db.texts("SELECT facts AS value FROM journal WHERE event = 'clock.recomputed' ORDER BY seq");
    let kind = |facts: &String| serde_json::from_str::<Value>(facts).unwrap()["kind"].as_str().unwrap().to_owned();
    let mut kinds: Vec<_> = facts.iter().map(kind).collect();
    kinds.sort();
    kinds
}

async fn clock(world: &World, who: &Who, id: &str, kind: &str) -> Value {
    let case = world.get(who, &format!("/api/v1/cases/{id}")).await.expect(200);
    let clocks = case.json["clocks"].as_array().unwrap();
    clocks.iter().rfind(|c| c["kind"] == kind).unwrap().clone()
}

#[actix_web::test]
async fn due_days_in_the_last_days_of_a_year_are_computed_anew_with_the_notice_of_the_next() {
    // Thursday 12-17, five working days: 12-18, 21, 22, 23, 24. From Friday 12-18: 12-25. From Tuesday 12-22: 12-29.
    let world = World::at("2026-12-17T02:00:00Z").await;
    let citizen = world.citizen().await;
    let mut ids = Vec::new();
    for now in ["2026-12-17T02:00:00Z", "2026-12-18T02:00:00Z", "2026-12-22T02:00:00Z"] {
        world.set(now);
        ids.push(world.post(&citizen, "/api/v1/cases", &licence()).await.expect(201).text("/id"));
    }
    assert_eq!(due(&world, &citizen, &ids[0]).await, ("2026-12-24".into(), false));
    assert_eq!(due(&world, &citizen, &ids[1]).await, ("2026-12-25".into(), true));
    assert_eq!(due(&world, &citizen, &ids[2]).await, ("2026-12-29".into(), true));

    let sweeper = sweeper_with(&world, with_2027());
    assert_eq!(changed(&sweeper).await, 2);
    assert_eq!(due(&world, &citizen, &ids[1]).await, ("2026-12-25".into(), false));
    assert_eq!(due(&world, &citizen, &ids[2]).await, ("2026-12-28".into(), false));
    assert_eq!(changed(&sweeper).await, 0);
    world.deliver().await;
}

#[actix_web::test]
async fn each_clock_that_a_new_year_moves_has_its_own_fact() {
    let world = World::at("2026-12-18T02:00:00Z").await;
    let (officer, id) = accepted(&world).await;
    let sweeper = sweeper_with(&world, with_2027());
    assert_eq!(changed(&sweeper).await, 1);
    assert_eq!(recomputed(&world), ["promise", "statutory"]);
    // 12-21…12-25 are five, 12-26 is worked now, 12-28…12-31 four more: the tenth is 12-31, a day before the holiday.
    let promise = clock(&world, &officer, &id, "promise").await;
    assert_eq!((&promise["dueOn"], &promise["provisional"]), (&json!("2026-12-31"), &json!(false)));
    world.deliver().await;
}

#[actix_web::test]
async fn a_clock_that_stands_still_is_news_only_when_its_year_is_known() {
    let world = World::at("2026-12-18T02:00:00Z").await;
    let (officer, id) = accepted(&world).await;
    world.set("2026-12-21T02:00:00Z");
    world.act(&officer, &id, "suspension", &json!({ "reason": "inspection", "expectedDays": 3 })).await.expect(200);
    let version = || world.db.text("SELECT CAST(version AS TEXT) AS value FROM cases");
    let before = version();
    for restart in ["2026-12-24T02:00:00Z", "2027-01-06T02:00:00Z"] {
        world.set(restart);
        assert_eq!(changed(&world.app.sweeper()).await, 0);
    }
    assert_eq!((version(), recomputed(&world)), (before, Vec::new()));
    assert_eq!(changed(&sweeper_with(&world, with_2027())).await, 1);
    assert_eq!(recomputed(&world), ["promise", "statutory"]);
    assert_eq!(clock(&world, &officer, &id, "statutory").await["provisional"], false);
    world.deliver().await;
}

#[actix_web::test]
async fn two_that_compute_anew_at_once_leave_nothing_and_do_nothing_twice() {
    let world = World::at("2026-12-18T02:00:00Z").await;
    let citizen = world.citizen().await;
    for _ in 0..20 {
        world.file(&citizen, &licence()).await.expect(201);
    }
    let (one, another) = (sweeper_with(&world, with_2027()), sweeper_with(&world, with_2027()));
    let (one, another) = futures_util::future::join(one.recompute(), another.recompute()).await;
    assert_eq!(one.unwrap().changed + another.unwrap().changed, 20);
    assert_eq!(recomputed(&world).len(), 20);
    world.deliver().await;
}

#[actix_web::test]
async fn a_provisional_day_becomes_final_when_the_service_starts_again_with_the_file_of_the_year() {
    let world = World::at("2026-12-18T02:00:00Z").await;
    let (officer, id) = accepted(&world).await;
    assert_eq!(clock(&world, &officer, &id, "statutory").await["provisional"], true);
    let folder = tempfile::tempdir().unwrap();
    let year = json!({
        "calendar": "cn", "name": { "zh-CN": "中国", "en": "China" }, "weekend": ["saturday", "sunday"],
        "years": { "2027": { "days_off": ["2027-01-01"], "make_up_workdays": [] } }
    });
    std::fs::write(folder.path().join("cn-2027.json"), year.to_string()).unwrap();
    let settings = Settings::load(
        &Sources::defaults()
            .variable("GCRM__CALENDARS__DIRECTORY", folder.path().to_str().unwrap())
            .variable("GCRM__JOURNAL__CHECKPOINTS", "")
            .variable("GCRM__MAIL__BACKEND", "memory"),
    );
    let settings = settings.unwrap();
    let calendars = gcrm::calendars::open(settings.calendars.as_deref()).unwrap();
    let again = world.restarted(calendars).await.unwrap();
    again.start_workers(&settings).unwrap().stop(std::time::Duration::from_secs(5)).await;
    assert_eq!(recomputed(&world), ["promise", "statutory"]);
    // 12-21…12-25, 12-28…12-31, 01-04…01-08, 01-11…01-15 are 19: the twentieth is Monday 01-18.
    let statutory = clock(&world, &officer, &id, "statutory").await;
    assert_eq!((&statutory["dueOn"], &statutory["provisional"]), (&json!("2027-01-18"), &json!(false)));
    world.deliver().await;
}
