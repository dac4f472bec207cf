//! The clocks of a case: which pauses count for which, when each is due, when the sweeper looks again. The arithmetic is
//! the calendar room's.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::de::DeserializeOwned;

use super::model::ClockKind;
use super::store::{ClockRow, PauseRow};
use crate::calendar::{
    CalendarError, ClockSpec, Light, Pause, PauseLedger, PauseReason, Term, TermUnit, TimeLeft, WorkCalendar,
    local_date, next_local_midnight, start_of_local_day,
};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{CaseId, ClockId};

/// 9999-12-31T00:00:00Z: when nothing is due. A sort key is never null.
pub(crate) fn never() -> Timestamp {
    Timestamp::from_micros(253_402_214_400_000_000)
        .unwrap_or_else(|| Timestamp::new(chrono::DateTime::<chrono::Utc>::MAX_UTC))
}

/// What a clock is laid onto: the jurisdiction's calendar and time zone.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) calendar: Arc<WorkCalendar>,
    pub(crate) tz: Tz,
    /// Working days after a term in which what was done within it may still be entered.
    pub(crate) entry_days: u32,
}

impl Timing {
    /// The local day of an instant.
    pub(crate) fn day(&self, at: Timestamp) -> NaiveDate {
        local_date(at.utc(), self.tz)
    }

    /// Until when what was done within a term may still be entered: the end of the last of the working days for it.
    pub(crate) fn entered_until(&self, clock: &ClockRow) -> Result<Timestamp, Failure> {
        if self.entry_days == 0 {
            return Ok(clock.due_at);
        }
        let last = self.calendar.add_working_days(clock.due_on, self.entry_days)?;
        Ok(Timestamp::new(next_local_midnight(last, self.tz)?))
    }

    /// When a pause began and ended as facts. A waiting for a correction keeps the instants of notice and supplement; a
    /// special procedure counts from its stated days where they are before the day it was entered on.
    pub(crate) fn pause_facts(&self, pause: &PauseRow, correction: bool) -> Result<Vec<Timestamp>, Failure> {
        if correction {
            return Ok([Some(pause.created_at), pause.ended_at].into_iter().flatten().collect());
        }
        let mut facts = vec![self.fact_on(pause.first_day, pause.created_at)?];
        if let (Some(last), Some(ended_at)) = (pause.last_day, pause.ended_at) {
            let resumed_on = last.succ_opt().ok_or_else(|| Failure::internal("no day after the pause"))?;
            facts.push(self.fact_on(resumed_on, ended_at)?);
        }
        Ok(facts)
    }

    fn fact_on(&self, day: NaiveDate, entered_at: Timestamp) -> Result<Timestamp, Failure> {
        if self.day(entered_at) <= day {
            return Ok(entered_at);
        }
        Ok(Timestamp::new(start_of_local_day(day, self.tz)?))
    }
}

impl From<CalendarError> for Failure {
    fn from(error: CalendarError) -> Self {
        Failure::internal(error)
    }
}

/// Reads a code that serde writes (units, reasons).
pub(crate) fn from_code<T: DeserializeOwned>(code: &str) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::String(code.to_owned())).map_err(Failure::internal)
}

/// The code that serde writes.
pub(crate) fn to_code(value: &impl serde::Serialize) -> Result<String, Failure> {
    match serde_json::to_value(value).map_err(Failure::internal)? {
        serde_json::Value::String(code) => Ok(code),
        other => Err(Failure::internal(format!("no code: {other}"))),
    }
}

/// Starts a clock.
pub(crate) fn start(
    case: CaseId,
    kind: ClockKind,
    budget: Term,
    at: Timestamp,
    pauses: &[PauseRow],
    timing: &Timing,
) -> Result<ClockRow, Failure> {
    let mut row = ClockRow {
        id: ClockId::new(),
        case_id: case,
        kind,
        budget: i64::from(budget.value()),
        unit: budget.unit().as_str().to_owned(),
        extension: None,
        started_at: at,
        due_on: timing.day(at),
        due_at: at,
        provisional: false,
        stopped_at: None,
        next_rung_at: never(),
    };
    compute(&mut row, pauses, timing, at)?;
    Ok(row)
}

/// Derives due day, due instant and next rung from budget, extension and pauses, with an open pause taken to end on
/// `as_of`'s day. While a clock stands still the sweeper does not look at it.
pub(crate) fn compute(
    row: &mut ClockRow,
    pauses: &[PauseRow],
    timing: &Timing,
    as_of: Timestamp,
) -> Result<(), Failure> {
    let schedule = spec(row, pauses, timing)?.schedule(&timing.calendar, timing.tz, timing.day(as_of))?;
    row.due_on = schedule.due.due_on;
    row.due_at = Timestamp::new(schedule.due.due_at);
    row.provisional = schedule.due.provisional;
    let rests = row.stopped_at.is_some() || stands_still(row, pauses, timing)?;
    row.next_rung_at = if rests { never() } else { Timestamp::new(schedule.warn_at) };
    Ok(())
}

/// Whether a clock stands still in an open pause. One that had run out before the pause began does not: it stays overdue.
pub(crate) fn stands_still(row: &ClockRow, pauses: &[PauseRow], timing: &Timing) -> Result<bool, Failure> {
    Ok(stands_still_in(row, pauses, timing)?.is_some())
}

fn stands_still_in(row: &ClockRow, pauses: &[PauseRow], timing: &Timing) -> Result<Option<Pause>, Failure> {
    let open = ledger(row, pauses, timing)?.open_pause().copied();
    Ok(open.filter(|pause| row.due_on >= pause.first_paused_day()))
}

/// The last paused day of a pause that ends on a day: the day before, unless another is named.
pub(crate) fn last_day(
    pause: &PauseRow,
    ended_on: NaiveDate,
    named: Option<NaiveDate>,
) -> Result<NaiveDate, CalendarError> {
    let mut ledger = PauseLedger::default();
    // The reason makes no difference to the days.
    ledger.pause(pause.first_day, PauseReason::Other)?;
    ledger.resume(ended_on, named)?.last_paused_day().ok_or(CalendarError::NotPaused)
}

/// Stops a running clock.
pub(crate) fn stop(row: &mut ClockRow, at: Timestamp) {
    if row.stopped_at.is_none() {
        row.stopped_at = Some(at);
        row.next_rung_at = never();
    }
}

/// Whether the term was kept: stopped before it was due, or still running and not due. A clock that stands still is
/// judged as it was when the open pause began.
pub(crate) fn kept(row: &ClockRow, pauses: &[PauseRow], timing: &Timing, now: Timestamp) -> Result<bool, Failure> {
    let judged_at = row.stopped_at.unwrap_or(now);
    Ok(while_it_ran(row, pauses, timing, judged_at)? < row.due_at)
}

/// `at`, or the last instant before the open pause in which the clock stands still, whichever comes first.
fn while_it_ran(row: &ClockRow, pauses: &[PauseRow], timing: &Timing, at: Timestamp) -> Result<Timestamp, Failure> {
    let Some(pause) = stands_still_in(row, pauses, timing)? else { return Ok(at) };
    let stood_still = Timestamp::new(start_of_local_day(pause.first_paused_day(), timing.tz)?);
    Ok(at.min(stood_still.plus(chrono::TimeDelta::microseconds(-1))))
}

/// Light and time left of a running clock; of one that stands still, what they were when the open pause began.
pub(crate) fn reading(
    row: &ClockRow,
    pauses: &[PauseRow],
    timing: &Timing,
    now: Timestamp,
) -> Result<Option<(Light, TimeLeft)>, Failure> {
    if row.stopped_at.is_some() {
        return Ok(None);
    }
    let now = while_it_ran(row, pauses, timing, now)?;
    let spec = spec(row, pauses, timing)?;
    let light = spec.light(now.utc(), &timing.calendar, timing.tz)?;
    let left = spec.time_left(now.utc(), &timing.calendar, timing.tz)?;
    Ok(Some((light, left)))
}

/// The budget as a term.
pub(crate) fn budget(row: &ClockRow) -> Result<Term, Failure> {
    term(row.budget, &row.unit)
}

/// The extension as a term.
pub(crate) fn extension(row: &ClockRow) -> Result<Option<Term>, Failure> {
    row.extension.map(|value| term(value, &row.unit)).transpose()
}

fn term(value: i64, unit: &str) -> Result<Term, Failure> {
    let unit: TermUnit = from_code(unit)?;
    Ok(Term::new(u32::try_from(value).map_err(Failure::internal)?, unit)?)
}

/// The arithmetic form of a clock.
pub(crate) fn spec(row: &ClockRow, pauses: &[PauseRow], timing: &Timing) -> Result<ClockSpec, Failure> {
    let spec = ClockSpec::new(budget(row)?, row.started_at.utc()).with_extension(extension(row)?)?;
    Ok(spec.with_pauses(ledger(row, pauses, timing)?))
}

/// Which pauses count for a clock: a special procedure stops promise and statutory clocks alike; waiting for a
/// correction stops the intake clock too; the applicant's own term and delivery stop for nothing.
fn ledger(row: &ClockRow, pauses: &[PauseRow], timing: &Timing) -> Result<PauseLedger, Failure> {
    let mut ledger = PauseLedger::default();
    for pause in pauses {
        let reason: PauseReason = from_code(&pause.reason)?;
        let counts = match row.kind {
            ClockKind::Promise | ClockKind::Statutory => true,
            ClockKind::Intake => reason == PauseReason::Correction,
            ClockKind::Correction | ClockKind::Delivery => false,
        };
        if counts {
            ledger.add(as_counted(row, pause, reason, timing)?)?;
        }
    }
    Ok(ledger)
}

/// The days of a pause, as a clock counts them. Waiting for a correction begins on the day after the notice; but a clock
/// whose last day is the day of the notice has that day left when the applicant answers, since it was not over. Else a
/// notice in time would be a breach, and nobody could answer the applicant within the term.
fn as_counted(row: &ClockRow, pause: &PauseRow, reason: PauseReason, timing: &Timing) -> Result<Pause, Failure> {
    if reason == PauseReason::Correction && noticed_on_last_day(row, pause, timing)? {
        let notice_day = timing.day(pause.created_at);
        let Some(ended_at) = pause.ended_at else { return Ok(Pause::open(notice_day, reason)?) };
        let last = timing.day(ended_at).pred_opt().ok_or(CalendarError::OutOfRange)?;
        return Ok(Pause::closed(notice_day, last, reason)?);
    }
    Ok(match pause.last_day {
        Some(last) => Pause::closed(pause.first_day, last, reason)?,
        None => Pause::open(pause.first_day, reason)?,
    })
}

/// Whether a correction notice came on the last day of a running term. No pause and no extension comes before it.
fn noticed_on_last_day(row: &ClockRow, notice: &PauseRow, timing: &Timing) -> Result<bool, Failure> {
    let (started_at, noticed_at) = (row.started_at, notice.created_at);
    if started_at > noticed_at || row.stopped_at.is_some_and(|at| at <= noticed_at) {
        return Ok(false);
    }
    let day = timing.day(noticed_at);
    let due = ClockSpec::new(budget(row)?, started_at.utc()).due(&timing.calendar, timing.tz, day)?;
    Ok(due.due_on == day && noticed_at.utc() < due.due_at)
}

/// The due instant of the nearest clock that runs; [`never`] when none does. A clock that stands still in an open pause
/// does not run: its due instant is not known before the pause ends.
pub(crate) fn nearest(clocks: &[ClockRow], pauses: &[PauseRow], timing: &Timing) -> Result<Timestamp, Failure> {
    let mut nearest = never();
    for clock in clocks.iter().filter(|c| c.stopped_at.is_none()) {
        if !stands_still(clock, pauses, timing)? {
            nearest = nearest.min(clock.due_at);
        }
    }
    Ok(nearest)
}
