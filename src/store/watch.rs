//! Watches the statements of a connection: how many were sent, and whether one of them failed. A transaction one of whose
//! statements failed must not be committed, even when a room swallowed the failure: PostgreSQL would answer COMMIT with
//! success and keep nothing, SQLite would keep the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Counts statements and remembers failures; clones share what they saw.
#[derive(Clone, Default)]
pub(super) struct Watch {
    statements: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
}

impl Watch {
    /// A watch of its own connection that counts into a common counter.
    pub(super) fn counting(statements: &Arc<AtomicU64>) -> Self {
        Self { statements: statements.clone(), failed: Arc::default() }
    }

    /// Forgets failures: a new transaction, or a new part of one, begins.
    pub(super) fn forget(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }

    /// Whether a statement failed since [`Watch::forget`].
    pub(super) fn saw_failure(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.statements.fetch_add(1, Ordering::Relaxed);
            }
            InstrumentationEvent::FinishQuery { error: Some(_), .. } => self.failed.store(true, Ordering::Relaxed),
            _ => {}
        }
    }
}
