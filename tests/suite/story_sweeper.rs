//! The sweeper looks after all cases, whatever is the matter with some.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use gcrm::calendar::Calendars;
use gcrm::cases::Sweeper;
use gcrm::ids::ClockId;
use gcrm::store::{Options, Store};
use serde_json::json;

use crate::world::{World, forms};

/// When the five working days of the intake from Thursday 02-05, and the one for entering, are over.
const AFTER_INTAKE: &str = "2026-02-13T16:00:00Z";

async fn filed(world: &World) -> String {
    let mut licence = forms::licence(forms::WHOLE);
    licence["disclosure"] = json!("not_disclosed");
    let clerk = world.staff("import_officer", Some(("cn-110101", "market-supervision-food"))).await;
    world.file(&clerk, &licence).await.expect(201).text("/id")
}

fn stage(world: &World, id: &str) -> String {
    world.db.text(&format!("SELECT stage AS value FROM cases WHERE id = '{id}'"))
}

#[actix_web::test]
async fn cases_that_cannot_be_swept_do_not_keep_the_clocks_of_others_from_being_looked_at() {
    let world = World::new().await;
    let (broken, sound) = (filed(&world).await, filed(&world).await);
    // A row that nothing in the program can have written, and that does not read; and so many clocks before those of the
    // other case that one look does not reach these.
    world.db.execute(&format!(
        "INSERT INTO pauses (id, case_id, reason, first_day, created_at)
         VALUES ('broken', '{broken}', 'x', '2026-02-06', '2026-02-06T00:00:00.000000Z')"
    ));
    let columns = "case_id, kind, budget, unit, extension, started_at, due_on, due_at, provisional, stopped_at";
    let more: Vec<_> = (0..250).map(|_| format!("('{}')", ClockId::new())).collect();
    world.db.execute(&format!(
        "WITH more (id) AS (VALUES {}) INSERT INTO clocks (id, {columns}, next_rung_at)
         SELECT more.id, {columns}, '2026-02-06T00:00:00.000000Z' FROM clocks, more WHERE case_id = '{broken}'",
        more.join(", ")
    ));
    world.set(AFTER_INTAKE);
    world.app.sweeper().step().await.unwrap();
    assert_eq!((stage(&world, &broken), stage(&world, &sound)), ("submitted".into(), "in_progress".into()));
    assert_eq!(world.app.sweeper().step().await, Ok(0));
    world.deliver().await;
}

/// SQLite has one writer, and no row to lock.
#[actix_web::test]
async fn on_postgres_a_case_that_somebody_keeps_locked_is_passed_over_and_swept_later() {
    let world = World::new().await;
    if !world.db.is_postgres() {
        return world.deliver().await;
    }
    let (locked, free) = (filed(&world).await, filed(&world).await);
    let impatient = Options { statement_timeout: Duration::from_millis(500), ..Options::default() };
    let store = Store::open(&world.db.url, &impatient).unwrap();
    let sweeper = Sweeper::new(world.app.cases.clone(), store, world.clock.clone());
    world.set(AFTER_INTAKE);
    let mut somebody = world.db.raw();
    somebody.batch_execute(&format!("BEGIN; SELECT 1 FROM clocks WHERE case_id = '{locked}' FOR UPDATE")).unwrap();
    sweeper.step().await.unwrap();
    assert_eq!((stage(&world, &locked), stage(&world, &free)), ("submitted".into(), "in_progress".into()));
    somebody.batch_execute("ROLLBACK").unwrap();
    sweeper.step().await.unwrap();
    assert_eq!(stage(&world, &locked), "in_progress");
    world.deliver().await;
}

#[actix_web::test]
async fn a_service_without_the_calendar_of_a_jurisdiction_does_not_start_and_says_which() {
    let world = World::new().await;
    let mut calendars = Calendars::default();
    calendars.insert(Calendars::embedded().unwrap().get("us").unwrap().as_ref().clone());
    let refused = world.restarted(calendars).await.err().unwrap().to_string();
    assert!(refused.contains("cn-110101 counts by calendar cn, which is not loaded"), "{refused}");
    assert!(refused.contains("calendars.directory"), "{refused}");
    world.deliver().await;
}

#[actix_web::test]
async fn the_years_that_the_calendars_should_know_are_told_from_november_on() {
    let world = World::new().await;
    let missing = |now: &str| {
        world.set(now);
        world.app.missing_years().into_iter().map(|(calendar, year)| format!("{calendar} {year}")).collect::<Vec<_>>()
    };
    // Midnight of the first of November in Shanghai; in Los Angeles it is October still.
    assert_eq!(missing("2026-10-31T15:59:59Z"), Vec::<String>::new());
    assert_eq!(missing("2026-10-31T16:00:00Z"), ["cn 2027"]);
    assert_eq!(missing("2027-01-02T00:00:00Z"), ["cn 2027", "us 2027"]);
    assert_eq!(missing("2027-12-02T00:00:00Z"), ["cn 2027", "cn 2028", "us 2027", "us 2028"]);
    world.deliver().await;
}
