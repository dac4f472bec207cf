use chrono::{DateTime, NaiveDate, Utc};
use thiserror::Error;

use super::TermUnit;

/// What cannot be read as a calendar, or cannot be done to a clock. Each sentence says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The calendar file is not JSON of the expected form.
    #[error("the calendar file cannot be read: {0}")]
    Malformed(String),
    /// The code is empty, too long, or has characters other than `a-z`, `0-9` and `-`.
    #[error("calendar code {0:?} is not usable: give 1 to 32 of a-z, 0-9 and '-'")]
    UnusableCode(String),
    /// A weekend day that is no English weekday in lower case.
    #[error("unknown weekday {0:?} in the weekend: write monday … sunday")]
    UnknownWeekday(String),
    /// The same weekend day twice.
    #[error("{0:?} is in the weekend twice: keep one")]
    RepeatedWeekday(String),
    /// All seven days are weekend, so that no term in working days could ever end.
    #[error("the weekend takes all seven days: leave at least one working day")]
    NoWorkingWeekday,
    /// A calendar that is laid over another, and has another weekend: the years that stay would be read wrongly.
    #[error("calendar {0:?} has another weekend than the one that is loaded: write the same")]
    OtherWeekend(String),
    /// A year that is not written as four digits from 1900 to 2999.
    #[error("year {0:?} is not usable: write four digits from 1900 to 2999")]
    UnusableYear(String),
    /// The same year twice; one of the two lists would be lost.
    #[error("year {0} is given twice: merge the two lists")]
    RepeatedYear(i32),
    /// A date listed under a year that is not its own.
    #[error("{date} is listed under year {year}: move it to its own year")]
    DateOutsideYear {
        /// The year it is listed under.
        year: i32,
        /// The date.
        date: NaiveDate,
    },
    /// The same date twice in one year.
    #[error("{0} is listed twice: keep one")]
    RepeatedDate(NaiveDate),
    /// A day off that the weekend already takes.
    #[error("day off {0} is a weekend day already: remove it")]
    DayOffOnWeekend(NaiveDate),
    /// A make-up workday 调休上班日 on a day that is worked anyway.
    #[error("make-up workday {0} is worked anyway: only a weekend day can be made up")]
    MakeUpOnWeekday(NaiveDate),
    /// A date or instant outside the years 1 to 9999, or a result that would be.
    #[error("the date is outside the years 1 to 9999: give an earlier or later one")]
    OutOfRange,
    /// A term longer than [`Term::MAX_VALUE`](super::Term::MAX_VALUE).
    #[error("a term of {0} is too long: give 0 to 3650, or use a greater unit")]
    TermTooLong(u32),
    /// A second extension 延期; a clock is extended once.
    #[error("the clock is extended already: a term is extended once")]
    AlreadyExtended,
    /// An extension that comes when the statutory clock is already due.
    #[error("the statutory clock was due at {0}: a term is extended only before it ends")]
    AlreadyDue(DateTime<Utc>),
    /// An extension in another unit than the budget.
    #[error("an extension in {extension} cannot be added to a budget in {budget}: use the unit of the budget")]
    UnitMismatch {
        /// Unit of the budget.
        budget: TermUnit,
        /// Unit of the extension.
        extension: TermUnit,
    },
    /// A pause is open already; overlapping pauses would be one set of days anyway.
    #[error("paused since {0} already: resume first")]
    AlreadyPaused(NaiveDate),
    /// There is no open pause to end.
    #[error("no pause is open: there is nothing to resume")]
    NotPaused,
    /// The last paused day lies more than a day before the first.
    #[error(
        "a pause from {first} cannot end on {last}: name a last paused day from {first} on, or the day before for none"
    )]
    PauseEndsBeforeItBegins {
        /// First paused day.
        first: NaiveDate,
        /// The last paused day that was asked for.
        last: NaiveDate,
    },
    /// The last paused day lies after the day of the resumption.
    #[error("the last paused day {last} is after the resumption on {resumed_on}: name that day or an earlier one")]
    PauseEndsAfterResumption {
        /// Local date of the resumption.
        resumed_on: NaiveDate,
        /// The last paused day that was asked for.
        last: NaiveDate,
    },
    /// More pauses than [`PauseLedger::MAX_PAUSES`](super::PauseLedger::MAX_PAUSES).
    #[error("a clock takes at most 100 pauses")]
    TooManyPauses,
}
