//! Sessions: one row a login; the generation says which refresh token is good.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{AccountId, CustomerId, SessionId};
use crate::store::schema::{accounts, sessions};
use crate::store::{Db, Tx};

use crate::accounts::model::{AccountKind, Status};

/// A session 会话.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(in crate::accounts) struct Session {
    pub id: SessionId,
    pub account_id: AccountId,
    pub generation: i64,
    pub rotated_at: Timestamp,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// What a token's session needs to be believed.
#[derive(Clone, Debug)]
pub(in crate::accounts) struct Standing {
    pub kind: AccountKind,
    pub customer: Option<CustomerId>,
}

pub(in crate::accounts) fn insert(tx: &mut Tx<'_>, session: Session) {
    tx.insert(diesel::insert_into(sessions::table).values(session));
}

pub(in crate::accounts) fn find(db: &mut impl Db, id: SessionId) -> Result<Option<Session>, Failure> {
    Ok(sessions::table.find(id).select(Session::as_select()).first(db.conn()?).optional()?)
}

/// The account of a session, if both are good now.
pub(in crate::accounts) fn standing(
    db: &mut impl Db,
    session: SessionId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Standing>, Failure> {
    let query = sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::account_id.eq(account))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(accounts::status.eq(Status::Active))
        .select((accounts::kind, accounts::customer_id));
    let row: Option<(AccountKind, Option<CustomerId>)> = query.first(db.conn()?).optional()?;
    Ok(row.map(|(kind, customer)| Standing { kind, customer }))
}

/// Compare-and-swap of the generation; false when somebody else was faster, or the session has ended.
pub(in crate::accounts) fn rotate(tx: &mut Tx<'_>, id: SessionId, from: i64, now: Timestamp) -> Result<bool, Failure> {
    let current = sessions::table.find(id).filter(sessions::generation.eq(from)).filter(sessions::revoked_at.is_null());
    let set = (sessions::generation.eq(from.saturating_add(1)), sessions::rotated_at.eq(now));
    Ok(diesel::update(current).set(set).execute(tx.conn()?)? > 0)
}

/// Ends one session; false when it had ended before.
pub(in crate::accounts) fn revoke(tx: &mut Tx<'_>, id: SessionId, now: Timestamp) -> Result<bool, Failure> {
    let open = sessions::table.find(id).filter(sessions::revoked_at.is_null());
    Ok(diesel::update(open).set(sessions::revoked_at.eq(Some(now))).execute(tx.conn()?)? > 0)
}

/// Ends every session of an account; how many.
pub(in crate::accounts) fn revoke_all(tx: &mut Tx<'_>, account: AccountId, now: Timestamp) -> Result<i64, Failure> {
    let open = sessions::table.filter(sessions::account_id.eq(account)).filter(sessions::revoked_at.is_null());
    let ended = diesel::update(open).set(sessions::revoked_at.eq(Some(now))).execute(tx.conn()?)?;
    i64::try_from(ended).map_err(Failure::internal)
}

/// Removes the sessions that expired first and before `before`, about `limit` of them; how many.
pub(in crate::accounts) fn purge(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize, Failure> {
    let expired = sessions::table.filter(sessions::expires_at.lt(before));
    let first = expired.order(sessions::expires_at).select(sessions::expires_at);
    let last: Option<Timestamp> = first.offset(limit.saturating_sub(1)).first(tx.conn()?).optional()?;
    let some = expired.filter(sessions::expires_at.le(last.unwrap_or(before)));
    Ok(diesel::delete(some).execute(tx.conn()?)?)
}
