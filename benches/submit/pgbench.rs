//! The most that PostgreSQL gives to a client that asks as applications do: `pgbench` with the rows of submissions.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::cpu::{self, Watched};
use crate::figures::Figures;
use crate::options::{Window, program_folders};
use crate::rows::Template;
use crate::subject::Form;

/// `pgbench` with its scripts, one a citizen.
pub struct Pgbench {
    tool: PathBuf,
    separate: Vec<PathBuf>,
    together: Vec<PathBuf>,
}

/// Where `pgbench` is.
pub fn find() -> Option<PathBuf> {
    let mut folders = program_folders();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    installed.sort();
    folders.extend(installed.into_iter().rev());
    folders.into_iter().map(|folder| folder.join("pgbench")).find(|tool| tool.is_file())
}

impl Pgbench {
    /// Writes the scripts.
    pub fn new(tool: PathBuf, templates: &[Template], folder: &Path) -> Outcome<Self> {
        let write = |form: Form| -> Outcome<Vec<PathBuf>> {
            let mut scripts = Vec::new();
            for (at, template) in templates.iter().enumerate() {
                let path = folder.join(format!("{form:?}{at}.sql"));
                std::fs::write(&path, script(template, form))?;
                scripts.push(path);
            }
            Ok(scripts)
        };
        Ok(Self { tool, separate: write(Form::Separate)?, together: write(Form::Together)? })
    }

    /// Warms up, then measures.
    pub fn run(&self, url: &str, form: Form, clients: usize, window: Window) -> Outcome<Figures> {
        self.once(url, form, clients, window.warm_up, 0)?;
        let watched = Watched { app: None, postgres: true };
        let before = cpu::read(watched)?;
        // Numbers that the warm-up has not reached.
        let said = self.once(url, form, clients, window.measured, 10_000_000)?;
        let after = cpu::read(watched)?;
        let failed = figure(&said, "number of failed transactions: ").unwrap_or(0.0);
        let done = figure(&said, "number of transactions actually processed: ").ok_or("pgbench tells no count")?;
        let figures = Figures {
            per_second: figure(&said, "tps = ").ok_or("pgbench tells no tps")?,
            mean: figure(&said, "latency average = ").ok_or("pgbench tells no latency")?,
            refused: failed as u64,
            ..Figures::default()
        };
        Ok(figures.with_use(done, &before, &after))
    }

    fn once(&self, url: &str, form: Form, clients: usize, time: Duration, first: u64) -> Outcome<String> {
        let scripts = match form {
            Form::Separate => &self.separate,
            Form::Together => &self.together,
        };
        let mut command = Command::new(&self.tool);
        // The URL may hold a password, which arguments would show.
        command.env("PGDATABASE", url).env("PGOPTIONS", "-c synchronous_commit=on");
        command.args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-j", &clients.min(2).to_string()]);
        command.args(["-T", &time.as_secs().to_string(), "-D", &format!("i={first}")]);
        scripts.iter().for_each(|script| {
            command.arg("-f").arg(script);
        });
        let output = command.output()?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).chars().take(600).collect::<String>();
            return Err(format!("pgbench failed: {why}").into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// `i` is a client's own and goes on from transaction to transaction; `n` is unique, and grows with time.
fn script(template: &Template, form: Form) -> String {
    let statements = template.for_pgbench();
    let work = match form {
        Form::Separate => format!("BEGIN;\n{};\nCOMMIT;\n", statements.join(";\n")),
        Form::Together => {
            let parts = statements.iter().enumerate().map(|(at, insert)| format!("i{at} AS ({insert})"));
            format!("WITH {} SELECT 1;\n", parts.collect::<Vec<_>>().join(",\n"))
        }
    };
    format!("\\set i :i + 1\n\\set n :i * 1000 + :client_id\n{work}")
}

/// The number after the first of these words at the beginning of a line.
fn figure(said: &str, words: &str) -> Option<f64> {
    let rest = said.lines().find_map(|line| line.trim_start().strip_prefix(words))?;
    rest.split([' ', '/']).next()?.parse().ok()
}
