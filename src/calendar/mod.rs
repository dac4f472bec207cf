//! Working time and legal clocks 期限: which days are worked, when a term ends, what a pause takes out, what colour a
//! clock shows.
//!
//! Rooms enter through [`Calendars`] (which days are worked), [`Term`] (a length with its unit), [`PauseLedger`] (days
//! that are not counted) and [`ClockSpec`] (all of it together, giving [`Due`], [`Light`] and [`TimeLeft`]).
//!
//! Always true here:
//! - nothing reads a clock, a file or a database: instants and calendars are arguments;
//! - a calendar day is a day of the jurisdiction's time zone, never of the machine or of UTC;
//! - `now >= due_at` exactly when the clock is overdue: `due_at` is exclusive;
//! - no computation walks day by day, and none panics: what leaves the years 1 to 9999 is
//!   [`CalendarError::OutOfRange`].

mod clock;
mod counting;
mod error;
mod file;
mod light;
mod local;
mod pause;
mod paused;
mod registry;
mod term;
mod work_calendar;

#[cfg(test)]
mod tests;

pub use clock::{ClockSpec, Due};
pub use error::CalendarError;
pub use light::{Light, Schedule, TimeLeft};
pub use local::{local_date, local_to_utc, next_local_midnight, start_of_local_day};
pub use pause::{Pause, PauseLedger, PauseReason};
pub use registry::Calendars;
pub use term::{Term, TermUnit};
pub use work_calendar::WorkCalendar;
