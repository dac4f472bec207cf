use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::CalendarError;
use super::local::check;

/// The month in which the notice of the next year is out, or soon will be.
const NOTICE: u32 = 11;
/// The first day of December that the notice of the next year is taken to be able to move.
const LATE_DECEMBER: u32 = 25;

/// Working calendar 工作日历: a weekly pattern, and per year the days off 放假 and the make-up workdays 调休上班日 that
/// depart from it (China: the yearly notice of the State Council).
///
/// A year that is not loaded follows the weekly pattern alone; what was counted there is provisional. So is what was
/// counted in the last days of the year before it, from [`LATE_DECEMBER`] on: the notice of a year may move days there. That
/// of 2019 made Saturday 2018-12-29 a workday and Monday 2018-12-31 a day off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkCalendar {
    pub(super) code: String,
    pub(super) name: BTreeMap<String, String>,
    pub(super) week: Week,
    pub(super) years: BTreeSet<i32>,
    /// By date. Carries the running balance, so that counting needs two look-ups however long the span is.
    exceptions: Vec<Exception>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exception {
    date: NaiveDate,
    kind: ExceptionKind,
    /// Make-up workdays minus days off, from the first exception through this one.
    balance: i64,
}

/// How a day departs from the weekly pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExceptionKind {
    DayOff,
    MakeUp,
}

/// The weekdays that are worked, one bit each, Monday lowest. At least one bit is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Week(u8);

impl Week {
    /// `None` if the weekend leaves no day.
    pub(super) fn without(weekend: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let bits = weekend.into_iter().fold(0b111_1111, |bits: u8, day| bits & !(1 << day.num_days_from_monday()));
        (bits != 0).then_some(Self(bits))
    }

    pub(super) fn works(self, day: Weekday) -> bool {
        self.0 & (1 << day.num_days_from_monday()) != 0
    }

    fn days(self) -> i64 {
        i64::from(self.0.count_ones())
    }

    /// Days of the pattern from 0001-01-01, a Monday, through `date`.
    fn worked_through(self, date: NaiveDate) -> i64 {
        let days = i64::from(date.num_days_from_ce());
        let begun_week = self.0 & !(u8::MAX << days.rem_euclid(7));
        days.div_euclid(7) * self.days() + i64::from(begun_week.count_ones())
    }
}

impl WorkCalendar {
    /// `exceptions` by date, without repetition; the parser has checked them against the week.
    pub(super) fn new(
        code: String,
        name: BTreeMap<String, String>,
        week: Week,
        years: BTreeSet<i32>,
        exceptions: BTreeMap<NaiveDate, ExceptionKind>,
    ) -> Self {
        let mut balance = 0;
        let exceptions = exceptions
            .into_iter()
            .map(|(date, kind)| {
                balance += match kind {
                    ExceptionKind::DayOff => -1,
                    ExceptionKind::MakeUp => 1,
                };
                Exception { date, kind, balance }
            })
            .collect();
        Self { code, name, week, years, exceptions }
    }

    /// This calendar with the years of a newer one, which take the place of the same years.
    pub(super) fn with_years_of(&self, newer: &Self) -> Result<Self, CalendarError> {
        if self.week != newer.week {
            return Err(CalendarError::OtherWeekend(self.code.clone()));
        }
        let kept = self.exceptions.iter().filter(|exception| !newer.years.contains(&exception.date.year()));
        let exceptions = kept.chain(&newer.exceptions).map(|exception| (exception.date, exception.kind)).collect();
        let years = self.years.union(&newer.years).copied().collect();
        Ok(Self::new(self.code.clone(), newer.name.clone(), self.week, years, exceptions))
    }

    /// The code that jurisdictions name it by, such as `cn`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name, by language tag.
    pub fn name(&self) -> &BTreeMap<String, String> {
        &self.name
    }

    /// The weekdays that are not worked, Monday first.
    pub fn weekend(&self) -> impl Iterator<Item = Weekday> {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let week = self.week;
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun].into_iter().filter(move |day| !week.works(*day))
    }

    /// The years that are loaded, ascending.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.iter().copied()
    }

    /// Days off that the weekly pattern would have worked, ascending, all years.
    pub fn days_off(&self) -> impl Iterator<Item = NaiveDate> {
        self.exceptions_of(ExceptionKind::DayOff)
    }

    /// Weekend days that are worked, ascending, all years.
    pub fn make_up_workdays(&self) -> impl Iterator<Item = NaiveDate> {
        self.exceptions_of(ExceptionKind::MakeUp)
    }

    fn exceptions_of(&self, kind: ExceptionKind) -> impl Iterator<Item = NaiveDate> {
        self.exceptions.iter().filter(move |exception| exception.kind == kind).map(|exception| exception.date)
    }

    /// Whether the year's holidays are loaded.
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// The years that should be loaded on `today` and are not: this year, and the next from November on, when its notice
    /// comes.
    pub fn missing_years(&self, today: NaiveDate) -> Vec<i32> {
        let last = today.year() + i32::from(today.month() >= NOTICE);
        (today.year()..=last).filter(|year| !self.knows(*year)).collect()
    }

    /// Whether every year from that of `first` to that of `last` is loaded, and the year after it, too, where that one's
    /// notice may have moved the last days. True if `last` is before `first`.
    pub fn knows_all(&self, first: NaiveDate, last: NaiveDate) -> bool {
        if last < first {
            return true;
        }
        let late = last.month() == 12 && last.day() >= LATE_DECEMBER;
        let end = last.year() + i32::from(late);
        let wanted = i64::from(end) - i64::from(first.year()) + 1;
        let known = self.years.range(first.year()..=end).count();
        i64::try_from(known).is_ok_and(|known| known == wanted)
    }

    /// Whether `date` is worked. In a year that is not loaded, whether its weekday is.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        match self.exceptions.binary_search_by_key(&date, |exception| exception.date) {
            Ok(at) => self.exceptions.get(at).is_some_and(|exception| exception.kind == ExceptionKind::MakeUp),
            Err(_) => self.week.works(date.weekday()),
        }
    }

    /// The `count`-th working day after `date`, which itself is day 0 and not counted (Civil Code art. 201); `date`
    /// itself for a count of 0. Fails with [`CalendarError::OutOfRange`] outside the years 1 to 9999.
    pub fn add_working_days(&self, date: NaiveDate, count: u32) -> Result<NaiveDate, CalendarError> {
        let date = check(date)?;
        if count == 0 {
            return Ok(date);
        }
        let wanted = self.worked_through(date) + i64::from(count);
        // Even if every exception were a day off in these weeks, they hold `count` working days.
        let most_exceptions = i64::try_from(self.exceptions.len()).map_err(|_| CalendarError::OutOfRange)?;
        let weeks = (i64::from(count) + most_exceptions) / self.week.days() + 1;
        let (mut short, mut enough) = (0, weeks * 7);
        while enough - short > 1 {
            let middle = i64::midpoint(short, enough);
            if self.worked_through(later(date, middle)?) < wanted {
                short = middle;
            } else {
                enough = middle;
            }
        }
        check(later(date, enough)?)
    }

    /// Working days after `after`, through and with `through`; negative when `through` is the earlier.
    pub fn working_days_between(&self, after: NaiveDate, through: NaiveDate) -> i64 {
        self.worked_through(through) - self.worked_through(after)
    }

    /// Working days from 0001-01-01 through `date`, up to a constant.
    fn worked_through(&self, date: NaiveDate) -> i64 {
        let past = self.exceptions.partition_point(|exception| exception.date <= date);
        let last = past.checked_sub(1).and_then(|at| self.exceptions.get(at));
        self.week.worked_through(date) + last.map_or(0, |exception| exception.balance)
    }
}

/// `days` after `date`.
pub(super) fn later(date: NaiveDate, days: i64) -> Result<NaiveDate, CalendarError> {
    TimeDelta::try_days(days).and_then(|days| date.checked_add_signed(days)).ok_or(CalendarError::OutOfRange)
}
