//! Whether the workers beside the requests live.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A worker that died this often …
const DEATHS: usize = 3;
/// … within this time keeps dying.
const WITHIN: Duration = Duration::from_secs(300);

/// When each worker died lately. Cheap to clone; all clones are the same.
#[derive(Clone, Default)]
pub(super) struct Vitals(Arc<Mutex<BTreeMap<&'static str, Vec<Instant>>>>);

impl Vitals {
    /// A worker died now.
    pub(super) fn died(&self, worker: &'static str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let deaths = all.entry(worker).or_default();
        deaths.push(Instant::now());
        let old = deaths.len().saturating_sub(DEATHS);
        deaths.drain(..old);
    }

    /// The workers that keep dying, in alphabetical order.
    pub(super) fn failing(&self) -> Vec<&'static str> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |deaths: &Vec<Instant>| deaths.iter().filter(|death| death.elapsed() < WITHIN).count();
        all.iter().filter(|(_, deaths)| recent(deaths) >= DEATHS).map(|(worker, _)| *worker).collect()
    }
}
