#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::as_conversions)]

mod files;
mod lights;
mod limits;
mod oracle;
mod pauses;
mod properties;
mod vectors;
mod zones;

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::*;

static CALENDARS: LazyLock<Calendars> = LazyLock::new(|| Calendars::embedded().unwrap());

const SHANGHAI: Tz = Tz::Asia__Shanghai;
const LOS_ANGELES: Tz = Tz::America__Los_Angeles;

fn cn() -> &'static WorkCalendar {
    CALENDARS.get("cn").unwrap()
}

fn us() -> &'static WorkCalendar {
    CALENDARS.get("us").unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// 09:30 in Shanghai on `text`.
fn morning(text: &str) -> DateTime<Utc> {
    local_to_utc(day(text).and_time(NaiveTime::from_hms_opt(9, 30, 0).unwrap()), SHANGHAI).unwrap()
}

fn wd(value: u32) -> Term {
    Term::working_days(value).unwrap()
}

fn nd(value: u32) -> Term {
    Term::natural_days(value).unwrap()
}

fn months(value: u32) -> Term {
    Term::months(value).unwrap()
}

fn hours(value: u32) -> Term {
    Term::hours(value).unwrap()
}

fn ledger(pauses: &[(&str, Option<&str>)]) -> PauseLedger {
    let mut ledger = PauseLedger::default();
    for (first, last) in pauses {
        let pause = match last {
            Some(last) => Pause::closed(day(first), day(last), PauseReason::Hearing),
            None => Pause::open(day(first), PauseReason::Hearing),
        };
        ledger.add(pause.unwrap()).unwrap();
    }
    ledger
}

fn clock(start: &str, budget: Term) -> ClockSpec {
    ClockSpec::new(budget, morning(start))
}

fn due(clock: &ClockSpec) -> Due {
    // No open pause in these clocks, so the day of computation must not matter.
    let due = clock.due(cn(), SHANGHAI, day("2026-01-01")).unwrap();
    assert_eq!(due, clock.due(cn(), SHANGHAI, day("2030-01-01")).unwrap());
    due
}

/// The last day of a clock in China.
fn due_on(clock: &ClockSpec) -> NaiveDate {
    due(clock).due_on
}
