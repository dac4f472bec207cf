//! The words of the cases room, and what is filed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::http::Merge;
use crate::ids::{CustomerId, DepartmentId};
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
    /// The system it comes from, where it is known there already; unique together with `externalRef` within an agency.
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

pub(super) fn portal() -> Channel {
    Channel::Portal
}

/// A change of a draft, by JSON Merge Patch: what is absent stays, null removes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "form": { "floorArea": 80 }, "location": { "district": null } }))]
pub struct DraftPatch {
    /// Merged into the answers; null removes all of them.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub form: Merge<serde_json::Value>,
    /// Codes of all materials handed in, in the place of those named before.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub materials: Merge<Vec<String>>,
    /// Merged into where it is; null removes all of it.
    #[serde(default)]
    #[schema(value_type = Option<LocationPatch>)]
    pub location: Merge<LocationPatch>,
}

/// Changes of where something is: what is absent stays, null removes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LocationPatch {
    /// Degrees north, −90 to 90.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = -90, maximum = 90)]
    pub latitude: Merge<f64>,
    /// Degrees east, −180 to 180.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = -180, maximum = 180)]
    pub longitude: Merge<f64>,
    /// The address in words.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 300)]
    pub address: Merge<String>,
    /// District, ward, council district.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub district: Merge<String>,
}
