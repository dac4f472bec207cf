//! PostgreSQL: pending inserts as one statement, transactions begun lazily, retries where retrying is safe.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

use super::connection::AnyConnection;
use super::constraint;
use super::link::NoConnection;
use super::pool::Options;
use super::tx::{Deferred, Recorded, Tx};
use super::watch::Watch;
use crate::error::Failure;

/// Statements with more parts are prepared anew each time, so that the statement cache stays small.
const CACHED: usize = 16;

/// How often a deadlock or a serialization failure is tried again.
const RETRIES: u32 = 3;

/// What a connection needs unless the URL says otherwise: bounded waits for a server that is away or vanished.
const PARAMETERS: &[(&str, &str)] = &[
    ("connect_timeout", "2"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
    ("application_name", "gcrm"),
];

/// Opens a connection with the settings every connection needs.
pub(super) fn open(url: &str, options: &Options) -> Result<PgConnection, NoConnection> {
    let mut full = url.to_owned();
    for (name, value) in PARAMETERS.iter().filter(|(name, _)| !url.contains(&format!("{name}="))) {
        full.push(if full.contains('?') { '&' } else { '?' });
        full.push_str(&format!("{name}={value}"));
    }
    let refused = |error: &dyn std::fmt::Display| NoConnection(error.to_string());
    let mut conn = PgConnection::establish(&full).map_err(|e| refused(&e))?;
    let settings = format!(
        "SET statement_timeout = {0}; SET lock_timeout = {0}; SET idle_in_transaction_session_timeout = {0}; \
         SET synchronous_commit = on; SET TIME ZONE 'UTC'; SET default_transaction_read_only = {1}",
        options.statement_timeout.as_millis(),
        if options.writable { "off" } else { "on" },
    );
    conn.batch_execute(&settings).map_err(|e| refused(&e))?;
    // Messages tell a deadlock; they must not be translated. Not every role may set this, and most servers need not:
    // `Doubts` looks at what comes of it.
    if let Err(error) = conn.batch_execute("SET lc_messages = 'C'") {
        tracing::debug!(%error, "lc_messages stays as it is");
    }
    Ok(conn)
}

/// All pending inserts as one statement of data-modifying CTEs. Its parts run in an order of their own.
struct InsertBatch<'a>(&'a [Box<dyn Deferred>]);

impl QueryFragment<Pg> for InsertBatch<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.0.len() > CACHED {
            out.unsafe_to_cache_prepared();
        }
        for (i, insert) in self.0.iter().enumerate() {
            out.push_sql(if i == 0 { "WITH i" } else { "), i" });
            out.push_sql(&i.to_string());
            out.push_sql(" AS (");
            insert.walk_pg(out.reborrow())?;
        }
        out.push_sql(") SELECT 1");
        Ok(())
    }
}

impl QueryId for InsertBatch<'_> {
    type QueryId = ();
    // Cached by its text: the same set of inserts is prepared once a connection.
    const HAS_STATIC_QUERY_ID: bool = false;
}

pub(super) fn insert_all(conn: &mut PgConnection, parts: &mut [Box<dyn Deferred>]) -> QueryResult<()> {
    if parts.is_empty() {
        return Ok(());
    }
    parts.iter_mut().for_each(|part| part.ready());
    Connection::execute_returning_count(conn, &InsertBatch(parts)).map(drop)
}

pub(super) fn begin(conn: &mut AnyConnection) -> Result<(), Failure> {
    let AnyConnection::Postgres(conn) = conn else {
        return Err(Failure::internal("a SQLite transaction is begun by the writer"));
    };
    AnsiTransactionManager::begin_transaction(conn).map_err(constraint::failure)
}

pub(super) fn commit(conn: &mut AnyConnection) -> Result<(), Failure> {
    let AnyConnection::Postgres(conn) = conn else {
        return Err(Failure::internal("a SQLite transaction is committed by the writer"));
    };
    // Diesel would only release a savepoint, and say that it went well.
    if let Ok(Some(2..)) = depth(conn) {
        return Err(Failure::internal("a nested transaction was left open"));
    }
    AnsiTransactionManager::commit_transaction(conn).map_err(constraint::after_commit)
}

pub(super) fn roll_back(conn: &mut AnyConnection) {
    if let AnyConnection::Postgres(conn) = conn
        && let Err(error) = AnsiTransactionManager::rollback_transaction(conn)
    {
        tracing::warn!(%error, "rollback failed; the connection is given up");
    }
}

/// Runs `work` as one transaction, again after a deadlock or serialization failure; never again when the outcome of a
/// commit is unknown.
pub(super) fn write<T>(
    conn: &mut AnyConnection,
    watch: &Watch,
    work: &impl Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure>,
) -> Result<T, Failure> {
    let mut tries = 0;
    loop {
        match attempt(conn, watch, work) {
            Err(Failure::Transient(why)) if tries < RETRIES => {
                tries += 1;
                tracing::info!(%why, tries, "transaction tried again");
                std::thread::sleep(jitter(tries));
            }
            outcome => return outcome,
        }
    }
}

/// Up to 8 ms for each try, at random, so that the same transactions do not meet again.
fn jitter(tries: u32) -> Duration {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    Duration::from_micros(random % 8_000).saturating_mul(tries)
}

fn attempt<T>(
    conn: &mut AnyConnection,
    watch: &Watch,
    work: &impl Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure>,
) -> Result<T, Failure> {
    let mut tx = Tx::new(conn, watch, false);
    match work(&mut tx) {
        Ok(recorded) => match tx.finish() {
            Ok(()) => Ok(recorded.into_inner()),
            Err(failure) => {
                end(conn);
                Err(failure)
            }
        },
        Err(failure) => {
            tx.roll_back();
            Err(failure)
        }
    }
}

/// Leaves the connection outside any transaction, whatever state a failed end left it in.
fn end(conn: &mut AnyConnection) {
    if let AnyConnection::Postgres(inner) = conn
        && matches!(depth(inner), Ok(Some(_)))
    {
        roll_back(conn);
    }
}

fn depth(conn: &mut PgConnection) -> QueryResult<Option<u32>> {
    let status = <AnsiTransactionManager as TransactionManager<PgConnection>>::transaction_manager_status_mut(conn);
    Ok(status.transaction_depth()?.map(std::num::NonZeroU32::get))
}

/// Whether the connection must not go back to the pool: inside a transaction, or lost.
pub(super) fn is_broken(conn: &mut AnyConnection) -> bool {
    match conn {
        AnyConnection::Postgres(conn) => !matches!(depth(conn), Ok(None)),
        AnyConnection::Sqlite(_) => false,
    }
}

/// Whether the server is gone (libpq knows no transaction state of a dead connection).
pub(super) fn is_lost(conn: &mut AnyConnection) -> bool {
    match conn {
        AnyConnection::Postgres(conn) => depth(conn).is_err(),
        AnyConnection::Sqlite(_) => false,
    }
}
