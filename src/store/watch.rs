//! Watches the statements of a connection: how many were sent, and whether one of them failed. A transaction one of whose
//! statements failed must not be committed, even when a room swallowed the failure: PostgreSQL would answer COMMIT with
//! success and keep nothing, SQLite would keep the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::result::{DatabaseErrorKind, Error};

use crate::error::Failure;

/// Counts statements and remembers failures; clones share what they saw.
#[derive(Clone, Default)]
pub(super) struct Watch {
    statements: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
    standby: Arc<AtomicBool>,
    /// Whether nothing but queries may be sent; looked at in debug builds only.
    reading: Arc<AtomicBool>,
    wrote: Arc<AtomicBool>,
}

impl Watch {
    /// A watch of its own connection that counts into a common counter.
    pub(super) fn counting(statements: &Arc<AtomicU64>) -> Self {
        Self { statements: statements.clone(), ..Self::default() }
    }

    /// Forgets failures: a new transaction, or a new part of one, begins.
    pub(super) fn forget(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }

    /// Whether a statement failed since [`Watch::forget`].
    pub(super) fn saw_failure(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether the server refused to write anything at all: another one has taken over, and the connection leads nowhere.
    pub(super) fn met_standby(&self) -> bool {
        self.standby.load(Ordering::Relaxed)
    }

    /// Runs a read. PostgreSQL's connections read and write: in debug builds, as in tests, a read that writes fails. (SQLite's
    /// reading connections refuse it always.)
    pub(super) fn reading<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        self.wrote.store(false, Ordering::Relaxed);
        self.reading.store(cfg!(debug_assertions), Ordering::Relaxed);
        let outcome = work();
        self.reading.store(false, Ordering::Relaxed);
        if self.wrote.load(Ordering::Relaxed) {
            return Err(Failure::internal("a read sent a statement that is no query"));
        }
        outcome
    }
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                self.statements.fetch_add(1, Ordering::Relaxed);
                if self.reading.load(Ordering::Relaxed) && !query.to_string().starts_with("SELECT") {
                    self.wrote.store(true, Ordering::Relaxed);
                }
            }
            InstrumentationEvent::FinishQuery { error: Some(error), .. } => {
                self.failed.store(true, Ordering::Relaxed);
                if matches!(error, Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)) {
                    self.standby.store(true, Ordering::Relaxed);
                }
            }
            _ => {}
        }
    }
}
