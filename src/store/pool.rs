//! The pool and [`Store`].

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Connection, SimpleConnection};
use diesel::r2d2::{ManageConnection, Pool};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use super::connection::AnyConnection;
use super::postgres;
use super::pulse::{self, Pulse};
use super::sqlite::{self, Access, Writer};
use super::tx::{Db, Reader, Recorded, Tx};
use super::url::DatabaseUrl;
use super::watch::Watch;
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

/// How many connections a pool has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// At work.
    pub in_use: u32,
    /// Waiting for work.
    pub idle: u32,
}

/// A connection with the age of the database it was opened to.
struct Link {
    conn: AnyConnection,
    watch: Watch,
    epoch: u64,
    broken: bool,
    used: Instant,
}

/// A connection that rested longer is asked whether it is still there before it is handed out; a busy pool never asks.
const RESTED: Duration = Duration::from_secs(1);

/// Opens connections to the database the URL's scheme names, and to no other.
struct Manager {
    url: DatabaseUrl,
    options: Options,
    statements: Arc<AtomicU64>,
    /// Raised when a connection was lost: all older ones are thrown away unasked, so that a returned database is used
    /// at once and no checkout of a busy pool costs a ping.
    epoch: Arc<AtomicU64>,
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
    options: Options,
    writer: Option<Writer>,
    statements: Arc<AtomicU64>,
    facts: Notify,
    pulse: Pulse,
}

/// What somebody is told whom the database left without an answer.
type Silent = fn(String) -> Failure;

impl Store {
    /// Opens the database. A PostgreSQL that is away is not an error here: requests are told 503 until it is back.
    ///
    /// # Errors
    /// A SQLite file that cannot be opened, or that another process holds.
    pub fn open(url: &DatabaseUrl, options: &Options) -> Result<Self, Failure> {
        let statements = Arc::new(AtomicU64::new(0));
        let writer = match url {
            // First of all: it sets the journal mode before the others open.
            DatabaseUrl::Sqlite(path) if options.writable => {
                Some(Writer::start(path, lock(path)?, Watch::counting(&statements))?)
            }
            DatabaseUrl::Sqlite(path) if !path.exists() => {
                return Err(Failure::Unavailable(format!("there is no database {}", path.display())));
            }
            _ => None,
        };
        let epoch = Arc::new(AtomicU64::new(0));
        let manager = Manager {
            url: url.clone(),
            options: options.clone(),
            statements: statements.clone(),
            epoch: epoch.clone(),
        };
        let pool = Pool::builder()
            .max_size(options.connections)
            .min_idle(Some(1))
            .connection_timeout(options.wait)
            .test_on_check_out(true)
            .error_handler(Box::new(Traced))
            .build_unchecked(manager);
        let places = Arc::new(Semaphore::new(usize::try_from(options.connections).unwrap_or(1)));
        let (url, options, facts, pulse) = (url.clone(), options.clone(), Notify::new(), Pulse::new());
        Ok(Self(Arc::new(Inner { url, pool, epoch, places, options, writer, statements, facts, pulse })))
    }

    /// Whether this process may write.
    pub fn is_writable(&self) -> bool {
        self.0.options.writable
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
        let query = |conn: &mut AnyConnection, _: &Watch| work(&mut Reader::new(conn));
        self.on_blocking_thread(Failure::Unavailable, move |store, deadline| store.on_link(deadline, query).0).await
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
        let work = move |tx: &mut Tx<'_>| {
            let recorded = work(tx)?;
            let facts = tx.has_facts();
            Ok(recorded.map(|value| (value, facts)))
        };
        let (value, facts) = match (&self.0.writer, &self.0.url) {
            _ if !self.0.options.writable => return Err(Failure::internal("this store was opened for reading")),
            (Some(writer), _) => writer.write(work).await?,
            (None, _) => {
                let write = move |store: &Self, deadline| store.write_on_link(deadline, &work);
                self.on_blocking_thread(Failure::OutcomeUnknown, write).await?
            }
        };
        if facts {
            self.0.facts.notify_one();
        }
        Ok(value)
    }

    /// Wakes up after a write of this process recorded facts; for the one ledger worker. A wake-up that nobody waited for
    /// is kept, several become one.
    pub async fn facts_written(&self) {
        self.0.facts.notified().await;
    }

    /// How many statements were sent so far, all connections together.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// How many connections the pool has: PostgreSQL's all, SQLite's reading ones.
    pub fn connections(&self) -> Connections {
        let state = self.0.pool.state();
        Connections { in_use: state.connections.saturating_sub(state.idle_connections), idle: state.idle_connections }
    }

    /// Settings of the database server under which an acknowledged write could be lost, as sentences; empty is good.
    /// SQLite's are asserted whenever a file is opened.
    ///
    /// # Errors
    /// The database being away.
    pub async fn doubts(&self) -> Result<Vec<String>, Failure> {
        self.read(|db| match db.conn()? {
            AnyConnection::Sqlite(_) => Ok(Vec::new()),
            AnyConnection::Postgres(conn) => Ok(postgres::doubts(conn)?),
        })
        .await
    }

    async fn on_blocking_thread<T, F>(&self, silent: Silent, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Self, Instant) -> Result<T, Failure> + Send + 'static,
    {
        let deadline = Instant::now() + self.0.options.wait;
        let places = self.0.places.clone();
        let place = tokio::time::timeout(self.0.options.wait, places.acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Failure::Unavailable("all database connections are busy".into()));
        };
        let store = self.clone();
        let run = move || {
            let outcome = work(&store, deadline);
            store.0.pulse.beat();
            drop(place);
            outcome
        };
        self.answer(tokio::task::spawn_blocking(run), silent).await
    }

    /// Waits for an answer as long as the database answers anybody. What is given up goes on and keeps its place.
    async fn answer<T>(&self, mut run: JoinHandle<Result<T, Failure>>, silent: Silent) -> Result<T, Failure> {
        let since = Instant::now();
        loop {
            match tokio::time::timeout(pulse::LOOK, &mut run).await {
                Ok(outcome) => return outcome.map_err(Failure::internal)?,
                Err(_) if self.0.pulse.is_lost(since) => return Err(silent("the database does not answer".into())),
                Err(_) => {}
            }
        }
    }

    /// Promises that this process asks the database several times a second, as the ledger does: from now on a database
    /// that answers nobody for a second is away, and whoever waits for it is told so.
    pub fn expect_pulse(&self) {
        self.0.pulse.expect();
    }

    /// PostgreSQL. A connection that was lost before anything could be committed is no reason to fail: once more, on
    /// another one.
    fn write_on_link<T>(
        &self,
        deadline: Instant,
        work: &impl Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure>,
    ) -> Result<T, Failure> {
        let attempt = || self.on_link(deadline, |conn, watch| postgres::write(conn, watch, work));
        match attempt() {
            (Err(Failure::Unavailable(why)), Connected::Lost) => {
                tracing::info!(%why, "connection lost before the commit; tried again");
                attempt().0
            }
            (outcome, _) => outcome,
        }
    }

    fn on_link<T>(
        &self,
        deadline: Instant,
        work: impl FnOnce(&mut AnyConnection, &Watch) -> Result<T, Failure>,
    ) -> (Result<T, Failure>, Connected) {
        let wait = deadline.saturating_duration_since(Instant::now());
        let mut link = match self.0.pool.get_timeout(wait) {
            Ok(link) => link,
            Err(error) => {
                return (Err(Failure::Unavailable(format!("no database connection: {error}"))), Connected::Still);
            }
        };
        let Link { conn, watch, broken, .. } = &mut *link;
        let outcome = catch_unwind(AssertUnwindSafe(|| work(conn, watch))).unwrap_or_else(|_| {
            *broken = true;
            Err(sqlite::panicked())
        });
        if postgres::is_lost(conn) {
            *broken = true;
            self.0.epoch.fetch_add(1, Ordering::SeqCst);
            return (outcome, Connected::Lost);
        }
        (outcome, Connected::Still)
    }

    /// Runs `work` on a connection of its own outside the pool, for migrations and maintenance.
    ///
    /// # Errors
    /// Whatever `work` fails with; the database being away.
    pub(super) fn on_own_connection<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if !self.0.options.writable {
            return Err(Failure::internal("this store was opened for reading"));
        }
        let mut conn = match &self.0.url {
            DatabaseUrl::Sqlite(path) => AnyConnection::Sqlite(sqlite::open(path, Access::ReadWrite)?),
            DatabaseUrl::Postgres(url) => {
                let options = Options { statement_timeout: Duration::from_secs(600), ..self.0.options.clone() };
                let conn = postgres::open(url, &options).map_err(|e| Failure::Unavailable(e.to_string()))?;
                AnyConnection::Postgres(conn)
            }
        };
        work(&mut conn)
    }
}

/// Whether the connection is still there after its work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Connected {
    Still,
    Lost,
}

/// Takes the lock file beside the database; it is released when the process ends, however it ends.
fn lock(path: &Path) -> Result<File, Failure> {
    let away = |error: std::io::Error| Failure::Unavailable(format!("SQLite {}: {error}", path.display()));
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(away)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(name).map_err(away)?;
    file.try_lock().map_err(|_| {
        Failure::Unavailable(format!("another process uses {}; stop it first, or use PostgreSQL", path.display()))
    })?;
    Ok(file)
}
