//! Checkpoints come when they are due, and can be kept outside.

use std::sync::Arc;

use gcrm::clock::Clock;
use gcrm::journal::{Checkpoint, Checkpoints, newest};

use super::{TestKey, at, placed};
use crate::world::db::fresh_database;

fn checkpoints(clock: &Clock) -> Checkpoints {
    Checkpoints::new(Arc::new(TestKey::new("k")), clock.clone(), None)
}

#[actix_web::test]
async fn a_checkpoint_is_due_after_sixty_seconds_when_something_was_placed() {
    let db = fresh_database();
    let clock = Clock::fixed(at("2026-02-12T01:30:00Z"));
    let checkpoints = checkpoints(&clock);
    assert_eq!(checkpoints.step(&db.store).await, Ok(None), "an empty journal has none");
    placed(&db, 1).await;
    assert_eq!(checkpoints.step(&db.store).await.unwrap().map(|c| c.position), Some(1), "the first at once");
    placed(&db, 1).await;
    clock.set(at("2026-02-12T01:30:59Z"));
    assert_eq!(checkpoints.step(&db.store).await, Ok(None));
    clock.set(at("2026-02-12T01:31:00Z"));
    assert_eq!(checkpoints.step(&db.store).await.unwrap().map(|c| c.position), Some(2));
    clock.set(at("2026-02-12T02:31:00Z"));
    assert_eq!(checkpoints.step(&db.store).await, Ok(None), "nothing was placed since");
}

#[actix_web::test]
async fn a_checkpoint_is_due_after_a_thousand_positions() {
    let db = fresh_database();
    let checkpoints = checkpoints(&Clock::fixed(at("2026-02-12T01:30:00Z")));
    placed(&db, 1).await;
    checkpoints.step(&db.store).await.unwrap().unwrap();
    placed(&db, 999).await;
    assert_eq!(checkpoints.step(&db.store).await, Ok(None));
    placed(&db, 1).await;
    assert_eq!(checkpoints.step(&db.store).await.unwrap().map(|c| c.position), Some(1001));
}

#[actix_web::test]
async fn a_checkpoint_on_demand_is_new_only_when_the_journal_grew() {
    let db = fresh_database();
    let clock = Clock::fixed(at("2026-02-12T01:30:00Z"));
    let checkpoints = checkpoints(&clock);
    assert_eq!(checkpoints.write(&db.store).await, Ok(None));
    placed(&db, 3).await;
    let first = checkpoints.write(&db.store).await.unwrap().unwrap();
    clock.set(at("2026-02-12T01:30:01Z"));
    assert_eq!(checkpoints.write(&db.store).await.unwrap().unwrap(), first);
    placed(&db, 1).await;
    let second = checkpoints.write(&db.store).await.unwrap().unwrap();
    assert_eq!((first.position, second.position), (3, 4));
    assert_eq!(db.store.read(|db| newest(db)).await.unwrap(), Some(second));
}

#[actix_web::test]
async fn a_checkpoint_file_holds_every_checkpoint_and_reads_back() {
    let db = fresh_database();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoints.jsonl");
    let key = Arc::new(TestKey::new("k"));
    let checkpoints = Checkpoints::new(key.clone(), Clock::machine(), Some(file.clone()));
    placed(&db, 1).await;
    let first = checkpoints.write(&db.store).await.unwrap().unwrap();
    placed(&db, 1).await;
    let second = checkpoints.write(&db.store).await.unwrap().unwrap();
    let kept = Checkpoint::read_file(&file).unwrap();
    assert_eq!(kept, [first, second]);
    assert!(kept.iter().all(|checkpoint| checkpoint.is_genuine(key.as_ref())));
    std::fs::write(&file, "not a checkpoint").unwrap();
    assert!(Checkpoint::read_file(&file).is_err());
}

#[test]
fn what_is_signed_is_four_lines() {
    let checkpoint = Checkpoint {
        position: 7,
        hash: "ab".into(),
        signed_at: at("2026-02-12T01:30:00Z"),
        kid: "k".into(),
        signature: String::new(),
    };
    let text = "gcrm journal checkpoint v1\nposition 7\nhash ab\nsigned 2026-02-12T01:30:00.000000Z\n";
    assert_eq!(checkpoint.text(), text);
}
