//! What callers say about cases, and what they are shown.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::workflow::{Action, Stage};
use crate::calendar::{Light, PauseReason, Term, TimeLeft};
use crate::clock::Timestamp;
use crate::ids::{AccountId, CaseId, ClockId, CustomerId, DepartmentId, EvaluationId, PauseId, ServiceItemId, TextId};
use crate::localized::LocalizedText;
use crate::store::text_enum;

text_enum! {
    /// How much of the applicant is known 署名方式.
    pub enum Disclosure {
        /// A known customer.
        Named = "named",
        /// Known to whoever took the request, and not passed on 不公开: data taken over, protected whistle-blowers.
        NotDisclosed = "not_disclosed",
        /// Nobody knows 匿名; only where the item allows it.
        Anonymous = "anonymous",
    }
}

text_enum! {
    /// The way a request came in 渠道.
    pub enum Channel {
        /// The portal.
        Portal = "portal",
        /// A mobile app.
        Mobile = "mobile",
        /// A telephone call.
        Phone = "phone",
        /// An e-mail.
        Email = "email",
        /// A letter.
        Letter = "letter",
        /// At the counter.
        Counter = "counter",
        /// Reported by staff on the road.
        FieldStaff = "field_staff",
        /// A member's office.
        Office = "office",
        /// Another system.
        System = "system",
    }
}

text_enum! {
    /// Which clock 时限种类.
    pub enum ClockKind {
        /// Until the case must be accepted, refused or sent back 受理期限.
        Intake = "intake",
        /// The applicant's time to hand in what is missing 补正期限.
        Correction = "correction",
        /// What was promised 承诺办结时限.
        Promise = "promise",
        /// What the law says 法定办结时限.
        Statutory = "statutory",
        /// Until the result must be handed over 送达期限.
        Delivery = "delivery",
    }
}

text_enum! {
    /// Why a case is refused acceptance 不予受理 (Licensing Law art. 32; local hotline rules).
    pub enum RejectionKind {
        /// Another body is competent; it is named.
        NotCompetent = "not_competent",
        /// No permit is needed.
        NotNeeded = "not_needed",
        /// Another route is open (litigation, reconsideration, petition…); it is named.
        OutOfScope = "out_of_scope",
        /// The same request is being handled; its number is named.
        Duplicate = "duplicate",
    }
}

text_enum! {
    /// Whether a required material is there.
    pub enum MaterialState {
        /// Received.
        Received = "received",
        /// Missing.
        Missing = "missing",
    }
}

impl RejectionKind {
    /// Whether the competent body, the right route or the other case must be named.
    pub fn needs_referral(self) -> bool {
        self != Self::NotNeeded
    }
}

/// Where something is: WGS 84 and words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Location {
    /// Degrees north, −90 to 90.
    #[schema(minimum = -90, maximum = 90)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east, −180 to 180.
    #[schema(minimum = -180, maximum = 180)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// The address in words.
    #[schema(max_length = 300)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// District, ward, council district.
    #[schema(max_length = 100)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
}

/// Whether a new case is kept or handed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Keep it as a draft 草稿.
    Draft,
    /// Hand it in 提交.
    #[default]
    Submit,
}

/// A new case.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "jurisdiction": "cn-110101", "serviceItem": "food-business-licence", "intent": "submit",
    "form": {}, "materials": ["application_form"], "channel": "portal"
}))]
pub struct NewCase {
    /// The jurisdiction's code.
    #[schema(max_length = 64)]
    pub jurisdiction: String,
    /// The service item's code; its version in use is taken.
    #[schema(max_length = 64)]
    pub service_item: String,
    /// Keep as a draft, or hand in.
    #[serde(default)]
    pub intent: Intent,
    /// How much of the applicant is known; without it `named`, and `anonymous` where nobody is logged in. A caller
    /// without a customer record can only be anonymous.
    #[serde(default)]
    pub disclosure: Option<Disclosure>,
    /// The customer, where staff files for somebody by name; citizens file for the customer their account is linked to.
    #[serde(default)]
    pub customer: Option<CustomerId>,
    /// The answers, as the item's form (JSON Schema) wants them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: serde_json::Value,
    /// Codes of the materials handed in.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub materials: Vec<String>,
    /// The way it came in.
    #[serde(default = "portal")]
    pub channel: Channel,
    /// Where.
    #[serde(default)]
    pub location: Option<Location>,
    /// The system it comes from, where it is known there already; unique together with `externalRef`.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub source: Option<String>,
    /// Its number there.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub external_ref: Option<String>,
    /// Handled by another department than the item's, for data taken over (needs `case:backdate`).
    #[serde(default)]
    pub department: Option<DepartmentId>,
    /// When it was received, if earlier than now (needs `case:backdate`).
    #[serde(default)]
    pub effective_at: Option<Timestamp>,
}

impl NewCase {
    /// How much of the applicant is known.
    pub fn disclosure(&self) -> Disclosure {
        self.disclosure.unwrap_or(Disclosure::Named)
    }
}

fn portal() -> Channel {
    Channel::Portal
}

/// A change of a draft: JSON Merge Patch; an absent member stays, `materials` is replaced whole.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftPatch {
    /// Merged into the answers.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub form: Option<serde_json::Value>,
    /// Codes of the materials handed in.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub materials: Option<Vec<String>>,
    /// Where.
    #[serde(default)]
    pub location: Option<Location>,
}

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
    #[serde(default = "portal")]
    pub channel: Channel,
}

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
    /// A year was needed whose holidays are not known yet; the day may move.
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
    /// Who applies; none where nobody is named.
    pub customer: Option<CustomerId>,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether an ending of it was evaluated.
    pub evaluated: bool,
}

/// A case.
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
    /// The applicant as filed: name, masked identifier, masked contacts; null when anonymous.
    #[schema(value_type = Option<Object>)]
    pub applicant: Option<serde_json::Value>,
    /// The answers as filed.
    #[schema(value_type = Object)]
    pub form: serde_json::Value,
    /// The materials.
    pub materials: Vec<MaterialView>,
    /// The way it came in.
    pub channel: Channel,
    /// Where.
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
    /// Reasons, notices, referrals and notes this caller may read.
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
