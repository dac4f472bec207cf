//! CPU time of the service, of the database, of this process, and of everybody else, from `/proc`.

use std::fs::read_to_string;
use std::time::Instant;

use crate::{Failure, Outcome};

/// Clock ticks a second in `/proc`: 100 on every Linux (USER_HZ).
const TICKS: f64 = 100.0;

/// Who is looked at besides this process and the machine.
#[derive(Clone, Copy, Default)]
pub struct Watched {
    /// The service's process.
    pub app: Option<u32>,
    /// PostgreSQL's first process; all that it started count.
    pub postmaster: Option<u32>,
}

/// Ticks so far.
#[derive(Clone, Copy)]
pub struct Reading {
    app: u64,
    database: u64,
    /// This process, and children that have ended.
    own: u64,
    /// All processors together, without interrupts, which nobody owns.
    busy: u64,
    at: Instant,
}

/// CPU time between two readings.
#[derive(Clone, Copy)]
pub struct Use {
    /// The service's, in seconds.
    pub app: f64,
    /// PostgreSQL's, in seconds; SQLite works inside the service or this process.
    pub database: f64,
    /// This process's, or pgbench's, in seconds.
    pub own: f64,
    /// What others had of all processors, 0 to 1.
    pub others: f64,
}

/// Reads now.
pub fn read(watched: Watched) -> Outcome<Reading> {
    let app = watched.app.map_or(Ok(0), |pid| alone(&pid.to_string()))?;
    let database = watched.postmaster.map_or(Ok(0), family)?;
    Ok(Reading { app, database, own: with_children("self")?, busy: busy()?, at: Instant::now() })
}

/// What happened between two readings.
pub fn between(before: &Reading, after: &Reading) -> Use {
    let seconds = |ticks: fn(&Reading) -> u64| ticks(after).saturating_sub(ticks(before)) as f64 / TICKS;
    let (app, database, own) = (seconds(|r| r.app), seconds(|r| r.database), seconds(|r| r.own));
    let elapsed = (after.at - before.at).as_secs_f64();
    let all = elapsed * count().map_or(1.0, |count| count as f64);
    let others = (seconds(|r| r.busy) - app - database - own).max(0.0) / all;
    Use { app, database, own, others }
}

/// How many processors there are.
pub fn count() -> Outcome<usize> {
    let lines = read_to_string("/proc/stat")?;
    Ok(lines.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count().max(1))
}

/// User, nice, system and stolen time.
fn busy() -> Outcome<u64> {
    let text = read_to_string("/proc/stat")?;
    let first = text.lines().next().unwrap_or_default();
    let fields: Vec<u64> = first.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    Ok([0, 1, 2, 7].iter().filter_map(|at| fields.get(*at)).sum())
}

/// A process and its children. One that has ended is in its parent's account from when the parent waited for it; where
/// that happens while they are counted, they are counted again.
fn family(parent: u32) -> Outcome<u64> {
    let parent = parent.to_string();
    let account = || Ok::<_, Failure>(times(&stat(&parent)?));
    let mut before = account()?;
    loop {
        let living = children(&parent)?;
        let after = account()?;
        if before.get(2..) == after.get(2..) {
            return Ok(living + after.iter().sum::<u64>());
        }
        before = after;
    }
}

fn children(parent: &str) -> Outcome<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().filter(|name| name.bytes().all(|b| b.is_ascii_digit())) else { continue };
        let Ok(fields) = stat(pid) else { continue };
        if fields.get(1).is_some_and(|of| of == parent) {
            sum += times(&fields).iter().sum::<u64>();
        }
    }
    Ok(sum)
}

/// The parent of a process that has this name; none if there is no such process here.
pub fn parent(pid: &str, name: &str) -> Option<u32> {
    let found = read_to_string(format!("/proc/{pid}/comm")).ok()?;
    if found.trim_end() == name { stat(pid).ok()?.get(1)?.parse().ok() } else { None }
}

fn alone(pid: &str) -> Outcome<u64> {
    Ok(times(&stat(pid)?).iter().take(2).sum())
}

fn with_children(pid: &str) -> Outcome<u64> {
    Ok(times(&stat(pid)?).iter().sum())
}

/// utime, stime, cutime, cstime.
fn times(fields: &[String]) -> Vec<u64> {
    fields.iter().skip(11).take(4).filter_map(|field| field.parse().ok()).collect()
}

/// What `/proc` tells of a process, from its state on.
fn stat(pid: &str) -> Outcome<Vec<String>> {
    let text = read_to_string(format!("/proc/{pid}/stat")).map_err(|why| format!("process {pid}: {why}"))?;
    // The name, in brackets, may hold anything.
    let fields = text.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}
