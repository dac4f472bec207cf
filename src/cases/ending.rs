//! How cases end: decision, delivery, closing, withdrawal, termination with a referral.

use super::Cases;
use super::asked::{Decision, Done, Handover, Termination};
use super::model::ClockKind;
use super::open::Open;
use super::words::{APPEAL_ROUTE, Outcome, REASONS, REFERRAL, both, non_empty, optional};
use super::workflow::Action;
use crate::access::Call;
use crate::catalogue::Outcome as ItemOutcome;
use crate::error::{Failure, FieldError};
use crate::ids::CaseId;
use crate::journal::Event;
use crate::store::Tx;

impl Cases {
    /// Decides 决定, or replies 答复: one of the item's outcomes; promise and statutory clocks stop, the delivery clock
    /// starts where the item has a delivery term.
    ///
    /// # Errors
    /// 400 for an unknown outcome, or missing reasons or appeal route where the outcome needs them (Licensing Law
    /// art. 38); 409 `suspended`, `wrong_stage`; 403 for an officer where a supervisor decides.
    pub fn decide(&self, tx: &mut Tx<'_>, call: &Call, id: CaseId, expected: Option<i64>, input: &Decision) -> Outcome {
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Decide, expected, input.effective_at)?;
        let words = both(optional("/reasons", &input.reasons), optional("/appealRoute", &input.appeal_route));
        let (outcome, (reasons, route)) = both(outcome(&open, input), words)?;
        let at = open.effective(call, input.effective_at)?;
        let reasons = reasons.map(|words| self.keep(tx, call, id, REASONS, words)).transpose()?;
        let appeal_route = route.map(|words| self.keep(tx, call, id, APPEAL_ROUTE, words)).transpose()?;
        open.settle_promise(at)?;
        open.stop(&[ClockKind::Promise, ClockKind::Statutory], at);
        let delivery = open.item.item.delivery;
        open.start(ClockKind::Delivery, delivery, at)?;
        open.row.stage = step.to;
        open.row.decided_at = Some(at);
        open.row.outcome = Some(outcome.code.to_string());
        let event = Event::CaseDecided { outcome: outcome.code.to_string(), reasons, appeal_route };
        self.lay_down(tx, call, open, &event, at)
    }

    /// Hands over the result 送达; the delivery clock stops (10 working days after the decision, Licensing Law art. 44).
    ///
    /// # Errors
    /// 404, 403, 412, 409 `wrong_stage`, also where there is nothing to hand over any more.
    pub fn deliver(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Handover,
    ) -> Outcome {
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Deliver, expected, input.effective_at)?;
        let at = open.effective(call, input.effective_at)?;
        open.stop(&[ClockKind::Delivery], at);
        open.row.stage = step.to;
        self.lay_down(tx, call, open, &Event::CaseDelivered { method: input.method.to_string() }, at)
    }

    /// Closes 办结: after the decision (and its delivery, where there is a term for it), or straight from work where the
    /// item ends with no decision.
    ///
    /// # Errors
    /// 409 `step_missing` before the decision or the delivery, `wrong_stage`, `suspended`; 404, 403, 412.
    pub fn close(&self, tx: &mut Tx<'_>, call: &Call, id: CaseId, expected: Option<i64>, input: &Done) -> Outcome {
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Close, expected, input.effective_at)?;
        let at = open.effective(call, input.effective_at)?;
        open.end(step.to, at)?;
        let event = Event::CaseClosed { on_time: open.row.on_time };
        self.lay_down(tx, call, open, &event, at)
    }

    /// Takes the case back 撤回; a draft whoever began it.
    ///
    /// # Errors
    /// 404, 403, 412, 409 `wrong_stage` once it is decided.
    pub fn withdraw(&self, tx: &mut Tx<'_>, call: &Call, id: CaseId, expected: Option<i64>, input: &Done) -> Outcome {
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Withdraw, expected, input.effective_at)?;
        let at = open.effective(call, input.effective_at)?;
        open.end(step.to, at)?;
        self.lay_down(tx, call, open, &Event::CaseWithdrawn { deemed: false }, at)
    }

    /// Ends the case without a decision 终止 and refers the applicant elsewhere.
    ///
    /// # Errors
    /// 404, 403, 412, 409 `wrong_stage`; 400 without a referral.
    pub fn terminate(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: CaseId,
        expected: Option<i64>,
        input: &Termination,
    ) -> Outcome {
        let (mut open, step) = self.take_up_at(tx, call, id, Action::Terminate, expected, input.effective_at)?;
        let at = open.effective(call, input.effective_at)?;
        let referral = self.keep(tx, call, id, REFERRAL, non_empty("/referral", &input.referral)?)?;
        open.end(step.to, at)?;
        self.lay_down(tx, call, open, &Event::CaseTerminated { referral }, at)
    }
}

/// The outcome named, with everything it needs.
fn outcome(open: &Open, input: &Decision) -> Result<ItemOutcome, Failure> {
    let outcomes = &open.item.item.outcomes;
    let Some(outcome) = outcomes.iter().find(|o| o.code.as_str() == input.outcome) else {
        let known: Vec<_> = outcomes.iter().map(|o| o.code.as_str()).collect();
        return Err(Failure::field("/outcome", "unknown_outcome", format!("one of: {}", known.join(", "))));
    };
    let mut errors = Vec::new();
    if outcome.needs_reasons && input.reasons.is_none() {
        errors.push(FieldError::new("/reasons", "required", "this outcome needs reasons"));
    }
    if outcome.needs_appeal_route && input.appeal_route.is_none() {
        errors.push(FieldError::new("/appealRoute", "required", "this outcome needs the way of appeal"));
    }
    if errors.is_empty() { Ok(outcome.clone()) } else { Err(Failure::Invalid(errors)) }
}
