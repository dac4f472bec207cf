//! The timeline of a case 办件轨迹: its journal rows, as a viewer may see them. There is no second history table.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::audience::Audience;
use super::store::{self, Hidden, Row};
use super::view::{By, read, read_instant};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{CaseId, CustomerId, EventId};
use crate::store::Db;

/// As whom somebody follows a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The applicant: sees roles, never who of the staff; nothing that is among staff.
    Applicant {
        /// The reader's own name in the journal: account or client.
        you: String,
    },
    /// A system, or staff who are shown the case masked: nobody by name, and nothing that is among staff.
    Outsider,
    /// Staff of the department: everything but who looked.
    Staff,
    /// Whoever may read the whole journal: everything.
    Auditor,
}

/// One fact of a case.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineRow {
    /// Orders the rows of a case; has gaps, and a row may still appear in one.
    #[schema(minimum = 1)]
    pub sequence: i64,
    /// Its place in the journal's chain; null for some milliseconds, until it has one.
    #[schema(required, minimum = 1)]
    pub position: Option<i64>,
    /// Its id.
    pub id: EventId,
    /// What happened, such as `case.accepted`.
    #[schema(max_length = 100)]
    pub event: String,
    /// Who may see it.
    pub audience: Audience,
    /// Who stated it.
    pub by: By,
    /// The account or client; told to auditors, and to staff who are not shown the case masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub actor: Option<String>,
    /// For whom; told to the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on_behalf_of: Option<CustomerId>,
    /// Ids, enums, numbers and digests, for each `event` as the schema `Event` says; texts are read by their ids.
    #[schema(value_type = Object, extensions(("x-facts-of" = json!({ "$ref": "#/components/schemas/Event" }))))]
    pub facts: Value,
    /// When it counts.
    pub effective_at: Timestamp,
    /// When this system learned it.
    pub recorded_at: Timestamp,
}

/// At most `limit` rows of a case after a sequence number, in order. Whether the viewer may see the case at all is the
/// caller's to know. Every change of a case draws its sequence number while it holds the case, so that the order is the
/// order of the changes, before and after the ledger placed them. What changes no case (a note, an evaluation, a look, a
/// message) does not hold it and may become visible after a row with a higher number: `after` turns pages; who follows
/// takes the [`feed`](super::feed), which skips nothing.
///
/// # Errors
/// The database being away.
pub fn timeline(
    db: &mut impl Db,
    case: CaseId,
    viewer: &Viewer,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<TimelineRow>, Failure> {
    let hidden = match viewer {
        Viewer::Applicant { .. } | Viewer::Outsider => Hidden::Internal,
        Viewer::Staff => Hidden::Looks,
        Viewer::Auditor => Hidden::Nothing,
    };
    let rows = store::of_case(db, &case.to_string(), hidden, after.unwrap_or(0), limit)?;
    rows.into_iter().map(|row| shown(row, viewer)).collect()
}

fn shown(row: Row, viewer: &Viewer) -> Result<TimelineRow, Failure> {
    let kind = By::of(&row.actor);
    let (by, named) = match viewer {
        Viewer::Applicant { you } if *you == row.actor => (By::You, false),
        Viewer::Applicant { .. } => (if kind == By::Person { By::Department } else { By::System }, false),
        Viewer::Outsider => (kind, false),
        Viewer::Staff | Viewer::Auditor => (kind, true),
    };
    Ok(TimelineRow {
        sequence: row.seq,
        position: row.position,
        id: read(&row.id)?,
        audience: read(&row.audience)?,
        by,
        facts: row.facts(),
        actor: named.then_some(row.actor),
        on_behalf_of: row.on_behalf_of.filter(|_| named).map(|id| read(&id)).transpose()?,
        event: row.event,
        effective_at: read_instant(&row.effective_at)?,
        recorded_at: read_instant(&row.recorded_at)?,
    })
}
