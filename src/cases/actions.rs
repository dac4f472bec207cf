//! What this caller can do with a case now, read off the same table that the verbs obey.

use super::model::AvailableAction;
use super::open::{self, Open, is_correction, needs};
use super::workflow::{Action, Clocks, STEPS, Stage, Step};
use crate::access::Call;
use crate::catalogue::Finish;
use crate::ids::CaseId;

/// The steps open to the caller, with what each still requires. `evaluated`: whether this ending has its evaluation.
pub(super) fn available(call: &Call, open: &Open, evaluated: bool) -> Vec<AvailableAction> {
    let steps = STEPS.iter().filter(|s| s.from == open.row.stage);
    let steps = steps.filter(|s| permitted(call, s, open) && possible(s, open, evaluated));
    steps.map(|s| describe(s.action, open)).collect()
}

fn permitted(call: &Call, step: &Step, open: &Open) -> bool {
    open::permitted(call, needs(step, &open.item), &open.row).is_ok()
}

fn possible(step: &Step, open: &Open, evaluated: bool) -> bool {
    let clocks = match step.clocks {
        Clocks::Running => open.open_pause().is_none(),
        Clocks::Paused => open.open_pause().is_some(),
        Clocks::Any => true,
    };
    let item = &open.item.item;
    let running = |kind| open.clocks.iter().any(|c| c.kind == kind && c.stopped_at.is_none());
    clocks
        && match step.action {
            Action::RequestCorrection => !open.pauses.iter().any(is_correction),
            Action::Decide => item.finish.needs_outcome(),
            Action::Close if step.from == Stage::InProgress => item.finish == Finish::Closure,
            Action::Close | Action::Deliver => {
                running(super::model::ClockKind::Delivery) == (step.action == Action::Deliver)
            }
            Action::Extend => item.extension.is_some() && open.clocks.iter().all(|c| c.extension.is_none()),
            Action::Claim => open.row.assignee_id.is_none(),
            Action::Evaluate => open.row.number.is_some() && !evaluated,
            _ => true,
        }
}

fn describe(action: Action, open: &Open) -> AvailableAction {
    let (method, resource) = resource(action);
    AvailableAction { action, method, href: href(open.row.id, resource), requires: requires(action, open) }
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

fn requires(action: Action, open: &Open) -> Vec<&'static str> {
    match action {
        Action::Reject => vec!["kind", "reasons"],
        Action::RequestCorrection => vec!["notice"],
        Action::Supplement => vec!["materials or form"],
        Action::Assign => vec!["assignee"],
        Action::Suspend => vec!["reason"],
        Action::Extend => vec!["reasons"],
        Action::Decide if open.item.item.outcomes.iter().all(|o| o.needs_reasons) => vec!["outcome", "reasons"],
        Action::Decide => vec!["outcome"],
        Action::Deliver => vec!["method"],
        Action::Terminate => vec!["referral"],
        Action::Evaluate => vec!["level"],
        _ => Vec::new(),
    }
}
