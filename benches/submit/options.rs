//! What a run is asked for. Everything comes from the environment; arguments are cargo's and are not read.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::Outcome;

/// What a run is asked for.
pub struct Options {
    /// `GCRM_BENCH_ROUNDS`: how often everything is measured; 3.
    pub rounds: usize,
    /// `GCRM_BENCH_SECONDS`: how long each measurement lasts; 5.
    pub window: Window,
    /// `GCRM_BENCH_BINARY`: the service; else the one that cargo built for this benchmark.
    pub binary: PathBuf,
    /// `GCRM_BENCH_DATABASE_URL`: a PostgreSQL whose role may create databases; the URL's own database stays as it is.
    pub postgres: String,
}

/// One measurement in time.
#[derive(Clone, Copy)]
pub struct Window {
    /// What comes before and is not counted: a fifth of the measurement, in whole seconds.
    pub warm_up: Duration,
    /// What is counted.
    pub measured: Duration,
}

impl Options {
    /// The defaults and what the environment says.
    pub fn of_environment() -> Outcome<Self> {
        let seconds: u64 = number("GCRM_BENCH_SECONDS", 5)?.clamp(1, 600);
        let warm_up = Duration::from_secs((seconds / 5).max(1));
        let default = "postgres://postgres@127.0.0.1:5432/postgres";
        Ok(Self {
            rounds: number("GCRM_BENCH_ROUNDS", 3)?.clamp(1, 99),
            window: Window { warm_up, measured: Duration::from_secs(seconds) },
            binary: text("GCRM_BENCH_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_gcrm").to_owned()).into(),
            postgres: text("GCRM_BENCH_DATABASE_URL").unwrap_or_else(|| default.to_owned()),
        })
    }
}

fn number<T: FromStr>(name: &str, default: T) -> Outcome<T> {
    let Some(text) = text(name) else { return Ok(default) };
    text.parse().map_err(|_| format!("{name}={text} is not a whole number").into())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings file")]
fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Variables of this process that would change the service's settings: it is measured with its defaults.
#[expect(clippy::disallowed_methods, reason = "only names are read, to keep them from the service")]
pub fn foreign_settings() -> Vec<OsString> {
    let ours = |name: &OsString| name.to_str().is_some_and(|n| n.starts_with("GCRM_") || n == "DATABASE_URL");
    std::env::vars_os().map(|(name, _)| name).filter(ours).collect()
}

/// The folders where programs are looked for.
#[expect(clippy::disallowed_methods, reason = "where programs are is no setting")]
pub fn program_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}
