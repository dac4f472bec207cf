//! Figures in the Prometheus text format, at `/metrics`, for whoever holds `metrics:read`: they tell how much goes on and
//! what goes wrong, which is nobody's business without a permission. Nothing in them is about a person.

use std::time::Duration;

use actix_web::{HttpResponse, get};
use prometheus::{Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::error::Failure;
use crate::store::Connections;

use super::guard::Guard;
use super::need;

/// The figures of one process.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    duration: HistogramVec,
    connections: IntGauge,
    pool_in_use: IntGauge,
    pool_idle: IntGauge,
    ledger_rows: IntGauge,
    ledger_age: IntGauge,
    outbox_age: IntGauge,
    outbox_dead: IntGauge,
    worker_deaths: IntCounterVec,
}

impl Metrics {
    pub(super) fn new() -> Result<Self, Failure> {
        let registry = Registry::new();
        let counter = Opts::new("gcrm_requests_total", "Requests answered, by operation and status.");
        let requests = IntCounterVec::new(counter, &["operation", "status"]).map_err(Failure::internal)?;
        let latency = HistogramOpts::new("gcrm_request_duration_seconds", "Time to answer, by operation.")
            .buckets(vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
        let duration = HistogramVec::new(latency, &["operation"]).map_err(Failure::internal)?;
        let deaths = Opts::new("gcrm_worker_deaths_total", "Workers that panicked and were started again, by worker.");
        let worker_deaths = IntCounterVec::new(deaths, &["worker"]).map_err(Failure::internal)?;
        registry.register(Box::new(requests.clone())).map_err(Failure::internal)?;
        registry.register(Box::new(worker_deaths.clone())).map_err(Failure::internal)?;
        registry.register(Box::new(duration.clone())).map_err(Failure::internal)?;
        let gauge = |name: &str, help: &str| -> Result<IntGauge, Failure> {
            let gauge = IntGauge::new(name, help).map_err(Failure::internal)?;
            registry.register(Box::new(gauge.clone())).map_err(Failure::internal)?;
            Ok(gauge)
        };
        Ok(Self {
            connections: gauge("gcrm_connections", "Open connections of callers.")?,
            pool_in_use: gauge("gcrm_pool_connections_in_use", "Database connections of the pool at work.")?,
            pool_idle: gauge("gcrm_pool_connections_idle", "Database connections of the pool waiting for work.")?,
            ledger_rows: gauge("gcrm_ledger_lag_rows", "Journal rows without a position.")?,
            ledger_age: gauge("gcrm_ledger_lag_seconds", "Age of the oldest journal row without a position.")?,
            outbox_age: gauge(
                "gcrm_outbox_age_seconds",
                "Age of the oldest delivery that has not ended, from its event, however often it was tried.",
            )?,
            outbox_dead: gauge("gcrm_outbox_dead", "Deliveries that were given up.")?,
            registry,
            requests,
            duration,
            worker_deaths,
        })
    }

    pub(super) fn request(&self, operation: &str, status: u16, elapsed: Duration) {
        self.requests.with_label_values(&[operation, status.to_string().as_str()]).inc();
        self.duration.with_label_values(&[operation]).observe(elapsed.as_secs_f64());
    }

    fn set_pool(&self, pool: Connections) {
        self.pool_in_use.set(i64::from(pool.in_use));
        self.pool_idle.set(i64::from(pool.idle));
    }

    /// For the worker that measures: how far the ledger is behind.
    pub fn set_ledger_lag(&self, lag: super::Lag) {
        self.ledger_rows.set(lag.rows);
        self.ledger_age.set(lag.oldest_seconds);
    }

    /// For the outbox worker: the age of the oldest delivery that has not ended, in whole seconds, and how many are dead.
    pub fn set_outbox(&self, oldest_seconds: i64, dead: i64) {
        self.outbox_age.set(oldest_seconds);
        self.outbox_dead.set(dead);
    }

    pub(super) fn worker_died(&self, worker: &str) {
        self.worker_deaths.with_label_values(&[worker]).inc();
    }

    fn text(&self) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out).map_err(Failure::internal)?;
        Ok(out)
    }
}

/// Figures for monitoring
///
/// Requests, latency, connections of callers and to the database, how far ledger and outbox are behind, and workers that died, in the Prometheus text format. Needs a token, and the database to check it: while that is away the answer is 503, and `/health/ready` says so without a token.
#[utoipa::path(
    operation_id = "getMetrics",
    tag = "operation",
    responses((status = 200, description = "The figures.", body = String, content_type = "text/plain; version=0.0.4")),
    extensions(("x-permission" = json!("metrics:read")))
)]
#[get("/metrics")]
pub(super) async fn get_metrics(guard: Guard<need::MetricsRead>) -> Result<HttpResponse, Failure> {
    let metrics = guard.door.metrics();
    let open = i64::try_from(guard.door.0.connections.count()).map_err(Failure::internal)?;
    metrics.connections.set(open);
    metrics.set_pool(guard.door.0.store.connections());
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics.text()?))
}
