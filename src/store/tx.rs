//! What a room sees of a transaction.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

use super::connection::AnyConnection;
use super::facts::{Fact, FactRow, Facts};
use super::watch::Watch;
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

/// Inserts in one statement at most: bounds the statement's size (65,535 parameters on PostgreSQL).
const PARTS: usize = 200;
/// Facts in one statement at most.
const FACTS: usize = 500;

/// One transaction. Inserts are kept until the end (or until a query needs to see them) on both databases.
pub struct Tx<'c> {
    conn: &'c mut AnyConnection,
    watch: &'c Watch,
    pending: Vec<Box<dyn Deferred>>,
    facts: Vec<FactRow>,
    begun: bool,
    ordinal: i32,
    /// What the pending inserts met: nothing of this transaction may stay, whatever the room makes of it.
    refused: Option<Failure>,
}

impl<'c> Tx<'c> {
    /// `begun`: whether the connection is inside a transaction already.
    pub(super) fn new(conn: &'c mut AnyConnection, watch: &'c Watch, begun: bool) -> Self {
        watch.forget();
        Self { conn, watch, pending: Vec::new(), facts: Vec::new(), begun, ordinal: 0, refused: None }
    }

    /// Defers a single-row insert (`diesel::insert_into(table).values(row)`). A violated constraint surfaces from
    /// `write`, or from the next query through this transaction. Nothing may depend on the order of sibling inserts.
    pub fn insert(&mut self, statement: impl Deferred + 'static) {
        self.pending.push(Box::new(statement));
    }

    /// Records one fact more; the transaction still has to end with [`Tx::record`].
    pub fn fact(&mut self, fact: impl Fact) {
        let mut row = fact.row();
        row.ordinal = self.ordinal;
        self.ordinal = self.ordinal.saturating_add(1);
        self.facts.push(row);
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
        let statements = statements(std::mem::take(&mut self.pending), std::mem::take(&mut self.facts));
        for statement in &statements {
            if let Err(error) = send(self.conn, statement) {
                let failure = constraint::failure(error);
                self.refused = Some(failure.clone());
                return Err(failure);
            }
        }
        Ok(())
    }

    /// A transaction with a failed statement is never committed.
    fn assert_whole(&self) -> Result<(), Failure> {
        if self.watch.saw_failure() {
            return Err(Failure::internal("a statement failed and its failure was not passed on"));
        }
        Ok(())
    }

    /// Sends what is pending and ends the transaction if one was begun; PostgreSQL only.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let one_statement = self.pending.len() < PARTS && self.facts.len() <= FACTS;
        if !self.begun && one_statement {
            // One statement is its own transaction: one round trip.
            let statements = statements(std::mem::take(&mut self.pending), std::mem::take(&mut self.facts));
            return statements.iter().try_for_each(|s| send(self.conn, s)).map_err(constraint::after_commit);
        }
        self.begin()?;
        self.flush()?;
        self.assert_whole()?;
        postgres::commit(self.conn)
    }

    /// Sends what is pending; the writer ends the transaction. SQLite only.
    pub(super) fn settle(mut self) -> Result<(), Failure> {
        self.flush()?;
        self.assert_whole()
    }

    pub(super) fn roll_back(self) {
        if self.begun {
            postgres::roll_back(self.conn);
        }
    }

    fn begin(&mut self) -> Result<(), Failure> {
        if !self.begun {
            postgres::begin(self.conn)?;
            self.begun = true;
        }
        Ok(())
    }
}

impl Db for Tx<'_> {
    fn conn(&mut self) -> Result<&mut AnyConnection, Failure> {
        self.begin()?;
        self.flush()?;
        Ok(self.conn)
    }
}

/// What is pending, in statements of bounded size. The facts come before the rest, since the idempotency key is put last
/// and PostgreSQL tries the last part first.
fn statements(pending: Vec<Box<dyn Deferred>>, facts: Vec<FactRow>) -> Vec<Vec<Box<dyn Deferred>>> {
    let mut statements: Vec<Vec<Box<dyn Deferred>>> = Vec::new();
    let mut facts = facts.into_iter().peekable();
    let mut parts: Vec<Box<dyn Deferred>> = Vec::new();
    if facts.peek().is_some() {
        parts.push(Box::new(Facts(facts.by_ref().take(FACTS).collect())));
    }
    for insert in pending {
        if parts.len() >= PARTS {
            statements.push(std::mem::take(&mut parts));
        }
        parts.push(insert);
    }
    statements.push(parts);
    while facts.peek().is_some() {
        statements.push(vec![Box::new(Facts(facts.by_ref().take(FACTS).collect()))]);
    }
    statements.retain(|parts| !parts.is_empty());
    statements
}

fn send(conn: &mut AnyConnection, parts: &[Box<dyn Deferred>]) -> QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(conn) => parts.iter().try_for_each(|insert| insert.on_sqlite(conn).map(drop)),
        AnyConnection::Postgres(conn) => postgres::insert_all(conn, parts),
    }
}
