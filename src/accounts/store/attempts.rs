//! Failures in a row, and until when the next try is refused.

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::clock::Timestamp;
use crate::error::Failure;
use crate::store::schema::login_attempts;
use crate::store::{Db, Tx, on_each};

use crate::accounts::throttle::{Subject, too_many};

#[derive(Insertable)]
#[diesel(table_name = login_attempts, treat_none_as_default_value = false)]
struct NewRow<'a> {
    subject: &'a str,
    failures: i64,
    last_at: Timestamp,
    blocked_until: Option<Timestamp>,
}

/// Counts one try as failed, in advance: whoever comes at the same moment waits for this row.
///
/// # Errors
/// 429 while the subject has to wait; then nothing is counted.
pub(in crate::accounts) fn take(tx: &mut Tx<'_>, subject: &Subject, now: Timestamp) -> Result<(), Failure> {
    ensure(tx, subject, now)?;
    if let Some(old) = subject.forgets_after() {
        forget(tx, subject, now.plus(-old))?;
    }
    let free = login_attempts::table
        .find(&subject.key)
        .filter(login_attempts::blocked_until.is_null().or(login_attempts::blocked_until.le(now)));
    let set = (login_attempts::failures.eq(login_attempts::failures + 1), login_attempts::last_at.eq(now));
    let counted = diesel::update(free).set(set).execute(tx.conn()?)?;
    let query =
        login_attempts::table.find(&subject.key).select((login_attempts::failures, login_attempts::blocked_until));
    let found: Option<(i64, Option<Timestamp>)> = query.first(tx.conn()?).optional()?;
    let (failures, blocked) = found.ok_or_else(|| Failure::Transient("a row of tries went away".into()))?;
    if counted == 0 {
        return Err(too_many(now, blocked.unwrap_or(now)));
    }
    let until = subject.delay(failures).map(|delay| now.plus(delay));
    let row = login_attempts::table.find(&subject.key);
    diesel::update(row).set(login_attempts::blocked_until.eq(until)).execute(tx.conn()?)?;
    Ok(())
}

/// The row is there, and ours until the transaction ends: one that was right a moment ago cannot take it away from under us.
fn ensure(tx: &mut Tx<'_>, subject: &Subject, now: Timestamp) -> Result<(), Failure> {
    let row = NewRow { subject: &subject.key, failures: 0, last_at: now, blocked_until: None };
    on_each!(tx.conn()?, |conn| {
        diesel::insert_into(login_attempts::table)
            .values(row)
            .on_conflict(login_attempts::subject)
            .do_update()
            .set(login_attempts::subject.eq(excluded(login_attempts::subject)))
            .execute(conn)
    })?;
    Ok(())
}

fn forget(tx: &mut Tx<'_>, subject: &Subject, before: Timestamp) -> Result<(), Failure> {
    let old = login_attempts::table.find(&subject.key).filter(login_attempts::last_at.lt(before));
    let set = (login_attempts::failures.eq(0), login_attempts::blocked_until.eq(None::<Timestamp>));
    diesel::update(old).set(set).execute(tx.conn()?)?;
    Ok(())
}

/// It was right after all: the row begins anew.
pub(in crate::accounts) fn clear(tx: &mut Tx<'_>, subject: &Subject) -> Result<(), Failure> {
    diesel::delete(login_attempts::table.find(&subject.key)).execute(tx.conn()?)?;
    Ok(())
}

/// One try less; the others behind the same address still count.
pub(in crate::accounts) fn give_back(tx: &mut Tx<'_>, subject: &Subject) -> Result<(), Failure> {
    let row = login_attempts::table.find(&subject.key).filter(login_attempts::failures.gt(0));
    let set = login_attempts::failures.eq(login_attempts::failures - 1);
    diesel::update(row).set(set).execute(tx.conn()?)?;
    Ok(())
}

/// Removes the oldest rows without a try since `before`, about `limit` of them; how many.
pub(in crate::accounts) fn purge(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize, Failure> {
    let old = login_attempts::table.filter(login_attempts::last_at.lt(before));
    let oldest = old.order(login_attempts::last_at).select(login_attempts::last_at);
    let last: Option<Timestamp> = oldest.offset(limit.saturating_sub(1)).first(tx.conn()?).optional()?;
    let some = old.filter(login_attempts::last_at.le(last.unwrap_or(before)));
    Ok(diesel::delete(some).execute(tx.conn()?)?)
}
