//! What the verbs are asked: the body of each step after the filing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Channel, RejectionKind};
use crate::calendar::{PauseReason, Term};
use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::store::text_enum;

/// A step that needs no more than being done.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Done {
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

/// A step that takes nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Refusing to accept 不予受理.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "kind": "not_competent", "referral": "District health commission", "reasons": "Issued by the health commission." }))]
pub struct Rejection {
    /// Which kind.
    pub kind: RejectionKind,
    /// The competent body, the right route, or (of a `duplicate`) the number of the other case, which the caller must be
    /// able to see; not needed for `not_needed`.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub referral: Option<String>,
    /// The reasons, told to the applicant.
    #[schema(min_length = 1, max_length = 4000)]
    pub reasons: String,
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

/// The one correction notice 补正通知: everything missing, told once.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "materials": ["premises_plan"], "notice": "The premises plan is missing." }))]
pub struct CorrectionNotice {
    /// Codes of the materials asked for; those recorded as missing are asked for in any case.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub materials: Vec<String>,
    /// What is missing or unclear, in words.
    #[schema(min_length = 1, max_length = 4000)]
    pub notice: String,
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

/// What the applicant hands in after a correction notice 补正.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "materials": ["premises_plan"] }))]
pub struct Supplement {
    /// Codes handed in now.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub materials: Vec<String>,
    /// Answers to be merged into the form.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: Option<serde_json::Value>,
    /// The way it came in; at the counter, staff records what the applicant brings.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

/// Giving the case to somebody 分派.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Assignment {
    /// A staff account of the department; null: back to the department.
    #[schema(required)]
    pub assignee: Option<AccountId>,
}

/// Stopping the clocks for a special procedure 中止 (Licensing Law art. 45).
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "reason": "expert_review", "expectedDays": 5, "firstPausedDay": "2026-03-02" }))]
pub struct Suspension {
    /// Which procedure.
    pub reason: PauseReason,
    /// The time it needs, in working days; told to the applicant (art. 45).
    #[schema(minimum = 0, maximum = 3650)]
    #[serde(default)]
    pub expected_days: Option<i64>,
    /// First paused local day; default today. An earlier day needs `case:backdate`.
    #[serde(default)]
    pub first_paused_day: Option<NaiveDate>,
}

/// Letting the clocks run again 恢复.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resumption {
    /// Last paused local day, from the day before the first one to today; default the day before today.
    #[serde(default)]
    pub last_paused_day: Option<NaiveDate>,
}

/// Extending the term 延期, once, by what the item allows.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extension {
    /// By how much: the item's extension or less, in the same unit; default all of it.
    #[serde(default)]
    pub by: Option<Term>,
    /// The reasons, told to the applicant.
    #[schema(min_length = 1, max_length = 4000)]
    pub reasons: String,
}

/// The decision, or the reply 决定/答复.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "outcome": "granted" }))]
pub struct Decision {
    /// One of the item's outcomes.
    #[schema(max_length = 64)]
    pub outcome: String,
    /// The reasons; required where the outcome says so (Licensing Law art. 38).
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub reasons: Option<String>,
    /// Where and until when the applicant may appeal 救济途径; required where the outcome says so.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub appeal_route: Option<String>,
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

text_enum! {
    /// How a result is handed over 送达方式.
    pub enum DeliveryMethod {
        /// In the portal, as an electronic document.
        Electronic = "electronic",
        /// At the counter.
        Counter = "counter",
        /// By express mail.
        Express = "express",
        /// By public notice.
        PublicNotice = "public_notice",
    }
}

/// Handing over the result 送达.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "method": "electronic" }))]
pub struct Handover {
    /// How.
    pub method: DeliveryMethod,
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

/// Ending without a decision and referring elsewhere 终止.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "referral": "Handled by the county; apply there." }))]
pub struct Termination {
    /// Where the applicant is referred to, and why.
    #[schema(min_length = 1, max_length = 4000)]
    pub referral: String,
    /// When it counted, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

text_enum! {
    /// Who reads a note.
    pub enum NoteAudience {
        /// The applicant and the staff.
        Participants = "participants",
        /// Staff only.
        Internal = "internal",
    }
}

/// A note 备注.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "audience": "participants", "text": "We have asked for the plan." }))]
pub struct NewNote {
    /// Who reads it.
    pub audience: NoteAudience,
    /// The words.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
}

/// An evaluation 好差评: one for each ending, by the applicant.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "level": 1, "comment": "Quick and friendly." }))]
pub struct NewEvaluation {
    /// 1 very satisfied 非常满意, 2 satisfied 满意, 3 mostly satisfied 基本满意, 4 dissatisfied 不满意, 5 very
    /// dissatisfied 非常不满意 (GB/T 39046 annex A: 1 is the best).
    #[schema(minimum = 1, maximum = 5)]
    pub level: i64,
    /// In words.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub comment: Option<String>,
    /// The way it came in.
    #[serde(default = "super::model::portal")]
    pub channel: Channel,
}
