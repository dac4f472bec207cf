//! This room's tables: `idempotency_keys` and `refusals`.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::clock::Timestamp;
use crate::error::Failure;
use crate::store::schema::{idempotency_keys, refusals};
use crate::store::{Bulk, Db, Reader, Tx, bulk_row, on_each};

/// What is remembered of an idempotency key.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = idempotency_keys, treat_none_as_default_value = false)]
pub(super) struct KeyRow {
    pub(super) scope: String,
    pub(super) key: String,
    pub(super) fingerprint: String,
    pub(super) status: i32,
    pub(super) reference: String,
    pub(super) version: Option<i64>,
    pub(super) created_at: Timestamp,
}

bulk_row!(KeyRow: idempotency_keys (scope, key, fingerprint, status, reference, version, created_at));

/// One counter of refusals.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable)]
#[diesel(table_name = refusals, treat_none_as_default_value = false)]
pub(super) struct RefusalRow {
    pub(super) day: NaiveDate,
    pub(super) operation: String,
    pub(super) principal: String,
    pub(super) code: String,
    pub(super) count: i64,
}

pub(super) fn keep_key(tx: &mut Tx<'_>, row: KeyRow) {
    tx.insert(Bulk::of(row));
}

/// What is remembered of a key in any of these scopes.
pub(super) fn find_key(db: &mut impl Db, scopes: &[String], key: &str) -> Result<Option<KeyRow>, Failure> {
    for scope in scopes {
        let row = idempotency_keys::table.find((scope, key)).first(db.conn()?).optional()?;
        if row.is_some() {
            return Ok(row);
        }
    }
    Ok(None)
}

/// Forgets one key if it is from before `before`.
pub(super) fn forget_key(tx: &mut Tx<'_>, scope: &str, key: &str, before: Timestamp) -> Result<(), Failure> {
    let expired = idempotency_keys::table.find((scope, key)).filter(idempotency_keys::created_at.lt(before));
    diesel::delete(expired).execute(tx.conn()?)?;
    Ok(())
}

/// Forgets the oldest keys from before `before`, about `limit` of them; how many.
pub(super) fn purge_keys(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize, Failure> {
    let expired = idempotency_keys::table.filter(idempotency_keys::created_at.lt(before));
    let oldest = expired.order(idempotency_keys::created_at).select(idempotency_keys::created_at);
    let last: Option<Timestamp> = oldest.offset(limit.saturating_sub(1)).first(tx.conn()?).optional()?;
    let some = expired.filter(idempotency_keys::created_at.le(last.unwrap_or(before)));
    Ok(diesel::delete(some).execute(tx.conn()?)?)
}

/// Adds to the counters.
pub(super) fn add_refusals(tx: &mut Tx<'_>, rows: &[RefusalRow]) -> Result<(), Failure> {
    let conn = tx.conn()?;
    for row in rows {
        on_each!(conn, |conn| diesel::insert_into(refusals::table)
            .values(row)
            .on_conflict((refusals::day, refusals::operation, refusals::principal, refusals::code))
            .do_update()
            .set(refusals::count.eq(refusals::count + excluded(refusals::count)))
            .execute(conn))?;
    }
    Ok(())
}

/// Proves that the database answers.
pub(super) fn ping(db: &mut Reader<'_>) -> Result<(), Failure> {
    idempotency_keys::table.select(idempotency_keys::status).first::<i32>(db.conn()?).optional()?;
    Ok(())
}
