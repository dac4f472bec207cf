//! SQLite: one writer thread with group commit. Whatever is queued becomes one transaction; answers go out only after the
//! commit. No timer: an idle writer adds no latency. A group is run without savepoints, which cost as much as an insert;
//! when a job of it fails, all of it is undone and run again with a savepoint for each job.
//!
//! Three traps, each with a test in `tests/suite/store.rs`: a job that panics inside a nested `transaction()` leaves the
//! depth unbalanced and later commits would put nothing on disk; `RAISE(ROLLBACK)` or an I/O error can end the whole
//! transaction under the jobs; a deferred foreign key fails the whole group at commit (there is none, a guardian test).

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::connection::AnyConnection;
use super::constraint;
use super::tx::{Recorded, Tx};
use super::watch::Watch;
use crate::error::Failure;

/// Jobs that may wait; beyond that the service is overloaded and says so.
const QUEUE: usize = 4096;
/// Jobs in one transaction: bounds how long the first waits for the last.
const GROUP: usize = 128;
/// Groups that are run apart after one in which a job failed: failures come in bursts.
const APART: u32 = 16;

/// The way to the writer thread.
pub(super) struct Writer {
    /// None only while the writer is dropped.
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

trait Job: Send {
    /// Runs inside its savepoint; the outcome is kept for [`Job::answer`].
    fn run(&mut self, conn: &mut AnyConnection, watch: &Watch) -> Outcome;
    /// Overrules what `run` kept.
    fn fail(&mut self, failure: Failure);
    /// Overrules what `run` kept, if that was a success.
    fn spoil(&mut self, failure: Failure);
    /// Tells the caller.
    fn answer(self: Box<Self>);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Keep,
    Undo,
}

struct Work<T, F> {
    work: F,
    outcome: Result<T, Failure>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Job for Work<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure> + Send,
{
    fn run(&mut self, conn: &mut AnyConnection, watch: &Watch) -> Outcome {
        let work = &self.work;
        let attempt = || {
            let mut tx = Tx::new(conn, watch, true);
            let recorded = work(&mut tx)?;
            tx.settle()?;
            Ok(recorded.into_inner())
        };
        self.outcome = catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|_| Err(panicked()));
        if self.outcome.is_ok() { Outcome::Keep } else { Outcome::Undo }
    }

    fn fail(&mut self, failure: Failure) {
        self.outcome = Err(failure);
    }

    fn spoil(&mut self, failure: Failure) {
        if self.outcome.is_ok() {
            self.outcome = Err(failure);
        }
    }

    fn answer(self: Box<Self>) {
        // A caller that has gone away is no error: what was committed stays.
        let _ = self.reply.send(self.outcome);
    }
}

/// A panic as a failure. The panic hook has logged where; what it said may quote what was to be written.
pub(super) fn panicked() -> Failure {
    Failure::internal("a job on the database panicked")
}

impl Writer {
    /// Opens the file and starts the thread. It holds the lock file as long as it may write.
    pub(super) fn start(path: &Path, lock: File, watch: Watch) -> Result<Self, Failure> {
        let conn = open_watched(path, &watch)?;
        let (queue, jobs) = sync_channel(QUEUE);
        let path = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || {
                run(conn, &watch, &jobs, &path);
                drop(lock);
            })
            .map_err(Failure::internal)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure> + Send + 'static,
    {
        let stopped = || Failure::Unavailable("the writer has stopped".into());
        let (reply, answer) = oneshot::channel();
        let job = Work { work, outcome: Err(Failure::internal("job was never run")), reply };
        self.queue.as_ref().ok_or_else(stopped)?.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) => Failure::Unavailable("the write queue is full".into()),
            TrySendError::Disconnected(_) => stopped(),
        })?;
        answer.await.map_err(|_| Failure::OutcomeUnknown("the writer gave no answer".into()))?
    }
}

impl Drop for Writer {
    /// Waits until everything queued is written and the file is free again.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }
}

fn open_watched(path: &Path, watch: &Watch) -> Result<AnyConnection, Failure> {
    let mut conn = open(path, Access::ReadWrite)?;
    conn.set_instrumentation(watch.clone());
    Ok(AnyConnection::Sqlite(conn))
}

fn run(mut conn: AnyConnection, watch: &Watch, jobs: &Receiver<Box<dyn Job>>, path: &Path) {
    let mut apart = 0;
    while let Ok(first) = jobs.recv() {
        let mut rest = vec![first];
        rest.extend(jobs.try_iter().take(GROUP - 1));
        while !rest.is_empty() {
            let Err(Broken { innocent, why, stuck }) = commit_group(&mut conn, watch, &mut apart, rest) else { break };
            tracing::error!(%why, "a write group failed; the connection is opened anew");
            if let Some(failure) = stuck {
                // Whoever waits would only wait for the same.
                answer_all(jobs.try_iter().collect(), Some(&failure));
            }
            match open_watched(path, watch) {
                Ok(fresh) => {
                    conn = fresh;
                    rest = innocent;
                }
                Err(failure) => {
                    // Whoever waits would only find the same.
                    answer_all(innocent, Some(&failure));
                    answer_all(jobs.try_iter().collect(), Some(&failure));
                    break;
                }
            }
        }
    }
}

/// A group whose transaction cannot be trusted any more. Whoever broke it has been answered.
struct Broken {
    /// Jobs that did nothing wrong; nothing of theirs is on disk, so they run again.
    innocent: Vec<Box<dyn Job>>,
    why: String,
    /// No transaction could be begun at all: another process holds the file.
    stuck: Option<Failure>,
}

/// Runs a group as one transaction: its jobs together, or apart while `apart` is above 0.
fn commit_group(
    conn: &mut AnyConnection,
    watch: &Watch,
    apart: &mut u32,
    mut group: Vec<Box<dyn Job>>,
) -> Result<(), Broken> {
    if let Err(error) = begin(conn) {
        let failure = constraint::failure(error);
        answer_all(group, Some(&failure));
        return Err(Broken { innocent: Vec::new(), why: failure.to_string(), stuck: Some(failure) });
    }
    if *apart > 0 {
        *apart -= 1;
        run_apart(conn, watch, &mut group)?;
    } else if group.iter_mut().any(|job| job.run(conn, watch) == Outcome::Undo) || depth(conn) != Some(1) {
        return start_over(conn, watch, apart, group);
    }
    match commit(conn) {
        Ok(()) => {
            answer_all(group, None);
            Ok(())
        }
        Err(why) => {
            answer_all(group, Some(&Failure::OutcomeUnknown(why.clone())));
            Err(Broken { innocent: Vec::new(), why, stuck: None })
        }
    }
}

/// Undoes a group in which a job failed. A job that was alone has its answer; several run again, apart.
fn start_over(
    conn: &mut AnyConnection,
    watch: &Watch,
    apart: &mut u32,
    group: Vec<Box<dyn Job>>,
) -> Result<(), Broken> {
    let undone = undo(conn);
    let found = depth(conn);
    if undone.is_ok() && found.is_none() && group.len() == 1 {
        answer_all(group, None);
        return Ok(());
    }
    *apart = APART;
    match (undone, found) {
        (Ok(()), None) => commit_group(conn, watch, apart, group),
        (Ok(()), _) => {
            let why = format!("a job left transaction depth {found:?} below its own");
            Err(Broken { innocent: group, why, stuck: None })
        }
        (Err(error), _) => {
            Err(Broken { innocent: group, why: format!("the transaction ended under a job: {error}"), stuck: None })
        }
    }
}

fn run_apart(conn: &mut AnyConnection, watch: &Watch, group: &mut Vec<Box<dyn Job>>) -> Result<(), Broken> {
    for i in 0..group.len() {
        let Some(job) = group.get_mut(i) else { break };
        if let Err(why) = in_savepoint(conn, watch, job.as_mut()) {
            let mut culprit = group.remove(i);
            culprit.spoil(Failure::Internal(why.clone()));
            culprit.answer();
            return Err(Broken { innocent: std::mem::take(group), why, stuck: None });
        }
    }
    Ok(())
}

fn answer_all(jobs: Vec<Box<dyn Job>>, failure: Option<&Failure>) {
    for mut job in jobs {
        if let Some(failure) = failure {
            job.fail(failure.clone());
        }
        job.answer();
    }
}

fn in_savepoint(conn: &mut AnyConnection, watch: &Watch, job: &mut dyn Job) -> Result<(), String> {
    savepoint(conn).map_err(|e| format!("savepoint: {e}"))?;
    let outcome = job.run(conn, watch);
    let found = depth(conn);
    if found != Some(2) {
        return Err(format!("a job left transaction depth {found:?} instead of 2"));
    }
    let ended = match outcome {
        Outcome::Keep => release(conn),
        // Fails when the job's error ended the whole transaction under it: there is no savepoint to go back to.
        Outcome::Undo => undo(conn),
    };
    ended.map_err(|e| format!("the transaction ended under a job: {e}"))
}

fn inner(conn: &mut AnyConnection) -> QueryResult<&mut SqliteConnection> {
    match conn {
        AnyConnection::Sqlite(conn) => Ok(conn),
        AnyConnection::Postgres(_) => Err(diesel::result::Error::NotInTransaction),
    }
}

fn begin(conn: &mut AnyConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(inner(conn)?, "BEGIN IMMEDIATE")
}

fn savepoint(conn: &mut AnyConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction(inner(conn)?)
}

fn release(conn: &mut AnyConnection) -> QueryResult<()> {
    AnsiTransactionManager::commit_transaction(inner(conn)?)
}

fn undo(conn: &mut AnyConnection) -> QueryResult<()> {
    AnsiTransactionManager::rollback_transaction(inner(conn)?)
}

fn commit(conn: &mut AnyConnection) -> Result<(), String> {
    release(conn).map_err(|e| format!("commit: {e}"))?;
    match depth(conn) {
        None => Ok(()),
        Some(depth) => Err(format!("transaction depth {depth} after the commit")),
    }
}

fn depth(conn: &mut AnyConnection) -> Option<u32> {
    let conn = inner(conn).ok()?;
    let status = <AnsiTransactionManager as TransactionManager<SqliteConnection>>::transaction_manager_status_mut(conn);
    match status.transaction_depth() {
        Ok(depth) => depth.map(std::num::NonZeroU32::get),
        Err(_) => Some(u32::MAX),
    }
}

/// Takes the lock file beside the database; it is released when the process ends, however it ends.
pub(super) fn lock(path: &Path) -> Result<File, Failure> {
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

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Queries only.
    ReadOnly,
    /// The writer's, and migrations'.
    ReadWrite,
}

/// Opens the file with the settings every connection needs, and asserts that they hold.
pub(super) fn open(path: &Path, access: Access) -> Result<SqliteConnection, Failure> {
    let away = |error: &dyn std::fmt::Display| Failure::Unavailable(format!("SQLite {}: {error}", path.display()));
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).map_err(|e| away(&e))?;
    let mut settings = String::from(
        "PRAGMA busy_timeout=1000; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;",
    );
    match access {
        Access::ReadWrite => {
            settings.push_str("PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16000;")
        }
        Access::ReadOnly => settings.push_str("PRAGMA query_only=ON; PRAGMA cache_size=-4000;"),
    }
    conn.batch_execute(&settings).map_err(|e| away(&e))?;
    assert_settings(&mut conn, access).map_err(|e| away(&e))?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

#[expect(clippy::disallowed_methods, reason = "pragmas have no typed form; raw SQL lives in store only")]
fn assert_settings(conn: &mut SqliteConnection, access: Access) -> Result<(), String> {
    let settings = [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];
    // A copy that is only read (`VACUUM INTO` makes one) need not be in WAL mode.
    for (pragma, wanted) in settings.into_iter().skip(usize::from(access == Access::ReadOnly)) {
        let query = format!("SELECT CAST({pragma} AS TEXT) AS value FROM pragma_{pragma}");
        let found: Setting = diesel::sql_query(query).get_result(conn).map_err(|e| e.to_string())?;
        if found.value != wanted {
            return Err(format!("PRAGMA {pragma} is {} and must be {wanted}", found.value));
        }
    }
    Ok(())
}
