//! The journal over HTTP: the feed for systems, the list for auditors, the checkpoint for whoever wants to keep one.

use actix_web::get;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::audit::{AuditFilter, AuditPage, audit};
use super::checkpoint::{self, Checkpoint};
use super::entry::Subjects;
use super::feed::{self, Feed, Reach};
use super::reasons::{self, StatedReason};
use crate::access::{Call, Looked, Permission, Place, Units};
use crate::error::{Code, Failure};
use crate::http::{Answer, Guard, Id, Query, Reply, need};
use crate::ids::TextId;
use crate::store::Reader;

/// All routes of the room.
pub fn routes(config: &mut ServiceConfig) {
    config.service(events).service(journal).service(reason).service(newest_checkpoint);
}

/// Where in the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Stretch {
    /// The `next` of the last answer; 0 is the beginning.
    #[serde(default)]
    #[param(minimum = 0, default = 0)]
    after: i64,
    /// How many facts at most.
    #[serde(default = "hundred")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: i64,
}

fn hundred() -> i64 {
    100
}

impl Stretch {
    fn check(&self) -> Result<(), Failure> {
        if self.after < 0 {
            return Err(Failure::field("after", "out_of_range", "give the `next` of the last answer, or 0"));
        }
        if !(1..=500).contains(&self.limit) {
            return Err(Failure::field("limit", "out_of_range", "give a number from 1 to 500"));
        }
        Ok(())
    }
}

/// Follow the events
///
/// Facts in their order, of the agencies that the caller follows. Keep `next` and ask again with it: nothing is left out.
#[utoipa::path(
    operation_id = "listEvents",
    tag = "journal",
    params(Stretch),
    responses((status = 200, description = "A stretch of the feed.", body = Feed)),
    extensions(("x-permission" = json!("event:read")))
)]
#[get("/events")]
async fn events(guard: Guard<need::EventRead>, Query(stretch): Query<Stretch>) -> Answer {
    stretch.check()?;
    let read = move |db: &mut Reader<'_>, call: &Call| feed::feed(db, &reach(call), stretch.after, stretch.limit);
    Reply::ok(guard.read(read).await?, None)
}

/// What the caller follows. A system's units hold its agency; an agency's id is that of its root department.
fn reach(call: &Call) -> Reach {
    let everything = |permission| call.actor.scope(permission).units == Units::All;
    match call.actor.scope(Permission::EventRead).units {
        Units::All if everything(Permission::JournalRead) => Reach::Journal,
        Units::All => Reach::AllAgencies,
        Units::Some(units) => Reach::Agencies(units),
    }
}

/// Search the journal
///
/// Every fact, newest first, with who stated it: for auditors. Each answer covers a bounded stretch; follow `next` until it is
/// null.
#[utoipa::path(
    operation_id = "listJournal",
    tag = "journal",
    params(AuditFilter),
    responses((status = 200, description = "A stretch of the journal.", body = AuditPage)),
    extensions(("x-permission" = json!("journal:read")))
)]
#[get("/journal")]
async fn journal(guard: Guard<need::JournalRead>, Query(filter): Query<AuditFilter>) -> Answer {
    filter.check()?;
    let subjects = Subjects { case: filter.case_id, ..Subjects::default() };
    let read = move |db: &mut Reader<'_>, call: &Call| {
        sees_all(call)?;
        Ok((audit(db, &filter)?, Looked::at(Place::Everywhere, subjects)))
    };
    Reply::ok(guard.read_recorded("journal.search", read).await?, None)
}

/// Read a reason
///
/// Why somebody used a right that asks for a reason: the facts `record.read` and `reason.stated` name it. For auditors; the
/// look itself is recorded.
#[utoipa::path(
    operation_id = "getReason",
    tag = "journal",
    params(("id" = TextId, Path, description = "The reason, as a fact names it (`reason.text`).")),
    responses((status = 200, description = "The reason.", body = StatedReason)),
    extensions(("x-permission" = json!("journal:read")))
)]
#[get("/journal/reasons/{id}")]
async fn reason(guard: Guard<need::JournalRead>, Id(id): Id<TextId>) -> Answer {
    let keys = guard.keys();
    let read = move |db: &mut Reader<'_>, call: &Call| {
        sees_all(call)?;
        let about = Subjects { other: Some(id.to_string()), ..Subjects::default() };
        Ok((reasons::stated(db, &keys, id)?, Looked::at(Place::Everywhere, about)))
    };
    Reply::ok(guard.read_recorded("journal.reason", read).await?, None)
}

/// The whole journal is read by whoever has it in reach, and by nobody else.
fn sees_all(call: &Call) -> Result<(), Failure> {
    if call.actor.scope(Permission::JournalRead).units == Units::All {
        return Ok(());
    }
    Err(Failure::refused(Code::OutOfReach))
}

/// Get the newest checkpoint
///
/// Where the journal's hash chain stood, signed. Whoever keeps it can prove later that nothing before it was changed or cut
/// off: `gcrm verify` takes kept checkpoints.
#[utoipa::path(
    operation_id = "getCheckpoint",
    tag = "journal",
    responses((status = 200, description = "The newest checkpoint.", body = Checkpoint)),
    extensions(("x-permission" = json!("journal:read")))
)]
#[get("/journal/checkpoint")]
async fn newest_checkpoint(guard: Guard<need::JournalRead>) -> Answer {
    let newest = guard.read(|db, _| checkpoint::newest(db)).await?;
    Reply::ok(newest.ok_or_else(Failure::not_found)?, None)
}
