//! Values come back as they went in, on either database.

use diesel::prelude::*;
use gcrm::clock::Timestamp;
use gcrm::store::Db;
use gcrm::store::schema::{checkpoints, meta};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::put;
use crate::world::db::fresh_database;

/// 0001-01-01 and 9999-12-31 in microseconds: what RFC 3339 can write in four digits.
const YEARS: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

#[test]
fn an_instant_comes_back_to_the_microsecond_and_sorts_in_time_order() {
    let db = fresh_database();
    let runtime = actix_web::rt::System::new();
    let instants = proptest::collection::btree_set(YEARS, 1..60);
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let property = |micros: std::collections::BTreeSet<i64>| {
        let sent: Vec<Timestamp> = micros.iter().map(|m| Timestamp::from_micros(*m).unwrap()).collect();
        let rows = sent.clone();
        let roundtrip = async {
            let write = db.store.write(move |tx| {
                diesel::delete(checkpoints::table).execute(tx.conn()?)?;
                for (i, at) in rows.iter().rev().enumerate() {
                    let row = (
                        checkpoints::position.eq(i64::try_from(i).unwrap()),
                        checkpoints::signed_at.eq(*at),
                        (checkpoints::hash.eq(""), checkpoints::kid.eq(""), checkpoints::signature.eq("")),
                    );
                    tx.insert(diesel::insert_into(checkpoints::table).values(row));
                }
                Ok(tx.unrecorded("a test", ()))
            });
            write.await.unwrap();
            let read = db.store.read(|db| {
                let signed = checkpoints::table.select(checkpoints::signed_at);
                Ok(signed.order(checkpoints::signed_at).load::<Timestamp>(db.conn()?)?)
            });
            read.await.unwrap()
        };
        prop_assert_eq!(runtime.block_on(roundtrip), sent);
        Ok(())
    };
    runner.run(&instants, property).unwrap();
}

#[test]
fn an_instant_that_could_not_be_read_back_does_not_come_to_be() {
    let parse = |text: &str| text.parse::<Timestamp>();
    for text in
        ["0000-12-31T23:59:59Z", "0001-01-01T07:59:59+08:00", "9999-12-31T23:00:00-01:00", "9999-12-31T23:59:60Z"]
    {
        assert!(parse(text).is_err(), "{text}");
        assert!(serde_json::from_value::<Timestamp>(text.into()).is_err(), "{text}");
    }
    let first = parse("0001-01-01T08:00:00+08:00").unwrap();
    let last = parse("9999-12-31T23:59:59.9999999Z").unwrap();
    assert_eq!((first.micros(), last.micros()), (YEARS.start, YEARS.end - 1));
    assert_eq!(Timestamp::from_micros(YEARS.start - 1), None);
    assert_eq!(Timestamp::from_micros(YEARS.end), None);
    let (day, ages) = (chrono::TimeDelta::days(1), chrono::TimeDelta::MAX);
    assert_eq!([first.plus(-day), last.plus(day), first.plus(-ages), last.plus(ages)], [first, last, first, last]);
    assert_eq!(Timestamp::new(chrono::DateTime::<chrono::Utc>::MAX_UTC), last);
}

#[actix_web::test]
async fn on_sqlite_an_instant_in_another_notation_is_not_read() {
    let db = fresh_database();
    if db.is_postgres() {
        return;
    }
    for text in ["2026-02-12T01:30:00Z", "2026-02-12T01:30:00.000000+00:00", "2026-02-12 01:30:00.000000Z", "now"] {
        db.execute(&format!("DELETE FROM checkpoints; INSERT INTO checkpoints VALUES (1, '', '{text}', '', '')"));
        let read =
            db.store.read(|db| Ok(checkpoints::table.select(checkpoints::signed_at).load::<Timestamp>(db.conn()?)?));
        assert!(read.await.is_err(), "{text}");
    }
}

#[actix_web::test]
async fn text_with_nul_never_gets_halfway() {
    let db = fresh_database();
    let text = "a\0b";
    let write = db.store.write(move |tx| {
        tx.insert(diesel::insert_into(meta::table).values((meta::key.eq("nul"), meta::value.eq(text))));
        Ok(tx.unrecorded("a test", ()))
    });
    // The door refuses NUL; whoever gets past it finds a refusal (PostgreSQL) or the very same text (SQLite).
    let written = write.await;
    let read = db.store.read(|db| Ok(meta::table.select(meta::value).load::<String>(db.conn()?)?)).await.unwrap();
    assert_eq!(written.is_ok(), !db.is_postgres());
    assert_eq!(read, if db.is_postgres() { vec![] } else { vec![text.to_owned()] });
    put(&db.store, "after").await.unwrap();
}

#[actix_web::test]
async fn every_plane_of_unicode_comes_back() {
    let db = fresh_database();
    let text = "𠮷野家 𰻝 👩‍👩‍👧 e\u{301} \u{202e}";
    let write = db.store.write(move |tx| {
        tx.insert(diesel::insert_into(meta::table).values((meta::key.eq("u"), meta::value.eq(text))));
        Ok(tx.unrecorded("a test", ()))
    });
    write.await.unwrap();
    let read = db.store.read(|db| Ok(meta::table.select(meta::value).get_result::<String>(db.conn()?)?));
    assert_eq!(read.await.unwrap(), text);
}
