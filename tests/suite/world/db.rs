//! A fresh, migrated database for each test: a temporary SQLite file, or a PostgreSQL database cloned from a template that
//! the first test of a schema makes. `GCRM_TEST_DATABASE_URL` names a PostgreSQL database whose user may create others.

#![allow(clippy::disallowed_methods, reason = "tests read their one setting and send raw SQL")]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::MigrationHarness;
use gcrm::store::{AnyConnection, DatabaseUrl, Options, Store, migrations_for};

/// A database of one test; gone when dropped.
pub struct TestDb {
    pub store: Store,
    pub url: DatabaseUrl,
    place: Place,
}

enum Place {
    Sqlite(#[allow(dead_code, reason = "removes the folder when dropped")] tempfile::TempDir),
    Postgres { admin: String, name: String },
}

/// A migrated, empty database. Its store is patient: on a busy machine a test is late, not told 503.
pub fn fresh_database() -> TestDb {
    let patience = Duration::from_secs(60);
    fresh_database_with(&Options { wait: patience, statement_timeout: patience, ..Options::default() })
}

/// A migrated, empty database whose store has these options.
pub fn fresh_database_with(options: &Options) -> TestDb {
    match std::env::var("GCRM_TEST_DATABASE_URL") {
        Ok(admin) => fresh_postgres(admin, options),
        Err(_) => fresh_sqlite(options),
    }
}

impl TestDb {
    /// A connection that bypasses the store.
    pub fn raw(&self) -> AnyConnection {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout=5000").unwrap();
                AnyConnection::Sqlite(conn)
            }
            DatabaseUrl::Postgres(url) => AnyConnection::Postgres(PgConnection::establish(url).unwrap()),
        }
    }

    /// Runs SQL that both databases understand, past the store.
    pub fn execute(&self, sql: &str) {
        self.raw().batch_execute(sql).unwrap();
    }

    /// Runs SQL in each database's own words.
    pub fn execute_either(&self, sqlite: &str, postgres: &str) {
        self.execute(if self.is_postgres() { postgres } else { sqlite });
    }

    /// One text.
    pub fn text(&self, sql: &str) -> String {
        self.texts(sql).into_iter().next().unwrap_or_default()
    }

    /// A column of texts, which the query names `value`.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Vec<Value> = match self.raw() {
            AnyConnection::Sqlite(mut conn) => diesel::sql_query(sql).load(&mut conn).unwrap(),
            AnyConnection::Postgres(mut conn) => diesel::sql_query(sql).load(&mut conn).unwrap(),
        };
        rows.into_iter().map(|row| row.value).collect()
    }

    /// For what differs by nature: locks, servers, files.
    pub fn is_postgres(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// Lets the journal be changed, as somebody with the database's password could.
    pub fn disarm_journal(&self) {
        self.execute_either(
            "DROP TRIGGER journal_no_delete; DROP TRIGGER journal_place_once",
            "DROP TRIGGER journal_no_delete ON journal; DROP TRIGGER journal_place_once ON journal; \
             DROP TRIGGER journal_no_truncate ON journal",
        );
    }
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn fresh_sqlite(options: &Options) -> TestDb {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let bytes = EMPTY.get_or_init(|| {
        let template = folder.path().join("template.db");
        let mut conn = SqliteConnection::establish(&template.to_string_lossy()).unwrap();
        conn.batch_execute("PRAGMA synchronous=OFF").unwrap();
        conn.run_pending_migrations(migrations_for(&DatabaseUrl::Sqlite(template.clone()))).unwrap();
        drop(conn);
        std::fs::read(template).unwrap()
    });
    std::fs::write(&path, bytes).unwrap();
    let url = DatabaseUrl::Sqlite(path);
    TestDb { store: Store::open(&url, options).unwrap(), url, place: Place::Sqlite(folder) }
}

fn fresh_postgres(admin: String, options: &Options) -> TestDb {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut conn = PgConnection::establish(&admin).unwrap();
    let template = template(&mut conn, &admin);
    let name = format!("gcrm_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
    let url = DatabaseUrl::Postgres(with_database(&admin, &name));
    TestDb { store: Store::open(&url, options).unwrap(), url, place: Place::Postgres { admin, name } }
}

/// The migrated template of this schema; made once, whichever process comes first. It stays for the next run.
fn template(conn: &mut PgConnection, admin: &str) -> String {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let name = format!("gcrm_template_{:016x}", schema_hash());
        conn.batch_execute("SELECT pg_advisory_lock(5150)").unwrap();
        let found =
            diesel::sql_query(format!("SELECT datname::text AS value FROM pg_database WHERE datname = '{name}'"))
                .load::<Value>(conn)
                .unwrap();
        if found.is_empty() {
            let half = format!("{name}_half");
            conn.batch_execute(&format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)")).unwrap();
            conn.batch_execute(&format!("CREATE DATABASE {half}")).unwrap();
            let url = with_database(admin, &half);
            let mut fresh = PgConnection::establish(&url).unwrap();
            fresh.run_pending_migrations(migrations_for(&DatabaseUrl::Postgres(url))).unwrap();
            drop(fresh);
            conn.batch_execute(&format!("ALTER DATABASE {half} RENAME TO {name}")).unwrap();
        }
        conn.batch_execute("SELECT pg_advisory_unlock(5150)").unwrap();
        name
    })
    .clone()
}

fn schema_hash() -> u64 {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path().join("up.sql")).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read_to_string(file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

/// The same server, another database.
pub fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (scheme, rest) = base.split_once("://").unwrap();
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let query = query.map(|q| format!("?{q}")).unwrap_or_default();
    format!("{scheme}://{host}/{name}{query}")
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Place::Postgres { admin, name } = &self.place
            && let Ok(mut conn) = PgConnection::establish(admin)
        {
            let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}
