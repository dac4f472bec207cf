//! Migrations: the same numbers and names for both databases, embedded in the binary.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::AnyConnection;
use super::pool::Store;
use super::url::DatabaseUrl;
use crate::error::Failure;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Serialises migrating instances on PostgreSQL (any constant; this one is "gcrm" in ASCII).
const LOCK: &str = "SELECT pg_advisory_lock(1734570605)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(1734570605)";

/// The migrations of the database that the URL names.
pub fn migrations_for(url: &DatabaseUrl) -> EmbeddedMigrations {
    match url {
        DatabaseUrl::Sqlite(_) => SQLITE,
        DatabaseUrl::Postgres(_) => POSTGRES,
    }
}

/// What can be done with the schema of a store.
pub struct Migrations<'s>(pub &'s Store);

impl Migrations<'_> {
    /// Brings the schema up to date; returns how many migrations ran. Running it twice, or in two places, is harmless.
    ///
    /// # Errors
    /// A migration that fails (nothing of it stays), or the database being away.
    pub fn run(&self) -> Result<usize, Failure> {
        self.0.on_own_connection(|conn| match conn {
            AnyConnection::Sqlite(conn) => Ok(conn.run_pending_migrations(SQLITE).map_err(Failure::internal)?.len()),
            AnyConnection::Postgres(conn) => {
                conn.batch_execute(LOCK)?;
                let ran = conn.run_pending_migrations(POSTGRES).map(|m| m.len()).map_err(Failure::internal);
                conn.batch_execute(UNLOCK)?;
                ran
            }
        })
    }

    /// Takes all migrations back, for the test that up and down are inverse.
    ///
    /// # Errors
    /// As [`Migrations::run`].
    pub fn revert_all(&self) -> Result<usize, Failure> {
        self.0.on_own_connection(|conn| match conn {
            AnyConnection::Sqlite(conn) => Ok(conn.revert_all_migrations(SQLITE).map_err(Failure::internal)?.len()),
            AnyConnection::Postgres(conn) => Ok(conn.revert_all_migrations(POSTGRES).map_err(Failure::internal)?.len()),
        })
    }

    /// Whether migrations are missing.
    ///
    /// # Errors
    /// The database being away.
    pub fn pending(&self) -> Result<bool, Failure> {
        self.0.on_own_connection(|conn| match conn {
            AnyConnection::Sqlite(conn) => conn.has_pending_migration(SQLITE).map_err(Failure::internal),
            AnyConnection::Postgres(conn) => conn.has_pending_migration(POSTGRES).map_err(Failure::internal),
        })
    }

    /// Whether the database holds tables, and none of them is ours.
    ///
    /// # Errors
    /// The database being away.
    pub fn is_foreign(&self) -> Result<bool, Failure> {
        let tables = self.tables()?;
        Ok(!tables.is_empty() && !tables.iter().any(|t| t == "journal_head"))
    }

    #[expect(clippy::disallowed_methods, reason = "the catalogs of the two databases have no common typed form")]
    fn tables(&self) -> Result<Vec<String>, Failure> {
        let rows: Vec<TableName> = self.0.on_own_connection(|conn| {
            Ok(match conn {
                AnyConnection::Sqlite(conn) => diesel::sql_query(
                    "SELECT name AS name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                )
                .load(conn)?,
                AnyConnection::Postgres(conn) => diesel::sql_query(
                    "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()",
                )
                .load(conn)?,
            })
        })?;
        // Diesel's own table stands there alone after a start that was interrupted before the first migration.
        Ok(rows.into_iter().map(|row| row.name).filter(|name| name != "__diesel_schema_migrations").collect())
    }
}

#[derive(diesel::QueryableByName)]
struct TableName {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}
