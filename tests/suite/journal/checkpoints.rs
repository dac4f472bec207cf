//! Checkpoints come when they are due, and can be kept outside.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gcrm::clock::Clock;
use gcrm::ids::JournalId;
use gcrm::journal::{Checkpoint, Checkpoints, Kept, ProblemKind, newest, verify};

use super::{TestKey, at, placed};
use crate::world::db::{TestDb, fresh_database};

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

/// Keeps checkpoints in `folder`.
fn keeping(folder: &Path) -> Checkpoints {
    Checkpoints::new(Arc::new(TestKey::new("k")), Clock::machine(), Some(folder.to_owned()))
}

/// The one file in `folder`.
fn only(folder: &Path) -> Kept {
    let [kept] = Kept::all_in(folder).unwrap().try_into().unwrap();
    kept
}

fn append(file: &Path, text: &str) {
    std::fs::OpenOptions::new().append(true).open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

#[actix_web::test]
async fn the_folder_holds_every_checkpoint_in_a_file_that_the_journal_names() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let checkpoints = keeping(folder.path());
    placed(&db, 1).await;
    let first = checkpoints.write(&db.store).await.unwrap().unwrap();
    placed(&db, 1).await;
    let second = checkpoints.write(&db.store).await.unwrap().unwrap();
    checkpoints.write(&db.store).await.unwrap();
    let kept = only(folder.path());
    assert_eq!(kept.file, folder.path().join(format!("{}.jsonl", first.journal)));
    assert_eq!((kept.checkpoints.as_slice(), kept.torn.len()), ([first, second].as_slice(), 0));
    assert!(kept.checkpoints.iter().all(|checkpoint| checkpoint.is_genuine(&TestKey::new("k"))));
}

#[actix_web::test]
async fn a_line_that_was_torn_spoils_neither_those_before_nor_those_after_it() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let checkpoints = keeping(folder.path());
    placed(&db, 1).await;
    let first = checkpoints.write(&db.store).await.unwrap().unwrap();
    append(&only(folder.path()).file, "{\"journal\":\"jrn");
    let kept = only(folder.path());
    assert_eq!((kept.checkpoints.as_slice(), kept.torn, kept.ends_torn), ([first.clone()].as_slice(), vec![2], true));
    placed(&db, 1).await;
    let second = checkpoints.write(&db.store).await.unwrap().unwrap();
    let kept = only(folder.path());
    assert_eq!((kept.checkpoints, kept.torn, kept.ends_torn), (vec![first, second], vec![2], false));
}

#[actix_web::test]
async fn a_checkpoint_that_could_not_be_kept_is_kept_as_soon_as_it_can_be() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let place = folder.path().join("checkpoints");
    std::fs::write(&place, "in the way of a folder").unwrap();
    placed(&db, 1).await;
    let work = async {
        let signed = loop {
            match db.store.read(|db| newest(db)).await.unwrap() {
                Some(signed) => break signed,
                None => pause().await,
            }
        };
        std::fs::remove_file(&place).unwrap();
        while Kept::all_in(&place).unwrap().iter().all(|kept| kept.checkpoints.is_empty()) {
            pause().await;
        }
        signed
    };
    let signed = beside(keeping(&place), &db, work).await;
    assert_eq!(only(&place).checkpoints, [signed]);
}

#[actix_web::test]
async fn an_instance_keeps_in_its_own_folder_what_another_signed() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let clock = Clock::fixed(at("2026-02-12T01:30:00Z"));
    let other = checkpoints(&clock);
    placed(&db, 1).await;
    let first = other.write(&db.store).await.unwrap().unwrap();
    let one = Checkpoints::new(Arc::new(TestKey::new("k")), clock, Some(folder.path().to_owned()));
    let has = async |count| {
        while Kept::all_in(folder.path()).unwrap().iter().map(|kept| kept.checkpoints.len()).sum::<usize>() < count {
            pause().await;
        }
    };
    let work = async {
        has(1).await;
        placed(&db, 1).await;
        let second = other.write(&db.store).await.unwrap().unwrap();
        has(2).await;
        second
    };
    let second = beside(one, &db, work).await;
    assert_eq!(only(folder.path()).checkpoints, [first, second]);
}

async fn pause() {
    actix_web::rt::time::sleep(Duration::from_millis(10)).await;
}

/// What comes of `work` while checkpoints are written.
async fn beside<T>(checkpoints: Checkpoints, db: &TestDb, work: impl Future<Output = T>) -> T {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = checkpoints.run(db.store.clone(), async move {
        let _ = stopped.await;
    });
    let work = async {
        let done = work.await;
        stop.send(()).unwrap();
        done
    };
    futures_util::future::join(running, work).await.1
}

#[actix_web::test]
async fn a_checkpoint_proves_the_journal_that_it_was_signed_for_and_no_other() {
    let (db, other) = (fresh_database(), fresh_database());
    let (checkpoints, key) = (checkpoints(&Clock::machine()), TestKey::new("k"));
    placed(&db, 1).await;
    placed(&other, 1).await;
    let own = checkpoints.write(&db.store).await.unwrap().unwrap();
    let foreign = checkpoints.write(&other.store).await.unwrap().unwrap();
    assert!(verify(&db.store, std::slice::from_ref(&own), &key).await.unwrap().ok());
    let report = verify(&db.store, &[foreign], &key).await.unwrap();
    assert_eq!(report.first_problem.map(|p| p.kind), Some(ProblemKind::Checkpoint));
    // Nobody makes it another's by giving it, or the database, the other name.
    let renamed = Checkpoint { journal: JournalId::new(), ..own.clone() };
    assert!(own.is_genuine(&key) && !renamed.is_genuine(&key));
    db.execute(&format!(
        "DELETE FROM checkpoints; UPDATE meta SET value = '{}' WHERE key = 'journal'",
        renamed.journal
    ));
    for kept in [own, renamed] {
        let report = verify(&db.store, &[kept], &key).await.unwrap();
        assert_eq!(report.first_problem.map(|p| p.kind), Some(ProblemKind::Checkpoint));
    }
}

#[test]
fn what_is_signed_is_five_lines() {
    let checkpoint = Checkpoint {
        journal: JournalId::new(),
        position: 7,
        hash: "ab".into(),
        signed_at: at("2026-02-12T01:30:00Z"),
        kid: "k".into(),
        signature: String::new(),
    };
    let text = "position 7\nhash ab\nsigned 2026-02-12T01:30:00.000000Z\n";
    assert_eq!(checkpoint.text(), format!("gcrm journal checkpoint v1\njournal {}\n{text}", checkpoint.journal));
}
