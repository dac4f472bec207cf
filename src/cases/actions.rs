//! What this caller can do with a case now, read off the same table that the verbs obey.

use super::Cases;
use super::lapse::lapse;
use super::model::RejectionKind;
use super::open::{Open, needs, within_reach};
use super::possible::check;
use super::shown::{AvailableAction, RequiredWhen};
use super::workflow::{Action, STEPS, next};
use crate::access::{Call, Permission};
use crate::calendar::PauseReason;
use crate::catalogue::Outcome;
use crate::error::Failure;
use crate::ids::CaseId;
use crate::store::Db;

impl Cases {
    /// The steps open to the caller, with what each still requires. `evaluated`: whether this ending has its evaluation.
    /// What follows from a lapse is taken as drawn, as a verb would draw it; who may state a past time is offered besides
    /// what was possible before, as long as it may still be entered.
    pub(super) fn offered(
        db: &mut impl Db,
        call: &Call,
        open: &Open,
        evaluated: bool,
    ) -> Result<Vec<AvailableAction>, Failure> {
        let Some(lapse) = lapse(db, open, call.now)? else { return available(call, open, evaluated) };
        let mut after = open.clone();
        after.after(&lapse)?;
        let mut offered = available(call, &after, evaluated)?;
        if call.now < lapse.entered_until && call.actor.may_in(Permission::CaseBackdate, open.row.department_id) {
            offered.extend(in_the_past(call, open, &after)?);
        }
        Ok(offered)
    }
}

/// What is possible no more after a lapse, unless it was done before.
fn in_the_past(call: &Call, before: &Open, after: &Open) -> Result<Vec<AvailableAction>, Failure> {
    let (from, stage) = (before.row.stage, after.row.stage);
    let settles = |action| next(from, action).is_some_and(|step| step.to != from) && next(stage, action).is_none();
    let mut missed = available(call, before, false)?;
    missed.retain(|offer| settles(offer.action));
    missed.iter_mut().for_each(|offer| offer.requires.push("effectiveAt"));
    Ok(missed)
}

fn available(call: &Call, open: &Open, evaluated: bool) -> Result<Vec<AvailableAction>, Failure> {
    let mut actions = Vec::new();
    for step in STEPS.iter().filter(|s| s.from == open.row.stage) {
        let permitted = within_reach(call, needs(call, step, open), &open.row);
        match permitted.and_then(|()| check(step, open, call, evaluated)) {
            Ok(()) => actions.push(describe(step.action, open)),
            Err(Failure::Refused { .. }) => {}
            Err(defect) => return Err(defect),
        }
    }
    Ok(actions)
}

fn describe(action: Action, open: &Open) -> AvailableAction {
    let (method, resource) = resource(action);
    AvailableAction {
        action,
        method,
        href: href(open.row.id, resource),
        requires: requires(action),
        requires_when: requires_when(action, open),
    }
}

fn href(id: CaseId, resource: &str) -> String {
    format!("/api/v1/cases/{id}/{resource}")
}

/// Verbs are resources.
fn resource(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Submit => ("POST", "submission"),
        Action::Accept => ("POST", "acceptance"),
        Action::Reject => ("POST", "rejection"),
        Action::RequestCorrection => ("POST", "correction"),
        Action::Supplement => ("POST", "supplement"),
        Action::Claim => ("POST", "claim"),
        Action::Assign => ("PUT", "assignment"),
        Action::Suspend => ("POST", "suspension"),
        Action::Resume => ("DELETE", "suspension"),
        Action::Extend => ("POST", "extension"),
        Action::Decide => ("POST", "decision"),
        Action::Deliver => ("POST", "delivery"),
        Action::Close => ("POST", "closure"),
        Action::Withdraw => ("POST", "withdrawal"),
        Action::Terminate => ("POST", "termination"),
        Action::Evaluate => ("POST", "evaluation"),
    }
}

/// Members that the body must have, whatever else it says.
fn requires(action: Action) -> Vec<&'static str> {
    match action {
        Action::Reject => vec!["kind", "reasons"],
        Action::RequestCorrection => vec!["notice"],
        Action::Supplement => vec!["materials or form"],
        Action::Assign => vec!["assignee"],
        Action::Suspend => vec!["reason"],
        Action::Extend => vec!["reasons"],
        Action::Decide => vec!["outcome"],
        Action::Deliver => vec!["method"],
        Action::Terminate => vec!["referral"],
        Action::Evaluate => vec!["level"],
        _ => Vec::new(),
    }
}

/// Members that the body must have beside some values of another.
fn requires_when(action: Action, open: &Open) -> Vec<RequiredWhen> {
    let needed = match action {
        Action::Reject => vec![
            with_kind("referral", RejectionKind::needs_referral),
            with_kind("appealRoute", |kind| kind.needs_appeal_route(open.item.item.finish)),
        ],
        Action::Suspend => {
            let reasons = PauseReason::SPECIAL_PROCEDURES.map(|reason| reason.as_str().to_owned());
            vec![RequiredWhen { member: "expectedDays", when: "reason", is_one_of: reasons.into() }]
        }
        Action::Decide => vec![
            with_outcome(open, "reasons", |outcome| outcome.needs_reasons),
            with_outcome(open, "appealRoute", |outcome| outcome.needs_appeal_route),
        ],
        _ => Vec::new(),
    };
    needed.into_iter().filter(|needed| !needed.is_one_of.is_empty()).collect()
}

fn with_kind(member: &'static str, needs: impl Fn(RejectionKind) -> bool) -> RequiredWhen {
    let kinds = RejectionKind::ALL.iter().filter(|kind| needs(**kind));
    RequiredWhen { member, when: "kind", is_one_of: kinds.map(ToString::to_string).collect() }
}

fn with_outcome(open: &Open, member: &'static str, needs: fn(&Outcome) -> bool) -> RequiredWhen {
    let outcomes = open.item.item.outcomes.iter().filter(|outcome| needs(outcome));
    RequiredWhen { member, when: "outcome", is_one_of: outcomes.map(|o| o.code.to_string()).collect() }
}
