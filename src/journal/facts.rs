//! Single facts of a case, for rooms that act on what was stated and not on what is so by now.

use super::event::Event;
use super::store;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{CaseId, EventId};
use crate::store::Db;

/// What a row of a case states; none when the case has no such row, or a newer version of this program wrote it.
///
/// # Errors
/// The database being away.
pub fn event_of(db: &mut impl Db, case: CaseId, id: EventId) -> Result<Option<Event>, Failure> {
    Ok(store::one_of_case(db, &case.to_string(), &id.to_string())?.and_then(|row| row.event()))
}

/// When this system learned the newest of these facts about a case, by their names; none when there is none.
///
/// # Errors
/// The database being away.
pub fn last_learned(db: &mut impl Db, case: CaseId, names: &[&str]) -> Result<Option<Timestamp>, Failure> {
    store::last_recorded(db, &case.to_string(), names)
}
