//! The only door to a database. SQLite (embedded) and PostgreSQL (production) behind one connection type; every query is
//! written once and type-checked for both.
//!
//! Always true: writes happen only inside [`Store::write`], which takes nothing but a [`Recorded`] value, so no effect
//! goes without its journal row; an answer is given only after the commit; a pool that cannot answer within a second is
//! [`Failure::Unavailable`](crate::error::Failure), never a wait without end.

mod bulk;
mod connection;
mod constraint;
mod doubts;
mod facts;
mod group;
mod link;
pub mod meta;
mod migrate;
mod placing;
mod pool;
mod postgres;
mod pulse;
pub mod schema;
mod sqlite;
mod tx;
mod types;
mod url;
mod watch;

pub use bulk::{Bulk, BulkRow, Column};
pub(crate) use bulk::{Values, bulk_row};
pub use connection::{AnyConnection, MultiBackend};
pub use constraint::unique_constraints;
pub use doubts::Doubts;
pub use facts::{Fact, FactRow};
pub use migrate::{Migrations, migrations_for};
pub(crate) use placing::{PlacedRow, place_journal_rows};
pub use pool::{Connections, Options, Store};
pub use tx::{Db, Deferred, Reader, Recorded, Tx};
pub use types::{Instant, Json, UnknownCode};
pub(crate) use types::{StoredInstant, text_column, text_enum};
pub use url::{BadUrl, DatabaseUrl};

pub(crate) use connection::on_each;
