//! What feed, timeline and audit show of a row.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::audience::Audience;
use super::store::Row;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{CaseId, CustomerId, DepartmentId, EventId};
use crate::store::{StoredInstant, text_enum};

text_enum! {
    /// Who stated a fact, as far as the reader may know.
    pub enum By {
        /// The reader.
        You = "you",
        /// The department that handles the case (to the applicant: whoever there).
        Department = "department",
        /// A person: an applicant, or somebody of the staff.
        Person = "person",
        /// A connected system.
        Client = "client",
        /// The service itself: clocks, deemed decisions.
        System = "system",
    }
}

impl By {
    /// The kind of an actor as the journal names it.
    pub(super) fn of(actor: &str) -> Self {
        match actor.split_once('_') {
            Some(("acct", _)) => Self::Person,
            Some(("client", _)) => Self::Client,
            _ => Self::System,
        }
    }
}

/// What a fact is about. Absent parts are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The case.
    #[schema(required)]
    pub case_id: Option<CaseId>,
    /// The customer.
    #[schema(required)]
    pub customer_id: Option<CustomerId>,
    /// The agency.
    #[schema(required)]
    pub agency_id: Option<DepartmentId>,
    /// Anything else, by its prefixed id.
    #[schema(required, max_length = 200)]
    pub other: Option<String>,
}

/// A stored text as the type it must be.
pub(super) fn read<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| unreadable())
}

pub(super) fn read_instant(stored: &StoredInstant) -> Result<Timestamp, Failure> {
    stored.instant().ok_or_else(unreadable)
}

fn unreadable() -> Failure {
    Failure::internal("a journal row does not read; run gcrm verify")
}

fn read_some<T: std::str::FromStr>(text: Option<&String>) -> Result<Option<T>, Failure> {
    text.map(|text| read(text)).transpose()
}

impl About {
    pub(super) fn of(row: &Row) -> Result<Self, Failure> {
        Ok(Self {
            case_id: read_some(row.case_id.as_ref())?,
            customer_id: read_some(row.customer_id.as_ref())?,
            agency_id: read_some(row.agency_id.as_ref())?,
            other: row.subject.clone(),
        })
    }
}

/// A row with who, whom for and by which request: what an auditor sees.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Its place in the journal, from 1, without gaps.
    #[schema(minimum = 1)]
    pub position: i64,
    /// Its id.
    pub id: EventId,
    /// What happened, such as `case.accepted`.
    #[schema(max_length = 100)]
    pub event: String,
    /// Who else may see it.
    pub audience: Audience,
    /// What it is about.
    pub subjects: About,
    /// The account, the client, or `system`.
    #[schema(max_length = 100)]
    pub actor: String,
    /// For whom.
    #[schema(required)]
    pub on_behalf_of: Option<CustomerId>,
    /// Ids, enums, numbers and digests, for each `event` as the schema `Event` says.
    #[schema(value_type = Object, extensions(("x-facts-of" = json!({ "$ref": "#/components/schemas/Event" }))))]
    pub facts: Value,
    /// When it counts.
    pub effective_at: Timestamp,
    /// When this system learned it.
    pub recorded_at: Timestamp,
    /// The request it came with: its id; where the caller chose that, a keyed digest of it.
    #[schema(required, max_length = 100)]
    pub request_id: Option<String>,
    /// The row's hash in the chain.
    #[schema(max_length = 64, pattern = "^[0-9a-f]{64}$")]
    pub hash: String,
}

impl AuditRow {
    pub(super) fn of(row: Row) -> Result<Self, Failure> {
        Ok(Self {
            position: row.position.unwrap_or_default(),
            id: read(&row.id)?,
            audience: read(&row.audience)?,
            subjects: About::of(&row)?,
            on_behalf_of: read_some(row.on_behalf_of.as_ref())?,
            facts: row.facts(),
            event: row.event,
            actor: row.actor,
            effective_at: read_instant(&row.effective_at)?,
            recorded_at: read_instant(&row.recorded_at)?,
            request_id: row.request_id,
            hash: row.hash.unwrap_or_default(),
        })
    }
}
