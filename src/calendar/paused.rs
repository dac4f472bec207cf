use chrono::NaiveDate;

use super::counting::Counting;
use super::{CalendarError, PauseLedger};

/// The paused days as disjoint runs, ascending: what overlapping pauses amount to.
#[derive(Debug)]
pub(super) struct PausedDays(Vec<Run>);

/// The days after `before`, through and with `last`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) before: NaiveDate,
    pub(super) last: NaiveDate,
}

impl PausedDays {
    /// An open pause is taken to end on `as_of`, or to have no day yet if it begins later.
    pub(super) fn as_of(ledger: &PauseLedger, as_of: NaiveDate) -> Self {
        let mut runs: Vec<Run> = ledger
            .iter()
            .filter_map(|pause| {
                let before = pause.first_paused_day().pred_opt()?;
                let last = pause.last_paused_day().unwrap_or(as_of);
                (before < last).then_some(Run { before, last })
            })
            .collect();
        runs.sort_by_key(|run| run.before);
        let mut merged: Vec<Run> = Vec::with_capacity(runs.len());
        for run in runs {
            match merged.last_mut() {
                Some(earlier) if run.before <= earlier.last => earlier.last = earlier.last.max(run.last),
                _ => merged.push(run),
            }
        }
        Self(merged)
    }

    pub(super) fn runs(&self) -> impl Iterator<Item = Run> {
        self.0.iter().copied()
    }

    pub(super) fn covers(&self, date: NaiveDate) -> bool {
        self.runs().any(|run| run.before < date && date <= run.last)
    }

    /// Counted days that are not paused, after `after`, through and with `through`; 0 when `through` is the earlier.
    pub(super) fn counted(&self, counting: Counting<'_>, after: NaiveDate, through: NaiveDate) -> i64 {
        if through <= after {
            return 0;
        }
        let paused: i64 =
            self.runs().map(|run| counting.between(run.before.max(after), run.last.min(through)).max(0)).sum();
        counting.between(after, through) - paused
    }

    /// The `count`-th counted day after `from` that is not paused; `from` itself for 0.
    pub(super) fn advance(
        &self,
        counting: Counting<'_>,
        from: NaiveDate,
        count: i64,
    ) -> Result<NaiveDate, CalendarError> {
        let (mut reached, mut missing) = (from, count);
        for run in self.runs().filter(|run| run.last > from) {
            let free = counting.between(reached, run.before).max(0);
            if missing <= free {
                break;
            }
            missing -= free;
            reached = run.last;
        }
        counting.advance(reached, missing)
    }
}
