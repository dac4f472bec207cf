use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::counting::Counting;
use super::local::{check, local_date, next_local_midnight};
use super::paused::PausedDays;
use super::{CalendarError, PauseLedger, Term, TermUnit, WorkCalendar};

/// Clock 期限时钟: a budget, at most one extension, a start, and the pauses. Everything else is derived from these.
///
/// - Day 0 is the local date of the start, also on a day off, and is not counted (Civil Code art. 201); a budget of 0
///   ends on day 0.
/// - Working days: the last of the budget's working days.
/// - Natural days and months: the budget's last day, rolled forward to a working day (Civil Code art. 202, 203). *All*
///   such terms roll, a promise 承诺时限 as well as a statutory term 法定时限: a promise that ended on a day nobody works
///   would be overdue before anyone could keep it.
/// - Hours: elapsed time, nothing rolls.
/// - Paused days are not counted, whatever the unit: a month is as many natural days as it has without pauses, and for
///   hours the whole local day from midnight to midnight is left out. No term ends on a paused day: one that would, or
///   a budget of 0 that starts on one, ends on the next working day that is not paused.
/// - Budget and extension are one length from day 0: nothing rolls in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockSpec {
    budget: Term,
    extension: Option<Term>,
    started_at: DateTime<Utc>,
    pauses: PauseLedger,
}

/// When a clock is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// Last day of the term, in the jurisdiction's time zone.
    pub due_on: NaiveDate,
    /// The instant at which the clock is overdue: the end of `dueOn`, or for hours the instant itself.
    pub due_at: DateTime<Utc>,
    /// Whether a year was needed whose holidays are not known yet, or the end of December before such a year; the date may
    /// change when they are.
    pub provisional: bool,
}

impl ClockSpec {
    /// A clock that starts to run at `started_at`.
    pub fn new(budget: Term, started_at: DateTime<Utc>) -> Self {
        Self { budget, extension: None, started_at, pauses: PauseLedger::default() }
    }

    /// The same clock with the extension it was given earlier, as when it is read back from storage. Fails with
    /// [`CalendarError::UnitMismatch`].
    pub fn with_extension(mut self, extension: Option<Term>) -> Result<Self, CalendarError> {
        if let Some(extension) = extension {
            self.require_same_unit(extension)?;
        }
        self.extension = extension;
        Ok(self)
    }

    /// The same clock with these pauses.
    pub fn with_pauses(mut self, pauses: PauseLedger) -> Self {
        self.pauses = pauses;
        self
    }

    /// Extends 延期 the clock, once, before the *statutory* clock of the case is due (许可法 art. 42); `statutory_due_at`
    /// is that clock's `due_at`, computed for today if it is paused. Fails with [`CalendarError::AlreadyExtended`],
    /// [`CalendarError::AlreadyDue`] or [`CalendarError::UnitMismatch`], and then changes nothing.
    pub fn extend(
        &mut self,
        by: Term,
        now: DateTime<Utc>,
        statutory_due_at: DateTime<Utc>,
    ) -> Result<(), CalendarError> {
        if self.extension.is_some() {
            return Err(CalendarError::AlreadyExtended);
        }
        if now >= statutory_due_at {
            return Err(CalendarError::AlreadyDue(statutory_due_at));
        }
        self.require_same_unit(by)?;
        self.extension = Some(by);
        Ok(())
    }

    fn require_same_unit(&self, extension: Term) -> Result<(), CalendarError> {
        let (budget, extension) = (self.budget.unit(), extension.unit());
        if budget == extension { Ok(()) } else { Err(CalendarError::UnitMismatch { budget, extension }) }
    }

    /// The budget, without the extension.
    pub const fn budget(&self) -> Term {
        self.budget
    }

    /// The extension, if there was one.
    pub const fn extension(&self) -> Option<Term> {
        self.extension
    }

    /// When the clock started.
    pub const fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// The pauses.
    pub const fn pauses(&self) -> &PauseLedger {
        &self.pauses
    }

    /// The pauses, to add to or to resume.
    pub const fn pauses_mut(&mut self) -> &mut PauseLedger {
        &mut self.pauses
    }

    /// Whether `today` is a paused day of this clock.
    pub fn is_suspended(&self, today: NaiveDate) -> bool {
        self.pauses.is_suspended(today)
    }

    /// When the clock is due, with an open pause taken to end on `as_of`.
    ///
    /// `as_of` matters only while a pause is open. Computed for today, a clock paused before it was due is due later
    /// than today; what is *stored* while a pause is open is therefore the earliest day possible, and grows stale:
    /// whoever looks for clocks that are due leaves out those that are suspended, and computes anew at resumption.
    /// Fails with [`CalendarError::OutOfRange`] outside the years 1 to 9999.
    pub fn due(&self, calendar: &WorkCalendar, tz: Tz, as_of: NaiveDate) -> Result<Due, CalendarError> {
        self.course(calendar, tz, as_of)?.due()
    }

    pub(super) fn course<'a>(
        &self,
        calendar: &'a WorkCalendar,
        tz: Tz,
        as_of: NaiveDate,
    ) -> Result<Course<'a>, CalendarError> {
        Ok(Course {
            unit: self.budget.unit(),
            total: u32::from(self.budget.value()) + self.extension.map_or(0, |term| u32::from(term.value())),
            started_at: self.started_at,
            day0: check(local_date(self.started_at, tz))?,
            paused: PausedDays::as_of(&self.pauses, as_of),
            calendar,
            tz,
        })
    }
}

/// A clock laid onto a calendar and a time zone.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub(super) unit: TermUnit,
    total: u32,
    pub(super) started_at: DateTime<Utc>,
    pub(super) day0: NaiveDate,
    pub(super) paused: PausedDays,
    pub(super) calendar: &'a WorkCalendar,
    pub(super) tz: Tz,
}

impl<'a> Course<'a> {
    pub(super) fn due(&self) -> Result<Due, CalendarError> {
        match self.unit {
            TermUnit::Hour => self.due_in_hours(),
            TermUnit::WorkingDay | TermUnit::NaturalDay | TermUnit::Month => self.due_in_days(),
        }
    }

    pub(super) fn counting(&self) -> Counting<'a> {
        match self.unit {
            TermUnit::WorkingDay => Counting::Working(self.calendar),
            TermUnit::NaturalDay | TermUnit::Month | TermUnit::Hour => Counting::Natural,
        }
    }

    /// The length of a day term in days of its own counting.
    pub(super) fn length(&self) -> Result<i64, CalendarError> {
        if self.unit != TermUnit::Month {
            return Ok(i64::from(self.total));
        }
        let end = self.day0.checked_add_months(Months::new(self.total)).ok_or(CalendarError::OutOfRange)?;
        Ok(Counting::Natural.between(self.day0, end))
    }

    /// The length of a term in hours.
    pub(super) fn hours(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.total))
    }

    fn due_in_days(&self) -> Result<Due, CalendarError> {
        let counted_end = self.paused.advance(self.counting(), self.day0, self.length()?)?;
        let ends_there =
            !self.paused.covers(counted_end) && (self.total == 0 || self.calendar.is_working_day(counted_end));
        let due_on = if ends_there {
            counted_end
        } else {
            self.paused.advance(Counting::Working(self.calendar), counted_end, 1)?
        };
        // The first day whose being worked or not decided the result.
        let calendar_from = match self.unit {
            TermUnit::WorkingDay => self.day0.succ_opt().ok_or(CalendarError::OutOfRange)?,
            TermUnit::NaturalDay | TermUnit::Month | TermUnit::Hour => counted_end,
        };
        let calendar_used = self.total > 0 || !ends_there;
        Ok(Due {
            due_on,
            due_at: next_local_midnight(due_on, self.tz)?,
            provisional: calendar_used && !self.calendar.knows_all(calendar_from, due_on),
        })
    }

    fn due_in_hours(&self) -> Result<Due, CalendarError> {
        let due_at = self.elapse(self.hours())?;
        // An end at midnight belongs to the day that it ends, as 24:00 does; a budget of 0 ends on day 0.
        let last_instant = if self.total == 0 { due_at } else { due_at - TimeDelta::nanoseconds(1) };
        Ok(Due { due_on: check(local_date(last_instant, self.tz))?, due_at, provisional: false })
    }

    /// The instant at which `time` has run since the start, outside the paused days.
    pub(super) fn elapse(&self, time: TimeDelta) -> Result<DateTime<Utc>, CalendarError> {
        let (mut reached, mut missing) = (self.started_at, time);
        for run in self.paused.runs() {
            let (first, end) = (next_local_midnight(run.before, self.tz)?, next_local_midnight(run.last, self.tz)?);
            if end <= reached {
                continue;
            }
            if first > reached {
                let free = first - reached;
                if missing <= free {
                    break;
                }
                missing -= free;
            }
            reached = end;
        }
        reached.checked_add_signed(missing).ok_or(CalendarError::OutOfRange)
    }
}
