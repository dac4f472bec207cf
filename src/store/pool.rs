//! The pool and [`Store`].

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection};
use tokio::sync::Semaphore;

use super::connection::AnyConnection;
use super::sqlite::{self, Access, Writer};
use super::tx::{Reader, Recorded, Tx};
use super::url::DatabaseUrl;
use super::{constraint, postgres};
use crate::error::Failure;

/// How the store behaves; the defaults suit production.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections of the pool: PostgreSQL's all, SQLite's reading ones (1–64).
    pub connections: u32,
    /// How long a request waits for a connection before it is told 503 (1 s at most is promised).
    pub wait: Duration,
    /// PostgreSQL cancels a statement that runs longer.
    pub statement_timeout: Duration,
    /// Whether this process may write. A reading store takes no lock on a SQLite file.
    pub writable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 12,
            wait: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(5),
            writable: true,
        }
    }
}

/// A connection with the age of the database it was opened to.
pub(super) struct Link {
    conn: AnyConnection,
    epoch: u64,
    broken: bool,
}

/// Opens connections to the database the URL's scheme names, and to no other.
struct Manager {
    url: DatabaseUrl,
    statement_timeout: Duration,
    /// Raised when a connection was lost: all older ones are thrown away unasked, so that a returned database is used
    /// at once and no checkout costs a ping.
    epoch: Arc<AtomicU64>,
}

/// Why a connection could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoConnection(String);

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = NoConnection;

    fn connect(&self) -> Result<Link, NoConnection> {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let conn = match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let conn = sqlite::open(path, Access::ReadOnly).map_err(|e| NoConnection(e.to_string()))?;
                AnyConnection::Sqlite(conn)
            }
            DatabaseUrl::Postgres(url) => AnyConnection::Postgres(open_postgres(url, self.statement_timeout)?),
        };
        Ok(Link { conn, epoch, broken: false })
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), NoConnection> {
        if link.epoch == self.epoch.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(NoConnection("the connection is from before the database went away".into()))
        }
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.broken || postgres::depth(&mut link.conn) > 0
    }
}

fn open_postgres(url: &str, statement_timeout: Duration) -> Result<PgConnection, NoConnection> {
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}connect_timeout=2&keepalives_idle=10&application_name=gcrm");
    let mut conn = PgConnection::establish(&url).map_err(|e| NoConnection(e.to_string()))?;
    let settings = format!(
        "SET statement_timeout = {0}; SET lock_timeout = {0}; SET idle_in_transaction_session_timeout = {0}; \
         SET synchronous_commit = on; SET TIME ZONE 'UTC'",
        statement_timeout.as_millis()
    );
    conn.batch_execute(&settings).map_err(|e| NoConnection(e.to_string()))?;
    Ok(conn)
}

/// Keeps pool errors out of stderr: they are traced, and callers get 503.
#[derive(Debug)]
struct Traced;

impl diesel::r2d2::HandleError<NoConnection> for Traced {
    fn handle_error(&self, error: NoConnection) {
        tracing::warn!(%error, "no database connection");
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    pool: Pool<Manager>,
    epoch: Arc<AtomicU64>,
    places: Arc<Semaphore>,
    wait: Duration,
    writer: Option<Writer>,
    /// Held while the store lives: one process per SQLite file.
    _lock: Option<File>,
}

impl Store {
    /// Opens the database. A PostgreSQL that is away is not an error here: requests are told 503 until it is back.
    ///
    /// # Errors
    /// A SQLite file that cannot be opened, or that another process holds.
    pub fn open(url: &DatabaseUrl, options: &Options) -> Result<Self, Failure> {
        let (lock, writer) = match url {
            DatabaseUrl::Sqlite(path) if options.writable => {
                let lock = lock(path)?;
                // First of all: it sets the journal mode before the others open.
                (Some(lock), Some(Writer::start(path)?))
            }
            _ => (None, None),
        };
        let epoch = Arc::new(AtomicU64::new(0));
        let manager =
            Manager { url: url.clone(), statement_timeout: options.statement_timeout, epoch: epoch.clone() };
        let pool = Pool::builder()
            .max_size(options.connections)
            .min_idle(Some(1))
            .connection_timeout(options.wait)
            .test_on_check_out(true)
            .error_handler(Box::new(Traced))
            .build_unchecked(manager);
        let places = Arc::new(Semaphore::new(usize::try_from(options.connections).unwrap_or(1)));
        Ok(Self(Arc::new(Inner { url: url.clone(), pool, epoch, places, wait: options.wait, writer, _lock: lock })))
    }

    /// Where the data lives.
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// Runs queries.
    ///
    /// # Errors
    /// Whatever `work` fails with; [`Failure::Unavailable`] when no connection could be had within a second.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, Failure> + Send + 'static,
    {
        self.on_connection(move |conn| work(&mut Reader::new(conn))).await
    }

    /// Runs one transaction and answers after its commit. `work` is `Fn` because a deadlock or serialization failure is
    /// tried again, at most three times; when the outcome of a commit is unknown it is not, and
    /// [`Failure::OutcomeUnknown`] says so.
    ///
    /// # Errors
    /// Whatever `work` fails with, then nothing of it stays; a violated constraint; the database being away.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure> + Send + 'static,
    {
        match (&self.0.writer, &self.0.url) {
            (Some(writer), _) => writer.write(work).await,
            (None, DatabaseUrl::Sqlite(_)) => Err(Failure::internal("this store was opened for reading")),
            (None, DatabaseUrl::Postgres(_)) => {
                self.on_connection(move |conn| postgres::write(conn, &work)).await
            }
        }
    }

    async fn on_connection<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T, Failure> + Send + 'static,
    {
        let places = self.0.places.clone();
        let place = tokio::time::timeout(self.0.wait, places.acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Failure::Unavailable("all database connections are busy".into()));
        };
        let store = self.clone();
        let run = move || {
            let outcome = store.on_link(work);
            drop(place);
            outcome
        };
        tokio::task::spawn_blocking(run).await.map_err(Failure::internal)?
    }

    fn on_link<T>(&self, work: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut link = self.link()?;
        let attempt = std::panic::AssertUnwindSafe(|| work(&mut link.conn));
        let outcome = std::panic::catch_unwind(attempt).unwrap_or_else(|cause| {
            Err(sqlite::panicked(cause.as_ref()))
        });
        if outcome.as_ref().is_err_and(constraint::breaks_connection) {
            link.broken = true;
            self.0.epoch.fetch_add(1, Ordering::SeqCst);
        }
        outcome
    }

    fn link(&self) -> Result<PooledConnection<Manager>, Failure> {
        self.0.pool.get().map_err(|e| Failure::Unavailable(format!("no database connection: {e}")))
    }

    /// Runs `work` on a connection of its own outside the pool, for migrations and maintenance.
    ///
    /// # Errors
    /// Whatever `work` fails with; the database being away.
    pub(super) fn on_own_connection<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut conn = match &self.0.url {
            DatabaseUrl::Sqlite(path) => AnyConnection::Sqlite(sqlite::open(path, Access::ReadWrite)?),
            DatabaseUrl::Postgres(url) => AnyConnection::Postgres(
                open_postgres(url, Duration::from_secs(600)).map_err(|e| Failure::Unavailable(e.to_string()))?,
            ),
        };
        work(&mut conn)
    }
}

/// Takes the lock file beside the database; it is released when the process ends, however it ends.
fn lock(path: &Path) -> Result<File, Failure> {
    let away = |error: std::io::Error| Failure::Unavailable(format!("SQLite {}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(away)?;
    }
    let name = path.with_extension("lock");
    let file = File::options().create(true).truncate(false).write(true).open(name).map_err(away)?;
    file.try_lock().map_err(|_| {
        Failure::Unavailable(format!("another process uses {}; stop it first, or use PostgreSQL", path.display()))
    })?;
    Ok(file)
}
