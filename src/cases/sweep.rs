//! The sweeper 时限巡查: warnings and breaches, once each, and what the law attaches to a lapse. It acts as the system.

use super::Cases;
use super::clocks;
use super::lapse::lapse;
use super::open::Open;
use super::store::{self, ClockRow};
use crate::access::Call;
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Failure};
use crate::ids::CaseId;
use crate::journal::{Entry, Event};
use crate::store::{Recorded, Store, Tx};

/// How many clocks one step looks at.
const BATCH: i64 = 200;
const WARNING: &str = "warning";
const BREACH: &str = "breach";

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
            Err(failure) if !is_away(&failure) => {
                tracing::error!(case = %id, %failure, "the clocks of a case could not be looked at");
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Computes clocks anew that were provisional, now that their year may be known; gives how many cases changed. To be
    /// run at start, after a calendar was added. A case that somebody else changes at the same time is taken again.
    ///
    /// # Errors
    /// The database being away.
    pub async fn recompute(&self) -> Result<usize, Failure> {
        let mut changed = 0_usize;
        loop {
            let (moved, missed) = self.recompute_all().await?;
            changed = changed.saturating_add(moved);
            if missed == 0 {
                return Ok(changed);
            }
        }
    }

    /// One pass; gives how many cases changed, and how many somebody else had in hand.
    async fn recompute_all(&self) -> Result<(usize, usize), Failure> {
        let (mut after, mut moved, mut missed) = (None, 0_usize, 0_usize);
        loop {
            let ids = self.store.read(move |db| store::cases_with_provisional_clocks(db, after, BATCH)).await?;
            let Some(last) = ids.last().copied() else { return Ok((moved, missed)) };
            after = Some(last);
            for id in ids {
                let (cases, now) = (self.cases.clone(), self.clock.now());
                match self.store.write(move |tx| cases.recompute(tx, id, now)).await {
                    Ok(changed) => moved = moved.saturating_add(usize::from(changed)),
                    Err(failure) if failure.code() == Code::Conflict => missed = missed.saturating_add(1),
                    Err(failure) if !is_away(&failure) => {
                        tracing::error!(case = %id, %failure, "the clocks of a case could not be computed anew");
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
    }
}

/// Whether it is not the case but the database that fails.
fn is_away(failure: &Failure) -> bool {
    matches!(failure.code(), Code::Unavailable | Code::OutcomeUnknown)
}

impl Cases {
    /// Fires what is due on one case's clocks, and draws what follows from a lapse.
    fn sweep(&self, tx: &mut Tx<'_>, id: CaseId, now: Timestamp) -> Result<Recorded<()>, Failure> {
        let call = Call::system(now);
        let row = find_any(tx, &call, id)?;
        let mut open = self.open(tx, row)?;
        let lapse = lapse(tx, &open, now)?;
        fire(tx, &call, &mut open, now)?;
        match lapse {
            Some(lapse) => Ok(self.draw(tx, &call, open, &lapse)?.map(drop)),
            None => Ok(tx.unrecorded("each rung that fired has its own fact", ())),
        }
    }

    fn recompute(&self, tx: &mut Tx<'_>, id: CaseId, now: Timestamp) -> Result<Recorded<bool>, Failure> {
        let call = Call::system(now);
        let row = find_any(tx, &call, id)?;
        let mut open = self.open(tx, row)?;
        let mut news = open.learn_years(now)?;
        let Some(last) = news.pop() else {
            return Ok(tx.unrecorded("nothing changed", false));
        };
        let entries = news.iter().map(|event| Entry::new(event, &call.author(), open.subjects(), now, now));
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        let laid_down = self.lay_down(tx, &call, open, &last, now)?;
        entries.into_iter().for_each(|entry| tx.fact(entry));
        Ok(laid_down.map(|_| true))
    }
}

impl Open {
    /// Computes the provisional clocks anew; gives a fact for each that a calendar has changed. A day that stays and is
    /// final now is news, too. The day of a clock that stands still moves with every day, whatever the calendar: of it
    /// only being final is news.
    fn learn_years(&mut self, now: Timestamp) -> Result<Vec<Event>, Failure> {
        let (pauses, timing) = (&self.pauses, &self.timing);
        let mut news = Vec::new();
        for clock in self.clocks.iter_mut().filter(|c| c.provisional && c.stopped_at.is_none()) {
            let mut anew = clock.clone();
            clocks::compute(&mut anew, pauses, timing, now)?;
            let moved = anew.due_at != clock.due_at && !clocks::stands_still(&anew, pauses, timing)?;
            if moved || !anew.provisional {
                news.push(Event::ClockRecomputed { kind: anew.kind.to_string(), due_at: anew.due_at });
                *clock = anew;
            }
        }
        Ok(news)
    }
}

fn find_any(tx: &mut Tx<'_>, call: &Call, id: CaseId) -> Result<store::CaseRow, Failure> {
    store::find(tx, &call.actor.scope(crate::access::Permission::CaseRead), id)
}

/// Fires the rungs that were reached by an instant.
pub(super) fn fire(tx: &mut Tx<'_>, call: &Call, open: &mut Open, by: Timestamp) -> Result<(), Failure> {
    let due: Vec<ClockRow> = open.clocks.iter().filter(|c| c.next_rung_at <= by).cloned().collect();
    for clock in due {
        let (rung, event, effective, next) = rung(&clock, by);
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

fn rung(clock: &ClockRow, by: Timestamp) -> (&'static str, Event, Timestamp, Timestamp) {
    let (kind, due_at) = (clock.kind.to_string(), clock.due_at);
    if by >= clock.due_at {
        (BREACH, Event::ClockBreached { kind, due_at }, clock.due_at, clocks::never())
    } else {
        (WARNING, Event::ClockWarned { kind, due_at }, clock.next_rung_at, clock.due_at)
    }
}
