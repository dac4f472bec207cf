//! The program as a process of its own, as an operator starts it: in a folder of its own, on a database that is nobody's.

#![allow(clippy::disallowed_methods, reason = "tests look past the program with raw SQL")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use gcrm::store::DatabaseUrl;
use serde_json::Value;

use super::db::{TestDb, fresh_database};

/// Between two looks at another process, which cannot be waited for otherwise.
const LOOK: Duration = Duration::from_millis(20);
/// No process of a test takes longer, even unoptimised and on a busy machine.
const LONGEST: Duration = Duration::from_secs(1200);

/// A folder and a database.
pub struct Home {
    folder: tempfile::TempDir,
    /// On PostgreSQL a migrated database; SQLite's file is made in the folder by whoever comes first.
    postgres: Option<TestDb>,
}

impl Home {
    pub fn new() -> Self {
        let postgres = Some(fresh_database()).filter(TestDb::is_postgres);
        Self { folder: tempfile::tempdir().unwrap(), postgres }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program with these arguments, its settings from here alone.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let url = match self.postgres.as_ref().map(|db| &db.url) {
            Some(DatabaseUrl::Postgres(url)) => url.clone(),
            _ => "sqlite://data/gcrm.db".to_owned(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_gcrm"));
        command.args(arguments).current_dir(self.folder()).env("DATABASE_URL", url).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let (out, log) = (self.folder().join("out"), self.folder().join("log"));
        let mut command = self.command(arguments);
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&log).unwrap());
        let status = ended(&mut command.spawn().unwrap());
        Output { status, stdout: std::fs::read(out).unwrap(), stderr: std::fs::read(log).unwrap() }
    }

    /// Whether the program has made its database ready. Opened before, SQLite's file would stand in its way.
    pub fn has_begun(&self) -> bool {
        self.postgres.is_some() || self.folder().join("data/gcrm.db-wal").exists()
    }

    /// How many cases there are.
    pub fn cases(&self) -> i64 {
        let count = "SELECT COUNT(*) AS value FROM cases";
        let rows: Vec<Count> = match &self.postgres {
            Some(db) => return db.text("SELECT COUNT(*) || '' AS value FROM cases").parse().unwrap(),
            None => diesel::sql_query(count).load(&mut self.sqlite()).unwrap_or_default(),
        };
        rows.first().map_or(0, |count| count.value)
    }

    fn sqlite(&self) -> SqliteConnection {
        let folder = self.folder().join("data");
        std::fs::create_dir_all(&folder).unwrap();
        let mut conn = SqliteConnection::establish(&folder.join("gcrm.db").to_string_lossy()).unwrap();
        conn.batch_execute("PRAGMA busy_timeout=5000").unwrap();
        conn
    }

    /// Serves, with these settings besides; ready when this returns. Its log is the file `log`.
    pub fn serve(&self, settings: &[(&str, &str)]) -> Service {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(self.folder().join("log")).unwrap();
        let mut command = self.command(&["serve"]);
        command.env("GCRM__SERVER__BIND", format!("127.0.0.1:{port}")).envs(settings.iter().copied());
        let mut service = Service { child: command.stdout(Stdio::null()).stderr(log).spawn().unwrap(), port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() || service.ask("GET", "/health/ready", &[], "").0 != 200
        {
            assert!(service.child.try_wait().unwrap().is_none(), "{}", self.log());
            assert!(begun.elapsed() < LONGEST, "{}", self.log());
            std::thread::sleep(LOOK);
        }
        service
    }

    /// What the last process logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("log")).unwrap()
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}

/// Waits for the end of a process.
pub fn ended(child: &mut Child) -> ExitStatus {
    until(|| child.try_wait().unwrap())
}

/// Looks again and again until there is something.
pub fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < LONGEST, "nothing came of it");
        std::thread::sleep(LOOK);
    }
}

/// The program, serving; killed when dropped.
pub struct Service {
    child: Child,
    port: u16,
}

impl Service {
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Whether it takes connections.
    pub fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// Status and body of an answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, Value) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        headers.iter().for_each(|header| request.push_str(&format!("{header}\r\n")));
        if !body.is_empty() {
            request.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        }
        let mut stream = self.connect();
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        answer(&mut stream)
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end.
    pub fn ended(mut self) -> ExitStatus {
        ended(&mut self.child)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer to its end.
pub fn answer(stream: &mut TcpStream) -> (u16, Value) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text.as_str(), ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
