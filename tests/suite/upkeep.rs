//! What runs beside the requests: it does its work whether anybody asks or not.

use std::time::Duration;

use gcrm::access::{Call, Permission};
use gcrm::app::App;
use gcrm::config::{Settings, Sources};
use gcrm::workers::Workers;

use crate::world::World;

fn working(app: &App) -> Workers {
    let sources =
        Sources::defaults().variable("GCRM__MAIL__BACKEND", "memory").variable("GCRM__JOURNAL__CHECKPOINTS", "");
    app.start_workers(&Settings::load(&sources).unwrap()).unwrap()
}

/// Keys, sessions and counters of tries from long ago: `rows` of each, a microsecond apart.
fn expired(world: &World, rows: u32) {
    let fill = |series: &str, at: &str| {
        format!(
            "INSERT INTO idempotency_keys SELECT 'scope', 'key ' || i, 'f', 201, 'r', NULL, {at} FROM {series};
             INSERT INTO sessions SELECT 'session ' || i, (SELECT max(id) FROM accounts), 1, {at}, {at}, {at}, NULL
               FROM {series};
             INSERT INTO login_attempts SELECT 'subject ' || i, 1, {at}, NULL FROM {series}"
        )
    };
    let counted = format!(
        "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n) AS n"
    );
    world.db.execute_either(
        &fill(&counted, "'2025-12-01T00:00:00.' || substr('000000' || i, -6) || 'Z'"),
        &fill(&counted, "('2025-12-01T00:00:00.' || lpad(i::text, 6, '0') || 'Z')::timestamptz"),
    );
}

fn left(world: &World, table: &str) -> usize {
    world.db.text(&format!("SELECT count(*) || '' AS value FROM {table}")).parse().unwrap()
}

#[actix_web::test]
async fn what_has_expired_is_removed_in_steps_that_hold_nobody_up() {
    let world = World::new().await;
    let citizen = world.citizen().await;
    world.token(&citizen).await;
    let (sessions, tries) = (left(&world, "sessions"), left(&world, "login_attempts"));
    expired(&world, 4500);
    let mut keys = Vec::new();
    while keys.last() != Some(&0) {
        keys.push(world.app.door.purge_keys().await.unwrap());
    }
    assert_eq!(keys, [2000, 2000, 500, 0]);
    let mut rows = Vec::new();
    while rows.last() != Some(&0) {
        let (accounts, now) = (world.app.accounts.clone(), world.clock.now());
        rows.push(world.db.store.write(move |tx| accounts.purge(tx, &Call::system(now))).await.unwrap());
    }
    assert_eq!(rows, [4000, 4000, 1000, 0]);
    // What is still needed stays.
    assert_eq!((left(&world, "sessions"), left(&world, "login_attempts")), (sessions, tries));
    assert!(sessions > 0);
    world.deliver().await;
}

#[actix_web::test]
async fn sessions_that_expired_are_removed_even_where_keys_cannot_be() {
    let world = World::new().await;
    world.citizen().await;
    let sessions = left(&world, "sessions");
    expired(&world, 2500);
    world.db.execute("ALTER TABLE idempotency_keys RENAME TO away");
    let workers = working(&world.app);
    for _ in 0..400 {
        if left(&world, "sessions") == sessions {
            break;
        }
        actix_web::rt::time::sleep(Duration::from_millis(25)).await;
    }
    // All of them, although they are more than one step removes.
    assert_eq!(left(&world, "sessions"), sessions);
    workers.stop(Duration::from_secs(5)).await;
    world.db.execute("ALTER TABLE away RENAME TO idempotency_keys");
    world.deliver().await;
}

#[actix_web::test]
async fn a_service_that_nobody_asks_signs_with_the_new_key_all_the_same() {
    let world = World::new().await;
    let (accounts, now) = (world.app.accounts.clone(), world.clock.now());
    let kid = world.db.store.write(move |tx| accounts.rotate_keys(tx, &Call::system(now))).await.unwrap();
    assert_ne!(world.app.accounts.tokens().keys().kid(), kid, "another process replaced it");
    let workers = working(&world.app);
    for _ in 0..200 {
        if world.app.accounts.tokens().keys().kid() == kid {
            break;
        }
        actix_web::rt::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(world.app.accounts.tokens().keys().kid(), kid);
    workers.stop(Duration::from_secs(5)).await;
    world.deliver().await;
}

#[actix_web::test]
async fn how_far_the_ledger_is_behind_is_measured_without_a_question_about_health() {
    let world = World::new().await;
    let reader = world.system(("cn-110101", "market-supervision"), &[Permission::MetricsRead]).await;
    world.token(&reader).await;
    let figure = async || {
        let text = world.get(&reader, "/metrics").await.json.as_str().unwrap().to_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("gcrm_ledger_lag_rows ")).unwrap().to_owned();
        line.parse::<usize>().unwrap()
    };
    let waiting = world.db.texts("SELECT id AS value FROM journal WHERE position IS NULL").len();
    assert!(waiting > 0);
    world.app.measure().await.unwrap();
    assert_eq!(figure().await, waiting);
    world.deliver().await;
    world.app.measure().await.unwrap();
    assert_eq!(figure().await, 0);
}
