//! Whether the process lives, and whether it is ready to be asked.

use std::time::Duration;

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Failure;

use super::guard::Open;
use super::reply::{Answer, Reply};
use super::{store, why};

/// How long the database may take to answer before the process is not ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// The process lives.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Liveness {
    /// Always `live`.
    #[schema(max_length = 20, example = "live")]
    status: &'static str,
}

/// The process is ready to be asked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Readiness {
    /// Always `ready`.
    #[schema(max_length = 20, example = "ready")]
    status: &'static str,
    /// How far the ledger is behind.
    ledger: LedgerLag,
    /// Workers beside the requests that keep dying (three times within five minutes): requests are answered all the
    /// same, but what these workers do is not done. The log says where they died.
    #[schema(max_items = 20, example = json!([]))]
    failing_workers: Vec<&'static str>,
}

/// How far the ledger is behind.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LedgerLag {
    /// Journal rows that have no position yet.
    #[schema(minimum = 0, example = 0)]
    rows: i64,
    /// Age of the oldest of them, in seconds.
    #[schema(minimum = 0, example = 0)]
    oldest_seconds: i64,
}

/// Whether the process lives
///
/// Says nothing about the database: a process that lives but is not ready must not be restarted.
#[utoipa::path(operation_id = "getLiveness", tag = "operation", responses((status = 200, description = "It lives.", body = Liveness)))]
#[get("/health/live")]
pub(super) async fn live(_open: Open<why::Health>) -> Answer {
    Reply::ok(Liveness { status: "live" }, None)
}

/// Whether the process is ready to be asked
///
/// The database answered within one second. 503 otherwise. Names the workers that keep dying: an alert, no reason to send
/// requests elsewhere.
#[utoipa::path(operation_id = "getReadiness", tag = "operation", responses((status = 200, description = "It is ready.", body = Readiness)))]
#[get("/health/ready")]
pub(super) async fn ready(open: Open<why::Health>) -> Answer {
    let probe = open.door.0.lag.clone();
    let asked = open.read(move |db, _| {
        store::ping(db)?;
        probe(db)
    });
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    let lag = answer.map_err(|_| Failure::Unavailable("the database did not answer in time".into()))??;
    let ledger = LedgerLag { rows: lag.rows, oldest_seconds: lag.oldest_seconds };
    let failing_workers = open.door.0.vitals.failing();
    Reply::ok(Readiness { status: "ready", ledger, failing_workers }, None)
}
