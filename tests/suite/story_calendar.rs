//! Nothing is drawn from a due day that may still move, and a year that is amended moves the due days that run.

use std::sync::Arc;

use gcrm::calendar::{Calendars, WorkCalendar};
use gcrm::cases::Sweeper;
use serde_json::{Value, json};

use crate::world::{Who, World, forms};

const FOOD: (&str, &str) = ("cn-110101", "market-supervision-food");

/// The calendars with another list of days off for a year.
fn with_days_off(year: &str, more: &[&str]) -> Calendars {
    let mut file: Value = serde_json::from_str(include_str!("../../config/calendars/cn.json")).unwrap();
    let year = &mut file["years"][year];
    if year.is_null() {
        *year = json!({ "days_off": [], "make_up_workdays": [] });
    }
    year["days_off"].as_array_mut().unwrap().extend(more.iter().map(|day| json!(day)));
    let mut calendars = Calendars::embedded().unwrap();
    calendars.insert(WorkCalendar::from_json(&file.to_string()).unwrap());
    calendars
}

fn sweeper_with(world: &World, calendars: Calendars) -> Sweeper {
    let mut cases = world.app.cases.clone();
    cases.calendars = Arc::new(calendars);
    Sweeper::new(cases, world.db.store.clone(), world.clock.clone())
}

async fn filed(world: &World, who: &Who) -> String {
    world.file(who, &forms::licence(forms::INCOMPLETE)).await.expect(201).text("/id")
}

fn stage(world: &World, id: &str) -> String {
    world.db.text(&format!("SELECT stage AS value FROM cases WHERE id = '{id}'"))
}

fn due_on(world: &World, id: &str) -> String {
    world
        .db
        .text(&format!("SELECT CAST(due_on AS TEXT) AS value FROM clocks WHERE case_id = '{id}' AND kind = 'intake'"))
}

/// How often something happened to a case.
fn told(world: &World, id: &str, event: &str) -> usize {
    world.db.texts(&format!("SELECT id AS value FROM journal WHERE case_id = '{id}' AND event = '{event}'")).len()
}

#[actix_web::test]
async fn nothing_follows_from_a_provisional_day_and_once_it_is_final_what_follows_is_drawn_once() {
    // Friday 2026-12-25: by weekdays alone, five working days end with Friday 2027-01-01.
    let world = World::at("2026-12-25T02:00:00Z").await;
    let (citizen, officer) = (world.citizen().await, world.staff("officer", Some(FOOD)).await);
    let (answered, silent) = (filed(&world, &citizen).await, filed(&world, &citizen).await);
    assert_eq!(due_on(&world, &silent), "2027-01-01");
    // The true last day may be Monday 01-04: that day's notice is in time.
    world.set("2027-01-04T08:00:00Z");
    world.sweep().await;
    assert_eq!((stage(&world, &answered), told(&world, &answered, "clock.breached")), ("submitted".into(), 1));
    let case = world.get(&officer, &format!("/api/v1/cases/{answered}")).await.expect(200);
    assert!(case.json["availableActions"].to_string().contains("request_correction"), "{}", case.json);
    world.act(&officer, &answered, "correction", &json!({ "notice": "The plan is missing." })).await.expect(200);
    // However long the year is missing, nobody is deemed to be accepted.
    world.set("2027-03-01T02:00:00Z");
    world.sweep().await;
    assert_eq!(stage(&world, &silent), "submitted");
    let sweeper = sweeper_with(&world, with_days_off("2027", &["2027-01-01"]));
    sweeper.recompute().await.unwrap();
    assert_eq!(due_on(&world, &silent), "2027-01-04");
    while sweeper.step().await.unwrap() > 0 {}
    let case = world.get(&citizen, &format!("/api/v1/cases/{silent}")).await.expect(200);
    assert_eq!(
        (case.text("/stage"), case.text("/acceptedAt")),
        ("in_progress".into(), "2026-12-25T02:00:00.000000Z".into())
    );
    assert_eq!(told(&world, &silent, "case.accepted"), 1);
    world.deliver().await;
}

#[actix_web::test]
async fn a_day_off_that_is_given_when_the_year_is_under_way_moves_the_terms_that_run() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = filed(&world, &citizen).await;
    world.app.sweeper().recompute().await.unwrap();
    world.set("2026-02-12T16:00:00Z");
    world.sweep().await;
    assert_eq!((due_on(&world, &id), told(&world, &id, "clock.breached")), ("2026-02-12".into(), 1));
    // Thursday 02-12 is made a day off after all: the term ends with Friday, what was done within it can be entered on
    // Saturday 02-14, which is worked.
    let sweeper = sweeper_with(&world, with_days_off("2026", &["2026-02-12"]));
    assert_eq!(sweeper.recompute().await.unwrap().changed, 1);
    assert_eq!((due_on(&world, &id), told(&world, &id, "clock.recomputed")), ("2026-02-13".into(), 1));
    for (now, expected, breaches) in [
        ("2026-02-13T15:59:59Z", "submitted", 1),
        ("2026-02-13T16:00:00Z", "submitted", 2),
        ("2026-02-14T15:59:59Z", "submitted", 2),
        ("2026-02-14T16:00:00Z", "in_progress", 2),
    ] {
        world.set(now);
        while sweeper.step().await.unwrap() > 0 {}
        assert_eq!((stage(&world, &id).as_str(), told(&world, &id, "clock.breached")), (expected, breaches), "{now}");
    }
    world.deliver().await;
}

#[actix_web::test]
async fn with_the_calendars_of_the_last_start_no_final_day_is_computed_again() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    let id = filed(&world, &citizen).await;
    assert_eq!(world.app.sweeper().recompute().await.unwrap().changed, 0);
    // A mark that computing anew would wipe out.
    world.db.execute(&format!("UPDATE clocks SET due_at = '2026-02-11T16:00:00.000000Z' WHERE case_id = '{id}'"));
    assert_eq!(world.app.sweeper().recompute().await.unwrap().changed, 0);
    assert_eq!(sweeper_with(&world, with_days_off("2026", &["2026-12-24"])).recompute().await.unwrap().changed, 1);
    world.deliver().await;
}
