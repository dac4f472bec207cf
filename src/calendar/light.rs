use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::clock::Course;
use super::counting::Counting;
use super::local::{local_date, next_local_midnight, start_of_local_day};
use super::{CalendarError, ClockSpec, Due, TermUnit, WorkCalendar};

const MICROSECONDS_PER_HOUR: i64 = 3_600_000_000;

/// Light 红黄绿灯 of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// More than 30 % of the budget is left, and more than one working day.
    Green,
    /// At most 30 % of the budget is left, or (terms in days) at most one working day.
    Yellow,
    /// Overdue.
    Red,
}

impl Light {
    /// The light at `now` of a clock with these times; all that a list needs, since both are stored.
    pub fn at(now: DateTime<Utc>, warn_at: DateTime<Utc>, due_at: DateTime<Utc>) -> Self {
        if now >= due_at {
            Self::Red
        } else if now >= warn_at {
            Self::Yellow
        } else {
            Self::Green
        }
    }
}

/// When a clock warns and when it is due: the two rungs that are stored and indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// When it is due.
    pub due: Due,
    /// The first instant at which the light is no longer green: the start of a local day, an instant for hours, or the
    /// start of the clock. Never later than `due_at`.
    pub warn_at: DateTime<Utc>,
}

/// What is left of a clock, in whole units of its own counting (natural days for a term in months).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimeLeft {
    /// Counted days after today through the last day, so 0 on the last day; whole hours, rounded down. Paused days are
    /// left out. Negative when overdue: counted days after the last day through today, whatever is paused.
    pub value: i64,
    /// `working_day`, `natural_day` or `hour`.
    pub unit: TermUnit,
}

impl ClockSpec {
    /// [`due`](ClockSpec::due) and [`warn_at`](ClockSpec::warn_at) together, for about the price of one.
    pub fn schedule(&self, calendar: &WorkCalendar, tz: Tz, as_of: NaiveDate) -> Result<Schedule, CalendarError> {
        let course = self.course(calendar, tz, as_of)?;
        let due = course.due()?;
        Ok(Schedule { due, warn_at: course.warn_at(&due)? })
    }

    /// The first instant at which the light is yellow. Moves with `as_of` while a pause is open, and fails, as
    /// [`due`](ClockSpec::due) does.
    pub fn warn_at(&self, calendar: &WorkCalendar, tz: Tz, as_of: NaiveDate) -> Result<DateTime<Utc>, CalendarError> {
        Ok(self.schedule(calendar, tz, as_of)?.warn_at)
    }

    /// The light at `now`; while the clock is paused, the one it showed when the pause began. Fails as
    /// [`due`](ClockSpec::due).
    pub fn light(&self, now: DateTime<Utc>, calendar: &WorkCalendar, tz: Tz) -> Result<Light, CalendarError> {
        let schedule = self.schedule(calendar, tz, local_date(now, tz))?;
        Ok(Light::at(now, schedule.warn_at, schedule.due.due_at))
    }

    /// What is left at `now`; it stands still while the clock is paused. Fails as [`due`](ClockSpec::due).
    pub fn time_left(&self, now: DateTime<Utc>, calendar: &WorkCalendar, tz: Tz) -> Result<TimeLeft, CalendarError> {
        let today = local_date(now, tz);
        let course = self.course(calendar, tz, today)?;
        let due = course.due()?;
        let (value, unit) = match course.unit {
            TermUnit::WorkingDay => (course.days_left(today, &due), TermUnit::WorkingDay),
            TermUnit::NaturalDay | TermUnit::Month => (course.days_left(today, &due), TermUnit::NaturalDay),
            TermUnit::Hour => (course.hours_left(now, &due)?, TermUnit::Hour),
        };
        Ok(TimeLeft { value, unit })
    }
}

impl Course<'_> {
    fn days_left(&self, today: NaiveDate, due: &Due) -> i64 {
        if today > due.due_on {
            self.counting().between(today, due.due_on)
        } else {
            self.paused.counted(self.counting(), today.max(self.day0), due.due_on)
        }
    }

    fn hours_left(&self, now: DateTime<Utc>, due: &Due) -> Result<i64, CalendarError> {
        let now = now.max(self.started_at);
        let mut left = due.due_at - now;
        for run in self.paused.runs() {
            let first = next_local_midnight(run.before, self.tz)?.max(now);
            let end = next_local_midnight(run.last, self.tz)?.min(due.due_at);
            left -= (end - first).max(TimeDelta::zero());
        }
        Ok(left.num_microseconds().ok_or(CalendarError::OutOfRange)?.div_euclid(MICROSECONDS_PER_HOUR))
    }

    fn warn_at(&self, due: &Due) -> Result<DateTime<Utc>, CalendarError> {
        if self.unit == TermUnit::Hour {
            // 70 % of an hour is 2520 seconds, so this is exact.
            return self.elapse(TimeDelta::seconds(self.hours().num_hours() * 2520));
        }
        let warn_on = self.thirty_percent_left(due)?.min(self.one_working_day_left(due)?);
        if warn_on <= self.day0 { Ok(self.started_at) } else { start_of_local_day(warn_on, self.tz) }
    }

    /// The first day after which at most 30 % of the budget is left. Days that rolling added count as left.
    fn thirty_percent_left(&self, due: &Due) -> Result<NaiveDate, CalendarError> {
        let whole = self.paused.counted(self.counting(), self.day0, due.due_on);
        let used = whole - self.length()? * 3 / 10;
        self.paused.advance(self.counting(), self.day0, used.max(0))
    }

    /// The first day after which at most one working day is left.
    fn one_working_day_left(&self, due: &Due) -> Result<NaiveDate, CalendarError> {
        let working = Counting::Working(self.calendar);
        let whole = self.paused.counted(working, self.day0, due.due_on);
        self.paused.advance(working, self.day0, (whole - 1).max(0))
    }
}
