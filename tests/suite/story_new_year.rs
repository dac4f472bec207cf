//! The notice of a new year: it may move working days in the last days of December before it.

use std::sync::Arc;

use gcrm::calendar::{Calendars, WorkCalendar};
use gcrm::cases::Sweeper;
use serde_json::{Value, json};

use crate::world::{Who, World, forms};

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

    let mut cases = world.app.cases.clone();
    cases.calendars = Arc::new(with_2027());
    let sweeper = Sweeper::new(cases, world.db.store.clone(), world.clock.clone());
    assert_eq!(sweeper.recompute().await, Ok(2));
    assert_eq!(due(&world, &citizen, &ids[1]).await, ("2026-12-25".into(), false));
    assert_eq!(due(&world, &citizen, &ids[2]).await, ("2026-12-28".into(), false));
    assert_eq!(sweeper.recompute().await, Ok(0));
    world.deliver().await;
}
