//! What follows a fact once it has its place in the journal.

use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{CaseId, DepartmentId, EventId};
use crate::store::Tx;

/// A journal row that was just given its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The row.
    pub id: EventId,
    /// Its position: gap-free, from 1.
    pub position: i64,
    /// The event's stable name, such as `case.decided`.
    pub event: String,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The agency whose staff and systems may follow it.
    pub agency_id: Option<DepartmentId>,
    /// When the system learned it.
    pub recorded_at: Timestamp,
}

/// Hands facts on: called by the ledger in the transaction that places them, so that nothing is handed on twice or never.
pub trait Fanout: Send + Sync {
    /// Inserts what follows from these rows.
    ///
    /// # Errors
    /// The database being away; then the rows keep waiting for their positions.
    fn fan_out(&self, tx: &mut Tx<'_>, placed: &[Placed]) -> Result<(), Failure>;
}
