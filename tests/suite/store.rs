//! The store: what is always true of a write.

use gcrm::store::*;
use gcrm::journal::*;
use gcrm::clock::*;
use gcrm::store::schema::journal;
use diesel::prelude::*;

#[actix_web::test]
async fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    let url = std::env::var("GCRM_TEST_DATABASE_URL").unwrap_or_else(|_| format!("sqlite://{}/t.db", dir.path().display()));
    let store = Store::open(&DatabaseUrl::parse(&url).unwrap(), &Options::default()).unwrap();
    Migrations(&store).run().unwrap();
    let now = Clock::machine().now();
    store.write(move |tx| {
        let e = Event::SigningKeyRotated { kid: "a".into() };
        tx.fact(Entry::new(&e, &Author::system(), Subjects::default(), now, now)?);
        Ok(tx.record(Entry::new(&e, &Author::system(), Subjects::default(), now, now)?, ()))
    }).await.unwrap();
    let rows: Vec<(i32, Timestamp)> = store.read(|db| Ok(journal::table.select((journal::ordinal, journal::recorded_at)).order(journal::ordinal).load(db.conn()?)?)).await.unwrap();
    assert_eq!(rows, vec![(0, now), (1, now)]);
    Migrations(&store).revert_all().unwrap();
}
