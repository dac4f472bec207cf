//! What a room sees of a transaction.

use std::any::Any;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

use super::bulk::Bulk;
use super::connection::AnyConnection;
use super::facts::Fact;
use super::watch::Watch;
use super::{constraint, postgres};
use crate::error::Failure;

/// Whatever queries can run on: a read or a transaction.
pub trait Db {
    /// The connection, with everything inserted so far visible. Only for queries, updates and deletes. A nested
    /// `transaction()` that is left open fails the whole transaction: nothing would be on disk after its commit.
    ///
    /// # Errors
    /// What the pending inserts met: a violated constraint, or the database being away.
    fn conn(&mut self) -> Result<&mut AnyConnection, Failure>;
}

/// A read: queries only.
pub struct Reader<'c> {
    conn: &'c mut AnyConnection,
}

impl<'c> Reader<'c> {
    pub(super) fn new(conn: &'c mut AnyConnection) -> Self {
        Self { conn }
    }
}

impl Db for Reader<'_> {
    fn conn(&mut self) -> Result<&mut AnyConnection, Failure> {
        Ok(self.conn)
    }
}

/// An insert that waits for the end of its transaction.
pub trait Deferred: Any + Send {
    #[doc(hidden)]
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize>;
    /// Takes over the rows of another insert into the same table; false where it is not one.
    #[doc(hidden)]
    fn join(&mut self, _other: &mut dyn Deferred) -> bool {
        false
    }
    /// Nothing will be joined any more, and [`Deferred::walk_pg`] follows.
    #[doc(hidden)]
    fn ready(&mut self) {}
    #[doc(hidden)]
    fn walk_pg<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

impl<S> Deferred for S
where
    S: QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + Send + 'static,
{
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize> {
        diesel::connection::Connection::execute_returning_count(conn, self)
    }
    fn walk_pg<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        QueryFragment::<Pg>::walk_ast(self, out)
    }
}

/// A value that may leave a transaction because its fact was recorded (or because a reason was given not to).
#[derive(Debug)]
#[must_use]
pub struct Recorded<T>(T);

impl<T> Recorded<T> {
    /// Another value for the same fact.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Recorded<U> {
        Recorded(f(self.0))
    }
    /// Looks at the value.
    pub fn value(&self) -> &T {
        &self.0
    }
    pub(super) fn into_inner(self) -> T {
        self.0
    }
}

/// Parts of one statement at most: bounds its size.
pub(super) const PARTS: usize = 200;

/// One transaction. Inserts are kept until the end (or until a query needs to see them) on both databases.
pub struct Tx<'c> {
    way: Way<'c>,
    pending: Vec<Box<dyn Deferred>>,
    ordinal: i32,
    /// What the pending inserts met: nothing of this transaction may stay, whatever the room makes of it.
    refused: Option<Failure>,
}

/// Where a transaction stands.
enum Way<'c> {
    /// On a connection; `begun`: inside a transaction of the database.
    On { conn: &'c mut AnyConnection, watch: &'c Watch, begun: bool },
    /// Without a connection yet: only what it inserts is gathered. `asked`: it wanted one all the same.
    Gathering { asked: bool },
}

/// What a transaction turned out to be when it was run without a database.
pub(super) enum Gathered<T> {
    /// Inserts and nothing else; what it leads to, once they are committed.
    Inserts(T, Vec<Box<dyn Deferred>>),
    /// It asks the database, or is too large to share a statement: nothing of this run counts.
    Asks,
    /// It failed without asking the database.
    Fails(Failure),
}

/// Runs a transaction without a database, to see what it inserts.
pub(super) fn gather<T>(work: &impl Fn(&mut Tx<'_>) -> Result<Recorded<T>, Failure>) -> Gathered<T> {
    let mut tx = Tx::along(Way::Gathering { asked: false });
    let outcome = work(&mut tx);
    let asked = matches!(tx.way, Way::Gathering { asked: true });
    let inserts = joined(tx.pending);
    match outcome {
        _ if asked || inserts.len() > PARTS => Gathered::Asks,
        Err(Failure::Transient(_)) => Gathered::Asks,
        Ok(recorded) => Gathered::Inserts(recorded.into_inner(), inserts),
        Err(failure) => Gathered::Fails(failure),
    }
}

impl<'c> Tx<'c> {
    /// `begun`: whether the connection is inside a transaction already.
    pub(super) fn new(conn: &'c mut AnyConnection, watch: &'c Watch, begun: bool) -> Self {
        watch.forget();
        Self::along(Way::On { conn, watch, begun })
    }

    fn along(way: Way<'c>) -> Self {
        Self { way, pending: Vec::new(), ordinal: 0, refused: None }
    }

    /// Defers an insert: [`Bulk`] rows, or `diesel::insert_into(table).values(row)`. A violated constraint surfaces from
    /// `write`, or from the next query through this transaction. Nothing may depend on the order of sibling inserts.
    pub fn insert(&mut self, statement: impl Deferred) {
        self.pending.push(Box::new(statement));
    }

    /// Records one fact more; the transaction still has to end with [`Tx::record`].
    pub fn fact(&mut self, fact: impl Fact) {
        let mut row = fact.row();
        row.ordinal = self.ordinal;
        self.ordinal = self.ordinal.saturating_add(1);
        self.insert(Bulk::of(row));
    }

    /// Records the fact and lets `value` out.
    pub fn record<T>(&mut self, fact: impl Fact, value: T) -> Recorded<T> {
        self.fact(fact);
        Recorded(value)
    }

    /// Lets `value` out without a fact, for what nobody needs to know: heartbeats, leases, counters. `reason` is for the
    /// reader; a test counts the uses.
    pub fn unrecorded<T>(&mut self, _reason: &'static str, value: T) -> Recorded<T> {
        Recorded(value)
    }

    /// Whether a fact was recorded so far.
    pub(super) fn has_facts(&self) -> bool {
        self.ordinal > 0
    }

    /// Sends what is pending, inside the transaction. After a failure nothing more is sent: the failed statement may have
    /// ended a SQLite transaction, and what follows would be on disk at once.
    fn flush(&mut self) -> Result<(), Failure> {
        if let Some(failure) = &self.refused {
            return Err(failure.clone());
        }
        self.assert_whole()?;
        let pending = std::mem::take(&mut self.pending);
        let sent = match &mut self.way {
            Way::On { conn, .. } => send(conn, pending).map_err(constraint::failure),
            Way::Gathering { .. } => Err(unconnected()),
        };
        if let Err(failure) = &sent {
            self.refused = Some(failure.clone());
        }
        sent
    }

    /// A transaction with a failed statement is never committed.
    fn assert_whole(&self) -> Result<(), Failure> {
        match &self.way {
            Way::On { watch, .. } if watch.saw_failure() => {
                Err(Failure::internal("a statement failed and its failure was not passed on"))
            }
            _ => Ok(()),
        }
    }

    /// Sends what is pending and ends the transaction if one was begun; PostgreSQL only.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.pending = joined(self.pending);
        if let Way::On { conn, begun: false, .. } = &mut self.way
            && self.pending.len() <= PARTS
        {
            return commit_inserts(conn, self.pending);
        }
        self.begin()?;
        self.flush()?;
        self.assert_whole()?;
        match self.way {
            Way::On { conn, .. } => postgres::commit(conn),
            Way::Gathering { .. } => Err(unconnected()),
        }
    }

    /// Sends what is pending; the writer ends the transaction. SQLite only.
    pub(super) fn settle(mut self) -> Result<(), Failure> {
        self.flush()?;
        self.assert_whole()
    }

    pub(super) fn roll_back(self) {
        if let Way::On { conn, begun: true, .. } = self.way {
            postgres::roll_back(conn);
        }
    }

    fn begin(&mut self) -> Result<(), Failure> {
        match &mut self.way {
            Way::On { conn, begun, .. } => {
                if !*begun {
                    postgres::begin(conn)?;
                    *begun = true;
                }
                Ok(())
            }
            Way::Gathering { asked } => {
                *asked = true;
                Err(unconnected())
            }
        }
    }
}

/// What a room is told that asks the database while its inserts are gathered; it is run again, on a connection.
fn unconnected() -> Failure {
    Failure::internal("a transaction without a connection yet")
}

impl Db for Tx<'_> {
    fn conn(&mut self) -> Result<&mut AnyConnection, Failure> {
        self.begin()?;
        self.flush()?;
        match &mut self.way {
            Way::On { conn, .. } => Ok(conn),
            Way::Gathering { .. } => Err(unconnected()),
        }
    }
}

/// Inserts as one statement, which is its own transaction: one round trip; PostgreSQL only.
pub(super) fn commit_inserts(conn: &mut AnyConnection, inserts: Vec<Box<dyn Deferred>>) -> Result<(), Failure> {
    send(conn, inserts).map_err(constraint::after_commit)
}

/// Sends inserts, in statements of bounded size.
fn send(conn: &mut AnyConnection, pending: Vec<Box<dyn Deferred>>) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => pending.iter().try_for_each(|insert| insert.on_sqlite(conn).map(drop)),
        AnyConnection::Postgres(conn) => {
            let mut parts = joined(pending);
            parts.chunks_mut(PARTS).try_for_each(|parts| postgres::insert_all(conn, parts))
        }
    }
}

/// One part for each table whose rows can be one, in the order of their first rows.
fn joined(pending: Vec<Box<dyn Deferred>>) -> Vec<Box<dyn Deferred>> {
    let mut parts: Vec<Box<dyn Deferred>> = Vec::new();
    for mut insert in pending {
        if !parts.iter_mut().any(|part| part.join(insert.as_mut())) {
            parts.push(insert);
        }
    }
    parts
}
