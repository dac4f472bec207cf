//! Case numbers, handed out from blocks that an instance reserves: a submission waits for no counter, and a restart
//! leaves a gap, which is fine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Mutex;

use super::number::{CaseNumber, CaseRegion};
use super::store;
use crate::error::{Code, Failure};
use crate::store::{Store, Tx};

/// How many numbers an instance reserves at a time.
const BLOCK: i64 = 1000;

/// Hands out numbers. Cheap to clone.
#[derive(Clone)]
pub struct Numbers {
    store: Store,
    held: Arc<Mutex<Held>>,
}

/// What this instance holds.
#[derive(Default)]
struct Held {
    blocks: BTreeMap<(String, u16), Block>,
    /// When the last reservation failed, and why.
    failed: Option<(Instant, Failure)>,
}

/// What is left of a block: `next` up to, not including, `end`.
#[derive(Clone, Copy)]
struct Block {
    next: i64,
    end: i64,
}

impl Numbers {
    /// Numbers whose blocks are kept in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, held: Arc::default() }
    }

    /// The next number of a region's year. It is taken before the transaction that uses it, so that this stays inserts
    /// only; a number whose transaction fails is a gap. Whoever waits while a block is reserved shares what comes of it, a
    /// failure, too: an outage is told to all at once, not to one after the other.
    ///
    /// # Errors
    /// The database being away; more than 99,999,999 cases a year.
    pub async fn take(&self, region: &CaseRegion, year: u16) -> Result<CaseNumber, Failure> {
        let (key, asked) = ((region.as_str().to_owned(), year), Instant::now());
        let mut held = self.held.lock().await;
        let block = match held.blocks.get(&key).filter(|b| b.next < b.end) {
            Some(block) => *block,
            None => {
                if let Some((_, failure)) = held.failed.as_ref().filter(|(at, _)| asked < *at) {
                    return Err(failure.clone());
                }
                let reserved = self.reserve(key.clone()).await;
                held.failed = reserved.as_ref().err().map(|failure| (Instant::now(), failure.clone()));
                reserved?
            }
        };
        held.blocks.insert(key, Block { next: block.next.saturating_add(1), end: block.end });
        let sequence = u32::try_from(block.next).map_err(Failure::internal)?;
        CaseNumber::new(year, region.clone(), sequence).map_err(Failure::internal)
    }

    async fn reserve(&self, key: (String, u16)) -> Result<Block, Failure> {
        match self.reserve_once(key.clone()).await {
            // Two instances met at a region's first block of the year: the loser finds the row now.
            Err(failure) if failure.code() == Code::Conflict => self.reserve_once(key).await,
            outcome => outcome,
        }
    }

    async fn reserve_once(&self, key: (String, u16)) -> Result<Block, Failure> {
        let reserve = move |tx: &mut Tx<'_>| {
            let next = store::reserve_numbers(tx, &key.0, i64::from(key.1), BLOCK)?;
            let block = Block { next, end: next.saturating_add(BLOCK) };
            Ok(tx.unrecorded("a block of numbers is no fact; the case that uses one is", block))
        };
        self.store.write(reserve).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;
    use crate::store::{DatabaseUrl, Options};

    #[actix_web::test]
    async fn an_outage_is_told_to_all_who_wait_for_a_number_at_once() {
        let url = DatabaseUrl::parse("postgres://nobody@127.0.0.1:1/none").unwrap();
        let options = Options { wait: Duration::from_millis(300), ..Options::default() };
        let numbers = Numbers::new(Store::open(&url, &options).unwrap());
        let region = CaseRegion::parse("110101").unwrap();
        let asked = Instant::now();
        let outcomes = join_all((0..64).map(|_| numbers.take(&region, 2026))).await;
        assert!(outcomes.iter().all(|o| matches!(o, Err(Failure::Unavailable(_)))), "{outcomes:?}");
        // One after the other it would take 64 × 300 ms.
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        let failed = numbers.held.lock().await.failed.clone().map(|(at, _)| at);
        assert!(numbers.take(&region, 2026).await.is_err());
        assert!(numbers.held.lock().await.failed.clone().map(|(at, _)| at) > failed, "whoever asks later tries again");
    }
}
