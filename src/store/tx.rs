//! What a room sees of a transaction.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

use super::connection::AnyConnection;
use super::{constraint, postgres};
use crate::error::Failure;

/// Whatever queries can run on: a read or a transaction.
pub trait Db {
    /// The connection, with everything inserted so far visible. Only for queries, updates and deletes: a nested
    /// `transaction()` on it is refused (the writer checks the depth).
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

/// A single-row insert that waits for the end of its transaction.
pub trait Deferred: Send {
    #[doc(hidden)]
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize>;
    #[doc(hidden)]
    fn walk_pg<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

impl<S> Deferred for S
where
    S: QueryFragment<Pg> + QueryFragment<Sqlite> + QueryId + Send,
{
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize> {
        diesel::connection::Connection::execute_returning_count(conn, self)
    }
    fn walk_pg<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        QueryFragment::<Pg>::walk_ast(self, out)
    }
}

/// A fact to be written to the journal; implemented by the journal's entry alone.
pub trait Fact {
    /// Inserts the fact as the `ordinal`-th of its transaction (from 0).
    fn write(self, ordinal: i32, tx: &mut Tx<'_>);
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

/// One transaction. Inserts are kept until the end (or until a query needs to see them) on both databases.
pub struct Tx<'c> {
    conn: &'c mut AnyConnection,
    pending: Vec<Box<dyn Deferred>>,
    begun: bool,
    ordinal: i32,
}

impl<'c> Tx<'c> {
    /// `begun`: whether the connection is inside a transaction already.
    pub(super) fn new(conn: &'c mut AnyConnection, begun: bool) -> Self {
        Self { conn, pending: Vec::new(), begun, ordinal: 0 }
    }

    /// Defers a single-row insert (`diesel::insert_into(table).values(row)`). A violated constraint surfaces from
    /// `write`, or from the next query through this transaction. Nothing may depend on the order of sibling inserts.
    pub fn insert(&mut self, statement: impl Deferred + 'static) {
        self.pending.push(Box::new(statement));
    }

    /// Records one fact more; the transaction still has to end with [`Tx::record`].
    pub fn fact(&mut self, fact: impl Fact) {
        let ordinal = self.ordinal;
        self.ordinal = ordinal.saturating_add(1);
        fact.write(ordinal, self);
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

    /// Sends what is pending, inside the transaction.
    fn flush(&mut self) -> Result<(), Failure> {
        let pending = std::mem::take(&mut self.pending);
        send(self.conn, &pending).map_err(constraint::failure)
    }

    /// Sends what is pending and ends the transaction if one was begun; PostgreSQL only.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        if !self.begun {
            // One statement is its own transaction: one round trip.
            return send(self.conn, &self.pending).map_err(constraint::after_commit);
        }
        self.flush()?;
        postgres::commit(self.conn)
    }

    /// Sends what is pending; the writer ends the transaction. SQLite only.
    pub(super) fn settle(mut self) -> Result<(), Failure> {
        self.flush()
    }

    pub(super) fn roll_back(self) {
        if self.begun {
            postgres::roll_back(self.conn);
        }
    }
}

impl Db for Tx<'_> {
    fn conn(&mut self) -> Result<&mut AnyConnection, Failure> {
        if !self.begun {
            postgres::begin(self.conn)?;
            self.begun = true;
        }
        if !self.pending.is_empty() {
            self.flush()?;
        }
        Ok(self.conn)
    }
}

fn send(conn: &mut AnyConnection, pending: &[Box<dyn Deferred>]) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => pending.iter().try_for_each(|insert| insert.on_sqlite(conn).map(drop)),
        AnyConnection::Postgres(conn) => postgres::insert_all(conn, pending),
    }
}
