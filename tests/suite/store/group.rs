//! Many writes at once: one that fails, in whatever way, harms nobody else's.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use futures_util::FutureExt;
use futures_util::future::join_all;
use gcrm::error::Failure;
use gcrm::store::schema::meta;
use gcrm::store::{Db, Options, Tx};

use super::{fact, keys, put, row};
use crate::world::db::{TestDb, fresh_database, fresh_database_with};

type Crash = fn(&mut Tx<'_>) -> Result<(), Failure>;

/// 100 writes at once; one of them ends in `crash`. On SQLite they wait together, so that they share a group.
async fn hundred(db: &TestDb, crash: Crash) -> Vec<Result<(), Failure>> {
    let (open, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let postgres = db.is_postgres();
    let block = db.store.write(move |tx| {
        if !postgres {
            let _ = gate.lock().map(|gate| gate.recv());
        }
        Ok(tx.unrecorded("a test", ()))
    });
    let writes = (0..100).map(|i| {
        db.store.write(move |tx| {
            tx.insert(row(&format!("{i:03}")));
            if i == 50 {
                crash(tx)?;
            }
            Ok(tx.record(fact("x"), ()))
        })
    });
    let release = async {
        // Polled last: everything above is queued by now.
        drop(open);
    };
    let (first, outcomes, ()) = futures_util::future::join3(block, join_all(writes), release).await;
    first.unwrap();
    outcomes
}

async fn only_the_culprit_fails(crash: Crash) -> Failure {
    let db = fresh_database();
    db.execute_either(
        "CREATE TABLE fatal (x INTEGER); CREATE TRIGGER fatal_one BEFORE INSERT ON fatal BEGIN
           SELECT RAISE(ROLLBACK, 'the whole transaction is gone'); END",
        "CREATE TABLE fatal (x integer CHECK (x < 0))",
    );
    let mut outcomes = hundred(&db, crash).await;
    let culprit = outcomes.remove(50).unwrap_err();
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let expected: Vec<_> = (0..100).filter(|i| *i != 50).map(|i| format!("{i:03}")).collect();
    assert_eq!(keys(&db), expected);
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM journal"), "99");
    culprit
}

#[actix_web::test]
async fn a_panic_harms_nobody_else() {
    let failure = only_the_culprit_fails(|_| panic!("a defect")).await;
    assert!(matches!(failure, Failure::Internal(why) if why.contains("panicked")));
}

#[actix_web::test]
async fn a_panic_inside_a_nested_transaction_harms_nobody_else() {
    let failure = only_the_culprit_fails(|tx| {
        tx.conn()?.transaction::<(), Failure, _>(|conn| {
            sql_query("INSERT INTO meta VALUES ('inner', 'x')").execute(conn)?;
            panic!("a defect inside")
        })
    });
    let failure = failure.await;
    assert!(matches!(failure, Failure::Internal(why) if why.contains("panicked")));
}

#[actix_web::test]
async fn an_error_that_ends_the_whole_transaction_harms_nobody_else() {
    let failure = only_the_culprit_fails(|tx| {
        sql_query("INSERT INTO fatal VALUES (1)").execute(tx.conn()?)?;
        Ok(())
    });
    assert!(matches!(failure.await, Failure::Internal(_)));
}

#[actix_web::test]
async fn the_same_error_swallowed_harms_nobody_else() {
    let failure = only_the_culprit_fails(|tx| {
        let _ = sql_query("INSERT INTO fatal VALUES (1)").execute(tx.conn()?);
        Ok(())
    });
    assert!(matches!(failure.await, Failure::Internal(_)));
}

#[actix_web::test]
async fn a_violated_constraint_harms_nobody_else() {
    let failure = only_the_culprit_fails(|tx| {
        tx.insert(row("050"));
        Ok(())
    });
    assert_eq!(failure.await, Failure::refused(gcrm::error::Code::Conflict));
}

#[actix_web::test]
async fn concurrent_compare_and_swap_has_one_winner() {
    let db = fresh_database();
    super::put(&db.store, "version").await.unwrap();
    let swaps = (0..50).map(|i| {
        db.store.write(move |tx| {
            let row = meta::table.find("version").filter(meta::value.eq("x"));
            let won = diesel::update(row).set(meta::value.eq(i.to_string())).execute(tx.conn()?)?;
            Ok(tx.unrecorded("a test", won))
        })
    });
    let won: usize = join_all(swaps).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(won, 1);
}

#[actix_web::test]
async fn nobody_is_answered_before_the_commit() {
    let db = Arc::new(fresh_database());
    let writes = (0..200).map(|i| {
        let db = db.clone();
        async move {
            let key = format!("{i:03}");
            let own = key.clone();
            let write = db.store.write(move |tx| {
                tx.insert(row(&own));
                Ok(tx.record(fact("x"), ()))
            });
            write.await.unwrap();
            let seen = db.store.read(move |db| Ok(meta::table.find(key).count().get_result::<i64>(db.conn()?)?));
            seen.await.unwrap()
        }
    });
    let writes = futures_util::stream::iter(writes);
    use futures_util::StreamExt;
    let seen: Vec<i64> = writes.buffer_unordered(8).collect().await;
    assert_eq!(seen, vec![1; 200]);
}

#[actix_web::test]
async fn after_a_failure_writes_are_grouped_as_before() {
    let db = fresh_database();
    for round in 0..40 {
        let writes = (0..4).map(|i| {
            let key = format!("{round:02} {i}");
            db.store.write(move |tx| {
                tx.insert(row(&key));
                if i == 2 && round % 7 == 0 {
                    return Err(Failure::not_found());
                }
                Ok(tx.record(fact("x"), ()))
            })
        });
        let failed = join_all(writes).await.into_iter().filter(Result::is_err).count();
        assert_eq!(failed, usize::from(round % 7 == 0), "round {round}");
    }
    assert_eq!(keys(&db).len(), 40 * 4 - 6);
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM journal"), "154");
}

#[test]
fn sqlite_is_compiled_without_what_makes_connections_wait_for_each_other() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    for (option, wanted) in [("ENABLE_QPSG", 1), ("DEFAULT_MEMSTATUS=0", 1), ("ENABLE_MEMORY_MANAGEMENT", 0)] {
        let used = diesel::dsl::sql::<diesel::sql_types::Integer>(&format!("sqlite_compileoption_used('{option}')"));
        let used: i32 = diesel::select(used).get_result(&mut conn).unwrap();
        assert_eq!(used, wanted, "{option}: is .cargo/config.toml read?");
    }
}

#[actix_web::test]
async fn writes_that_only_insert_share_a_statement_on_postgresql() {
    let db = fresh_database();
    let before = db.store.statements();
    let writes = (0..64).map(|i| {
        db.store.write(move |tx| {
            tx.insert(row(&format!("{i:03}")));
            Ok(tx.record(fact("x"), ()))
        })
    });
    assert!(join_all(writes).await.iter().all(Result::is_ok));
    let sent = db.store.statements() - before;
    assert_eq!(keys(&db).len(), 64);
    assert_eq!(db.text("SELECT count(DISTINCT seq) || '' AS value FROM journal"), "64");
    // Whoever comes first goes alone; all others are there by the time that one is back.
    assert!(!db.is_postgres() || sent < 16, "{sent} statements for 64 writes");
}

#[actix_web::test]
async fn a_repeated_key_costs_its_group_some_statements_and_not_one_for_each() {
    let db = fresh_database();
    put(&db.store, "taken").await.unwrap();
    let before = db.store.statements();
    let writes = (0..64).map(|i| {
        db.store.write(move |tx| {
            tx.insert(row(&if i == 40 { "taken".to_owned() } else { format!("{i:03}") }));
            Ok(tx.record(fact("x"), i))
        })
    });
    let outcomes = join_all(writes).await;
    let sent = db.store.statements() - before;
    let conflict = Err(Failure::refused(gcrm::error::Code::Conflict));
    let expected: Vec<_> = (0..64).map(|i| if i == 40 { conflict.clone() } else { Ok(i) }).collect();
    assert_eq!(outcomes, expected);
    assert_eq!(keys(&db).len(), 64);
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM journal"), "64");
    // Some that went first, all others together, those again by eights, and eight of them alone.
    assert!(!db.is_postgres() || sent < 36, "{sent} statements for 64 writes");
}

#[actix_web::test]
async fn many_repeated_keys_at_once_fail_alone() {
    let db = fresh_database();
    put(&db.store, "taken").await.unwrap();
    let repeated = |i: usize| i.is_multiple_of(3);
    let writes = (0..120).map(|i| {
        db.store.write(move |tx| {
            tx.insert(row(&if repeated(i) { "taken".to_owned() } else { format!("{i:03}") }));
            Ok(tx.record(fact("x"), ()))
        })
    });
    let outcomes = join_all(writes).await;
    assert!(outcomes.iter().enumerate().all(|(i, outcome)| outcome.is_err() == repeated(i)), "{outcomes:?}");
    assert_eq!(keys(&db).len(), 1 + 80);
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM journal"), "81");
}

#[actix_web::test]
async fn a_write_that_asks_the_database_runs_once_there_whatever_it_inserted_before() {
    let db = fresh_database();
    let writes = (0..20).map(|i| {
        db.store.write(move |tx| {
            tx.insert(row(&format!("{i:03}")));
            let own: i64 = meta::table.find(format!("{i:03}")).count().get_result(tx.conn()?)?;
            Ok(tx.record(fact("x"), own))
        })
    });
    assert_eq!(join_all(writes).await, vec![Ok(1); 20]);
    assert_eq!(keys(&db).len(), 20);
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM journal"), "20");
}

#[actix_web::test]
async fn a_room_that_hides_that_it_asked_is_run_again_all_the_same() {
    let db = fresh_database();
    let seen = db.store.write(|tx| {
        let count: i64 = match tx.conn() {
            Ok(conn) => meta::table.count().get_result(conn)?,
            Err(_) => -1,
        };
        tx.insert(row("a"));
        Ok(tx.record(fact("x"), count))
    });
    assert_eq!(seen.await, Ok(0));
    assert_eq!(keys(&db), ["a"]);
}

#[actix_web::test]
async fn a_caller_who_left_before_the_turn_came_leaves_nothing_behind() {
    let options = Options { connections: 1, wait: Duration::from_secs(5), ..Options::default() };
    let db = fresh_database_with(&options);
    let (open, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let block = db.store.read(move |_| {
        let _ = gate.lock().map(|gate| gate.recv());
        Ok(())
    });
    let mut left = Box::pin(put(&db.store, "left"));
    let stays = put(&db.store, "stays");
    let leave = async move {
        // One poll: it stands in line, and then its caller is gone.
        assert!(left.as_mut().now_or_never().is_none());
        drop(left);
        drop(open);
    };
    let (block, (), stays) = futures_util::future::join3(block, leave, stays).await;
    assert_eq!((block, stays), (Ok(()), Ok(())));
    // SQLite's writer has it already: what it was given, it writes.
    let expected: &[&str] = if db.is_postgres() { &["stays"] } else { &["left", "stays"] };
    assert_eq!(keys(&db), expected);
}
