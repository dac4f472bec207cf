//! What the law attaches to a term that ran out: silence at the intake is acceptance 视为受理, and who does not correct in
//! time has withdrawn 视为撤回. The sweeper draws it; so does a verb that comes before the sweeper, since the law does not
//! wait for either; and what is offered takes it as drawn. Nobody draws it from a due day that may still move: it could not
//! be taken back.

use super::Cases;
use super::model::ClockKind;
use super::open::{Open, is_correction};
use super::store::{self, ClockRow};
use super::sweep::fire;
use super::words::Outcome;
use super::workflow::Stage;
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
}

#[derive(Clone, Copy, Debug)]
enum Consequence {
    Accepted,
    Withdrawn,
}

/// The lapse that a case is in by an instant, and that nobody has drawn the consequence of.
pub(super) fn lapse(db: &mut impl Db, open: &Open, at: Timestamp) -> Result<Option<Lapse>, Failure> {
    let item = &open.item.item;
    let (kind, consequence, runs) = match open.row.stage {
        Stage::Submitted if item.on_intake_lapse == IntakeLapse::DeemedAccepted => {
            (ClockKind::Intake, Consequence::Accepted, INTAKE_RUNS)
        }
        Stage::Correction if item.on_correction_lapse == CorrectionLapse::DeemedWithdrawn => {
            (ClockKind::Correction, Consequence::Withdrawn, CORRECTION_RUNS)
        }
        _ => return Ok(None),
    };
    let ran_out = |c: &&ClockRow| c.kind == kind && c.stopped_at.is_none() && !c.provisional && c.due_at <= at;
    let Some(due_at) = open.clocks.iter().find(ran_out).map(|c| c.due_at) else { return Ok(None) };
    Ok(entered_before(db, open.row.id, due_at, runs)?.then_some(Lapse { consequence, due_at }))
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
    /// came across it.
    pub(super) fn by_law(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        mut open: Open,
        at: Timestamp,
    ) -> Result<Open, Failure> {
        let Some(lapse) = lapse(tx, &open, at)? else { return Ok(open) };
        let (id, system) = (open.row.id, Call::system(now));
        fire(tx, &system, &mut open, lapse.due_at)?;
        // The fact is recorded; the case as a list shows it is for nobody.
        let _ = self.draw(tx, &system, open, &lapse)?;
        let row = store::find(tx, &system.actor.scope(Permission::CaseRead), id)?;
        self.open(tx, row)
    }
}
