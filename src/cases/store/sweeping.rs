//! What the sweeper asks: which clocks to look at, and which rungs of them have fired.

use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::ClockRow;
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{CaseId, ClockId};
use crate::store::schema::{clock_rungs, clocks};
use crate::store::{Db, Tx};

/// Moves the sweeper's next look at a clock, if nobody has changed it.
pub(crate) fn move_rung(tx: &mut Tx<'_>, clock: &ClockRow, next: Timestamp) -> Result<(), Failure> {
    let target = clocks::table.find(clock.id).filter(clocks::next_rung_at.eq(clock.next_rung_at));
    match diesel::update(target).set(clocks::next_rung_at.eq(next)).execute(tx.conn()?)? {
        1 => Ok(()),
        _ => Err(Failure::refused(Code::Conflict)),
    }
}

/// A clock that the sweeper has to look at: since when, which, of which case.
pub(crate) type DueClock = (Timestamp, ClockId, CaseId);

/// The clocks that the sweeper has to look at, the most overdue first, behind `after`.
pub(crate) fn clocks_to_sweep(
    db: &mut impl Db,
    now: Timestamp,
    after: Option<DueClock>,
    most: i64,
) -> Result<Vec<DueClock>, Failure> {
    let mut query = clocks::table
        .filter(clocks::next_rung_at.le(now))
        .select((clocks::next_rung_at, clocks::id, clocks::case_id))
        .order((clocks::next_rung_at, clocks::id))
        .limit(most)
        .into_boxed();
    if let Some((at, id, _)) = after {
        let same_time = clocks::next_rung_at.eq(at).and(clocks::id.gt(id));
        query = query.filter(clocks::next_rung_at.ge(at)).filter(clocks::next_rung_at.gt(at).or(same_time));
    }
    Ok(query.load(db.conn()?)?)
}

/// Which running clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Running {
    /// All.
    All,
    /// Those computed without knowing a year's holidays, or whose last days a later notice may have moved.
    Provisional,
}

/// Cases with such a running clock, behind `after`.
pub(crate) fn cases_with_running_clocks(
    db: &mut impl Db,
    which: Running,
    after: Option<CaseId>,
    most: i64,
) -> Result<Vec<CaseId>, Failure> {
    let mut query = clocks::table
        .filter(clocks::stopped_at.is_null())
        .select(clocks::case_id)
        .distinct()
        .order(clocks::case_id)
        .limit(most)
        .into_boxed();
    if which == Running::Provisional {
        query = query.filter(clocks::provisional.eq(true));
    }
    if let Some(after) = after {
        query = query.filter(clocks::case_id.gt(after));
    }
    Ok(query.load(db.conn()?)?)
}

/// Forgets that a rung of a clock has fired, so that it fires again.
pub(crate) fn forget_rung(tx: &mut Tx<'_>, clock: ClockId, rung: &str) -> Result<(), Failure> {
    diesel::delete(clock_rungs::table.find((clock, rung.to_owned()))).execute(tx.conn()?)?;
    Ok(())
}

/// Whether this rung of this clock has fired.
pub(crate) fn rung_fired(db: &mut impl Db, clock: ClockId, rung: &str) -> Result<bool, Failure> {
    let fired = clock_rungs::table.find((clock, rung.to_owned()));
    Ok(select(exists(fired)).get_result(db.conn()?)?)
}

pub(crate) fn insert_rung(tx: &mut Tx<'_>, clock: ClockId, rung: &'static str, fired_at: Timestamp) {
    let row = (clock_rungs::clock_id.eq(clock), clock_rungs::rung.eq(rung), clock_rungs::fired_at.eq(fired_at));
    tx.insert(diesel::insert_into(clock_rungs::table).values(row));
}
