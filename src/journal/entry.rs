//! One row of the journal, before it has a position.

use super::event::Event;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{AccountId, CaseId, ClientId, CustomerId, DepartmentId, EventId};
use crate::store::{Fact, FactRow};

/// Who stated a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The account, client, or `system`.
    pub actor: String,
    /// For whom, where it was for somebody else.
    pub on_behalf_of: Option<CustomerId>,
    /// The request it came with.
    pub request_id: Option<String>,
}

impl Author {
    /// The service itself: sweeper, ledger, deliveries, loading at start.
    pub fn system() -> Self {
        Self { actor: "system".to_owned(), on_behalf_of: None, request_id: None }
    }
}

/// What a fact is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// The case.
    pub case: Option<CaseId>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The agency whose systems may follow it.
    pub agency: Option<DepartmentId>,
    /// Anything else, by its prefixed id.
    pub other: Option<String>,
}

impl Subjects {
    /// About an account.
    pub fn account(id: AccountId) -> Self {
        Self { other: Some(id.to_string()), ..Self::default() }
    }
    /// About a client.
    pub fn client(id: ClientId) -> Self {
        Self { other: Some(id.to_string()), ..Self::default() }
    }
    /// About a customer.
    pub fn customer(id: CustomerId) -> Self {
        Self { customer: Some(id), ..Self::default() }
    }
}

/// A fact with who, what, and its two times.
#[derive(Clone, Debug)]
pub struct Entry {
    row: FactRow,
}

impl Entry {
    /// A fact that counts from `effective_at` (never chosen to hide when the system learned it: that is `recorded_at`).
    ///
    /// # Errors
    /// A fact that does not serialize: a defect.
    pub fn new(
        event: &Event,
        author: &Author,
        subjects: Subjects,
        effective_at: Timestamp,
        recorded_at: Timestamp,
    ) -> Result<Self, Failure> {
        let whole = serde_json::to_value(event).map_err(Failure::internal)?;
        let facts = whole.get("facts").map_or_else(|| "{}".to_owned(), ToString::to_string);
        let row = FactRow {
            id: EventId::new(),
            ordinal: 0,
            event: event.name(),
            audience: event.audience().code(),
            case_id: subjects.case,
            customer_id: subjects.customer,
            agency_id: subjects.agency,
            subject: subjects.other,
            actor: author.actor.clone(),
            on_behalf_of: author.on_behalf_of,
            facts,
            effective_at,
            recorded_at,
            request_id: author.request_id.clone(),
        };
        Ok(Self { row })
    }
}

impl Fact for Entry {
    fn row(self) -> FactRow {
        self.row
    }
}
