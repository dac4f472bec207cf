//! Whether the database still answers. One that was stopped says so; one that hangs (a dead disk, a lost network) keeps
//! every statement waiting, and libpq waits with it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::Failure;

/// After this long without any answer the database is taken for away. Longer than the ledger's rest after a failure.
const SILENCE: Duration = Duration::from_millis(1200);
/// How often somebody who waits looks at the pulse.
pub(super) const LOOK: Duration = Duration::from_millis(250);

/// When the database last answered anybody.
pub(super) struct Pulse {
    started: Instant,
    expected: AtomicBool,
    /// Milliseconds since the start.
    last: AtomicU64,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), expected: AtomicBool::new(false), last: AtomicU64::new(0) }
    }

    /// From now on somebody asks several times a second, so that silence means something.
    pub(super) fn expect(&self) {
        self.beat();
        self.expected.store(true, Ordering::Relaxed);
    }

    /// What somebody was told. A connection that could not be had is no answer of the database.
    pub(super) fn heard<T>(&self, outcome: &Result<T, Failure>) {
        if !matches!(outcome, Err(Failure::Unavailable(_) | Failure::OutcomeUnknown(_))) {
            self.beat();
        }
    }

    fn beat(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    /// Whether somebody who has waited since `since` should wait no longer: nobody was answered for a while.
    pub(super) fn is_lost(&self, since: Instant) -> bool {
        let silence = Duration::from_millis(self.now().saturating_sub(self.last.load(Ordering::Relaxed)));
        self.expected.load(Ordering::Relaxed) && since.elapsed() > SILENCE && silence > SILENCE
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_could_not_be_had_is_no_answer() {
        let pulse = Pulse::new();
        pulse.last.store(u64::MAX, Ordering::Relaxed);
        pulse.heard::<()>(&Err(Failure::Unavailable("no connection".into())));
        pulse.heard::<()>(&Err(Failure::OutcomeUnknown("lost".into())));
        assert_eq!(pulse.last.load(Ordering::Relaxed), u64::MAX);
        pulse.heard::<()>(&Err(Failure::not_found()));
        assert_ne!(pulse.last.load(Ordering::Relaxed), u64::MAX);
    }
}
