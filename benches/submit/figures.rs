//! What a measurement tells, and medians of several.

use std::fmt;
use std::time::Duration;

use crate::Outcome;
use crate::cpu::{self, Reading};
use crate::database::Backlog;
use crate::subject::Subject;

/// What one measurement tells.
#[derive(Clone, Default)]
pub struct Figures {
    /// Submissions a second.
    pub per_second: f64,
    /// Milliseconds for a request, or for a transaction.
    pub mean: f64,
    /// The same, half of them; pgbench tells none.
    pub p50: Option<f64>,
    /// The same, 99 of 100.
    pub p99: Option<f64>,
    /// The service's CPU time for one submission, µs.
    pub app: f64,
    /// PostgreSQL's.
    pub database: f64,
    /// The load generator's; the raw loop is its own.
    pub generator: f64,
    /// What others had of all processors, 0 to 1.
    pub others: f64,
    /// What the service had put off at the end.
    pub backlog: Option<Backlog>,
    /// Requests or transactions that did not go well.
    pub refused: u64,
    /// The first of them.
    pub sample: Option<String>,
}

/// A subject with what its rounds told.
pub struct Measured {
    /// What was measured.
    pub subject: Subject,
    /// Once a round.
    pub rounds: Vec<Figures>,
}

impl Figures {
    /// Of how long each transaction of `group` submissions took.
    pub fn of(
        mut took: Vec<Duration>,
        group: u64,
        elapsed: Duration,
        before: &Reading,
        after: &Reading,
    ) -> Outcome<Self> {
        took.sort_unstable();
        if took.is_empty() {
            return Err("nothing was done within the measured time".into());
        }
        let millis = |time: &Duration| time.as_secs_f64() * 1e3;
        let at = |share: usize| took.get(took.len() * share / 100).map(millis);
        let done = (took.len() as u64 * group) as f64;
        let figures = Self {
            per_second: done / elapsed.as_secs_f64(),
            mean: took.iter().map(millis).sum::<f64>() / took.len() as f64,
            p50: at(50),
            p99: at(99),
            ..Self::default()
        };
        Ok(figures.with_use(done, before, after))
    }

    /// With the CPU time of so many submissions.
    pub fn with_use(self, done: f64, before: &Reading, after: &Reading) -> Self {
        let time = cpu::between(before, after);
        let each = |seconds: f64| seconds * 1e6 / done.max(1.0);
        Self {
            app: each(time.app),
            database: each(time.database),
            generator: each(time.own),
            others: time.others,
            ..self
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} a second, {:.2} ms, others had {:.0} %", self.per_second, self.mean, self.others * 100.0)?;
        if let Some(sample) = &self.sample {
            write!(f, ", {} REFUSED: {sample}", self.refused)?;
        }
        Ok(())
    }
}

impl Measured {
    /// Before its first round.
    pub fn new(subject: Subject) -> Self {
        Self { subject, rounds: Vec::new() }
    }

    /// The median of what the rounds told; none if any told nothing.
    pub fn median(&self, figure: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        median(self.rounds.iter().map(figure).collect::<Option<Vec<_>>>()?)
    }

    /// How many times as fast as another: the median of the rounds' ratios, each of two neighbours in time.
    pub fn times(&self, other: &Self) -> Option<f64> {
        let ratios = self.rounds.iter().zip(&other.rounds).map(|(ours, theirs)| ours.per_second / theirs.per_second);
        median(ratios.collect())
    }

    /// Refused in all rounds.
    pub fn refused(&self) -> u64 {
        self.rounds.iter().map(|figures| figures.refused).sum()
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some((upper + values.get(middle.checked_sub(1)?)?) / 2.0) }
}
