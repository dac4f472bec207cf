//! The sweeper 时限巡查: warnings and breaches, once each, and what the law attaches to a lapse. It acts as the system.

use std::collections::BTreeSet;

use super::Cases;
use super::clocks;
use super::lapse::{drawn_at, lapse};
use super::open::Open;
use super::store::{self, ClockRow};
use crate::access::Call;
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Failure};
use crate::ids::CaseId;
use crate::journal::{Entry, Event};
use crate::store::{Recorded, Store, Tx};

/// How many clocks, or cases, are asked for at a time.
pub(super) const BATCH: i64 = 200;
/// So many cases in a row that cannot be written: then it is the database that is away.
const AWAY: u32 = 3;
const WARNING: &str = "warning";
/// The rung of a term that ran out.
pub(super) const BREACH: &str = "breach";

/// Looks after the clocks of all cases.
#[derive(Clone)]
pub struct Sweeper {
    pub(super) cases: Cases,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

impl Sweeper {
    /// A sweeper over a store.
    pub fn new(cases: Cases, store: Store, clock: Clock) -> Self {
        Self { cases, store, clock }
    }

    /// Looks at all clocks that are due for a look; gives how often it touched a case. Safe to run in several places: a rung
    /// fires once, by its primary key, and a case changes by compare-and-swap. A case that cannot be swept keeps nobody's
    /// clocks from being looked at.
    ///
    /// # Errors
    /// The database being away.
    pub async fn step(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let (mut after, mut touched, mut patience) = (None, 0_usize, Patience::default());
        loop {
            let page = self.store.read(move |db| store::clocks_to_sweep(db, now, after, BATCH)).await?;
            let Some(last) = page.last().copied() else { return Ok(touched) };
            after = Some(last);
            let mut seen = BTreeSet::new();
            for id in page.into_iter().map(|(_, _, case)| case).filter(|case| seen.insert(*case)) {
                let cases = self.cases.clone();
                let swept = self.store.write(move |tx| cases.sweep(tx, id, now)).await;
                touched = touched.saturating_add(usize::from(patience.bear(id, swept)?.is_some()));
            }
        }
    }
}

/// How long single cases that cannot be written are borne: a row that somebody keeps locked looks like a database that is
/// away, and must not keep the clocks of all others from being looked at.
#[derive(Debug, Default)]
pub(super) struct Patience {
    in_a_row: u32,
}

impl Patience {
    /// What was done to a case; none where it could not be, which is told to the log.
    ///
    /// # Errors
    /// The database being away, once it was so for [`AWAY`] cases in a row.
    pub(super) fn bear<T>(&mut self, id: CaseId, done: Result<T, Failure>) -> Result<Option<T>, Failure> {
        let failure = match done {
            Ok(done) => {
                self.in_a_row = 0;
                return Ok(Some(done));
            }
            Err(failure) => failure,
        };
        self.in_a_row = if is_away(&failure) { self.in_a_row.saturating_add(1) } else { 0 };
        if self.in_a_row >= AWAY {
            return Err(failure);
        }
        match failure.code() {
            // Somebody else changed the case, or fired the rung, at the same time: the next step sees what is left.
            Code::Conflict | Code::NotFound => {}
            _ => tracing::error!(case = %id, %failure, "the clocks of a case could not be looked at"),
        }
        Ok(None)
    }
}

/// Whether it is not the case but the database that fails.
pub(super) fn is_away(failure: &Failure) -> bool {
    matches!(failure.code(), Code::Unavailable | Code::OutcomeUnknown)
}

impl Cases {
    /// Fires what is due on one case's clocks, and draws what follows from a lapse.
    fn sweep(&self, tx: &mut Tx<'_>, id: CaseId, now: Timestamp) -> Result<Recorded<()>, Failure> {
        let call = Call::system(now);
        let row = find_any(tx, &call, id)?;
        let mut open = self.open(tx, row)?;
        let lapse = lapse(tx, &open, now)?.filter(|lapse| lapse.entered_until <= now);
        fire(tx, &call, &mut open, now)?;
        match lapse {
            Some(lapse) => Ok(self.draw(tx, &call, open, &lapse)?.map(drop)),
            None => Ok(tx.unrecorded("each rung that fired has its own fact", ())),
        }
    }
}

pub(super) fn find_any(tx: &mut Tx<'_>, call: &Call, id: CaseId) -> Result<store::CaseRow, Failure> {
    store::find(tx, &call.actor.scope(crate::access::Permission::CaseRead), id)
}

/// Fires the rungs that were reached by an instant.
pub(super) fn fire(tx: &mut Tx<'_>, call: &Call, open: &mut Open, by: Timestamp) -> Result<(), Failure> {
    let due: Vec<ClockRow> = open.clocks.iter().filter(|c| c.next_rung_at <= by).cloned().collect();
    for clock in due {
        let (rung, event, effective, next) = rung(open, &clock, by)?;
        if !store::rung_fired(tx, clock.id, rung)? {
            store::insert_rung(tx, clock.id, rung, call.now);
            tx.fact(Entry::new(&event, &call.author(), open.subjects(), effective, call.now)?);
        }
        // Only this column, and only from where it was read: a verb may be changing the clock at the same time.
        store::move_rung(tx, &clock, next)?;
        open.clocks.iter_mut().filter(|c| c.id == clock.id).for_each(|c| c.next_rung_at = next);
    }
    // What was written here is known to be written.
    open.remember_clocks();
    Ok(())
}

/// The rung that a clock is on, with its fact, when that counts, and when the sweeper has to look again.
fn rung(open: &Open, clock: &ClockRow, by: Timestamp) -> Result<(&'static str, Event, Timestamp, Timestamp), Failure> {
    let (kind, due_at) = (clock.kind.to_string(), clock.due_at);
    if by < due_at {
        return Ok((WARNING, Event::ClockWarned { kind, due_at }, clock.next_rung_at, due_at));
    }
    let again = drawn_at(open, clock)?.filter(|at| *at > by);
    Ok((BREACH, Event::ClockBreached { kind, due_at }, due_at, again.unwrap_or_else(clocks::never)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_case_that_is_locked_is_passed_over_and_several_in_a_row_are_a_database_that_is_away() {
        let mut patience = Patience::default();
        let locked = || Err::<(), _>(Failure::Unavailable("canceling statement due to lock timeout".into()));
        for _ in 0..2 {
            assert_eq!(patience.bear(CaseId::new(), locked()), Ok(None));
            assert_eq!(patience.bear(CaseId::new(), locked()), Ok(None));
            assert_eq!(patience.bear(CaseId::new(), Ok(())), Ok(Some(())));
        }
        assert_eq!(patience.bear(CaseId::new(), locked()), Ok(None));
        assert_eq!(patience.bear(CaseId::new(), locked()), Ok(None));
        assert_eq!(patience.bear(CaseId::new(), locked()), locked().map(Some));
    }

    #[test]
    fn cases_that_somebody_else_has_in_hand_say_nothing_of_the_database() {
        let mut patience = Patience::default();
        for _ in 0..10 {
            let changed = Err::<(), _>(Failure::refused(Code::Conflict));
            assert_eq!(patience.bear(CaseId::new(), changed), Ok(None));
        }
    }
}
