//! PostgreSQL's group commit. A transaction that only inserts, as nearly all that citizens send do, needs no connection until
//! its end: whoever comes first takes along what waits, and all of it is one statement, one round trip and one commit. No
//! timer: an idle service adds no latency.
//!
//! A statement that fails leaves nothing behind, so its transactions run again, and only the culprit fails: those of a large
//! group in small ones first, and only those of the small group that fails, too, each alone. One repeated key among many
//! costs some statements more that way, and not one for everybody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::tx::Deferred;
use crate::error::Failure;

/// Statements under way at once. With more of them each would take fewer transactions along, and they would wait for one
/// another at the rows that foreign keys lock. Of one, two and three, three were the fastest on two processors.
const TURNS: usize = 3;
/// Transactions in one statement at most: bounds how long the first waits for the last.
pub(super) const GROUP: usize = 64;
/// Transactions in one statement at most, after one in a larger group failed: the square root makes the fewest statements.
pub(super) const FEW: usize = 8;

/// How a transaction fared in its group.
#[derive(Debug)]
pub(super) enum Fared {
    /// It is on disk.
    Committed,
    /// Nothing of it is in the database, because of it or of another: it may try again in a group of [`FEW`].
    Among,
    /// Nothing of it is in the database, because of it or of another: it has to run alone.
    Apart,
}

/// Inserts of one transaction, waiting.
struct Waiting {
    ticket: u64,
    inserts: Vec<Box<dyn Deferred>>,
    /// In how large a group it may be, itself included.
    most: usize,
    reply: oneshot::Sender<Result<Fared, Failure>>,
}

/// Transactions that were taken along together.
pub(super) struct Group(Vec<Waiting>);

#[derive(Default)]
struct Line {
    next: u64,
    waiting: VecDeque<Waiting>,
}

/// Who waits for the next statement. Cheap to clone.
#[derive(Clone)]
pub(super) struct Queue {
    line: Arc<Mutex<Line>>,
    turns: Arc<Semaphore>,
}

/// A place in the queue; dropping it leaves the queue, if nobody has taken the inserts along yet.
pub(super) struct Ticket {
    queue: Queue,
    number: u64,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { line: Arc::default(), turns: Arc::new(Semaphore::new(TURNS)) }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stands in line for a group of at most `most`; the receiver is told how it went.
    pub(super) fn join(
        &self,
        inserts: Vec<Box<dyn Deferred>>,
        most: usize,
    ) -> (Ticket, oneshot::Receiver<Result<Fared, Failure>>) {
        let (reply, fared) = oneshot::channel();
        let mut line = self.line();
        let ticket = line.next;
        line.next = line.next.wrapping_add(1);
        line.waiting.push_back(Waiting { ticket, inserts, most, reply });
        (Ticket { queue: self.clone(), number: ticket }, fared)
    }

    /// The right to send one statement.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.turns.clone().acquire_owned().await.map_err(Failure::internal)
    }
}

impl Ticket {
    /// Its transaction and those in front of the line, at most `parts` inserts together; none when another took it along.
    pub(super) fn take(&self, parts: usize) -> Option<Group> {
        let mut line = self.queue.line();
        let at = line.waiting.iter().position(|one| one.ticket == self.number)?;
        let own = line.waiting.remove(at)?;
        let mut room = parts.saturating_sub(own.inserts.len());
        let mut most = own.most;
        let mut group = vec![own];
        while let Some(next) = line.waiting.front()
            && group.len() < most.min(next.most)
            && next.inserts.len() <= room
        {
            most = most.min(next.most);
            room = room.saturating_sub(next.inserts.len());
            group.extend(line.waiting.pop_front());
        }
        Some(Group(group))
    }

    /// Leaves the queue; false when the transaction was taken along already.
    pub(super) fn leave(&self) -> bool {
        let mut line = self.queue.line();
        let at = line.waiting.iter().position(|one| one.ticket == self.number);
        at.and_then(|at| line.waiting.remove(at)).is_some()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Group {
    /// What all of them insert.
    pub(super) fn inserts(&mut self) -> Vec<Box<dyn Deferred>> {
        self.0.iter_mut().flat_map(|one| std::mem::take(&mut one.inserts)).collect()
    }

    /// Tells everybody how the statement went.
    pub(super) fn tell(self, outcome: &Result<(), Failure>) {
        let (alone, many) = (self.0.len() == 1, self.0.len() > FEW);
        for one in self.0 {
            let fared = match outcome {
                Ok(()) => Ok(Fared::Committed),
                // The database was not asked, or nobody knows what it did: to ask again is the caller's decision.
                Err(failure @ (Failure::Unavailable(_) | Failure::OutcomeUnknown(_))) => Err(failure.clone()),
                Err(failure @ (Failure::Refused { .. } | Failure::Invalid(_))) if alone => Err(failure.clone()),
                Err(Failure::Refused { .. } | Failure::Invalid(_) | Failure::Internal(_)) if many => Ok(Fared::Among),
                // Of a few; or somebody waited for somebody too long, which groups would only do again.
                Err(_) => Ok(Fared::Apart),
            };
            // A caller that has gone away is no error: what was committed stays.
            let _ = one.reply.send(fared);
        }
    }
}
