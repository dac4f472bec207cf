//! The demonstration: the whole city, and its figures against a calculation of their own.

mod figures;
mod job;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use gcrm::accounts::Login;
use gcrm::demo::replay::{Bureau, Replay};
use gcrm::demo::{self, Report, invitation, people};
use gcrm::store::Migrations;
use serde_json::{Value, json};

use crate::world::db::fresh_database;
use crate::world::{Answer, World};

/// The replay of the first rows alone.
async fn replay(world: &World, rows: usize) -> Replay {
    demo::settle(&world.app).await.unwrap();
    let mut all = demo::rows::read(chrono_tz::America::Los_Angeles).unwrap();
    all.truncate(rows);
    let mut bureaus = BTreeMap::new();
    for row in &all {
        let login = Login::parse(&people::bureau_login(&row.owner)).unwrap();
        let accounts = world.app.accounts.clone();
        let (_, officer) = world.db.store.read(move |db| accounts.acting(db, &login)).await.unwrap();
        let department = world.department("us-la", &row.owner);
        bureaus.insert(row.owner.clone(), Bureau { department, officer });
    }
    Replay {
        store: world.db.store.clone(),
        cases: world.app.cases.clone(),
        clock: world.clock.clone(),
        bureaus,
        jurisdiction: demo::JURISDICTION.to_owned(),
        rows: Arc::new(all),
    }
}

async fn report(world: &World, replay: &Replay) -> Report {
    let (cases, rows) = (world.app.cases.clone(), replay.rows.clone());
    let report = move |db: &mut gcrm::store::Reader<'_>| demo::report::report(db, &cases, "us-la", &rows, 0.0);
    world.db.store.read(report).await.unwrap()
}

const ROWS: usize = 30;

#[actix_web::test]
async fn a_replay_that_ends_after_every_step_comes_to_the_same_end() {
    let (world, undisturbed) = (World::new().await, World::new().await);
    let whole = replay(&undisturbed, ROWS).await;
    assert_eq!(whole.run(&|_, _| {}).await, Ok(ROWS));
    let interrupted = replay(&world, ROWS).await;
    let (mut runs, mut stages) = (0, BTreeSet::new());
    // Each run is over after what it has under way at once.
    while AssertUnwindSafe(interrupted.run(&|_, _| panic!("interrupted"))).catch_unwind().await.is_err() {
        runs += 1;
        stages.extend(world.db.texts("SELECT DISTINCT stage AS value FROM cases"));
    }
    assert!(runs > 3, "{runs}");
    assert!(["submitted", "in_progress", "closed"].iter().all(|stage| stages.contains(*stage)), "{stages:?}");
    assert_eq!(report(&world, &interrupted).await, report(&undisturbed, &whole).await);
    let facts =
        "SELECT event || ' ' || COUNT(*) AS value FROM journal WHERE event LIKE 'case.%' GROUP BY event ORDER BY event";
    assert_eq!(world.db.texts(facts), undisturbed.db.texts(facts));
    world.deliver().await;
    undisturbed.deliver().await;
}

#[actix_web::test]
async fn a_citizens_own_case_is_no_row_and_counts_in_the_public_figures() {
    let world = World::new().await;
    let replay = replay(&world, ROWS).await;
    assert_eq!(replay.run(&|_, _| {}).await, Ok(ROWS));
    let before = report(&world, &replay).await;
    let citizen = world.citizen().await;
    // Of the item that has most cases: of few, the public is told nothing.
    let most = before.services.iter().max_by_key(|s| s.cases).unwrap();
    let own = json!({ "jurisdiction": "us-la", "serviceItem": most.code, "form": {} });
    world.post(&citizen, "/api/v1/cases", &own).await.expect(201);
    assert_eq!(replay.run(&|_, _| {}).await, Ok(ROWS));
    assert_eq!(report(&world, &replay).await, before);
    let items = world.get(&citizen, "/api/v1/service-items?jurisdiction=us-la").await.expect(200);
    let item = items.json["items"].as_array().unwrap().iter().find(|i| i["code"] == most.code).unwrap().clone();
    let path = format!("/api/v1/service-items/{}/statistics", item["id"].as_str().unwrap());
    let public = world.get(&citizen, &path).await.expect(200);
    assert_eq!(public.json["cases"].as_i64(), Some(most.cases + 1));
    world.deliver().await;
    let verified = gcrm::journal::verify(&world.db.store, &[], world.app.signer().as_ref()).await.unwrap();
    assert!(verified.ok(), "{:?}", verified.first_problem);
}

#[actix_web::test]
async fn a_database_that_says_nothing_yet_is_claimed_however_far_an_earlier_start_came() {
    // With its tables and without the mark.
    let db = fresh_database();
    demo::claim(&db.store).await.unwrap();
    demo::claim(&db.store).await.unwrap();
    // With the table that counts migrations, and without any.
    let db = fresh_database();
    Migrations(&db.store).revert_all().unwrap();
    demo::claim(&db.store).await.unwrap();
    demo::claim(&db.store).await.unwrap();
}

#[actix_web::test]
async fn a_database_of_somebody_else_is_never_claimed() {
    let world = World::new().await;
    assert!(demo::claim(&world.db.store).await.is_err(), "a catalogue was loaded");
    world.deliver().await;
    let db = fresh_database();
    db.execute("INSERT INTO meta VALUES ('instance', 'other')");
    assert!(demo::claim(&db.store).await.is_err(), "it says that it is another instance");
    let db = fresh_database();
    db.execute("INSERT INTO meta VALUES ('keys:1', 'x')");
    assert!(demo::claim(&db.store).await.is_err(), "it was written with keys");
    let db = fresh_database();
    Migrations(&db.store).revert_all().unwrap();
    db.execute("CREATE TABLE strangers (x INTEGER)");
    assert!(demo::claim(&db.store).await.is_err(), "another program's");
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
