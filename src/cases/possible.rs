//! Whether a step of the table is possible for a case as it is now. The verbs and `availableActions` ask the same
//! function, so that what is offered is what is done.

use super::clocks;
use super::model::{ClockKind, Disclosure};
use super::open::{Open, is_correction, wrong_stage};
use super::workflow::{Action, Clocks, Stage, Step};
use crate::access::Call;
use crate::calendar::PauseLedger;
use crate::catalogue::Finish;
use crate::clock::Timestamp;
use crate::error::{Code, Failure};

/// Refuses a step that this case does not allow now. `evaluated`: whether its ending has its evaluation.
///
/// # Errors
/// A refusal with a code of its own for each reason; anything else is a defect.
pub(super) fn check(step: &Step, open: &Open, call: &Call, evaluated: bool) -> Result<(), Failure> {
    check_clocks(step, open)?;
    let hindered = match step.action {
        // Nobody could answer, and the case would stand still without end.
        Action::RequestCorrection if open.row.disclosure == Disclosure::Anonymous => Some(Code::NobodyToAsk),
        Action::RequestCorrection => open.pauses.iter().any(is_correction).then_some(Code::AlreadyCorrected),
        Action::Suspend => (open.pauses.len() >= PauseLedger::MAX_PAUSES).then_some(Code::TooManyPauses),
        Action::Extend => return extendable_until(open, call.now).map(drop),
        Action::Close => return nothing_missing(step.from, open),
        // An item that finishes by closure needs no outcome; naming one is possible where it has some.
        Action::Decide => open.item.item.outcomes.is_empty().then_some(Code::WrongStage),
        Action::Deliver => (!runs(open, ClockKind::Delivery)).then_some(Code::WrongStage),
        Action::Claim => claimed(open, call),
        Action::Evaluate if open.row.number.is_none() => Some(Code::WrongStage),
        Action::Evaluate => evaluated.then_some(Code::AlreadyEvaluated),
        _ => None,
    };
    match hindered {
        None => Ok(()),
        Some(Code::WrongStage) => Err(wrong_stage(&open.row, step.action)),
        Some(code) => Err(Failure::refused(code)),
    }
}

fn check_clocks(step: &Step, open: &Open) -> Result<(), Failure> {
    match (step.clocks, open.is_suspended()) {
        (Clocks::Running, true) => Err(Failure::refused(Code::Suspended)),
        (Clocks::Paused, false) => Err(Failure::refused(Code::NotSuspended)),
        _ => Ok(()),
    }
}

fn runs(open: &Open, kind: ClockKind) -> bool {
    open.clocks.iter().any(|c| c.kind == kind && c.stopped_at.is_none())
}

/// What comes before closing: the decision, where the item has one, and its delivery, where there is a term for it.
fn nothing_missing(from: Stage, open: &Open) -> Result<(), Failure> {
    let missing = match from {
        Stage::InProgress if open.item.item.finish != Finish::Closure => Action::Decide,
        _ if runs(open, ClockKind::Delivery) => Action::Deliver,
        _ => return Ok(()),
    };
    Err(Failure::refused_with(Code::StepMissing, vec![("missing", missing.to_string())]))
}

fn claimed(open: &Open, call: &Call) -> Option<Code> {
    let assignee = open.row.assignee_id?;
    Some(if call.actor.account() == Some(assignee) { Code::WrongStage } else { Code::AssignedToAnother })
}

/// The instant before which an extension must come: when the statutory clock is due, or the promise where there is no
/// other.
///
/// # Errors
/// 409 `not_extendable`, `already_extended`, `term_over`.
pub(super) fn extendable_until(open: &Open, now: Timestamp) -> Result<Timestamp, Failure> {
    if open.clocks.iter().any(|c| c.extension.is_some()) {
        return Err(Failure::refused(Code::AlreadyExtended));
    }
    let of = |kind| open.clocks.iter().find(|c| c.kind == kind && c.stopped_at.is_none());
    let clock = of(ClockKind::Statutory).or_else(|| of(ClockKind::Promise));
    let clock = clock.filter(|_| open.item.item.extension.is_some());
    let mut clock = clock.cloned().ok_or_else(|| Failure::refused(Code::NotExtendable))?;
    clocks::compute(&mut clock, &open.pauses, &open.timing, now)?;
    if now >= clock.due_at {
        return Err(Failure::refused(Code::TermOver));
    }
    Ok(clock.due_at)
}
