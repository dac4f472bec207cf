//! The database is away, busy, or cut off: what callers are told, and that it passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_query;
use gcrm::error::Failure;
use gcrm::store::schema::meta;
use gcrm::store::{DatabaseUrl, Db, Options, Store};

use super::{fact, keys, put, row};
use crate::world::db::{TestDb, fresh_database, fresh_database_with};

pub async fn count(store: &Store) -> Result<i64, Failure> {
    store.read(|db| Ok(meta::table.count().get_result(db.conn()?)?)).await
}

#[derive(QueryableByName)]
struct Pid {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pid: i32,
}

pub fn own_pid(db: &mut impl Db) -> Result<i32, Failure> {
    Ok(sql_query("SELECT pg_backend_pid() AS pid").get_result::<Pid>(db.conn()?)?.pid)
}

fn terminate_all(db: &TestDb) {
    db.texts(
        "SELECT pg_terminate_backend(pid, 5000)::text AS value FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

#[actix_web::test]
async fn an_exhausted_pool_is_told_within_the_wait() {
    let options = Options { connections: 1, wait: Duration::from_millis(200), ..Options::default() };
    let db = fresh_database_with(&options);
    let (release, held) = mpsc::channel::<()>();
    let (started, start) = tokio::sync::oneshot::channel::<()>();
    let store = db.store.clone();
    let holder = actix_web::rt::spawn(async move {
        let hold = move |_: &mut gcrm::store::Reader<'_>| {
            let _ = started.send(());
            let _ = held.recv();
            Ok(())
        };
        store.read(hold).await
    });
    start.await.unwrap();
    let asked = Instant::now();
    assert!(matches!(count(&db.store).await, Err(Failure::Unavailable(_))));
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    drop(release);
    holder.await.unwrap().unwrap();
    assert_eq!(count(&db.store).await, Ok(0));
}

#[actix_web::test]
async fn a_server_that_is_not_there_is_told_within_the_wait() {
    let url = DatabaseUrl::parse("postgres://nobody@127.0.0.1:1/none").unwrap();
    let store = Store::open(&url, &Options { wait: Duration::from_millis(200), ..Options::default() }).unwrap();
    let asked = Instant::now();
    assert!(matches!(count(&store).await, Err(Failure::Unavailable(_))));
    assert!(matches!(put(&store, "a").await, Err(Failure::Unavailable(_))));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}

#[actix_web::test]
async fn a_second_process_on_the_same_sqlite_file_is_refused() {
    let db = fresh_database();
    if db.is_postgres() {
        assert!(Store::open(&db.url, &Options::default()).is_ok());
        return;
    }
    assert!(matches!(Store::open(&db.url, &Options::default()), Err(Failure::Unavailable(_))));
    let TestDb { store, .. } = &db;
    put(store, "a").await.unwrap();
}

#[actix_web::test]
async fn a_closed_store_has_written_everything_and_frees_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("new/folder/a.db"));
    for _ in 0..5 {
        let store = Store::open(&url, &Options::default()).unwrap();
        gcrm::store::Migrations(&store).run().unwrap();
    }
}

#[test]
fn reading_a_file_that_is_not_there_does_not_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo.db");
    let options = Options { writable: false, ..Options::default() };
    assert!(Store::open(&DatabaseUrl::Sqlite(path.clone()), &options).is_err());
    assert!(!path.exists());
}

#[actix_web::test]
async fn on_sqlite_a_file_locked_by_somebody_is_told_soon_and_used_again_at_once() {
    let db = fresh_database();
    if db.is_postgres() {
        return;
    }
    let mut other = db.raw();
    use diesel::connection::SimpleConnection;
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let asked = Instant::now();
    let writes = ["a", "b", "c"].map(|key| put(&db.store, key));
    let outcomes = futures_util::future::join_all(writes).await;
    assert!(outcomes.iter().all(|o| matches!(o, Err(Failure::Unavailable(_)))), "{outcomes:?}");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(count(&db.store).await, Ok(0), "readers go on");
    other.batch_execute("ROLLBACK").unwrap();
    put(&db.store, "d").await.unwrap();
    assert_eq!(keys(&db), ["d"]);
}

#[actix_web::test]
async fn on_postgres_connections_that_the_server_cut_are_replaced_at_once() {
    let db = fresh_database();
    if !db.is_postgres() {
        return;
    }
    let many = futures_util::future::join_all((0..12).map(|_| count(&db.store)));
    assert!(many.await.iter().all(Result::is_ok));
    terminate_all(&db);
    // One caller may have been handed a dead connection; its failure throws all others of that age away.
    let first = count(&db.store).await;
    assert!(matches!(first, Ok(0) | Err(Failure::Unavailable(_))), "{first:?}");
    for _ in 0..20 {
        assert_eq!(count(&db.store).await, Ok(0));
    }
}

#[actix_web::test]
async fn on_postgres_a_connection_lost_before_the_commit_is_no_reason_to_fail() {
    let db = fresh_database();
    if !db.is_postgres() {
        return;
    }
    let tries = Arc::new(AtomicU32::new(0));
    let seen = tries.clone();
    let url = db.url.clone();
    let write = db.store.write(move |tx| {
        let pid = own_pid(tx)?;
        if seen.fetch_add(1, Ordering::SeqCst) == 0 {
            let DatabaseUrl::Postgres(url) = &url else { panic!("PostgreSQL only") };
            let mut other = diesel::pg::PgConnection::establish(url).unwrap();
            sql_query(format!("SELECT pg_terminate_backend({pid}, 5000)")).execute(&mut other).unwrap();
        }
        tx.insert(row("a"));
        Ok(tx.record(fact("a"), ()))
    });
    assert_eq!(write.await, Ok(()));
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    assert_eq!(keys(&db), ["a"]);
}

#[actix_web::test]
async fn on_postgres_a_connection_lost_while_committing_is_an_unknown_outcome_and_never_tried_again() {
    let db = fresh_database();
    if !db.is_postgres() {
        return;
    }
    // The one statement that inserts and commits waits for a lock, and is cut off there.
    let mut other = db.raw();
    use diesel::connection::SimpleConnection;
    other.batch_execute("BEGIN; LOCK TABLE meta").unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let seen = tries.clone();
    let store = db.store.clone();
    let write = actix_web::rt::spawn(async move {
        let write = store.write(move |tx| {
            seen.fetch_add(1, Ordering::SeqCst);
            tx.insert(row("a"));
            Ok(tx.record(fact("a"), ()))
        });
        write.await
    });
    let waiting = "SELECT pid::text AS value FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let pid = loop {
        if let [pid] = db.texts(waiting).as_slice() {
            break pid.clone();
        }
        actix_web::rt::task::yield_now().await;
    };
    db.texts(&format!("SELECT pg_terminate_backend({pid})::text AS value"));
    assert!(matches!(write.await.unwrap(), Err(Failure::OutcomeUnknown(_))));
    assert_eq!(tries.load(Ordering::SeqCst), 1);
    drop(other);
    put(&db.store, "b").await.unwrap();
}

#[actix_web::test]
async fn on_postgres_a_cancelled_statement_did_nothing_for_certain_and_the_connection_stays() {
    let options = Options { statement_timeout: Duration::from_millis(100), connections: 1, ..Options::default() };
    let db = fresh_database_with(&options);
    if !db.is_postgres() {
        return;
    }
    let pid = || db.store.read(|db| own_pid(db));
    let before = pid().await.unwrap();
    let slow = db.store.write(|tx| {
        tx.insert(sql_query("INSERT INTO meta SELECT 'a', pg_sleep(60)::text"));
        Ok(tx.unrecorded("a test", ()))
    });
    assert!(matches!(slow.await, Err(Failure::Unavailable(_))));
    assert_eq!(pid().await.unwrap(), before);
}

#[actix_web::test]
async fn every_connection_has_the_settings_it_needs() {
    let db = fresh_database_with(&Options::default());
    let settings = |sql: &'static str| {
        db.store.read(move |db| {
            #[derive(QueryableByName)]
            struct Value {
                #[diesel(sql_type = diesel::sql_types::Text)]
                value: String,
            }
            Ok(sql_query(sql).get_result::<Value>(db.conn()?)?.value)
        })
    };
    if db.is_postgres() {
        let all = "SELECT concat_ws(' ', current_setting('synchronous_commit'), current_setting('statement_timeout'),
                     current_setting('TimeZone'), current_setting('application_name')) AS value";
        assert_eq!(settings(all).await.unwrap(), "on 5s UTC gcrm");
    } else {
        let all = "SELECT journal_mode || ' ' || synchronous || ' ' || foreign_keys || ' ' || query_only AS value
                   FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_query_only";
        assert_eq!(settings(all).await.unwrap(), "wal 2 1 1");
    }
}

#[actix_web::test]
async fn a_server_that_may_lose_acknowledged_writes_is_told_from_one_that_may_not_see_damage() {
    let db = fresh_database();
    let doubts = db.store.doubts().await.unwrap();
    let off =
        |setting: &str| db.is_postgres() && db.text(&format!("SELECT current_setting('{setting}') AS value")) == "off";
    for setting in ["fsync", "full_page_writes"] {
        assert_eq!(doubts.lossy.iter().any(|doubt| doubt.contains(setting)), off(setting), "{setting}: {doubts:?}");
    }
    assert_eq!(!doubts.blind.is_empty(), off("data_checksums"), "{doubts:?}");
}

#[actix_web::test]
async fn a_read_cannot_write() {
    let db = fresh_database();
    let write = db.store.read(|db| {
        sql_query("DELETE FROM meta").execute(db.conn()?)?;
        Ok(())
    });
    assert!(matches!(write.await, Err(Failure::Internal(_))));
    assert_eq!(count(&db.store).await.map(|_| ()), Ok(()));
}

/// A statement that takes three seconds.
async fn slow(store: &Store) -> Result<(), Failure> {
    let sleep = |tx: &mut gcrm::store::Tx<'_>| {
        sql_query("SELECT pg_sleep(3)").execute(tx.conn()?)?;
        Ok(tx.unrecorded("a test", ()))
    };
    store.write(sleep).await
}

#[actix_web::test]
async fn on_postgres_a_database_that_answers_nobody_is_away_and_a_slow_statement_is_not() {
    let db = fresh_database();
    if !db.is_postgres() {
        // A file answers, or fails.
        return;
    }
    // Nobody promised to ask: there is nothing to conclude from silence.
    assert_eq!(slow(&db.store).await, Ok(()));
    db.store.expect_pulse();
    let asked = Instant::now();
    assert!(matches!(slow(&db.store).await, Err(Failure::OutcomeUnknown(_))));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    let ask = async {
        for _ in 0..40 {
            count(&db.store).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert_eq!(futures_util::future::join(slow(&db.store), ask).await.0, Ok(()));
}
