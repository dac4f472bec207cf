//! The deliveries' table.

use diesel::prelude::*;

use super::model::{Delivery, DeliveryChannel, DeliveryState, Recipient, Template};
use super::recipients::Nobody;
use super::trouble::Trouble;
use crate::access::{Scope, Units};
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{CaseId, DeliveryId, DepartmentId, EventId, define_id};
use crate::store::schema::deliveries;
use crate::store::{AnyConnection, Db, MultiBackend, Tx, on_each};

define_id!(/// A lease 租约: whose it is may end the delivery; a new lease takes the right from all older ones.
    LeaseId, "leas");

/// A row in the order of the table.
type Row = (
    DeliveryId,
    EventId,
    DeliveryChannel,
    Template,
    Recipient,
    Option<CaseId>,
    Option<DepartmentId>,
    DeliveryState,
    i64,
    Timestamp,
    Option<LeaseId>,
    Option<String>,
    Timestamp,
    Option<Timestamp>,
);

fn read(row: Row) -> Delivery {
    #[rustfmt::skip]
    let (
        id, event_id, channel, template, recipient, case_id, agency_id,
        state, attempts, next_at, _lease, last_error, created_at, done_at,
    ) = row;
    #[rustfmt::skip]
    let delivery = Delivery {
        id, event_id, channel, template, recipient, case_id, agency_id,
        state, attempts, next_at, last_error, created_at, done_at,
    };
    delivery
}

// Open is `done_at IS NULL`, which the index of due messages is made for, not a list of states: neither database can tell
// that bound states are those of a partial index.

/// Whether any message is due: a read, so that an idle worker writes nothing.
pub(super) fn any_due(db: &mut impl Db, now: Timestamp) -> Result<bool, Failure> {
    let due = deliveries::table
        .filter(deliveries::done_at.is_null())
        .filter(deliveries::next_at.le(now))
        .select(deliveries::id)
        .limit(1);
    Ok(due.first::<DeliveryId>(db.conn()?).optional()?.is_some())
}

/// Takes up to `limit` messages that are due, or whose lease has ended, until `until`. Two statements: as the subquery of one,
/// PostgreSQL may look for what is due once for each message that waits.
pub(super) fn lease(
    tx: &mut Tx<'_>,
    lease: LeaseId,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Delivery>, Failure> {
    let due = deliveries::table
        .filter(deliveries::done_at.is_null())
        .filter(deliveries::next_at.le(now))
        .order((deliveries::next_at, deliveries::id))
        .select(deliveries::id)
        .limit(limit.into());
    let ids: Vec<DeliveryId> = match tx.conn()? {
        AnyConnection::Sqlite(conn) => due.load(conn)?,
        // Locked, so that what another worker takes at the same time is passed over.
        AnyConnection::Postgres(conn) => due.for_update().skip_locked().load(conn)?,
    };
    let held =
        (deliveries::state.eq(DeliveryState::Leased), deliveries::lease.eq(lease), deliveries::next_at.eq(until));
    let taken = diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids))).set(held);
    let rows: Vec<Row> = on_each!(tx.conn()?, |conn| taken.returning(deliveries::all_columns).get_results(conn)?);
    Ok(rows.into_iter().map(read).collect())
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The recipient's server has it.
    Sent,
    /// There was nobody to tell.
    Skipped(Nobody),
    /// It failed, and is due again then.
    Again(Trouble, Timestamp),
    /// It failed for the last time.
    Dead(Trouble),
    /// It was not tried, and is due again then.
    Released(Timestamp),
}

/// Writes how a try ended, if the lease still holds; says whether it did.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    lease: LeaseId,
    outcome: Outcome,
    now: Timestamp,
) -> Result<bool, Failure> {
    let (state, failed, next_at, error) = match outcome {
        Outcome::Sent => (DeliveryState::Done, 0, now, None),
        Outcome::Skipped(nobody) => (DeliveryState::Skipped, 0, now, Some(nobody.to_string())),
        Outcome::Again(trouble, at) => (DeliveryState::Pending, 1, at, Some(trouble.to_string())),
        Outcome::Dead(trouble) => (DeliveryState::Dead, 1, now, Some(trouble.to_string())),
        Outcome::Released(at) => {
            return release(tx, id, lease, at);
        }
    };
    let done_at = (state != DeliveryState::Pending).then_some(now);
    let changed = diesel::update(deliveries::table)
        .filter(deliveries::id.eq(id))
        .filter(deliveries::state.eq(DeliveryState::Leased))
        .filter(deliveries::lease.eq(lease))
        .set((
            deliveries::state.eq(state),
            deliveries::attempts.eq(deliveries::attempts + failed),
            deliveries::next_at.eq(next_at),
            deliveries::lease.eq(None::<LeaseId>),
            deliveries::last_error.eq(error),
            deliveries::done_at.eq(done_at),
        ))
        .execute(tx.conn()?)?;
    Ok(changed == 1)
}

fn release(tx: &mut Tx<'_>, id: DeliveryId, lease: LeaseId, at: Timestamp) -> Result<bool, Failure> {
    let changed = diesel::update(deliveries::table)
        .filter(deliveries::id.eq(id))
        .filter(deliveries::state.eq(DeliveryState::Leased))
        .filter(deliveries::lease.eq(lease))
        .set((
            deliveries::state.eq(DeliveryState::Pending),
            deliveries::next_at.eq(at),
            deliveries::lease.eq(None::<LeaseId>),
        ))
        .execute(tx.conn()?)?;
    Ok(changed == 1)
}

/// Makes a dead message due again, with all its tries. A change, so `scope` is that of the permission to replay.
///
/// # Errors
/// 404 when there is none within reach, 409 `wrong_stage` when it is not dead.
pub fn replay(tx: &mut Tx<'_>, scope: &Scope, id: DeliveryId, now: Timestamp) -> Result<Delivery, Failure> {
    let before = delivery(tx, scope, id)?;
    let changed = diesel::update(deliveries::table)
        .filter(deliveries::id.eq(id))
        .filter(deliveries::state.eq(DeliveryState::Dead))
        .set((
            deliveries::state.eq(DeliveryState::Pending),
            deliveries::attempts.eq(0_i64),
            deliveries::next_at.eq(now),
            deliveries::done_at.eq(None::<Timestamp>),
        ))
        .execute(tx.conn()?)?;
    if changed == 0 {
        return Err(Failure::refused_with(Code::WrongStage, vec![("stage", before.state.to_string())]));
    }
    delivery(tx, scope, id)
}

/// What a scope reaches: the deliveries of its agencies. Nobody's are one's own: they are staff's business.
fn visible_to(scope: &Scope) -> deliveries::BoxedQuery<'static, MultiBackend> {
    let query = deliveries::table.into_boxed();
    match &scope.units {
        Units::All => query,
        Units::Some(units) => query.filter(deliveries::agency_id.eq_any(units.clone())),
    }
}

/// One delivery.
///
/// # Errors
/// 404 when there is none within reach.
pub fn delivery(db: &mut impl Db, scope: &Scope, id: DeliveryId) -> Result<Delivery, Failure> {
    let row: Option<Row> =
        visible_to(scope).filter(deliveries::id.eq(id)).select(deliveries::all_columns).first(db.conn()?).optional()?;
    row.map(read).ok_or_else(Failure::not_found)
}

/// Up to `limit` deliveries within reach, the newest first, those before `after`.
///
/// # Errors
/// The database being away.
pub fn list(
    db: &mut impl Db,
    scope: &Scope,
    state: Option<DeliveryState>,
    after: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, Failure> {
    let mut query = visible_to(scope);
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(deliveries::id.lt(after));
    }
    let rows: Vec<Row> =
        query.order(deliveries::id.desc()).select(deliveries::all_columns).limit(limit).load(db.conn()?)?;
    Ok(rows.into_iter().map(read).collect())
}

/// How many deliveries are within reach, up to `most`.
///
/// # Errors
/// The database being away.
pub fn count(db: &mut impl Db, scope: &Scope, state: Option<DeliveryState>, most: i64) -> Result<i64, Failure> {
    let mut query = visible_to(scope);
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(state));
    }
    let found: Vec<DeliveryId> = query.select(deliveries::id).limit(most).load(db.conn()?)?;
    i64::try_from(found.len()).map_err(Failure::internal)
}

/// What waits, for metrics and alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Messages that wait or are held.
    pub open: i64,
    /// Messages given up.
    pub dead: i64,
    /// Since when the oldest of them waits, however often it was tried: a retry moves only when it is due.
    pub oldest: Option<Timestamp>,
}

/// What waits now.
///
/// # Errors
/// The database being away.
pub fn backlog(db: &mut impl Db) -> Result<Backlog, Failure> {
    let open = deliveries::table.filter(deliveries::done_at.is_null());
    let dead = deliveries::table.filter(deliveries::state.eq(DeliveryState::Dead));
    let conn = db.conn()?;
    Ok(Backlog {
        open: open.count().get_result(conn)?,
        dead: dead.count().get_result(conn)?,
        oldest: open.select(deliveries::created_at).order(deliveries::created_at).first(conn).optional()?,
    })
}
