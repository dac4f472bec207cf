//! The facts of a transaction. Their order is the order of their ordinals: rows over arrays draw the in-database sequence
//! one by one on PostgreSQL, while single-row inserts in CTEs would run in reverse.

use diesel::prelude::*;

use super::bulk::bulk_row;
use super::schema::journal;
use crate::clock::Timestamp;
use crate::ids::{CaseId, CustomerId, DepartmentId, EventId};

/// One row of the journal before it is written. Rooms make it through the journal's `Entry`.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = journal, treat_none_as_default_value = false)]
pub struct FactRow {
    /// The row's id.
    pub id: EventId,
    /// Which fact of its transaction (from 0); set by the transaction.
    pub ordinal: i32,
    /// The event's stable name.
    pub event: &'static str,
    /// The audience's code.
    pub audience: &'static str,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The customer it is about.
    pub customer_id: Option<CustomerId>,
    /// The agency whose systems may follow it.
    pub agency_id: Option<DepartmentId>,
    /// Anything else it is about, by its prefixed id.
    pub subject: Option<String>,
    /// Who stated it.
    pub actor: String,
    /// For whom.
    pub on_behalf_of: Option<CustomerId>,
    /// Ids, enums, numbers and digests, as a JSON object.
    pub facts: String,
    /// When it counts.
    pub effective_at: Timestamp,
    /// When this system learned it.
    pub recorded_at: Timestamp,
    /// The request it came with.
    pub request_id: Option<String>,
}

/// A fact to be written to the journal; implemented by the journal's entry alone.
pub trait Fact {
    /// The row; its ordinal is set by the transaction.
    fn row(self) -> FactRow;
}

bulk_row!(FactRow: journal (
    id,
    ordinal,
    event,
    audience,
    case_id,
    customer_id,
    agency_id,
    subject,
    actor,
    on_behalf_of,
    facts,
    effective_at,
    recorded_at,
    request_id
));
