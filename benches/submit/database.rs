//! One database of either kind: made, copied, asked, and gone when it is not needed any more.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Outcome;
use crate::server::{Server, text};

/// A row by the names of its columns.
pub type Row = Map<String, Value>;

/// Numbers the databases of this process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database; it is removed when this is dropped.
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A database of a server.
    Postgres(Server, String),
}

/// What is in a database, and what of it waits to be worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Backlog {
    /// Cases, all or those of a load.
    pub cases: u64,
    /// Journal rows without a place in the order.
    pub unplaced: u64,
    /// Messages that were not sent yet.
    pub messages: u64,
}

const BACKLOG: &str = "SELECT (SELECT count(*) FROM cases) AS cases, \
    (SELECT count(*) FROM journal WHERE position IS NULL) AS unplaced, \
    (SELECT count(*) FROM deliveries WHERE done_at IS NULL) AS messages";

impl Place {
    /// A new, empty database of a server.
    pub fn created(server: &Server) -> Outcome<Self> {
        Self::create(server, "")
    }

    /// What the service is told.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(server, name) => server.database(name),
        }
    }

    /// The file.
    pub fn file(&self) -> Outcome<&Path> {
        match self {
            Self::Sqlite(file) => Ok(file),
            Self::Postgres(..) => Err("not a file".into()),
        }
    }

    /// Its server's first process, if it has one on this machine.
    pub fn postmaster(&self) -> Option<u32> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(server, _) => server.postmaster,
        }
    }

    /// A copy, written to disk, so that nothing of the making is left to do during the measurement. Nobody may be connected.
    pub fn copy(&self) -> Outcome<Self> {
        match self {
            Self::Sqlite(file) => {
                let copy = file.with_file_name(format!("copy{}.db", NEXT.fetch_add(1, Ordering::Relaxed)));
                std::fs::copy(file, &copy)?;
                std::fs::File::open(&copy)?.sync_all()?;
                Ok(Self::Sqlite(copy))
            }
            Self::Postgres(server, name) => {
                let copy = Self::create(server, &format!("TEMPLATE {name}"))?;
                // Not every role may; then an older checkpoint may fall into the measurement.
                let _ = server.run("CHECKPOINT");
                Ok(copy)
            }
        }
    }

    /// Ends what a killed service left behind: pages beside the file, connections that the server has not noticed yet.
    pub fn settle(&self) -> Outcome<()> {
        match self {
            Self::Sqlite(file) => {
                Connection::open(file)?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
                Ok(())
            }
            Self::Postgres(server, name) => server
                .run(&format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")),
        }
    }

    /// What waits now.
    pub fn backlog(&self) -> Outcome<Backlog> {
        let rows = self.ask(BACKLOG)?;
        Ok(serde_json::from_value(rows.into_iter().next().map(Value::Object).ok_or("no backlog")?)?)
    }

    /// The rows of a query.
    pub fn ask(&self, query: &str) -> Outcome<Vec<Row>> {
        match self {
            Self::Sqlite(file) => ask_sqlite(file, query),
            Self::Postgres(server, name) => {
                let query = format!("SELECT coalesce(json_agg(q), '[]')::text AS value FROM ({query}) q");
                Ok(serde_json::from_str(&text(&server.database(name), &query)?)?)
            }
        }
    }

    fn create(server: &Server, template: &str) -> Outcome<Self> {
        let name = format!("gcrm_bench_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        server.run(&format!("CREATE DATABASE {name} {template}"))?;
        Ok(Self::Postgres(server.clone(), name))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::Sqlite(file) => {
                for end in ["", "-wal", "-shm"] {
                    let mut name = file.clone().into_os_string();
                    name.push(end);
                    // Beside some files there is none of these.
                    let _ = std::fs::remove_file(name);
                }
            }
            Self::Postgres(server, name) => {
                if let Err(why) = server.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) {
                    eprintln!("database {name} is left behind: {why}");
                }
            }
        }
    }
}

fn ask_sqlite(file: &Path, query: &str) -> Outcome<Vec<Row>> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let mut statement = connection.prepare(query)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let row = |row: &rusqlite::Row<'_>| {
        let cell = |(at, name): (usize, &String)| Ok((name.clone(), value(row.get_ref(at)?)));
        names.iter().enumerate().map(cell).collect::<rusqlite::Result<Row>>()
    };
    Ok(statement.query_map((), row)?.collect::<rusqlite::Result<Vec<Row>>>()?)
}

fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into(),
    }
}
