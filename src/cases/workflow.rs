//! The one life cycle 办件流程 of every case, as a table: what may be done in which stage, who may, what it does to the
//! clocks. Pure: the same table answers `availableActions`, draws the diagram of the docs and is tested over all stages,
//! actions and roles.

use crate::access::Permission;
use crate::store::text_enum;

text_enum! {
    /// Stage 阶段 of a case. Suspended and overdue are no stages: they are read off the clocks.
    pub enum Stage {
        /// Draft 草稿: only its author sees it.
        Draft = "draft",
        /// Submitted 已提交: received, not yet accepted.
        Submitted = "submitted",
        /// Correction 待补正: the applicant was told, once, everything that is missing.
        Correction = "correction",
        /// In progress 办理中: accepted.
        InProgress = "in_progress",
        /// Decided 已决定: delivery or closing is left.
        Decided = "decided",
        /// Closed 办结.
        Closed = "closed",
        /// Refused acceptance 不予受理.
        Rejected = "rejected",
        /// Withdrawn 撤回.
        Withdrawn = "withdrawn",
        /// Terminated 终止, with a referral.
        Terminated = "terminated",
        /// Merged 合并 into another case.
        Merged = "merged",
    }
}

impl Stage {
    /// Whether the case is over: it can be evaluated, and nothing else.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Closed | Self::Rejected | Self::Withdrawn | Self::Terminated | Self::Merged)
    }
}

text_enum! {
    /// What can be done with a case 动作; each is a resource of its own in the API.
    pub enum Action {
        /// Submit a draft.
        Submit = "submit",
        /// Accept 受理.
        Accept = "accept",
        /// Refuse to accept 不予受理, by kind.
        Reject = "reject",
        /// Ask once for everything that is missing 一次性告知.
        RequestCorrection = "request_correction",
        /// Hand in what was missing 补正.
        Supplement = "supplement",
        /// Take the case 领取.
        Claim = "claim",
        /// Give the case to somebody 分派.
        Assign = "assign",
        /// Stop the clocks for a special procedure 中止.
        Suspend = "suspend",
        /// Let the clocks run again 恢复.
        Resume = "resume",
        /// Extend the term, once 延期.
        Extend = "extend",
        /// Decide, or reply 决定/答复.
        Decide = "decide",
        /// Hand over the result 送达.
        Deliver = "deliver",
        /// Close 办结.
        Close = "close",
        /// Take it back 撤回.
        Withdraw = "withdraw",
        /// End without a decision and refer elsewhere 终止.
        Terminate = "terminate",
        /// Evaluate an ending 评价.
        Evaluate = "evaluate",
    }
}

/// Whether the clocks of the case must be running, standing still, or either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// The case must not be suspended.
    Running,
    /// The case must be suspended.
    Paused,
    /// Either.
    Any,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The stage before.
    pub from: Stage,
    /// What is done.
    pub action: Action,
    /// The stage after.
    pub to: Stage,
    /// Who may.
    pub needs: Permission,
    /// What the clocks must be doing.
    pub clocks: Clocks,
}

const fn step(from: Stage, action: Action, to: Stage, needs: Permission, clocks: Clocks) -> Step {
    Step { from, action, to, needs, clocks }
}

/// The life cycle.
pub const STEPS: &[Step] = {
    use Action as A;
    use Clocks::{Any, Paused, Running};
    use Permission as P;
    use Stage as S;
    &[
        step(S::Draft, A::Submit, S::Submitted, P::CaseCreate, Any),
        step(S::Draft, A::Withdraw, S::Withdrawn, P::CaseWithdraw, Any),
        step(S::Submitted, A::Accept, S::InProgress, P::CaseAccept, Any),
        step(S::Submitted, A::Reject, S::Rejected, P::CaseAccept, Any),
        step(S::Submitted, A::RequestCorrection, S::Correction, P::CaseAccept, Any),
        step(S::Submitted, A::Claim, S::Submitted, P::CaseClaim, Any),
        step(S::Submitted, A::Assign, S::Submitted, P::CaseAssign, Any),
        step(S::Submitted, A::Withdraw, S::Withdrawn, P::CaseWithdraw, Any),
        step(S::Submitted, A::Terminate, S::Terminated, P::CaseTerminate, Any),
        step(S::Correction, A::Supplement, S::Submitted, P::CaseSupplement, Any),
        step(S::Correction, A::Assign, S::Correction, P::CaseAssign, Any),
        step(S::Correction, A::Withdraw, S::Withdrawn, P::CaseWithdraw, Any),
        step(S::Correction, A::Terminate, S::Terminated, P::CaseTerminate, Any),
        step(S::InProgress, A::Claim, S::InProgress, P::CaseClaim, Any),
        step(S::InProgress, A::Assign, S::InProgress, P::CaseAssign, Any),
        step(S::InProgress, A::Suspend, S::InProgress, P::CaseSuspend, Running),
        step(S::InProgress, A::Resume, S::InProgress, P::CaseSuspend, Paused),
        step(S::InProgress, A::Extend, S::InProgress, P::CaseExtend, Any),
        step(S::InProgress, A::Decide, S::Decided, P::CaseDecide, Running),
        step(S::InProgress, A::Close, S::Closed, P::CaseClose, Running),
        step(S::InProgress, A::Withdraw, S::Withdrawn, P::CaseWithdraw, Any),
        step(S::InProgress, A::Terminate, S::Terminated, P::CaseTerminate, Any),
        step(S::Decided, A::Deliver, S::Decided, P::CaseDeliver, Any),
        step(S::Decided, A::Close, S::Closed, P::CaseClose, Any),
        step(S::Closed, A::Evaluate, S::Closed, P::CaseEvaluate, Any),
        step(S::Rejected, A::Evaluate, S::Rejected, P::CaseEvaluate, Any),
        step(S::Withdrawn, A::Evaluate, S::Withdrawn, P::CaseEvaluate, Any),
        step(S::Terminated, A::Evaluate, S::Terminated, P::CaseEvaluate, Any),
    ]
};

/// The step that `action` is in `stage`; none: not possible there.
pub fn next(stage: Stage, action: Action) -> Option<&'static Step> {
    STEPS.iter().find(|s| s.from == stage && s.action == action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_action_means_one_thing_in_each_stage() {
        let pairs: BTreeSet<_> = STEPS.iter().map(|s| (s.from, s.action)).collect();
        assert_eq!(pairs.len(), STEPS.len());
    }

    #[test]
    fn an_ended_case_can_only_be_evaluated() {
        for step in STEPS.iter().filter(|s| s.from.is_end()) {
            assert_eq!((step.action, step.to), (Action::Evaluate, step.from));
        }
    }

    #[test]
    fn every_stage_but_merged_is_reached_and_every_action_is_possible_somewhere() {
        let reached: BTreeSet<_> = STEPS.iter().map(|s| s.to).chain([Stage::Draft]).collect();
        let unreached: Vec<_> = Stage::ALL.iter().filter(|s| !reached.contains(s)).collect();
        assert_eq!(unreached, [&Stage::Merged], "merging comes with an issue of its own");
        assert!(Action::ALL.iter().all(|a| STEPS.iter().any(|s| s.action == *a)));
    }

    #[test]
    fn every_stage_that_is_no_end_leads_to_one() {
        let mut ending: BTreeSet<_> = Stage::ALL.iter().copied().filter(|s| s.is_end()).collect();
        for _ in Stage::ALL {
            let more: Vec<_> = STEPS.iter().filter(|s| ending.contains(&s.to)).map(|s| s.from).collect();
            ending.extend(more);
        }
        assert!(Stage::ALL.iter().all(|s| ending.contains(s)));
    }

    #[test]
    fn a_suspended_case_is_neither_decided_nor_closed() {
        for action in [Action::Decide, Action::Close, Action::Suspend] {
            assert_eq!(next(Stage::InProgress, action).map(|s| s.clocks), Some(Clocks::Running));
        }
    }
}
