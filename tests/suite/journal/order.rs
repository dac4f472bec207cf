//! Order is gap-free and causal, however many write and place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::prelude::*;
use futures_util::future::{join, join_all, join3};
use gcrm::error::Failure;
use gcrm::journal::{Fanout, Ledger, Placed, Reach, feed, lag, verify};
use gcrm::store::schema::{deliveries, meta};
use gcrm::store::{Db, Options, Store, Tx};

use super::{TestKey, entry, note, now, placed, state};
use crate::world::db::{TestDb, fresh_database};

/// A second instance where the database allows one.
fn other_instance(db: &TestDb) -> Store {
    if db.is_postgres() { Store::open(&db.url, &Options::default()).unwrap() } else { db.store.clone() }
}

async fn positions(store: &Store) -> Vec<(i64, String)> {
    let all = store.read(|db| feed(db, &Reach::Journal, 0, 100_000)).await.unwrap();
    all.items.into_iter().map(|item| (item.position, item.id.to_string())).collect()
}

#[actix_web::test]
async fn eight_writers_and_two_workers_make_one_order_without_gaps_and_a_follower_misses_nothing() {
    let db = fresh_database();
    let other = other_instance(&db);
    let done = AtomicBool::new(false);
    let writers = async {
        let writer = |_| async {
            for i in 0..40 {
                state(&db.store, entry(&note(i))).await;
            }
        };
        join_all((0..8).map(writer)).await;
        done.store(true, Ordering::SeqCst);
    };
    let worker = |store: Store| {
        let done = &done;
        async move {
            let ledger = Ledger::silent();
            // Odd batches, so that they end anywhere.
            while !done.load(Ordering::SeqCst) || store.read(|db| lag(db)).await.unwrap().rows > 0 {
                ledger.step(&store, 7).await.unwrap();
            }
        }
    };
    let follower = async {
        let (mut after, mut seen) = (0, Vec::new());
        while seen.len() < 8 * 40 {
            let stretch = other.read(move |db| feed(db, &Reach::Journal, after, 13)).await.unwrap();
            after = stretch.next;
            seen.extend(stretch.items.into_iter().map(|item| (item.position, item.id.to_string())));
        }
        seen
    };
    let workers = join(worker(db.store.clone()), worker(other.clone()));
    let (_, _, seen) = join3(writers, workers, follower).await;
    assert_eq!(seen.iter().map(|(position, _)| *position).collect::<Vec<_>>(), (1..=320).collect::<Vec<_>>());
    assert_eq!(positions(&db.store).await, seen);
    let report = verify(&db.store, &[], &TestKey::new("k")).await.unwrap();
    assert!(report.ok(), "{report:?}");
    assert_eq!((report.rows, report.unplaced), (320, 0));
}

#[actix_web::test]
async fn changes_of_one_thing_keep_their_order() {
    let db = fresh_database();
    super::super::store::put(&db.store, "thing").await.unwrap();
    let change = || {
        db.store.write(|tx| {
            // Whoever holds the row draws the next number.
            let conn = tx.conn()?;
            diesel::update(meta::table.find("thing")).set(meta::value.eq(meta::value)).execute(conn)?;
            let version: String = meta::table.find("thing").select(meta::value).first(conn)?;
            let version = version.parse().unwrap_or(0) + 1;
            diesel::update(meta::table.find("thing")).set(meta::value.eq(version.to_string())).execute(conn)?;
            tx.fact(entry(&note(version * 10)));
            Ok(tx.record(entry(&note(version * 10 + 1)), ()))
        })
    };
    let ledger = Ledger::silent();
    let changes = async {
        for _ in 0..15 {
            join_all((0..8).map(|_| change())).await.into_iter().for_each(Result::unwrap);
        }
    };
    let placing = async {
        for _ in 0..60 {
            ledger.step(&db.store, 11).await.unwrap();
        }
    };
    join(changes, placing).await;
    ledger.drain(&db.store).await.unwrap();
    let told = db.store.read(|db| feed(db, &Reach::Journal, 1, 1000)).await.unwrap();
    let versions: Vec<i64> =
        told.items.iter().map(|item| item.facts["kid"].as_str().unwrap().parse().unwrap()).collect();
    let expected: Vec<i64> = (1..=120).flat_map(|version| [version * 10, version * 10 + 1]).collect();
    assert_eq!(versions, expected);
}

#[actix_web::test]
async fn on_postgres_a_row_that_commits_late_with_a_smaller_number_gets_a_later_position() {
    let db = fresh_database();
    if !db.is_postgres() {
        return;
    }
    use diesel::connection::SimpleConnection;
    let row = |id: &str| {
        format!(
            "INSERT INTO journal (id, ordinal, event, audience, actor, facts, effective_at, recorded_at)
             VALUES ('{id}', 0, 'key.rotated', 'internal', 'system', '{{}}', '{0}', '{0}')",
            now()
        )
    };
    let mut late = db.raw();
    late.batch_execute(&format!("BEGIN; {}", row("late"))).unwrap();
    db.execute(&row("early"));
    let ledger = Ledger::silent();
    assert_eq!(ledger.step(&db.store, 200).await, Ok(1));
    late.batch_execute("COMMIT").unwrap();
    assert_eq!(ledger.step(&db.store, 200).await, Ok(1));
    let order = db.texts("SELECT id AS value FROM journal ORDER BY position");
    assert_eq!(order, ["early", "late"]);
    assert!(verify(&db.store, &[], &TestKey::new("k")).await.unwrap().ok());
}

#[actix_web::test]
async fn one_worker_at_a_time_makes_order() {
    let db = fresh_database();
    state(&db.store, entry(&note(1))).await;
    if db.is_postgres() {
        use diesel::connection::SimpleConnection;
        let mut other = db.raw();
        other.batch_execute("BEGIN; SELECT * FROM journal_head FOR UPDATE").unwrap();
        assert_eq!(Ledger::silent().step(&db.store, 200).await, Ok(0), "it does not wait for the other");
        other.batch_execute("ROLLBACK").unwrap();
    }
    assert_eq!(Ledger::silent().step(&db.store, 200).await, Ok(1));
}

fn delivery(tx: &mut Tx<'_>, row: &Placed) {
    let columns = (
        (deliveries::id.eq(format!("dlvr {}", row.position)), deliveries::event_id.eq(row.id)),
        (deliveries::channel.eq("email"), deliveries::template.eq("x"), deliveries::recipient.eq("x")),
        (deliveries::state.eq("pending"), deliveries::attempts.eq(0_i64)),
        (deliveries::next_at.eq(row.recorded_at), deliveries::created_at.eq(row.recorded_at)),
    );
    tx.insert(diesel::insert_into(deliveries::table).values(columns));
}

#[actix_web::test]
async fn deliveries_are_made_in_the_transaction_that_places() {
    let db = fresh_database();
    state(&db.store, entry(&note(1))).await;
    let broken = Arc::new(AtomicBool::new(true));
    let state_of_it = broken.clone();
    let fanout = move |tx: &mut Tx<'_>, rows: &[Placed]| {
        rows.iter().for_each(|row| delivery(tx, row));
        if state_of_it.load(Ordering::SeqCst) { Err(Failure::internal("not now")) } else { Ok(()) }
    };
    fn assert_fanout(fanout: impl Fanout) -> impl Fanout {
        fanout
    }
    let ledger = Ledger::new(assert_fanout(fanout));
    let count = || db.text("SELECT count(*) || ' ' || (SELECT position FROM journal_head) AS value FROM deliveries");
    assert!(ledger.step(&db.store, 200).await.is_err());
    assert_eq!(count(), "0 0");
    broken.store(false, Ordering::SeqCst);
    assert_eq!(ledger.step(&db.store, 200).await, Ok(1));
    assert_eq!(count(), "1 1");
    assert_eq!(ledger.step(&db.store, 200).await, Ok(0));
    assert_eq!(count(), "1 1");
}

#[actix_web::test]
async fn a_placed_row_is_handed_on_with_its_meaning() {
    let db = fresh_database();
    state(&db.store, entry(&note("a"))).await;
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = seen.clone();
    let ledger = Ledger::new(move |_: &mut Tx<'_>, rows: &[Placed]| {
        keep.lock().unwrap().extend_from_slice(rows);
        Ok(())
    });
    ledger.drain(&db.store).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), seen[0].position, seen[0].event.as_str()), (1, 1, note("a").name()));
}

#[actix_web::test]
async fn a_row_that_does_not_read_holds_nobody_up() {
    let db = fresh_database();
    let row = |effective: &str| {
        format!(
            "INSERT INTO journal (id, ordinal, event, audience, actor, facts, effective_at, recorded_at)
             VALUES ('{}', 0, 'key.rotated', 'internal', 'system', '{{}}', '{effective}', '{}')",
            gcrm::ids::EventId::new(),
            now()
        )
    };
    db.execute_either(&row("-0001-12-31T16:00:00.000000Z"), &row("-infinity"));
    state(&db.store, entry(&note("after"))).await;
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = seen.clone();
    let ledger = Ledger::new(move |_: &mut Tx<'_>, rows: &[Placed]| {
        keep.lock().unwrap().extend_from_slice(rows);
        Ok(())
    });
    assert_eq!(ledger.drain(&db.store).await, Ok(2));
    let handed_on: Vec<_> = seen.lock().unwrap().iter().map(|row| (row.position, row.event.clone())).collect();
    assert_eq!(handed_on, [(2, note("after").name().to_owned())]);
    // It is part of the chain all the same, as it is.
    let report = verify(&db.store, &[], &TestKey::new("k")).await.unwrap();
    assert_eq!((report.rows, report.unplaced, report.first_problem), (2, 0, None));
}

#[actix_web::test]
async fn the_running_ledger_places_what_is_written_and_stops_when_told() {
    let db = fresh_database();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ledger = Ledger::silent().run(db.store.clone(), async move {
        let _ = stopped.await;
    });
    let work = async {
        for i in 0..3 {
            state(&db.store, entry(&note(i))).await;
            while db.store.read(|db| lag(db)).await.unwrap().rows > 0 {
                actix_web::rt::task::yield_now().await;
            }
        }
        stop.send(()).unwrap();
    };
    join(ledger, work).await;
    assert_eq!(positions(&db.store).await.len(), 3);
}

#[actix_web::test]
async fn the_lag_is_what_has_no_position_and_when_the_first_of_it_was_recorded() {
    let db = fresh_database();
    placed(&db, 2).await;
    let none = db.store.read(|db| lag(db)).await.unwrap();
    assert_eq!((none.rows, none.oldest), (0, None));
    let before = now();
    state(&db.store, entry(&note(1))).await;
    state(&db.store, entry(&note(2))).await;
    let two = db.store.read(|db| lag(db)).await.unwrap();
    assert_eq!(two.rows, 2);
    assert!(two.oldest.unwrap() >= before && two.oldest.unwrap() <= now());
}
