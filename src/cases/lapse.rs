//! What the law attaches to a term that ran out: silence at the intake is acceptance 视为受理, and who does not correct in
//! time has withdrawn 视为撤回. The sweeper draws it, once what came in on time can no longer be entered; so does a verb that
//! comes before the sweeper, since the law does not wait for either; and what is offered takes it as drawn. Nobody draws it
//! from a due day that may still move: it could not be taken back.

use super::Cases;
use super::model::ClockKind;
use super::open::{Open, is_correction};
use super::store::{self, ClockRow};
use super::sweep::fire;
use super::words::Outcome;
use super::workflow::{Action, Stage, next};
use crate::access::{Call, Permission};
use crate::catalogue::{CorrectionLapse, IntakeLapse};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::CaseId;
use crate::journal::{Event, last_learned};
use crate::store::{Db, Tx};

/// What sets the intake clock running.
const INTAKE_RUNS: &[&str] = &["case.submitted", "case.supplemented"];
/// What sets the correction clock running.
const CORRECTION_RUNS: &[&str] = &["case.correction_requested"];

/// A term that ran out, where the law attaches something to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lapse {
    consequence: Consequence,
    /// When it ran out.
    due_at: Timestamp,
    /// Until when what was done within it may still be entered.
    pub(super) entered_until: Timestamp,
}

#[derive(Clone, Copy, Debug)]
enum Consequence {
    Accepted,
    Withdrawn,
}

impl Lapse {
    /// Whether a step neither needs the consequence nor stands in its way, as taking the case or giving it to somebody.
    fn leaves_open(&self, from: Stage, action: Action) -> bool {
        let after = match self.consequence {
            Consequence::Accepted => Stage::InProgress,
            Consequence::Withdrawn => Stage::Withdrawn,
        };
        [from, after].into_iter().all(|stage| next(stage, action).is_some_and(|step| step.to == stage))
    }
}

/// What the law attaches to the running out of a clock.
struct Attached {
    kind: ClockKind,
    consequence: Consequence,
    /// What sets the clock running.
    runs: &'static [&'static str],
}

/// What the law attaches to a clock of a case as it stands.
fn attached(open: &Open) -> Option<Attached> {
    let item = &open.item.item;
    match open.row.stage {
        Stage::Submitted if item.on_intake_lapse == IntakeLapse::DeemedAccepted => {
            Some(Attached { kind: ClockKind::Intake, consequence: Consequence::Accepted, runs: INTAKE_RUNS })
        }
        Stage::Correction if item.on_correction_lapse == CorrectionLapse::DeemedWithdrawn => {
            Some(Attached { kind: ClockKind::Correction, consequence: Consequence::Withdrawn, runs: CORRECTION_RUNS })
        }
        _ => None,
    }
}

/// When the sweeper has to look at a clock again that has run out: as soon as it may draw what follows.
pub(super) fn drawn_at(open: &Open, clock: &ClockRow) -> Result<Option<Timestamp>, Failure> {
    let follows = attached(open).is_some_and(|attached| attached.kind == clock.kind);
    follows.then(|| open.timing.entered_until(clock)).transpose()
}

/// The lapse that a case is in by an instant, and that nobody has drawn the consequence of.
pub(super) fn lapse(db: &mut impl Db, open: &Open, at: Timestamp) -> Result<Option<Lapse>, Failure> {
    let Some(Attached { kind, consequence, runs }) = attached(open) else { return Ok(None) };
    let ran_out = |c: &&ClockRow| c.kind == kind && c.stopped_at.is_none() && !c.provisional && c.due_at <= at;
    let Some(clock) = open.clocks.iter().find(ran_out) else { return Ok(None) };
    if !entered_before(db, open.row.id, clock.due_at, runs)? {
        return Ok(None);
    }
    Ok(Some(Lapse { consequence, due_at: clock.due_at, entered_until: open.timing.entered_until(clock)? }))
}

/// Whether the fact that set a clock running was entered in this system before the clock was due. Of a term that was over
/// before anybody could keep it here (a stated past time), the law's consequence is not this system's to draw.
fn entered_before(db: &mut impl Db, id: CaseId, due_at: Timestamp, runs: &[&str]) -> Result<bool, Failure> {
    Ok(last_learned(db, id, runs)?.is_some_and(|entered_at| entered_at < due_at))
}

impl Open {
    /// The case after the lapse: the fact that follows, and when it counts.
    pub(super) fn after(&mut self, lapse: &Lapse) -> Result<(Event, Timestamp), Failure> {
        match lapse.consequence {
            // Licensing Law art. 32(4): on the date the materials were received; and nobody kept the term.
            Consequence::Accepted => {
                let completed = self.pauses.iter().filter(|p| is_correction(p)).filter_map(|p| p.ended_at).max();
                let at = completed.unwrap_or(self.row.received_at);
                self.stop(&[ClockKind::Intake], lapse.due_at);
                self.take_on(at)?;
                Ok((Event::CaseAccepted { deemed: true }, at))
            }
            Consequence::Withdrawn => {
                self.end(Stage::Withdrawn, lapse.due_at)?;
                Ok((Event::CaseWithdrawn { deemed: true }, lapse.due_at))
            }
        }
    }
}

impl Cases {
    /// Draws and records what follows from a lapse, as the system.
    pub(super) fn draw(&self, tx: &mut Tx<'_>, system: &Call, mut open: Open, lapse: &Lapse) -> Outcome {
        let (event, at) = open.after(lapse)?;
        self.lay_down(tx, system, open, &event, at)
    }

    /// A case as the law has it at an instant: with what follows from a lapse, which is the system's own fact, whoever
    /// came across it. As long as what was done in time may still be entered, a step that can do without leaves it alone.
    pub(super) fn by_law(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        mut open: Open,
        at: Timestamp,
        action: Action,
    ) -> Result<Open, Failure> {
        let Some(lapse) = lapse(tx, &open, at)? else { return Ok(open) };
        if now < lapse.entered_until && lapse.leaves_open(open.row.stage, action) {
            return Ok(open);
        }
        let (id, system) = (open.row.id, Call::system(now));
        fire(tx, &system, &mut open, lapse.due_at)?;
        // The fact is recorded; the case as a list shows it is for nobody.
        let _ = self.draw(tx, &system, open, &lapse)?;
        let row = store::find(tx, &system.actor.scope(Permission::CaseRead), id)?;
        self.open(tx, row)
    }
}
