//! A PostgreSQL server that is there and of no use: it only reads, its disk is full, it speaks another language, or the way
//! to it leads nowhere.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_query;
use gcrm::error::Failure;
use gcrm::store::{DatabaseUrl, Db, Options, Store};

use super::away::{count, own_pid};
use super::{fact, keys, put, row};
use crate::world::db::{fresh_database, fresh_database_with};

#[actix_web::test]
async fn on_postgres_a_connection_to_a_server_that_only_reads_is_replaced() {
    let patience = Duration::from_secs(60);
    let db = fresh_database_with(&Options { connections: 1, wait: patience, ..Options::default() });
    if !db.is_postgres() {
        return;
    }
    let pids = Arc::new(Mutex::new(Vec::new()));
    let met = pids.clone();
    let write = |always: bool| {
        let met = met.clone();
        db.store.write(move |tx| {
            let pid = own_pid(tx)?;
            let first = met
                .lock()
                .map(|mut met| {
                    met.push(pid);
                    met.len() == 1
                })
                .unwrap_or(false);
            if always || first {
                // As all of a standby's transactions are.
                sql_query("SET TRANSACTION READ ONLY").execute(tx.conn()?)?;
            }
            tx.insert(row("a"));
            Ok(tx.record(fact("a"), ()))
        })
    };
    assert_eq!(write(false).await, Ok(()), "another connection may lead to the server that has taken over");
    let seen = pids.lock().unwrap().clone();
    assert!(seen.len() == 2 && seen[0] != seen[1], "{seen:?}");
    assert!(matches!(write(true).await, Err(Failure::Unavailable(_))));
}

#[actix_web::test]
async fn on_postgres_a_full_disk_is_no_defect() {
    let db = fresh_database();
    if !db.is_postgres() {
        return;
    }
    db.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = 'disk_full';
         END $$;
         CREATE TRIGGER full_disk BEFORE INSERT ON meta FOR EACH ROW WHEN (NEW.key LIKE 'full%') EXECUTE FUNCTION full_disk()",
    );
    assert!(matches!(put(&db.store, "full").await, Err(Failure::Unavailable(_))));
    let asking = db.store.write(|tx| {
        tx.conn()?;
        tx.insert(row("full, too"));
        Ok(tx.record(fact("a"), ()))
    });
    assert!(matches!(asking.await, Err(Failure::Unavailable(_))));
    put(&db.store, "after").await.unwrap();
    assert_eq!(keys(&db), ["after"]);
}

#[actix_web::test]
async fn a_server_that_tells_errors_in_another_language_is_doubted() {
    let db = fresh_database();
    assert_eq!(db.store.doubts().await.unwrap().foreign, Vec::<String>::new());
    if !db.is_postgres() {
        return;
    }
    // Translations are rarely installed where tests run: a division that fails in Chinese stands for a server that does.
    db.execute(
        "CREATE SCHEMA zh;
         CREATE FUNCTION zh.divide(integer, integer) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION '除以零' USING ERRCODE = 'division_by_zero';
         END $$;
         CREATE OPERATOR zh./ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = zh.divide);
         DO $$ BEGIN
           EXECUTE format('ALTER DATABASE %I SET search_path = zh, pg_catalog, public', current_database());
         END $$",
    );
    let store = Store::open(&db.url, &Options::default()).unwrap();
    let doubts = store.doubts().await.unwrap().foreign;
    assert!(doubts.len() == 1 && doubts[0].contains("除以零"), "{doubts:?}");
}

/// A way to the server. Once it is cut, it takes what is sent, and no answer comes.
struct Way {
    port: u16,
    cut: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Self { port, cut: Arc::default(), ends: Arc::default() };
        let (cut, ends) = (way.cut.clone(), way.ends.clone());
        std::thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                let there = TcpStream::connect(&server).unwrap();
                ends.lock().unwrap().extend([here.try_clone().unwrap(), there.try_clone().unwrap()]);
                carry(here.try_clone().unwrap(), there.try_clone().unwrap(), cut.clone());
                carry(there, here, cut.clone());
            }
        });
        way
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, cut: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if !cut.load(Ordering::SeqCst) && to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

impl Drop for Way {
    /// Whoever still waits is told that the connection is gone.
    fn drop(&mut self) {
        self.ends.lock().unwrap().iter().for_each(|end| drop(end.shutdown(Shutdown::Both)));
    }
}

#[actix_web::test]
async fn on_postgres_who_waits_on_a_connection_that_leads_nowhere_is_told_soon() {
    let db = fresh_database();
    let DatabaseUrl::Postgres(url) = &db.url else { return };
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let (user, server) = authority.rsplit_once('@').unwrap();
    let server = if server.contains(':') { server.to_owned() } else { format!("{server}:5432") };
    let way = Way::to(server);
    let url = DatabaseUrl::Postgres(format!("{scheme}://{user}@127.0.0.1:{}/{path}", way.port));
    let options = Options { connections: 1, statement_timeout: Duration::from_millis(900), ..Options::default() };
    let open = || Store::open(&url, &options).unwrap();
    let (reading, writing) = (open(), open());
    assert_eq!((count(&reading).await, put(&writing, "a").await), (Ok(0), Ok(())));
    way.cut.store(true, Ordering::SeqCst);
    let asked = Instant::now();
    let both = futures_util::future::join(count(&reading), put(&writing, "b"));
    let (read, write) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    assert!(matches!(read, Err(Failure::Unavailable(_))), "{read:?}");
    // The statement may have come through: nobody knows.
    assert!(matches!(write, Err(Failure::OutcomeUnknown(_))), "{write:?}");
    assert!(asked.elapsed() < Duration::from_secs(6), "{:?}", asked.elapsed());
}
