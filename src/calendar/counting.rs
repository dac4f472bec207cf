use chrono::NaiveDate;

use super::local::check;
use super::work_calendar::later;
use super::{CalendarError, WorkCalendar};

/// Which days a term counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counting<'a> {
    /// The working days of a calendar.
    Working(&'a WorkCalendar),
    /// Every day.
    Natural,
}

impl Counting<'_> {
    /// Counted days after `after`, through and with `through`; negative when `through` is the earlier.
    pub(super) fn between(self, after: NaiveDate, through: NaiveDate) -> i64 {
        match self {
            Self::Working(calendar) => calendar.working_days_between(after, through),
            Self::Natural => through.signed_duration_since(after).num_days(),
        }
    }

    /// The `count`-th counted day after `from`; `from` itself for 0.
    pub(super) fn advance(self, from: NaiveDate, count: i64) -> Result<NaiveDate, CalendarError> {
        match self {
            Self::Working(calendar) => {
                let count = u32::try_from(count).map_err(|_| CalendarError::OutOfRange)?;
                calendar.add_working_days(from, count)
            }
            Self::Natural => check(later(check(from)?, count)?),
        }
    }
}
