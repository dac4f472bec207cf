//! The store: what is always true of a write, on either database.

#![allow(clippy::disallowed_methods, reason = "raw SQL stands for any room's statement")]

mod away;
mod constraints;
mod group;
mod server;
mod values;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use diesel::sql_query;
use gcrm::clock::{Clock, Timestamp};
use gcrm::error::Failure;
use gcrm::journal::{Author, Entry, Event, Subjects};
use gcrm::store::schema::{journal, meta};
use gcrm::store::{Db, Migrations, Options, Store};

use crate::world::db::{TestDb, fresh_database, fresh_database_with};

pub fn now() -> Timestamp {
    Clock::machine().now()
}

pub fn fact(kid: &str) -> Entry {
    let event = Event::SigningKeyRotated { kid: kid.into() };
    Entry::new(&event, &Author::system(), Subjects::default(), now(), now()).unwrap()
}

/// A row of `meta` as a deferred insert.
pub fn row(key: &str) -> impl gcrm::store::Deferred + 'static {
    diesel::insert_into(meta::table).values((meta::key.eq(key.to_owned()), meta::value.eq("x")))
}

pub fn keys(db: &TestDb) -> Vec<String> {
    db.texts("SELECT key AS value FROM meta ORDER BY key")
}

pub async fn put(store: &Store, key: &'static str) -> Result<(), Failure> {
    store
        .write(move |tx| {
            tx.insert(row(key));
            Ok(tx.record(fact(key), ()))
        })
        .await
}

#[actix_web::test]
async fn an_answered_write_is_seen_by_every_other_connection() {
    let db = fresh_database();
    put(&db.store, "a").await.unwrap();
    assert_eq!(keys(&db), ["a"]);
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM journal"), "1");
}

#[actix_web::test]
async fn nothing_of_a_refused_write_stays() {
    let db = fresh_database();
    let refused = db.store.write::<(), _>(|tx| {
        tx.insert(row("a"));
        tx.conn()?;
        tx.insert(row("b"));
        Err(Failure::not_found())
    });
    assert_eq!(refused.await, Err(Failure::not_found()));
    assert_eq!(keys(&db), Vec::<String>::new());
}

#[actix_web::test]
async fn a_query_sees_what_was_inserted_before_it() {
    let db = fresh_database();
    let seen = db.store.write(|tx| {
        tx.insert(row("a"));
        let count: i64 = meta::table.count().get_result(tx.conn()?)?;
        tx.insert(row("b"));
        Ok(tx.unrecorded("a test", count))
    });
    assert_eq!(seen.await, Ok(1));
    assert_eq!(keys(&db), ["a", "b"]);
}

#[actix_web::test]
async fn facts_of_one_transaction_keep_their_order() {
    let db = fresh_database();
    for count in [1_usize, 2, 8, 9, 700] {
        let facts = db.store.write(move |tx| {
            for i in 0..count - 1 {
                tx.fact(fact(&i.to_string()));
                tx.insert(row(&format!("{count} {i}")));
            }
            Ok(tx.record(fact("last"), ()))
        });
        facts.await.unwrap();
        let rows = db.store.read(|db| {
            Ok(journal::table.select(journal::ordinal).order(journal::seq.desc()).limit(700).load::<i32>(db.conn()?)?)
        });
        let mut rows = rows.await.unwrap();
        rows.truncate(count);
        rows.reverse();
        assert_eq!(rows, (0..i32::try_from(count).unwrap()).collect::<Vec<_>>());
    }
}

#[actix_web::test]
async fn facts_keep_their_order_across_queries_of_the_same_transaction() {
    let db = fresh_database();
    let work = db.store.write(|tx| {
        tx.fact(fact("0"));
        tx.fact(fact("1"));
        tx.conn()?;
        tx.fact(fact("2"));
        Ok(tx.record(fact("3"), ()))
    });
    work.await.unwrap();
    let ordinals = db.texts("SELECT ordinal || '' AS value FROM journal ORDER BY seq");
    assert_eq!(ordinals, ["0", "1", "2", "3"]);
}

#[actix_web::test]
async fn a_transaction_that_only_inserts_is_one_statement_on_postgres() {
    let db = fresh_database();
    put(&db.store, "warm").await.unwrap();
    let before = db.store.statements();
    let inserts = db.store.write(|tx| {
        (0..5).for_each(|i| tx.insert(row(&i.to_string())));
        tx.fact(fact("a"));
        Ok(tx.record(fact("b"), ()))
    });
    inserts.await.unwrap();
    let inserted = db.store.statements() - before;
    let mixed = db.store.write(|tx| {
        let count: i64 = meta::table.count().get_result(tx.conn()?)?;
        Ok(tx.record(fact("c"), count))
    });
    mixed.await.unwrap();
    let mixed = db.store.statements() - before - inserted;
    if db.is_postgres() {
        // One; and BEGIN, the query, the insert, COMMIT.
        assert_eq!((inserted, mixed), (1, 4));
    } else {
        // BEGIN, five rows, two facts, COMMIT; and BEGIN, query, fact, COMMIT.
        assert_eq!((inserted, mixed), (9, 4));
    }
}

#[actix_web::test]
async fn a_transaction_that_was_refused_before_its_first_query_sent_nothing() {
    let db = fresh_database();
    put(&db.store, "warm").await.unwrap();
    let before = db.store.statements();
    let refused = db.store.write::<(), _>(|tx| {
        tx.insert(row("a"));
        Err(Failure::not_found())
    });
    assert!(refused.await.is_err());
    let sent = db.store.statements() - before;
    // SQLite's writer has begun its group: BEGIN, ROLLBACK.
    assert!(sent == if db.is_postgres() { 0 } else { 2 }, "{sent}");
}

#[actix_web::test]
async fn a_failure_that_the_room_swallowed_still_undoes_everything() {
    let db = fresh_database();
    put(&db.store, "taken").await.unwrap();
    let deferred = db.store.write(|tx| {
        tx.insert(row("a"));
        tx.insert(row("taken"));
        let _ = tx.conn();
        tx.insert(row("b"));
        Ok(tx.record(fact("x"), ()))
    });
    assert_eq!(deferred.await, Err(Failure::refused(gcrm::error::Code::Conflict)));
    let direct = db.store.write(|tx| {
        tx.insert(row("c"));
        let _ = sql_query("INSERT INTO meta VALUES ('taken', 'x')").execute(tx.conn()?);
        Ok(tx.record(fact("x"), ()))
    });
    assert!(matches!(direct.await, Err(Failure::Internal(_))));
    assert_eq!(keys(&db), ["taken"]);
    put(&db.store, "after").await.unwrap();
}

#[actix_web::test]
async fn on_postgres_a_deadlock_or_serialization_failure_is_tried_three_times_more() {
    let db = fresh_database();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = |succeed_after: u32| {
        let tries = tries.clone();
        db.store.write(move |tx| {
            tx.conn()?;
            if tries.fetch_add(1, Ordering::SeqCst) < succeed_after {
                return Err(Failure::Transient("made up".into()));
            }
            Ok(tx.unrecorded("a test", ()))
        })
    };
    // SQLite's one writer meets neither.
    if db.is_postgres() {
        assert_eq!(counted(3).await, Ok(()));
        assert_eq!(tries.swap(0, Ordering::SeqCst), 4);
        assert!(matches!(counted(99).await, Err(Failure::Transient(_))));
        assert_eq!(tries.load(Ordering::SeqCst), 4);
    }
}

#[actix_web::test]
async fn transactions_that_lock_crosswise_both_succeed() {
    let db = fresh_database();
    put(&db.store, "a").await.unwrap();
    put(&db.store, "b").await.unwrap();
    // Both hold their first row before either asks for its second; SQLite's writer runs them one after the other.
    let meet = Arc::new(std::sync::Barrier::new(2));
    let once = Arc::new(AtomicU32::new(0));
    let cross = |first: &'static str, second: &'static str| {
        let (meet, once, postgres) = (meet.clone(), once.clone(), db.is_postgres());
        db.store.write(move |tx| {
            let touch = |key| diesel::update(meta::table.find(key)).set(meta::value.eq(first));
            touch(first).execute(tx.conn()?)?;
            if postgres && once.fetch_add(1, Ordering::SeqCst) < 2 {
                meet.wait();
            }
            touch(second).execute(tx.conn()?)?;
            Ok(tx.unrecorded("a test", ()))
        })
    };
    let (one, other) = futures_util::future::join(cross("a", "b"), cross("b", "a")).await;
    assert_eq!((one, other), (Ok(()), Ok(())));
}

#[actix_web::test]
async fn a_store_opened_for_reading_reads_and_never_writes() {
    let db = fresh_database();
    put(&db.store, "a").await.unwrap();
    let reading = Store::open(&db.url, &Options { writable: false, ..Options::default() }).unwrap();
    let count = reading.read(|db| Ok(meta::table.count().get_result::<i64>(db.conn()?)?));
    assert_eq!(count.await, Ok(1));
    assert!(put(&reading, "b").await.is_err());
    let sneaky = reading.read(|db| Ok(diesel::delete(meta::table).execute(db.conn()?)?));
    assert!(sneaky.await.is_err());
    assert!(Migrations(&reading).run().is_err());
    assert_eq!(keys(&db), ["a"]);
}

#[actix_web::test]
async fn a_nested_transaction_that_is_balanced_works_and_an_unbalanced_one_harms_only_itself() {
    let db = fresh_database_with(&Options { connections: 2, ..Options::default() });
    let nested = db.store.write(|tx| {
        tx.conn()?.transaction::<_, Failure, _>(|conn| {
            Ok(diesel::insert_into(meta::table).values((meta::key.eq("in"), meta::value.eq("x"))).execute(conn)?)
        })?;
        Ok(tx.record(fact("x"), ()))
    });
    nested.await.unwrap();
    let unbalanced = db.store.write::<(), _>(|tx| {
        let conn = tx.conn()?;
        conn.transaction::<(), Failure, _>(|_| panic!("inside a nested transaction"))?;
        Ok(tx.unrecorded("never reached", ()))
    });
    assert!(matches!(unbalanced.await, Err(Failure::Internal(_))));
    put(&db.store, "after").await.unwrap();
    assert_eq!(keys(&db), ["after", "in"]);
}

#[actix_web::test]
async fn a_nested_transaction_that_is_left_open_is_never_acknowledged() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let db = fresh_database();
    let open = db.store.write(|tx| {
        let conn = tx.conn()?;
        diesel::insert_into(meta::table).values((meta::key.eq("lost"), meta::value.eq("x"))).execute(conn)?;
        // A room that hides a panic inside: whatever is committed now would be no more than a savepoint.
        let _ = catch_unwind(AssertUnwindSafe(|| conn.transaction::<(), Failure, _>(|_| panic!("a defect inside"))));
        Ok(tx.record(fact("x"), ()))
    });
    assert!(matches!(open.await, Err(Failure::Internal(_))));
    put(&db.store, "after").await.unwrap();
    assert_eq!(keys(&db), ["after"]);
}

#[actix_web::test]
async fn the_ledger_is_woken_by_writes_that_recorded_facts_only() {
    let db = fresh_database();
    let woken = || {
        use futures_util::FutureExt;
        db.store.facts_written().now_or_never().is_some()
    };
    db.store.write(|tx| Ok(tx.unrecorded("a test", ()))).await.unwrap();
    assert!(!woken());
    put(&db.store, "a").await.unwrap();
    assert!(woken());
    assert!(!woken());
}
