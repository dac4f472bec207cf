//! The event feed 事件流: what connected systems follow. At-least-once by construction: a system that keeps the last `next`
//! and asks again misses nothing, since positions become visible in their order and without gaps.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::audience::Audience;
use super::store::{self, Row};
use super::view::{About, By, read, read_instant};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{DepartmentId, EventId};
use crate::store::Db;

/// What a follower may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything, also what is among staff: for whoever may read the whole journal.
    Journal,
    /// What is public or for participants, of all agencies; and public facts of no agency.
    AllAgencies,
    /// What is public or for participants, of these agencies; and public facts of no agency.
    Agencies(Vec<DepartmentId>),
}

/// One fact for a connected system. Facts carry ids; the system reads the rest with its own rights.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedItem {
    /// Its place in the order, from 1. A system sees some positions only; their order is the order of the facts.
    #[schema(minimum = 1)]
    pub position: i64,
    /// Its id: the same whenever it is told again.
    pub id: EventId,
    /// What happened, such as `case.accepted`.
    #[schema(max_length = 100)]
    pub event: String,
    /// Who may see it.
    pub audience: Audience,
    /// What it is about.
    pub subjects: About,
    /// What kind of actor stated it.
    pub by: By,
    /// Ids, enums, numbers and digests, for each `event` as the schema `Event` says.
    #[schema(value_type = Object, extensions(("x-facts-of" = json!({ "$ref": "#/components/schemas/Event" }))))]
    pub facts: Value,
    /// When it counts.
    pub effective_at: Timestamp,
    /// When this system learned it.
    pub recorded_at: Timestamp,
}

/// A stretch of the feed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feed {
    /// Facts in order.
    #[schema(max_items = 500)]
    pub items: Vec<FeedItem>,
    /// Ask with this as `after`: everything up to here was told, or is not for you.
    #[schema(minimum = 0)]
    pub next: i64,
}

/// At most `limit` facts after a position.
///
/// # Errors
/// The database being away.
pub fn feed(db: &mut impl Db, reach: &Reach, after: i64, limit: i64) -> Result<Feed, Failure> {
    // Read first: all rows up to it are visible to the next query.
    let head = store::head(db)?.map_or(0, |head| head.position);
    let agencies: Option<Vec<String>> = match reach {
        Reach::Agencies(agencies) => Some(agencies.iter().map(ToString::to_string).collect()),
        Reach::Journal | Reach::AllAgencies => None,
    };
    let rows = store::followed(db, after, agencies.as_deref(), *reach != Reach::Journal, limit)?;
    let full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
    let last = rows.last().and_then(|row| row.position).unwrap_or(after);
    let items = rows.into_iter().map(item).collect::<Result<_, _>>()?;
    // Not full: nothing for this reader was left out up to the head, so that a rare reader need not walk there again.
    Ok(Feed { items, next: if full { last } else { last.max(head).max(after) } })
}

fn item(row: Row) -> Result<FeedItem, Failure> {
    Ok(FeedItem {
        position: row.position.unwrap_or_default(),
        id: read(&row.id)?,
        audience: read(&row.audience)?,
        subjects: About::of(&row)?,
        by: By::of(&row.actor),
        facts: row.facts(),
        event: row.event,
        effective_at: read_instant(&row.effective_at)?,
        recorded_at: read_instant(&row.recorded_at)?,
    })
}
