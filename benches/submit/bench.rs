//! What is prepared once for all measurements, and how each is made.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::database::Place;
use crate::figures::Figures;
use crate::options::Options;
use crate::pgbench::{self, Pgbench};
use crate::raw_sqlite;
use crate::seed::Seed;
use crate::server::Server;
use crate::subject::{Database, Subject};
use crate::{Failure, Outcome};

/// What every measurement needs.
pub struct Bench {
    /// What was asked for.
    pub options: Options,
    runtime: Runtime,
    sqlite: Seed,
    /// Or why there is none.
    postgres: Result<Postgres, String>,
    // Last of all: the folder goes when everything in it has ended.
    _folder: TempDir,
}

/// PostgreSQL's half.
struct Postgres {
    server: Server,
    seed: Seed,
    pgbench: Pgbench,
}

impl Bench {
    /// Makes a database of each kind with the same citizens in it.
    pub fn prepare() -> Outcome<Self> {
        let options = Options::of_environment()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let folder = folder()?;
        let room = below(folder.path(), "sqlite")?;
        let sqlite = Seed::sow(&runtime, &options, Place::Sqlite(room.join("seed.db")), &room)?;
        let postgres = match tools(&options) {
            Ok((server, tool)) => Ok(Postgres::prepare(&runtime, &options, server, tool, folder.path())?),
            Err(why) => {
                eprintln!("SQLite only: {why}");
                Err(why)
            }
        };
        Ok(Self { options, runtime, sqlite, postgres, _folder: folder })
    }

    /// Whether PostgreSQL is measured, too.
    pub fn has_postgres(&self) -> bool {
        self.postgres.is_ok()
    }

    /// One measurement on a database of its own.
    pub fn measure(&self, subject: Subject) -> Outcome<Figures> {
        let window = self.options.window;
        match subject {
            Subject::Submit { on: Database::Sqlite, connections } => {
                self.sqlite.submit(&self.runtime, &self.options, connections)
            }
            Subject::Submit { on: Database::Postgres, connections } => {
                self.postgres()?.seed.submit(&self.runtime, &self.options, connections)
            }
            Subject::RawSqlite { group } => {
                let place = self.sqlite.fresh()?;
                raw_sqlite::run(place.file()?, &self.sqlite.templates, group, window)
            }
            Subject::Pgbench { form, clients } => {
                let postgres = self.postgres()?;
                let place = postgres.seed.fresh()?;
                postgres.pgbench.run(&place, form, clients, window)
            }
        }
    }

    /// On what it was measured, and how, in a sentence or two.
    pub fn about(&self) -> Outcome<String> {
        let options = &self.options;
        let cpus = crate::cpu::count()?;
        let database = match &self.postgres {
            Ok(postgres) => postgres.server.about()?,
            Err(why) => format!("PostgreSQL was not measured: {why}"),
        };
        Ok(format!(
            "Medians of {} interleaved rounds of {} s each, after {} s to warm up; every measurement on a database of its own; \
             {cpus} processors, shared by load generator, service and database. SQLite {}. {database}.",
            options.rounds,
            options.window.measured.as_secs(),
            options.window.warm_up.as_secs(),
            rusqlite::version(),
        ))
    }

    fn postgres(&self) -> Outcome<&Postgres> {
        self.postgres.as_ref().map_err(|why| why.clone().into())
    }
}

impl Postgres {
    fn prepare(runtime: &Runtime, options: &Options, server: Server, tool: PathBuf, folder: &Path) -> Outcome<Self> {
        let room = below(folder, "postgres")?;
        let place = Place::created(&server)?;
        let seed = Seed::sow(runtime, options, place, &room)?;
        let pgbench = Pgbench::new(tool, &seed.templates, &room)?;
        Ok(Self { server, seed, pgbench })
    }
}

/// PostgreSQL and pgbench, or which of them is missing.
fn tools(options: &Options) -> Result<(Server, PathBuf), String> {
    let missing = |why: Failure| format!("no PostgreSQL at GCRM_BENCH_DATABASE_URL ({})", one_line(&why.to_string()));
    let server = Server::find(&options.postgres).map_err(missing)?;
    let tool = pgbench::find().ok_or("no pgbench on PATH nor below /usr/lib/postgresql")?;
    Ok((server, tool))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A folder on the disk that holds the build: a temporary folder in memory would make every commit free.
fn folder() -> Outcome<TempDir> {
    let disk = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(disk)?;
    Ok(tempfile::Builder::new().prefix("submit-").tempdir_in(disk)?)
}

fn below(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let room = folder.join(name);
    std::fs::create_dir(&room)?;
    Ok(room)
}
