//! PostgreSQL: pending inserts as one statement, transactions begun lazily, retries where retrying is safe.

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};

use super::connection::AnyConnection;
use super::constraint;
use super::tx::{Deferred, Recorded, Tx};
use crate::error::Failure;

/// How often a deadlock or a serialization failure is tried again.
const RETRIES: u32 = 3;

/// All pending inserts as one statement of data-modifying CTEs. Its parts run in an order of their own.
struct InsertBatch<'a>(&'a [Box<dyn Deferred>]);

impl QueryFragment<Pg> for InsertBatch<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
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

pub(super) fn insert_all(conn: &mut PgConnection, pending: &[Box<dyn Deferred>]) -> QueryResult<()> {
    if pending.is_empty() {
        return Ok(());
    }
    Connection::execute_returning_count(conn, &InsertBatch(pending)).map(drop)
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
    work: &impl Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure>,
) -> Result<T, Failure> {
    let mut tries = 0;
    loop {
        match attempt(conn, work) {
            Err(Failure::Transient(why)) if tries < RETRIES => {
                tries += 1;
                tracing::info!(%why, tries, "transaction tried again");
            }
            outcome => return outcome,
        }
    }
}

fn attempt<T>(
    conn: &mut AnyConnection,
    work: &impl Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure>,
) -> Result<T, Failure> {
    let mut tx = Tx::new(conn, false);
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
    if depth(conn) > 0 {
        roll_back(conn);
    }
}

pub(super) fn depth(conn: &mut AnyConnection) -> u32 {
    let AnyConnection::Postgres(conn) = conn else { return 0 };
    let status = <AnsiTransactionManager as TransactionManager<PgConnection>>::transaction_manager_status_mut(conn);
    status.transaction_depth().ok().flatten().map_or(0, std::num::NonZeroU32::get)
}
