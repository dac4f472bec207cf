//! The most that SQLite gives: one connection, prepared statements, the rows of submissions, and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement};

use crate::Outcome;
use crate::cpu::{self, Watched};
use crate::figures::Figures;
use crate::options::Window;
use crate::rows::{Slot, Template};

/// The settings of the service's own writing connection.
const SETTINGS: &str = "PRAGMA busy_timeout=1000; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; \
    PRAGMA temp_store=MEMORY; PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16000;";

/// One insert with what differs in it.
type Prepared<'c> = (Statement<'c>, Vec<Slot>);

/// Puts the templates in, in turn, `group` submissions a transaction.
pub fn run(file: &Path, templates: &[Template], group: u64, window: Window) -> Outcome<Figures> {
    let connection = Connection::open(file)?;
    connection.execute_batch(SETTINGS)?;
    assert_durable(&connection)?;
    let mut loop_ = Loop::new(&connection, templates, group)?;
    loop_.run_for(window.warm_up)?;
    let before = cpu::read(Watched::default())?;
    let begun = Instant::now();
    let took = loop_.run_for(window.measured)?;
    let elapsed = begun.elapsed();
    Figures::of(took, group, elapsed, &before, &cpu::read(Watched::default())?)
}

fn assert_durable(connection: &Connection) -> Outcome<()> {
    let mode: String = connection.query_row("PRAGMA journal_mode", (), |row| row.get(0))?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", (), |row| row.get(0))?;
    if (mode.as_str(), synchronous) == ("wal", 2) { Ok(()) } else { Err("not WAL with synchronous=FULL".into()) }
}

struct Loop<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
    submissions: Vec<Vec<Prepared<'c>>>,
    group: u64,
    next: u64,
    text: String,
}

impl<'c> Loop<'c> {
    fn new(connection: &'c Connection, templates: &[Template], group: u64) -> Outcome<Self> {
        let prepare = |(sql, slots): (String, Vec<Slot>)| Ok((connection.prepare(&sql)?, slots));
        let submission = |template: &Template| template.for_sqlite().into_iter().map(prepare).collect();
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            submissions: templates.iter().map(submission).collect::<Outcome<_>>()?,
            group,
            next: 0,
            text: String::new(),
        })
    }

    /// How long each transaction took.
    fn run_for(&mut self, time: Duration) -> Outcome<Vec<Duration>> {
        let mut took = Vec::new();
        let end = Instant::now() + time;
        let mut begun = Instant::now();
        while begun < end {
            self.transaction()?;
            let now = Instant::now();
            took.push(now - begun);
            begun = now;
        }
        Ok(took)
    }

    fn transaction(&mut self) -> Outcome<()> {
        self.begin.raw_execute()?;
        for _ in 0..self.group {
            let of = self.submissions.len() as u64;
            let turn = self.next.checked_rem(of).ok_or("no templates")? as usize;
            self.next += 1;
            for (statement, slots) in self.submissions.get_mut(turn).into_iter().flatten() {
                for (at, slot) in (1_usize..).zip(slots.iter()) {
                    slot.write(self.next, &mut self.text);
                    statement.raw_bind_parameter(at, self.text.as_str())?;
                }
                statement.raw_execute()?;
            }
        }
        self.commit.raw_execute()?;
        Ok(())
    }
}
