//! The journal: its order, its chain, and who sees what of it.

mod chain;
mod checkpoints;
mod events;
mod follow;
mod order;

use aws_lc_rs::hmac;
use gcrm::clock::{Clock, Timestamp};
use gcrm::error::Failure;
use gcrm::journal::{Author, Entry, Event, Ledger, Sign, Subjects};
use gcrm::store::Store;

use crate::world::db::TestDb;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn now() -> Timestamp {
    Clock::machine().now()
}

pub fn note(kid: impl ToString) -> Event {
    Event::SigningKeyRotated { kid: kid.to_string() }
}

pub fn entry(event: &Event) -> Entry {
    Entry::new(event, &Author::system(), Subjects::default(), now(), now()).unwrap()
}

pub async fn state(store: &Store, entry: Entry) {
    store.write(move |tx| Ok(tx.record(entry.clone(), ()))).await.unwrap();
}

/// A journal with `rows` placed rows.
pub async fn placed(db: &TestDb, rows: usize) {
    let write = db.store.write(move |tx| {
        (1..rows).for_each(|i| tx.fact(entry(&note(i))));
        Ok(tx.record(entry(&note(rows)), ()))
    });
    write.await.unwrap();
    assert_eq!(Ledger::silent().drain(&db.store).await, Ok(rows));
}

/// A key of the tests' own.
pub struct TestKey(hmac::Key);

impl TestKey {
    pub fn new(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }
}

impl Sign for TestKey {
    fn sign(&self, bytes: &[u8]) -> Result<(String, Vec<u8>), Failure> {
        Ok(("test".to_owned(), hmac::sign(&self.0, bytes).as_ref().to_vec()))
    }
    fn verify(&self, kid: &str, bytes: &[u8], signature: &[u8]) -> bool {
        kid == "test" && hmac::verify(&self.0, bytes, signature).is_ok()
    }
}
