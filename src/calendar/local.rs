use chrono::{
    DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::{GapInfo, Tz};

use super::CalendarError;

/// The calendar day in `tz` at `instant`.
pub fn local_date(instant: DateTime<Utc>, tz: Tz) -> NaiveDate {
    let utc = instant.naive_utc();
    let offset = tz.offset_from_utc_datetime(&utc).fix();
    // Only the outermost hours of chrono's range lack a local time; there the UTC day stands in, and every
    // computation refuses it as out of range.
    utc.checked_add_offset(offset).unwrap_or(utc).date()
}

/// The instant at which `date` ends in `tz` (its 24:00, Civil Code art. 203): the exclusive end of a term that ends on
/// it. Fails with [`CalendarError::OutOfRange`] outside the years 1 to 9999.
pub fn next_local_midnight(date: NaiveDate, tz: Tz) -> Result<DateTime<Utc>, CalendarError> {
    start_of_local_day(date.succ_opt().ok_or(CalendarError::OutOfRange)?, tz)
}

/// The instant from which the local date is `date` or later, for good.
///
/// Where midnight is skipped the day starts at the end of the gap. Where midnight comes twice it is the first one,
/// unless the clock was set back into the day before, which is then not over until the second. Fails with
/// [`CalendarError::OutOfRange`] outside the years 1 to 9999 (the midnight that ends 9999 is still given).
pub fn start_of_local_day(date: NaiveDate, tz: Tz) -> Result<DateTime<Utc>, CalendarError> {
    let midnight = date.and_time(NaiveTime::MIN);
    match from_local(midnight, tz)? {
        Local::Once(instant) => Ok(instant),
        Local::Twice(early, late) => {
            let set_back_into_the_day_before = local_date(late - TimeDelta::nanoseconds(1), tz) < date;
            Ok(if set_back_into_the_day_before { late } else { early })
        }
        Local::Skipped { gap_starts, .. } => Ok(gap_starts),
    }
}

/// The instant of a local time that was written down without an offset, as old records are.
///
/// A time that came twice (clocks set back) is taken as the earlier; a time that never was (clocks set forward) is
/// shifted forward by the length of the gap, so 02:30 reads as 03:30. Both are RFC 5545's reading. Fails with
/// [`CalendarError::OutOfRange`] outside the years 1 to 9999.
pub fn local_to_utc(local: NaiveDateTime, tz: Tz) -> Result<DateTime<Utc>, CalendarError> {
    match from_local(local, tz)? {
        Local::Once(instant) | Local::Twice(instant, _) | Local::Skipped { shifted: instant, .. } => Ok(instant),
    }
}

enum Local {
    Once(DateTime<Utc>),
    Twice(DateTime<Utc>, DateTime<Utc>),
    Skipped { gap_starts: DateTime<Utc>, shifted: DateTime<Utc> },
}

fn from_local(local: NaiveDateTime, tz: Tz) -> Result<Local, CalendarError> {
    // One day more than `check`, for the midnight that ends the last day of 9999.
    let day_before = local.date().pred_opt().ok_or(CalendarError::OutOfRange)?;
    check(local.date()).or_else(|_| check(day_before))?;
    match tz.from_local_datetime(&local) {
        MappedLocalTime::Single(instant) => Ok(Local::Once(instant.to_utc())),
        MappedLocalTime::Ambiguous(early, late) => Ok(Local::Twice(early.to_utc(), late.to_utc())),
        MappedLocalTime::None => {
            let gap = GapInfo::new(&local, &tz).and_then(|gap| gap.begin);
            let (begin, before) = gap.ok_or(CalendarError::OutOfRange)?;
            let to_utc = |time: NaiveDateTime| {
                time.checked_sub_offset(before.fix()).map(|utc| utc.and_utc()).ok_or(CalendarError::OutOfRange)
            };
            Ok(Local::Skipped { gap_starts: to_utc(begin)?, shifted: to_utc(local)? })
        }
    }
}

/// Refuses dates outside the years 1 to 9999, those that RFC 3339 can write; so plain date arithmetic cannot overflow.
pub(super) fn check(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    if (1..=9999).contains(&date.year()) { Ok(date) } else { Err(CalendarError::OutOfRange) }
}
