//! What the pool holds: connections to the database that the URL's scheme names, and to no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Connection, SimpleConnection};
use diesel::r2d2::ManageConnection;

use super::connection::AnyConnection;
use super::pool::Options;
use super::postgres;
use super::sqlite::{self, Access};
use super::url::DatabaseUrl;
use super::watch::Watch;
/// A connection with the age of the database it was opened to.
pub(super) struct Link {
    pub(super) conn: AnyConnection,
    pub(super) watch: Watch,
    epoch: u64,
    pub(super) broken: bool,
    used: Instant,
}

/// A connection that rested longer is asked whether it is still there before it is handed out; a busy pool never asks.
const RESTED: Duration = Duration::from_secs(1);

/// Opens connections to the database the URL's scheme names, and to no other.
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) options: Options,
    pub(super) statements: Arc<AtomicU64>,
    /// Raised when a connection was lost: all older ones are thrown away unasked, so that a returned database is used
    /// at once and no checkout of a busy pool costs a ping.
    pub(super) epoch: Arc<AtomicU64>,
}

/// Why a connection could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoConnection(pub(super) String);

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = NoConnection;

    fn connect(&self) -> Result<Link, NoConnection> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let mut conn = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let conn = sqlite::open(path, Access::ReadOnly).map_err(|e| NoConnection(e.to_string()))?;
                AnyConnection::Sqlite(conn)
            }
            DatabaseUrl::Postgres(url) => AnyConnection::Postgres(postgres::open(url, &self.options)?),
        };
        let watch = Watch::counting(&self.statements);
        conn.set_instrumentation(watch.clone());
        Ok(Link { conn, watch, epoch, broken: false, used: Instant::now() })
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), NoConnection> {
        if link.epoch != self.epoch.load(Ordering::SeqCst) {
            return Err(NoConnection("the connection is from before the database went away".into()));
        }
        match &mut link.conn {
            AnyConnection::Postgres(conn) if link.used.elapsed() > RESTED => {
                conn.batch_execute("SELECT 1").map_err(|e| NoConnection(e.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.used = Instant::now();
        link.broken || postgres::is_broken(&mut link.conn)
    }
}

/// Keeps pool errors out of stderr: they are traced, and callers get 503.
#[derive(Debug)]
pub(super) struct Traced;

impl diesel::r2d2::HandleError<NoConnection> for Traced {
    fn handle_error(&self, error: NoConnection) {
        tracing::warn!(%error, "no database connection");
    }
}
