//! Case numbers, handed out from blocks that an instance reserves: a submission waits for no counter, and a restart
//! leaves a gap, which is fine.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    blocks: Arc<Mutex<BTreeMap<(String, u16), Block>>>,
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
        Self { store, blocks: Arc::default() }
    }

    /// The next number of a region's year. It is taken before the transaction that uses it, so that this stays inserts
    /// only; a number whose transaction fails is a gap.
    ///
    /// # Errors
    /// The database being away; more than 99,999,999 cases a year.
    pub async fn take(&self, region: &CaseRegion, year: u16) -> Result<CaseNumber, Failure> {
        let key = (region.as_str().to_owned(), year);
        let mut blocks = self.blocks.lock().await;
        let block = match blocks.get(&key).filter(|b| b.next < b.end) {
            Some(block) => *block,
            None => self.reserve(key.clone()).await?,
        };
        blocks.insert(key, Block { next: block.next.saturating_add(1), end: block.end });
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
