//! What an item decides about the life of its cases: how its clocks start and lapse, who decides, how a case ends.
//!
//! These are data of the item, because the law differs from item to item (counting decisions 6 to 8 of the design).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of request an item answers 事项类别.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A licence, registration or confirmation 行政许可、登记、确认.
    Permit,
    /// A question 咨询.
    Enquiry,
    /// A request for help 求助.
    Help,
    /// A complaint 投诉.
    Complaint,
    /// A report of somebody's breach of the rules 举报.
    Report,
    /// A suggestion 建议.
    Suggestion,
    /// An application for open information 政府信息公开申请.
    InformationRequest,
    /// A petition 信访.
    Petition,
    /// A payment or benefit 行政给付.
    Benefit,
}

/// Whom an item is for 服务对象, by the four kinds of customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Natural persons 自然人.
    Individual,
    /// Enterprises 企业.
    Enterprise,
    /// Non-profit organisations 非营利组织: social organisations and public institutions.
    NonProfit,
    /// Agencies themselves 行政机关.
    Agency,
}

/// The event from which the main clocks count. Its local date is day 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockStart {
    /// Receipt 收到: information requests (Regulation 711 art. 31, 33).
    Receipt,
    /// Acceptance 受理: licences (Licensing Law art. 42), petitions.
    Acceptance,
    /// Dispatch to the handling department 派单: hotline work orders.
    Dispatch,
}

/// What happens when the intake clock ends without acceptance, refusal or correction notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntakeLapse {
    /// Deemed accepted 视为受理 on the date of receipt (Licensing Law art. 32(4)).
    DeemedAccepted,
    /// The case is overdue, nothing else.
    Overdue,
}

/// What happens when the applicant's correction clock ends without a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionLapse {
    /// Deemed withdrawn 视为撤回; for an information request, treated as abandoned 视为放弃 (Regulation 711 art. 30).
    DeemedWithdrawn,
    /// The correction is overdue, nothing else.
    Overdue,
}

/// What the intake clock does once the correction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterCorrection {
    /// It continues where it stopped.
    Resume,
    /// A new one begins with the corrected application (Regulation 711 art. 30).
    Restart,
}

/// Who may decide 决定人.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The officer who handles the case 承办人.
    Officer,
    /// A supervisor 审批人, who may be the one that handled the case.
    Supervisor,
}

/// How a case of this item ends 办结方式.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// With a formal decision 决定: reasons and a way of appeal where it is a refusal, and delivery 送达 within the
    /// delivery term where the item has one.
    Decision,
    /// With a reply to the applicant 答复 (hotline work orders): recorded as a decision is, with one of the item's
    /// outcomes, but not formal: nothing to deliver, nothing to appeal against.
    Reply,
    /// When the work is done 处理完毕: may be closed straight from being in progress, no decision and no reply needed;
    /// naming an outcome is possible.
    Closure,
}

impl Finish {
    /// Whether the case ends with a formal decision.
    #[must_use]
    pub const fn is_formal(self) -> bool {
        matches!(self, Self::Decision)
    }

    /// Whether a decision or a reply, with one of the item's outcomes, must be recorded before the case is closed.
    #[must_use]
    pub const fn needs_outcome(self) -> bool {
        matches!(self, Self::Decision | Self::Reply)
    }
}

/// What an outcome means for the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeEffect {
    /// The applicant gets what was asked for 准予.
    Favourable,
    /// The applicant does not get it 不予: reasons are owed (Licensing Law art. 38).
    Unfavourable,
    /// Neither: nothing was there to give, or another body has it.
    Neutral,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_decision_is_formal_and_only_a_closure_needs_no_outcome() {
        assert!(Finish::Decision.is_formal() && Finish::Decision.needs_outcome());
        assert!(!Finish::Reply.is_formal() && Finish::Reply.needs_outcome());
        assert!(!Finish::Closure.is_formal() && !Finish::Closure.needs_outcome());
    }

    #[test]
    fn names_on_the_wire_are_snake_case() {
        assert_eq!(serde_json::to_value(ItemKind::InformationRequest).unwrap(), "information_request");
        assert_eq!(serde_json::to_value(IntakeLapse::DeemedAccepted).unwrap(), "deemed_accepted");
        assert_eq!(serde_json::to_value(Audience::NonProfit).unwrap(), "non_profit");
    }
}
