//! The pool and [`Store`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::r2d2::Pool;
use futures_util::future::{Either, select};
use tokio::sync::{Notify, Semaphore};

use super::connection::AnyConnection;
use super::doubts::Doubts;
use super::group::{FEW, Fared, GROUP, Group, Queue};
use super::link::{Link, Manager, Traced};
use super::postgres;
use super::pulse::{self, Pulse};
use super::sqlite::{self, Access, Writer};
use super::tx::{self, Db, Deferred, Gathered, Reader, Recorded, Tx};
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

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    pool: Pool<Manager>,
    epoch: Arc<AtomicU64>,
    places: Arc<Semaphore>,
    queue: Queue,
    options: Options,
    writer: Option<Writer>,
    statements: Arc<AtomicU64>,
    facts: Notify,
    pulse: Pulse,
}

/// What an answer of PostgreSQL may take beyond what its settings allow.
const SLACK: Duration = Duration::from_secs(1);

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
                Some(Writer::start(path, sqlite::lock(path)?, Watch::counting(&statements))?)
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
        let queue = Queue::new();
        Ok(Self(Arc::new(Inner { url, pool, epoch, places, queue, options, writer, statements, facts, pulse })))
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
    /// Whatever `work` fails with; [`Failure::Unavailable`] when no connection could be had within
    /// [`wait`](Options::wait), or PostgreSQL took a second longer than that and one
    /// [`statement_timeout`](Options::statement_timeout).
    pub async fn read<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let query = |conn: &mut AnyConnection, watch: &Watch| watch.reading(|| work(&mut Reader::new(conn)));
        let read = move |store: &Self, deadline| store.on_link(deadline, query).0;
        self.on_blocking_thread(self.patience(), Failure::Unavailable, read).await
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
            (None, _) => self.write_postgres(work).await?,
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

    /// Settings of the database server that make it less than safe. SQLite's are asserted whenever a file is opened.
    ///
    /// # Errors
    /// The database being away.
    pub async fn doubts(&self) -> Result<Doubts, Failure> {
        self.read(|db| Ok(Doubts::of(db.conn()?)?)).await
    }

    /// What only inserts is committed together with what waits; the rest has a connection of its own.
    async fn write_postgres<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure> + Send + 'static,
    {
        // Each time gathered anew: what failed was used up.
        for most in [GROUP, FEW] {
            let gathered = catch_unwind(AssertUnwindSafe(|| tx::gather(&work)));
            match gathered.unwrap_or_else(|_| Gathered::Fails(sqlite::panicked())) {
                Gathered::Fails(failure) => return Err(failure),
                Gathered::Inserts(value, inserts) if inserts.is_empty() => return Ok(value),
                Gathered::Inserts(value, inserts) => match self.write_together(inserts, most).await? {
                    Fared::Committed => return Ok(value),
                    Fared::Among => {}
                    Fared::Apart => break,
                },
                Gathered::Asks => break,
            }
        }
        let write = move |store: &Self, deadline| store.write_on_link(deadline, &work);
        // Not bounded as a whole: it may have many statements, each of which is.
        self.on_blocking_thread(None, Failure::OutcomeUnknown, write).await
    }

    /// Waits until the inserts are taken along, or takes along what waits.
    async fn write_together(&self, inserts: Vec<Box<dyn Deferred>>, most: usize) -> Result<Fared, Failure> {
        let deadline = Instant::now() + self.0.options.wait;
        let (ticket, mut fared) = self.0.queue.join(inserts, most);
        let turn = async {
            let turn = self.0.queue.turn().await?;
            Ok::<_, Failure>((turn, self.0.places.clone().acquire_owned().await.map_err(Failure::internal)?))
        };
        match select(&mut fared, pin!(tokio::time::timeout(self.0.options.wait, turn))).await {
            Either::Left((told, _)) => return told.map_err(Failure::internal)?,
            Either::Right((Ok(turn), _)) => {
                let turn = turn?;
                if let Some(group) = ticket.take(tx::PARTS) {
                    let store = self.clone();
                    tokio::task::spawn_blocking(move || {
                        store.send_group(group, deadline);
                        drop(turn);
                    });
                }
            }
            Either::Right((Err(_), _)) if ticket.leave() => {
                return Err(Failure::Unavailable("all database connections are busy".into()));
            }
            Either::Right((Err(_), _)) => {}
        }
        let fared = async { fared.await.map_err(Failure::internal)? };
        self.answer(fared, self.patience(), Failure::OutcomeUnknown).await
    }

    fn send_group(&self, mut group: Group, deadline: Instant) {
        let (inserts, mut sent) = (group.inserts(), false);
        let (outcome, connected) = self.on_link(deadline, |conn, _| {
            sent = true;
            tx::commit_inserts(conn, inserts)
        });
        self.0.pulse.heard(&outcome);
        let outcome = match outcome {
            // The server cancelled it, since one of them waited for somebody too long: nothing of it stays.
            Err(Failure::Unavailable(why)) if sent && connected == Connected::Still => Err(Failure::Transient(why)),
            // Whatever was said last: all of it may stay, and must not be done again.
            Err(Failure::Internal(why)) if sent && connected == Connected::Lost => Err(Failure::OutcomeUnknown(why)),
            outcome => outcome,
        };
        group.tell(&outcome);
    }

    async fn on_blocking_thread<T, F>(&self, within: Option<Duration>, silent: Silent, work: F) -> Result<T, Failure>
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
            store.0.pulse.heard(&outcome);
            drop(place);
            outcome
        };
        let run = tokio::task::spawn_blocking(run);
        self.answer(async { run.await.map_err(Failure::internal)? }, within, silent).await
    }

    /// Waits for an answer as long as the database answers anybody, and no longer than `within`. What is given up goes on
    /// and keeps its place.
    async fn answer<T>(
        &self,
        run: impl Future<Output = Result<T, Failure>>,
        within: Option<Duration>,
        silent: Silent,
    ) -> Result<T, Failure> {
        let since = Instant::now();
        let mut run = pin!(run);
        loop {
            match tokio::time::timeout(pulse::LOOK, run.as_mut()).await {
                Ok(outcome) => return outcome,
                Err(_) if self.0.pulse.is_lost(since) || within.is_some_and(|within| since.elapsed() > within) => {
                    return Err(silent("the database does not answer".into()));
                }
                Err(_) => {}
            }
        }
    }

    /// How long PostgreSQL may take for a read, or for one statement that inserts: a connection that leads nowhere any more
    /// is found out much later, while others answer. SQLite has no connections to lose.
    fn patience(&self) -> Option<Duration> {
        let Options { wait, statement_timeout, .. } = self.0.options;
        matches!(self.0.url, DatabaseUrl::Postgres(_)).then(|| wait + statement_timeout + SLACK)
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
        if watch.met_standby() {
            // The others are left to find out for themselves: they can still read.
            *broken = true;
            return (outcome, Connected::Lost);
        }
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

/// Whether the connection is still of use after its work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Connected {
    Still,
    /// The server is gone, or writes nothing any more.
    Lost,
}
