//! What callers are shown of a case, and what messages say of it.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Channel, ClockKind, Disclosure, Location, MaterialState};
use super::workflow::{Action, Stage};
use crate::calendar::{Light, PauseReason, Term, TimeLeft};
use crate::clock::Timestamp;
use crate::ids::{AccountId, CaseId, ClockId, CustomerId, DepartmentId, EvaluationId, PauseId, ServiceItemId, TextId};
use crate::localized::LocalizedText;

/// A text as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextView {
    /// Its id.
    pub id: TextId,
    /// `reasons`, `notice`, `referral`, `note`, `appeal_route`, `comment`.
    pub kind: String,
    /// Who reads it.
    pub audience: crate::journal::Audience,
    /// The words; null once erased.
    pub text: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// An evaluation as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationView {
    /// Its id.
    pub id: EvaluationId,
    /// 1 (best) to 5.
    pub level: i64,
    /// 6 − level.
    pub stars: i64,
    /// When.
    pub created_at: Timestamp,
}

/// A clock as it is shown 时限.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// Its id.
    pub id: ClockId,
    /// Which.
    pub kind: ClockKind,
    /// The budget.
    pub budget: Term,
    /// The extension, if given.
    pub extension: Option<Term>,
    /// When it started.
    pub started_at: Timestamp,
    /// Last day of the term, in the jurisdiction's time zone; while the clock stands still, the earliest possible.
    pub due_on: NaiveDate,
    /// The instant from which it is overdue; while the clock stands still, the earliest possible.
    pub due_at: Timestamp,
    /// A year was needed whose holidays are not known yet: the day may move, and nothing is deemed accepted or withdrawn by
    /// it.
    pub provisional: bool,
    /// When it stopped; null while it runs.
    pub stopped_at: Option<Timestamp>,
    /// Whether the term was (or, while it runs, still is) kept; while it stands still, as it was when the pause began.
    pub kept: bool,
    /// Green, yellow or red, while it runs.
    pub light: Option<Light>,
    /// What is left, while it runs.
    pub left: Option<TimeLeft>,
}

/// A pause as it is shown 中止.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PauseView {
    /// Its id.
    pub id: PauseId,
    /// Which procedure.
    pub reason: PauseReason,
    /// First paused local day.
    pub first_paused_day: NaiveDate,
    /// Last paused local day; null while it is open.
    pub last_paused_day: Option<NaiveDate>,
    /// The time announced, in working days.
    pub expected_days: Option<i64>,
}

/// A material as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MaterialView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub names: Option<LocalizedText>,
    /// Received or missing.
    pub state: MaterialState,
}

/// What this caller can do now, and what it still requires.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "action": "decide", "method": "POST", "href": "/api/v1/cases/case_069hhmn5mxzkb9g3d0qk2v7r8c/decision",
    "requires": ["outcome"],
    "requiresWhen": [
        { "member": "reasons", "when": "outcome", "isOneOf": ["refused"] },
        { "member": "appealRoute", "when": "outcome", "isOneOf": ["refused"] }
    ]
}))]
pub struct AvailableAction {
    /// The action.
    pub action: Action,
    /// Method and path of its resource.
    pub method: &'static str,
    /// Path of its resource, relative to the server.
    pub href: String,
    /// Members its body must have, whatever else it says.
    pub requires: Vec<&'static str>,
    /// Members its body must have, too, beside some values of others.
    pub requires_when: Vec<RequiredWhen>,
}

/// A member that a body must have when another member has one of some values.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "member": "referral", "when": "kind", "isOneOf": ["not_competent", "out_of_scope", "duplicate"]
}))]
pub struct RequiredWhen {
    /// The member that is required.
    pub member: &'static str,
    /// The other member.
    pub when: &'static str,
    /// The values of that other member.
    pub is_one_of: Vec<String>,
}

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseSummary {
    /// Its id.
    pub id: CaseId,
    /// Its number; null for a draft.
    pub number: Option<String>,
    /// Its version.
    pub version: i64,
    /// Its stage.
    pub stage: Stage,
    /// The clocks stand still.
    pub suspended: bool,
    /// The code of the service item.
    pub service_item: String,
    /// The item's name.
    pub service_item_names: Option<LocalizedText>,
    /// The jurisdiction.
    pub jurisdiction: String,
    /// The department.
    pub department: DepartmentId,
    /// Who works on it (staff only).
    pub assignee: Option<AccountId>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When the nearest running clock is due; null when none runs, or each stands still in an open pause.
    pub due_at: Option<Timestamp>,
    /// Whether that is over.
    pub overdue: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What a message about a case says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseBrief {
    /// Its number; none for a draft.
    pub number: Option<String>,
    /// Its service item.
    pub item: ServiceItemId,
    /// The department that handles it.
    pub department: DepartmentId,
    /// Who applies; none where nobody is named, and of what was never handed in: that is its author's alone.
    pub customer: Option<CustomerId>,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether an ending of it was evaluated.
    pub evaluated: bool,
}

/// A case. Who reads it masked (the hotline, audit) is not shown who applies nor what would tell it: each member says so.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// The item version it was submitted under.
    pub service_item_id: ServiceItemId,
    /// How much of the applicant is known.
    pub disclosure: Disclosure,
    /// The applicant's record; null when unknown, or not for this caller.
    pub customer: Option<CustomerId>,
    /// The applicant as filed: name, masked identifiers, masked contacts; null when nobody is named. Unless it is one's own,
    /// a person's name is masked: to masked readers, who are not told the record's id either; and to systems and whoever
    /// drafts for others, if they see it masked in the customer's record.
    #[schema(value_type = Option<Object>)]
    pub applicant: Option<serde_json::Value>,
    /// The answers as filed; null to masked readers.
    #[schema(value_type = Object)]
    pub form: serde_json::Value,
    /// The materials.
    pub materials: Vec<MaterialView>,
    /// The way it came in.
    pub channel: Channel,
    /// Where; of a named applicant's case, masked readers are told the district alone.
    pub location: Location,
    /// The system it comes from.
    pub source: String,
    /// Its number there.
    pub external_ref: Option<String>,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// The outcome's code.
    pub outcome: Option<String>,
    /// Whether the promise was kept, once that is known.
    pub on_time: Option<bool>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// Its pauses.
    pub pauses: Vec<PauseView>,
    /// Reasons, notices, referrals and notes this caller may read, in the order they were written; of the notes, the newest
    /// 500. Internal notes are for the department's staff and for audit. Masked readers see what the agency told the
    /// applicant and what they wrote themselves, no other notes or comments; audit sees all.
    pub texts: Vec<TextView>,
    /// The evaluations.
    pub evaluations: Vec<EvaluationView>,
    /// What this caller can do now.
    pub available_actions: Vec<AvailableAction>,
}

/// The receipt 回执 of an anonymous request.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The case's number.
    pub number: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// When the nearest clock is due.
    pub due_at: Option<Timestamp>,
}
