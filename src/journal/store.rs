//! The journal's own SQL, and the form of a row that is hashed.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use diesel::prelude::*;

use super::audience::Audience;
use super::event::Event;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::TextId;
use crate::store::schema::{checkpoints, journal, journal_head, reasons};
use crate::store::{AnyConnection, Db, PlacedRow, StoredInstant, Tx, place_journal_rows};

/// A row of the journal as the database has it, every column, unread: also what cannot be true must be readable here.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub(super) struct Row {
    pub seq: i64,
    pub id: String,
    pub ordinal: i32,
    pub event: String,
    pub audience: String,
    pub case_id: Option<String>,
    pub customer_id: Option<String>,
    pub agency_id: Option<String>,
    pub subject: Option<String>,
    pub actor: String,
    pub on_behalf_of: Option<String>,
    pub facts: String,
    pub effective_at: StoredInstant,
    pub recorded_at: StoredInstant,
    pub request_id: Option<String>,
    pub position: Option<i64>,
    pub hash: Option<String>,
}

impl Row {
    /// The canonical row at a position: a JSON array without spaces of `position, seq, id, ordinal, event, audience,
    /// case_id, customer_id, agency_id, subject, actor, on_behalf_of, facts, effective_at, recorded_at, request_id`.
    /// Numbers are decimal, absent values `null`, texts escape only `"`, `\` and control characters (RFC 8259, UTF-8
    /// otherwise), `facts` is its text as stored, instants are RFC 3339 in UTC with six decimals and `Z` (what is none is
    /// told as it is).
    pub fn canonical(&self, position: i64) -> Result<String, Failure> {
        let row = (
            position,
            self.seq,
            &self.id,
            self.ordinal,
            &self.event,
            &self.audience,
            &self.case_id,
            &self.customer_id,
            &self.agency_id,
            &self.subject,
            &self.actor,
            &self.on_behalf_of,
            &self.facts,
            &self.effective_at,
            &self.recorded_at,
            &self.request_id,
        );
        serde_json::to_string(&row).map_err(Failure::internal)
    }

    /// What happened; none when a newer version of this program wrote it.
    pub fn event(&self) -> Option<Event> {
        serde_json::from_value(serde_json::json!({ "event": self.event, "facts": self.facts() })).ok()
    }

    /// The facts as JSON; null when they are none.
    pub fn facts(&self) -> serde_json::Value {
        serde_json::from_str(&self.facts).unwrap_or_default()
    }

    /// The row's hash at a position after a row with the hash `previous`: SHA-256 over the previous hash (64 lower-case
    /// hexadecimal digits; nothing before the first row) and the canonical row, in the same notation.
    pub fn hash_after(&self, previous: &str, position: i64) -> Result<String, Failure> {
        let mut context = Context::new(&SHA256);
        context.update(previous.as_bytes());
        context.update(self.canonical(position)?.as_bytes());
        Ok(HEXLOWER.encode(context.finish().as_ref()))
    }
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub(super) struct Head {
    pub position: i64,
    pub hash: String,
}

/// What [`lock_head`] found.
pub(super) enum Lock {
    /// Ours until the end of the transaction.
    Held(Head),
    /// Another worker is at it.
    Elsewhere,
}

/// Takes the one head row; whoever holds it makes the order.
pub(super) fn lock_head(conn: &mut AnyConnection) -> Result<Lock, Failure> {
    let row = journal_head::table.select((journal_head::position, journal_head::hash));
    match conn {
        // SQLite's writer is alone.
        AnyConnection::Sqlite(conn) => Ok(Lock::Held(row.first(conn)?)),
        AnyConnection::Postgres(conn) => {
            let head = row.for_update().skip_locked().first(conn).optional()?;
            Ok(head.map_or(Lock::Elsewhere, Lock::Held))
        }
    }
}

pub(super) fn head(db: &mut impl Db) -> Result<Option<Head>, Failure> {
    let row = journal_head::table.select((journal_head::position, journal_head::hash));
    Ok(row.first(db.conn()?).optional()?)
}

/// Rows without a position, in the order of the sequence.
pub(super) fn unplaced(conn: &mut AnyConnection, limit: i64) -> Result<Vec<Row>, Failure> {
    let rows = journal::table.filter(journal::position.is_null()).order(journal::seq).limit(limit);
    Ok(rows.load(conn)?)
}

pub(super) fn any_unplaced(db: &mut impl Db) -> Result<bool, Failure> {
    let first = journal::table.filter(journal::position.is_null()).order(journal::seq).select(journal::seq);
    Ok(first.first::<i64>(db.conn()?).optional()?.is_some())
}

/// How many rows have no position, when the first of them was recorded, and whether one of them has a hash all the same.
pub(super) fn waiting(db: &mut impl Db) -> Result<(i64, Option<Timestamp>, Option<Row>), Failure> {
    let waiting = || journal::table.filter(journal::position.is_null());
    let conn = db.conn()?;
    let count = waiting().count().get_result(conn)?;
    let oldest = waiting().order(journal::seq).select(journal::recorded_at).first(conn).optional()?;
    let hashed = waiting().filter(journal::hash.is_not_null()).order(journal::seq).first(conn).optional()?;
    Ok((count, oldest, hashed))
}

/// Gives rows their positions and moves the head from `old` to `new`.
pub(super) fn place(tx: &mut Tx<'_>, rows: &[PlacedRow], old: &Head, new: &Head) -> Result<(), Failure> {
    let conn = tx.conn()?;
    let placed = place_journal_rows(conn, rows)?;
    let moved = diesel::update(journal_head::table.filter(journal_head::position.eq(old.position)))
        .set((journal_head::position.eq(new.position), journal_head::hash.eq(&new.hash)))
        .execute(conn)?;
    if placed != rows.len() || moved != 1 {
        return Err(Failure::internal(format!("placed {placed} of {} journal rows, moved {moved} heads", rows.len())));
    }
    Ok(())
}

/// Placed rows after a position, in order.
pub(super) fn placed_after(db: &mut impl Db, after: i64, limit: i64) -> Result<Vec<Row>, Failure> {
    let rows = journal::table.filter(journal::position.gt(after)).order(journal::position).limit(limit);
    Ok(rows.load(db.conn()?)?)
}

/// Whether anything was ever stated in this database.
///
/// # Errors
/// The database being away.
pub fn has_rows(db: &mut impl Db) -> Result<bool, Failure> {
    Ok(journal::table.select(journal::seq).limit(1).first::<i64>(db.conn()?).optional()?.is_some())
}

/// A placed row below the first position, which is 1.
pub(super) fn below_first(db: &mut impl Db) -> Result<Option<(Option<i64>, String)>, Failure> {
    let rows = journal::table.filter(journal::position.le(0)).order(journal::position);
    Ok(rows.select((journal::position, journal::id)).first(db.conn()?).optional()?)
}

/// A signed checkpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = checkpoints, treat_none_as_default_value = false)]
pub(super) struct CheckpointRow {
    pub position: i64,
    pub hash: String,
    pub signed_at: Timestamp,
    pub kid: String,
    pub signature: String,
}

pub(super) fn insert_checkpoint(tx: &mut Tx<'_>, row: CheckpointRow) {
    tx.insert(diesel::insert_into(checkpoints::table).values(row));
}

pub(super) fn newest_checkpoint(db: &mut impl Db) -> Result<Option<CheckpointRow>, Failure> {
    Ok(checkpoints::table.order(checkpoints::position.desc()).first(db.conn()?).optional()?)
}

/// Checkpoints after a position, in order.
pub(super) fn checkpoints_after(db: &mut impl Db, after: i64, limit: i64) -> Result<Vec<CheckpointRow>, Failure> {
    let rows = checkpoints::table.filter(checkpoints::position.gt(after)).order(checkpoints::position).limit(limit);
    Ok(rows.load(db.conn()?)?)
}

/// A reason's row.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = reasons, treat_none_as_default_value = false)]
pub(super) struct ReasonRow {
    pub id: TextId,
    pub author: String,
    pub body: Option<String>,
    pub digest: String,
    pub created_at: Timestamp,
}

pub(super) fn insert_reason(tx: &mut Tx<'_>, row: ReasonRow) {
    tx.insert(diesel::insert_into(reasons::table).values(row));
}

pub(super) fn reason(db: &mut impl Db, id: TextId) -> Result<Option<ReasonRow>, Failure> {
    Ok(reasons::table.find(id).first(db.conn()?).optional()?)
}

/// What a system follows: facts for others than staff alone (`shared`), of these agencies (none: of all) or of nobody's. What
/// is of no agency is shared only if it is public: a draft is its author's alone, and a customer's record no agency's.
pub(super) fn followed(
    db: &mut impl Db,
    after: i64,
    agencies: Option<&[String]>,
    shared: bool,
    limit: i64,
) -> Result<Vec<Row>, Failure> {
    let mut rows = journal::table.filter(journal::position.gt(after)).into_boxed();
    let nobodys = journal::agency_id.is_null().and(journal::audience.eq(Audience::Public));
    if shared {
        rows = rows.filter(journal::audience.ne(Audience::Internal));
        rows = rows.filter(journal::agency_id.is_not_null().or(nobodys));
    }
    if let Some(agencies) = agencies {
        rows = rows.filter(journal::agency_id.eq_any(agencies.to_vec()).or(nobodys));
    }
    Ok(rows.order(journal::position).limit(limit).load(db.conn()?)?)
}

/// The rows of one case after a sequence number, in the order of the sequence.
pub(super) fn of_case(
    db: &mut impl Db,
    case: &str,
    hidden: Hidden,
    after: i64,
    limit: i64,
) -> Result<Vec<Row>, Failure> {
    let mut rows = journal::table.filter(journal::case_id.eq(case)).filter(journal::seq.gt(after)).into_boxed();
    match hidden {
        Hidden::Internal => rows = rows.filter(journal::audience.ne(Audience::Internal)),
        Hidden::Looks => rows = rows.filter(journal::event.ne("record.read")),
        Hidden::Nothing => {}
    }
    Ok(rows.order(journal::seq).limit(limit).load(db.conn()?)?)
}

/// One row of a case.
pub(super) fn one_of_case(db: &mut impl Db, case: &str, id: &str) -> Result<Option<Row>, Failure> {
    let rows = journal::table.filter(journal::case_id.eq(case)).filter(journal::id.eq(id));
    Ok(rows.first(db.conn()?).optional()?)
}

/// When the newest row of a case with one of these names was recorded.
pub(super) fn last_recorded(db: &mut impl Db, case: &str, names: &[&str]) -> Result<Option<Timestamp>, Failure> {
    let rows = journal::table.filter(journal::case_id.eq(case)).filter(journal::event.eq_any(names.to_vec()));
    Ok(rows.order(journal::seq.desc()).select(journal::recorded_at).first(db.conn()?).optional()?)
}

/// What a viewer of a case does not see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// What is among staff.
    Internal,
    /// Who looked.
    Looks,
    /// Nothing.
    Nothing,
}

/// What an auditor looks for; absent parts match everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Sought {
    pub event: Option<String>,
    pub actor: Option<String>,
    pub case_id: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// Placed rows of a range of positions (both ends inclusive) that match, newest first.
pub(super) fn sought(
    db: &mut impl Db,
    sought: &Sought,
    range: std::ops::RangeInclusive<i64>,
    limit: i64,
) -> Result<Vec<Row>, Failure> {
    let mut rows = journal::table
        .filter(journal::position.ge(*range.start()).and(journal::position.le(*range.end())))
        .into_boxed();
    if let Some(event) = &sought.event {
        rows = rows.filter(journal::event.eq(event));
    }
    if let Some(actor) = &sought.actor {
        rows = rows.filter(journal::actor.eq(actor));
    }
    if let Some(case) = &sought.case_id {
        rows = rows.filter(journal::case_id.eq(case));
    }
    if let Some(from) = sought.from {
        rows = rows.filter(journal::recorded_at.ge(from));
    }
    if let Some(to) = sought.to {
        rows = rows.filter(journal::recorded_at.lt(to));
    }
    Ok(rows.order(journal::position.desc()).limit(limit).load(db.conn()?)?)
}

/// When the row at a position was recorded; the next one there is, should it be gone.
pub(super) fn recorded_at(db: &mut impl Db, position: i64) -> Result<Option<Timestamp>, Failure> {
    let rows = journal::table.filter(journal::position.ge(position)).order(journal::position);
    Ok(rows.select(journal::recorded_at).first(db.conn()?).optional()?)
}
