//! The sweeper 时限巡查: warnings and breaches, once each, and what the law attaches to a lapse. It acts as the system.

use super::Cases;
use super::clocks;
use super::model::ClockKind;
use super::open::Open;
use super::store::{self, ClockRow};
use super::words::Outcome;
use super::workflow::Stage;
use crate::access::Call;
use crate::catalogue::IntakeLapse;
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Failure};
use crate::ids::CaseId;
use crate::journal::{Entry, Event, last_learned};
use crate::store::{Recorded, Store, Tx};

/// How many clocks one step looks at.
const BATCH: i64 = 200;
const WARNING: &str = "warning";
const BREACH: &str = "breach";
/// What sets the intake clock running.
const INTAKE_RUNS: &[&str] = &["case.submitted", "case.supplemented"];
/// What sets the correction clock running.
const CORRECTION_RUNS: &[&str] = &["case.correction_requested"];

/// Looks after the clocks of all cases.
#[derive(Clone)]
pub struct Sweeper {
    cases: Cases,
    store: Store,
    clock: Clock,
}

impl Sweeper {
    /// A sweeper over a store.
    pub fn new(cases: Cases, store: Store, clock: Clock) -> Self {
        Self { cases, store, clock }
    }

    /// Looks at the clocks that are due for a look; gives how many cases it touched. Safe to run in several places: a
    /// rung fires once, by its primary key, and a case changes by compare-and-swap.
    ///
    /// # Errors
    /// The database being away.
    pub async fn step(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let ids = self.store.read(move |db| store::cases_to_sweep(db, now, BATCH)).await?;
        let mut touched = 0_usize;
        for id in ids {
            touched = touched.saturating_add(usize::from(self.one(id, now).await?));
        }
        Ok(touched)
    }

    async fn one(&self, id: CaseId, now: Timestamp) -> Result<bool, Failure> {
        let cases = self.cases.clone();
        let swept = self.store.write(move |tx| cases.sweep(tx, id, now)).await;
        match swept {
            Ok(()) => Ok(true),
            // Somebody else changed the case, or fired the rung, at the same time: the next step sees what is left.
            Err(failure) if matches!(failure.code(), Code::Conflict | Code::NotFound) => Ok(false),
            // One case that cannot be swept must not keep the clocks of all others from being looked at.
            Err(failure) if !matches!(failure.code(), Code::Unavailable | Code::OutcomeUnknown) => {
                tracing::error!(case = %id, %failure, "the clocks of a case could not be looked at");
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Computes clocks anew that were provisional, now that their year may be known; gives how many cases changed. To be
    /// run at start, after a calendar was added.
    ///
    /// # Errors
    /// The database being away.
    pub async fn recompute(&self) -> Result<usize, Failure> {
        let (mut after, mut changed) = (None, 0_usize);
        loop {
            let ids = self.store.read(move |db| store::cases_with_provisional_clocks(db, after, BATCH)).await?;
            let Some(last) = ids.last().copied() else { return Ok(changed) };
            after = Some(last);
            for id in ids {
                let (cases, now) = (self.cases.clone(), self.clock.now());
                let moved = self.store.write(move |tx| cases.recompute(tx, id, now)).await?;
                changed = changed.saturating_add(usize::from(moved));
            }
        }
    }
}

impl Cases {
    /// Fires what is due on one case's clocks, and acts on a lapse.
    fn sweep(&self, tx: &mut Tx<'_>, id: CaseId, now: Timestamp) -> Result<Recorded<()>, Failure> {
        let call = Call::system(now);
        let row = find_any(tx, &call, id)?;
        let mut open = self.open(tx, row)?;
        let lapsed = fire(tx, &call, &mut open, now)?;
        let ran_out = |kind: ClockKind| lapsed.iter().find(|(lapsed, _)| *lapsed == kind).map(|(_, due_at)| *due_at);
        if let Some(due_at) = ran_out(ClockKind::Intake)
            && deemed_accepted(&open)
            && entered_before(tx, id, due_at, INTAKE_RUNS)?
        {
            return unit(self.deem_accepted(tx, &call, open));
        }
        if let Some(due_at) = ran_out(ClockKind::Correction)
            && Self::lapses_to_withdrawal(&open)
            && entered_before(tx, id, due_at, CORRECTION_RUNS)?
        {
            return unit(self.deem_withdrawn(tx, &call, open, due_at));
        }
        Ok(tx.unrecorded("each rung that fired has its own fact", ()))
    }

    fn recompute(&self, tx: &mut Tx<'_>, id: CaseId, now: Timestamp) -> Result<Recorded<bool>, Failure> {
        let call = Call::system(now);
        let row = find_any(tx, &call, id)?;
        let mut open = self.open(tx, row)?;
        let before: Vec<_> = open.clocks.iter().map(|c| (c.id, c.due_at, c.provisional)).collect();
        open.compute(now)?;
        // A day that stays and is final now is news, too.
        let changed = open.clocks.iter().find(|c| !before.contains(&(c.id, c.due_at, c.provisional))).cloned();
        let Some(changed) = changed else {
            return Ok(tx.unrecorded("nothing changed", false));
        };
        let event = Event::ClockRecomputed { kind: changed.kind.to_string(), due_at: changed.due_at };
        Ok(self.lay_down(tx, &call, open, &event, now)?.map(|_| true))
    }
}

fn unit(outcome: Outcome) -> Result<Recorded<()>, Failure> {
    outcome.map(|recorded| recorded.map(drop))
}

fn find_any(tx: &mut Tx<'_>, call: &Call, id: CaseId) -> Result<store::CaseRow, Failure> {
    store::find(tx, &call.actor.scope(crate::access::Permission::CaseRead), id)
}

fn deemed_accepted(open: &Open) -> bool {
    open.row.stage == Stage::Submitted && open.item.item.on_intake_lapse == IntakeLapse::DeemedAccepted
}

/// Whether the fact that set a clock running was entered in this system before the clock was due. Of a term that was over
/// before anybody could keep it here (a stated past time), the law's consequence is not this system's to draw.
fn entered_before(tx: &mut Tx<'_>, id: CaseId, due_at: Timestamp, runs: &[&str]) -> Result<bool, Failure> {
    Ok(last_learned(tx, id, runs)?.is_some_and(|entered_at| entered_at < due_at))
}

/// Fires the rungs that `now` has reached; gives the clocks that ran out just now.
fn fire(tx: &mut Tx<'_>, call: &Call, open: &mut Open, now: Timestamp) -> Result<Vec<(ClockKind, Timestamp)>, Failure> {
    let mut lapsed = Vec::new();
    let due: Vec<ClockRow> = open.clocks.iter().filter(|c| c.next_rung_at <= now).cloned().collect();
    for clock in due {
        let (rung, event, effective, next) = rung(&clock, now);
        if !store::rung_fired(tx, clock.id, rung)? {
            store::insert_rung(tx, clock.id, rung, now);
            tx.fact(Entry::new(&event, &call.author(), open.subjects(), effective, now)?);
        }
        if rung == BREACH {
            lapsed.push((clock.kind, clock.due_at));
        }
        // Only this column, and only from where it was read: a verb may be changing the clock at the same time.
        store::move_rung(tx, &clock, next)?;
        let clock = ClockRow { next_rung_at: next, ..clock };
        open.clocks.iter_mut().filter(|c| c.id == clock.id).for_each(|c| *c = clock.clone());
    }
    // What was written here is known to be written.
    open.remember_clocks();
    Ok(lapsed)
}

fn rung(clock: &ClockRow, now: Timestamp) -> (&'static str, Event, Timestamp, Timestamp) {
    let (kind, due_at) = (clock.kind.to_string(), clock.due_at);
    if now >= clock.due_at {
        (BREACH, Event::ClockBreached { kind, due_at }, clock.due_at, clocks::never())
    } else {
        (WARNING, Event::ClockWarned { kind, due_at }, clock.next_rung_at, clock.due_at)
    }
}
