//! The door: what every request needs, one for each process.

use std::sync::Arc;

use crate::access::Authenticate;
use crate::clock::Clock;
use crate::error::Failure;
use crate::localized::Lang;
use crate::seal::Keyring;
use crate::store::{Reader, Store};

use super::connections::Connections;
use super::limits::Limits;
use super::metrics::Metrics;
use super::openapi::About;
use super::refusals::Refusals;
use super::vitals::Vitals;

/// How far the ledger is behind: journal rows that have no position yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many rows wait.
    pub rows: i64,
    /// Age of the oldest, in whole seconds.
    pub oldest_seconds: i64,
}

/// Reads how far the ledger is behind; handed in, so that this room does not know the journal's table.
pub type LagProbe = Arc<dyn Fn(&mut Reader<'_>) -> Result<Lag, Failure> + Send + Sync>;

/// What a door is made of.
pub struct Setup {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Who tells a caller by a token.
    pub authenticate: Arc<dyn Authenticate>,
    /// Keys, for the digest of a stated reason.
    pub keys: Arc<Keyring>,
    /// How far the ledger is behind, for `/health/ready`.
    pub lag: LagProbe,
    /// Sizes, deadlines, connections.
    pub limits: Limits,
    /// The language of a caller who asks for none.
    pub lang: Lang,
    /// What the OpenAPI document says about the service.
    pub about: About,
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub struct Door(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) authenticate: Arc<dyn Authenticate>,
    pub(super) keys: Arc<Keyring>,
    pub(super) lag: LagProbe,
    pub(super) limits: Limits,
    pub(super) lang: Lang,
    pub(super) about: About,
    pub(super) metrics: Metrics,
    pub(super) refusals: Refusals,
    pub(super) connections: Connections,
    pub(super) vitals: Vitals,
}

impl Door {
    /// A door.
    ///
    /// # Errors
    /// Metrics that cannot be registered: a defect.
    pub fn new(setup: Setup) -> Result<Self, Failure> {
        let Setup { store, clock, authenticate, keys, lag, limits, lang, about } = setup;
        let connections = Connections::new(limits.connections_per_address, limits.trusted_proxies.clone());
        Ok(Self(Arc::new(Inner {
            store,
            clock,
            authenticate,
            keys,
            lag,
            limits,
            lang,
            about,
            metrics: Metrics::new()?,
            refusals: Refusals::default(),
            connections,
            vitals: Vitals::default(),
        })))
    }

    /// The figures served at `/metrics`; workers set their gauges here.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Notes that a worker panicked, for `/metrics`, and for `/health/ready` should it keep doing so.
    pub fn worker_died(&self, worker: &'static str) {
        self.0.metrics.worker_died(worker);
        self.0.vitals.died(worker);
    }

    /// Sizes, deadlines, connections.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Writes the counted refusals (401, 403) to their table; returns how many counters were written. For a worker, every
    /// few seconds; what cannot be written now stays counted.
    ///
    /// # Errors
    /// The database being away.
    pub async fn flush_refusals(&self) -> Result<usize, Failure> {
        self.0.refusals.flush(&self.0.store).await
    }

    /// Removes idempotency keys older than 24 hours, some thousand at a time; returns how many, 0 when none are left. For a
    /// worker, every hour or so.
    ///
    /// # Errors
    /// The database being away.
    pub async fn purge_keys(&self) -> Result<usize, Failure> {
        super::idempotency::purge(&self.0.store, self.0.clock.now()).await
    }
}
