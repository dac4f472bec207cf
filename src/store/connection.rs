//! One connection type over both databases.

#![expect(missing_docs, reason = "the derive makes public items without docs")]

use diesel::MultiConnection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// A connection to either database. Its derived `establish` must not be called: it would try one database after the
/// other; `Manager` in `pool.rs` dispatches on the URL's scheme instead.
#[derive(MultiConnection)]
pub enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Expands one expression for each database: for what the multi connection cannot do (`on_conflict`, batch insert,
/// `SKIP LOCKED`). Written once, type-checked twice.
macro_rules! on_each {
    ($conn:expr, |$inner:ident| $body:expr) => {
        match $conn {
            $crate::store::AnyConnection::Sqlite($inner) => $body,
            $crate::store::AnyConnection::Postgres($inner) => $body,
        }
    };
}
pub(crate) use on_each;
