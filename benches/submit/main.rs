//! How fast a case is submitted over HTTP, next to what the same databases can do at most with the same rows.
//!
//! `cargo bench --bench submit` measures in one run, interleaved in rounds: the service on SQLite and on PostgreSQL at 1 and
//! at 64 connections; a loop in this process that puts the same rows into SQLite, 1 and 50 submissions a transaction; and
//! `pgbench` with the same rows, one `INSERT` a statement and all of them in one statement. It prints one table of medians
//! and whether the bars are met. `options.rs` names what can be set. Linux only: CPU time is read from `/proc`.

#![allow(
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and counts become fractions"
)]

mod bars;
mod bench;
mod cpu;
mod database;
mod figures;
mod http;
mod interrupt;
mod keys;
mod load;
mod options;
mod people;
mod pgbench;
mod raw_sqlite;
mod rows;
mod seed;
mod server;
mod service;
mod subject;
mod table;

use std::process::ExitCode;

use bench::Bench;
use figures::Measured;
use subject::Subject;

/// Whatever went wrong, in words.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome<T> = Result<T, Failure>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("submit: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    interrupt::listen()?;
    let bench = Bench::prepare()?;
    let mut measured: Vec<Measured> = Subject::all(bench.has_postgres()).into_iter().map(Measured::new).collect();
    for round in 1..=bench.options.rounds {
        for one in &mut measured {
            interrupt::check()?;
            let figures = bench.measure(one.subject)?;
            eprintln!("round {round} of {}, {}: {figures}", bench.options.rounds, one.subject);
            one.rounds.push(figures);
        }
    }
    println!("{}\n\n{}\n{}", bench.about()?, table::render(&measured), bars::render(&measured));
    Ok(())
}
