//! The ledger: the only place where order is made.
//!
//! It takes the one head row, takes rows without a position in the order of their in-database sequence, gives each the next
//! position, chains its hash ([`Row::hash_after`](super::store::Row::hash_after) documents the form), and hands the placed
//! rows on, all in one transaction. A sequence number is drawn after the row it concerns was locked, so its order is causal;
//! a row that commits late with a smaller number simply gets a later position. Positions have no gaps and become visible in
//! their order, so whoever follows them skips nothing.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::audience::Audience;
use super::event::Event;
use super::store::{self, Head, Lock, Row};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{CaseId, CustomerId, DepartmentId, EventId};
use crate::store::{Db, PlacedRow, Store, Tx};

/// Rows in one transaction: small, since on SQLite it shares the writer with requests.
pub const BATCH: i64 = 200;
/// How long to look away when nothing waits and nobody knocks (another instance may have written).
const POLL: Duration = Duration::from_millis(200);
/// How long to let rows gather after a knock: an order that is 10 ms late harms nobody, a transaction for each row would.
const GATHER: Duration = Duration::from_millis(10);
/// How long to wait after a failure.
const RECOVER: Duration = Duration::from_secs(1);

/// A row that just got its position.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Its place in the order, from 1, without gaps.
    pub position: i64,
    /// Its id.
    pub id: EventId,
    /// What happened, by its name: also one that only a newer version of this program knows.
    pub event: String,
    /// Who may see it.
    pub audience: Audience,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// The customer it is about.
    pub customer: Option<CustomerId>,
    /// The agency whose systems may follow it.
    pub agency: Option<DepartmentId>,
    /// Anything else it is about, by its prefixed id.
    pub subject: Option<String>,
    /// Who stated it: an account, a client, `system`.
    pub actor: String,
    /// For whom.
    pub on_behalf_of: Option<CustomerId>,
    /// When it counts.
    pub effective_at: Timestamp,
    /// When this system learned it.
    pub recorded_at: Timestamp,
}

/// Makes deliveries of placed rows, in the ledger's transaction: either both are there or neither.
pub trait Fanout: Send + Sync + 'static {
    /// Inserts what the rows ask for. A failure holds the ledger up until it passes; a row that asks for nothing is none.
    ///
    /// # Errors
    /// The database being away.
    fn deliveries(&self, tx: &mut Tx<'_>, rows: &[Placed]) -> Result<(), Failure>;
}

impl<F> Fanout for F
where
    F: Fn(&mut Tx<'_>, &[Placed]) -> Result<(), Failure> + Send + Sync + 'static,
{
    fn deliveries(&self, tx: &mut Tx<'_>, rows: &[Placed]) -> Result<(), Failure> {
        self(tx, rows)
    }
}

/// How far the ledger is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Rows without a position.
    pub rows: i64,
    /// When the oldest of them was recorded.
    pub oldest: Option<Timestamp>,
}

/// How far the ledger is behind.
///
/// # Errors
/// The database being away.
pub fn lag(db: &mut impl Db) -> Result<Lag, Failure> {
    let (rows, oldest, _) = store::waiting(db)?;
    Ok(Lag { rows, oldest })
}

/// The ledger worker. Cheap to clone; any number may run, one at a time makes order.
#[derive(Clone)]
pub struct Ledger {
    fanout: Arc<dyn Fanout>,
}

impl Ledger {
    /// A ledger that hands placed rows to `fanout`.
    pub fn new(fanout: impl Fanout) -> Self {
        Self { fanout: Arc::new(fanout) }
    }

    /// A ledger that only makes order.
    pub fn silent() -> Self {
        Self::new(|_: &mut Tx<'_>, _: &[Placed]| Ok(()))
    }

    /// Places at most `batch` rows; returns how many. None when nothing waits, or another instance is at it.
    ///
    /// # Errors
    /// The database being away; a head row that does not fit the rows (run `gcrm verify`).
    pub async fn step(&self, store: &Store, batch: i64) -> Result<usize, Failure> {
        // An idle ledger locks and writes nothing.
        if !store.read(|db| store::any_unplaced(db)).await? {
            return Ok(0);
        }
        let fanout = self.fanout.clone();
        store
            .write(move |tx| place(tx, batch, fanout.as_ref()).map(|n| tx.unrecorded("the ledger states no fact", n)))
            .await
    }

    /// Places everything that waits; returns how many rows. For tests, imports, and before a shutdown.
    ///
    /// # Errors
    /// As [`Ledger::step`].
    pub async fn drain(&self, store: &Store) -> Result<usize, Failure> {
        let mut placed = 0_usize;
        while store.read(|db| store::any_unplaced(db)).await? {
            placed = placed.saturating_add(self.step(store, BATCH).await?);
        }
        Ok(placed)
    }

    /// Works until `shutdown` is ready: at once while there is work, after a knock of a write, or after 200 ms.
    pub async fn run(self, store: Store, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        store.expect_pulse();
        loop {
            let rest = match self.step(&store, BATCH).await {
                Ok(0) => None,
                Ok(placed) if i64::try_from(placed).is_ok_and(|placed| placed >= BATCH) => Some(Duration::ZERO),
                Ok(_) => Some(GATHER),
                Err(failure) => {
                    tracing::error!(%failure, "the ledger could not place rows");
                    Some(RECOVER)
                }
            };
            let wait = pin!(pause(&store, rest));
            match select(shutdown.as_mut(), wait).await {
                Either::Left(_) => return,
                Either::Right(_) => {}
            }
        }
    }
}

async fn pause(store: &Store, rest: Option<Duration>) {
    match rest {
        Some(rest) => tokio::time::sleep(rest).await,
        None => {
            if tokio::time::timeout(POLL, store.facts_written()).await.is_ok() {
                tokio::time::sleep(GATHER).await;
            }
        }
    }
}

fn place(tx: &mut Tx<'_>, batch: i64, fanout: &dyn Fanout) -> Result<usize, Failure> {
    let Lock::Held(old) = store::lock_head(tx.conn()?)? else { return Ok(0) };
    let rows = store::unplaced(tx.conn()?, batch)?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (placings, head) = chain(&rows, &old)?;
    store::place(tx, &placings, &old, &head)?;
    let placed: Vec<Placed> = rows.iter().zip(&placings).filter_map(|(row, at)| read(row, at.position)).collect();
    tell_unknown(&placed);
    fanout.deliveries(tx, &placed)?;
    Ok(rows.len())
}

fn tell_unknown(placed: &[Placed]) {
    let unknown = || placed.iter().filter(|row| !Event::NAMES.contains(&row.event.as_str()));
    if let Some(row) = unknown().next() {
        let (first, count) = (&row.event, unknown().count());
        tracing::warn!(
            first,
            count,
            "facts that only a newer version knows were placed; this one makes no message of them"
        );
    }
}

fn chain(rows: &[Row], head: &Head) -> Result<(Vec<PlacedRow>, Head), Failure> {
    let mut head = head.clone();
    let mut placings = Vec::with_capacity(rows.len());
    for row in rows {
        let position = head.position.saturating_add(1);
        let hash = row.hash_after(&head.hash, position)?;
        placings.push(PlacedRow { seq: row.seq, position, hash: hash.clone() });
        head = Head { position, hash };
    }
    Ok((placings, head))
}

/// The row with its meaning; none for one that nobody can have written through the journal, which holds up nobody else.
fn read(row: &Row, position: i64) -> Option<Placed> {
    fn id<T: std::str::FromStr>(text: Option<&String>) -> Option<T> {
        text.and_then(|text| text.parse().ok())
    }
    let parts = (row.id.parse(), row.audience.parse(), row.effective_at.instant(), row.recorded_at.instant());
    let (Ok(event_id), Ok(audience), Some(effective_at), Some(recorded_at)) = parts else {
        tracing::error!(position, "a journal row that does not read was placed and not handed on");
        return None;
    };
    Some(Placed {
        position,
        id: event_id,
        event: row.event.clone(),
        audience,
        case: id(row.case_id.as_ref()),
        customer: id(row.customer_id.as_ref()),
        agency: id(row.agency_id.as_ref()),
        subject: row.subject.clone(),
        actor: row.actor.clone(),
        on_behalf_of: id(row.on_behalf_of.as_ref()),
        effective_at,
        recorded_at,
    })
}
