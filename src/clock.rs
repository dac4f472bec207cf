//! Time: the one place that asks the machine for it. Everybody else is handed a [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The first instant there is: 0001-01-01T00:00:00Z. What has no year of four digits cannot be written in RFC 3339, which
/// SQLite keeps instants in, and could not be read back.
const FIRST: DateTime<Utc> = instant(-62_135_596_800_000_000);
/// The last one: 9999-12-31T23:59:59.999999Z.
const LAST: DateTime<Utc> = instant(253_402_300_799_999_999);

const fn instant(micros: i64) -> DateTime<Utc> {
    match DateTime::from_timestamp_micros(micros) {
        Some(instant) => instant,
        None => DateTime::<Utc>::UNIX_EPOCH,
    }
}

/// An instant in UTC of the years 1 to 9999, truncated to microseconds at birth, so that both databases and the API tell the
/// same instant.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = crate::store::Instant)]
#[schema(value_type = String, format = DateTime, example = "2026-02-12T01:30:00.000000Z")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Truncates to whole microseconds; outside the years 1 to 9999 it is the first or the last instant of them.
    pub fn new(instant: DateTime<Utc>) -> Self {
        Self(instant.trunc_subsecs(6).clamp(FIRST, LAST))
    }

    /// Truncates to whole microseconds; `None` outside the years 1 to 9999.
    fn within(instant: DateTime<Utc>) -> Option<Self> {
        let instant = instant.trunc_subsecs(6);
        (FIRST..=LAST).contains(&instant).then_some(Self(instant))
    }

    /// From microseconds since 1970-01-01T00:00:00Z; `None` outside the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).and_then(Self::within)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The chrono instant.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// This instant moved by `delta`; saturates at the years 1 and 9999.
    pub fn plus(self, delta: TimeDelta) -> Self {
        let end = if delta < TimeDelta::zero() { FIRST } else { LAST };
        Self::new(self.0.checked_add_signed(delta).unwrap_or(end))
    }

    /// Fixed-width RFC 3339 with microseconds and `Z`: sorts as text in time order.
    pub fn text(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// A text that is no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an RFC 3339 time of the years 1 to 9999 in UTC, such as 2026-02-12T01:30:00Z, is needed")]
pub struct NoInstant;

impl std::str::FromStr for Timestamp {
    type Err = NoInstant;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| NoInstant)?;
        Self::within(instant.with_timezone(&Utc)).ok_or(NoInstant)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where the present comes from: the machine, or a hand that tests (and nobody else) move.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine,
    Hand(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Self {
        Self(Source::Machine)
    }

    /// A clock that stands still at `start` until [`Clock::set`] moves it.
    pub fn fixed(start: Timestamp) -> Self {
        Self(Source::Hand(Arc::new(AtomicI64::new(start.micros()))))
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one reading of the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Machine => Timestamp::new(Utc::now()),
            Source::Hand(micros) => {
                Timestamp::from_micros(micros.load(Ordering::SeqCst)).unwrap_or(Timestamp(DateTime::<Utc>::UNIX_EPOCH))
            }
        }
    }

    /// Moves a fixed clock; a machine clock cannot be moved and ignores this.
    pub fn set(&self, to: Timestamp) {
        if let Source::Hand(micros) = &self.0 {
            micros.store(to.micros(), Ordering::SeqCst);
        }
    }
}
