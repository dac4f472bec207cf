//! What runs beside the requests: it does its work whether anybody asks or not.

use std::time::Duration;

use gcrm::access::{Call, Permission};
use gcrm::config::{Settings, Sources};

use crate::world::World;

#[actix_web::test]
async fn a_service_that_nobody_asks_signs_with_the_new_key_all_the_same() {
    let world = World::new().await;
    let (accounts, now) = (world.app.accounts.clone(), world.clock.now());
    let kid = world.db.store.write(move |tx| accounts.rotate_keys(tx, &Call::system(now))).await.unwrap();
    assert_ne!(world.app.accounts.tokens().keys().kid(), kid, "another process replaced it");
    let sources =
        Sources::defaults().variable("GCRM__MAIL__BACKEND", "memory").variable("GCRM__JOURNAL__CHECKPOINTS", "");
    let workers = world.app.start_workers(&Settings::load(&sources).unwrap()).unwrap();
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
