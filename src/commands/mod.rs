//! What the command line does: opens the rooms by the settings and runs one task.

mod admin;
mod demo;
mod inspect;
mod log;
mod serve;
mod verify;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::ExposeSecret;

use crate::access::Roles;
use crate::accounts::{SessionPolicy, Strength};
use crate::app::{App, Parts};
use crate::calendars;
use crate::clock::Clock;
use crate::config::{Settings, Sources};
use crate::error::Failure;
use crate::http::Limits;
use crate::keys;
use crate::store::{DatabaseUrl, Migrations, Options, Store};

pub use admin::{create_admin, password, rotate_keys};
pub use demo::demo;
pub use inspect::{check, import, migrate, openapi};
pub use serve::serve;
pub use verify::verify;

/// Reads the settings and starts the log; tells every problem at once.
///
/// # Errors
/// The exit code 2 when a setting is wrong.
pub fn settings(file: Option<PathBuf>) -> Result<Settings, ExitCode> {
    match Settings::load(&Sources::of_process(file)) {
        Ok(settings) => {
            log::start(&settings);
            Ok(settings)
        }
        Err(problems) => {
            for problem in problems {
                tell(&format!("{problem}"));
            }
            Err(ExitCode::from(2))
        }
    }
}

/// The exit code of an outcome; a failure is told on standard error.
pub fn ended(outcome: Result<ExitCode, Failure>) -> ExitCode {
    outcome.unwrap_or_else(|failure| {
        tell(&failure.to_string());
        ExitCode::FAILURE
    })
}

/// Prints a line on standard output. A reader that has gone away is no error.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line on standard error.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "gcrm: {line}");
}

/// Opens the database that the settings name.
fn store(settings: &Settings, writable: bool) -> Result<Store, Failure> {
    let url = DatabaseUrl::parse(settings.database.url.expose_secret()).map_err(Failure::internal)?;
    let options = Options {
        connections: settings.database.connections,
        wait: settings.database.wait,
        statement_timeout: settings.database.statement_timeout,
        writable,
    };
    Store::open(&url, &options)
}

/// Opens the rooms over a database whose schema is up to date.
async fn app(settings: &Settings, store: Store) -> Result<App, Failure> {
    // A reading store cannot ask: what it misses, its first query says.
    if store.is_writable() && Migrations(&store).pending()? {
        return Err(Failure::internal("the schema is not up to date; run `gcrm migrate`"));
    }
    assert_server(&store).await?;
    let keys = Arc::new(keys::open(&settings.keys, &store).await?);
    App::open(Parts {
        store,
        clock: Clock::machine(),
        keys,
        roles: roles(settings)?,
        calendars: calendars::open(settings.calendars.as_deref())?,
        entry_days: settings.entry_days,
        issuer: settings.tokens.issuer.clone(),
        audience: settings.tokens.audience.clone(),
        sessions: SessionPolicy {
            longest: delta(settings.tokens.refresh)?,
            access: delta(settings.tokens.access)?,
            ..SessionPolicy::default()
        },
        strength: Strength::default(),
        limits: limits(settings),
        filing: settings.filing,
        lang: settings.locale,
    })
    .await
}

/// A server that may lose what was acknowledged, or whose errors are not understood, is not used.
async fn assert_server(store: &Store) -> Result<(), Failure> {
    let doubts = store.doubts().await?;
    doubts.blind.iter().for_each(|doubt| tracing::warn!("{doubt}: damage of its disk may go unnoticed"));
    let advice = [
        (&doubts.lossy, "an acknowledged case could be lost; turn it on, or use another server"),
        (
            &doubts.foreign,
            "a deadlock would not be recognised; as a superuser, run ALTER ROLE … SET lc_messages = 'C' for the role that \
             gcrm connects as (or, from PostgreSQL 15 on, GRANT SET ON PARAMETER lc_messages TO …)",
        ),
    ];
    match advice.iter().find(|(doubts, _)| !doubts.is_empty()) {
        None => Ok(()),
        Some((doubts, advice)) => Err(Failure::internal(format!("{}: {advice}", doubts.join("; ")))),
    }
}

/// The operator's roles, or those that the program comes with.
fn roles(settings: &Settings) -> Result<Roles, Failure> {
    let roles = match &settings.roles {
        Some(file) => Roles::load(file),
        None => Roles::embedded(),
    };
    roles.map_err(|bad| Failure::internal(format!("access.roles: {bad}")))
}

fn delta(duration: std::time::Duration) -> Result<TimeDelta, Failure> {
    TimeDelta::from_std(duration).map_err(Failure::internal)
}

fn limits(settings: &Settings) -> Limits {
    let defaults = Limits::default();
    Limits {
        body_bytes: settings.server.body_limit,
        body_deadline: settings.server.body_deadline,
        answer_deadline: settings.server.answer_deadline,
        connections: settings.server.max_connections,
        connections_per_address: settings.server.connections_per_ip,
        trusted_proxies: settings.server.trusted_proxies.clone(),
        workers: settings.server.workers.unwrap_or(defaults.workers),
        shutdown: settings.server.drain,
        ..defaults
    }
}
