//! The most that PostgreSQL gives to a client that asks as applications do: `pgbench` with the rows of submissions.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::cpu::{self, Watched};
use crate::database::Place;
use crate::figures::Figures;
use crate::options::{Window, program_folders};
use crate::rows::{self, Template};
use crate::subject::Form;

/// `pgbench` with its scripts.
pub struct Pgbench {
    tool: PathBuf,
    separate: PathBuf,
    together: PathBuf,
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
        let (separate, together) = (folder.join("separate.sql"), folder.join("together.sql"));
        std::fs::write(&separate, script(templates, Form::Separate))?;
        std::fs::write(&together, script(templates, Form::Together))?;
        Ok(Self { tool, separate, together })
    }

    /// Warms up and measures over the same connections, since each prepares and plans its statements first.
    pub fn run(&self, place: &Place, form: Form, clients: usize, window: Window) -> Outcome<Figures> {
        let watched = Watched { app: None, postmaster: place.postmaster() };
        // One second more: the last second's report may be missing.
        let time = window.warm_up + window.measured + Duration::from_secs(1);
        let before = cpu::read(watched)?;
        let (summary, progress) = self.once(&place.url(), form, clients, time)?;
        let after = cpu::read(watched)?;
        let (per_second, mean) = counted(&progress, window).ok_or("pgbench reports no progress")?;
        let refused = figure(&summary, "number of failed transactions: ").unwrap_or(0.0) as u64;
        let done = figure(&summary, "number of transactions actually processed: ").ok_or("pgbench tells no count")?;
        Ok(Figures { per_second, mean, refused, ..Figures::default() }.with_use(done, &before, &after))
    }

    fn once(&self, url: &str, form: Form, clients: usize, time: Duration) -> Outcome<(String, String)> {
        let script = match form {
            Form::Separate => &self.separate,
            Form::Together => &self.together,
        };
        let mut command = Command::new(&self.tool);
        // The URL may hold a password, which arguments would show.
        command.env("PGDATABASE", url).env("PGOPTIONS", "-c synchronous_commit=on");
        command.args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-j", &clients.min(2).to_string()]);
        command.args(["-T", &time.as_secs().to_string(), "-P", "1", "-D", "i=0"]);
        command.arg("-f").arg(script);
        let output = command.output()?;
        let (summary, progress) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            return Err(format!("pgbench failed: {}", progress.chars().take(600).collect::<String>()).into());
        }
        Ok((summary.into_owned(), progress.into_owned()))
    }
}

/// Transactions a second and their mean milliseconds after the warm-up, from one report a second, such as
/// `progress: 2.0 s, 1410.5 tps, lat 45.325 ms stddev 30.412, 0 failed`.
fn counted(progress: &str, window: Window) -> Option<(f64, f64)> {
    let (from, to) = (window.warm_up.as_secs_f64() + 0.5, (window.warm_up + window.measured).as_secs_f64() + 0.5);
    let report = |line: &str| Some((figure(line, "progress: ")?, before(line, "tps")?, after(line, "lat")?));
    let reports = progress.lines().filter_map(report).filter(|(at, _, _)| (from..to).contains(at));
    let (count, tps, time) =
        reports.fold((0.0, 0.0, 0.0), |(count, sum, time), (_, tps, mean)| (count + 1.0, sum + tps, time + tps * mean));
    (tps > 0.0).then(|| (tps / count, time / tps))
}

/// The number before this word.
fn before(line: &str, unit: &str) -> Option<f64> {
    let words: Vec<&str> = line.split([' ', ',']).collect();
    let at = words.iter().position(|word| *word == unit)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// The number after this word.
fn after(line: &str, name: &str) -> Option<f64> {
    line.split([' ', ',']).skip_while(|word| *word != name).nth(1)?.parse().ok()
}

/// `i` is a client's own and goes on from transaction to transaction; `n` is unique, and grows with time; `k` is the citizen.
fn script(templates: &[Template], form: Form) -> String {
    let statements = rows::for_pgbench(templates);
    let work = match form {
        Form::Separate => format!("BEGIN;\n{};\nCOMMIT;\n", statements.join(";\n")),
        Form::Together => {
            let parts = statements.iter().enumerate().map(|(at, insert)| format!("i{at} AS ({insert})"));
            format!("WITH {} SELECT 1;\n", parts.collect::<Vec<_>>().join(",\n"))
        }
    };
    let citizens = templates.len();
    format!("\\set i :i + 1\n\\set n :i * 1000 + :client_id\n\\set k 1 + :client_id % {citizens}\n{work}")
}

/// The number after the first of these words at the beginning of a line.
fn figure(said: &str, words: &str) -> Option<f64> {
    let rest = said.lines().find_map(|line| line.trim_start().strip_prefix(words))?;
    rest.split([' ', '/']).next()?.parse().ok()
}
