use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CalendarError;

/// Unit of a term. Every term names its unit; nothing is "days" by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TermUnit {
    /// Working day 工作日: statutory holidays and weekends are not counted (Administrative Licensing Law 许可法, art. 82).
    WorkingDay,
    /// Natural day 自然日: every day is counted; an end on a day off rolls to the next working day (Civil Code 民法典, art. 203).
    NaturalDay,
    /// Month 月: ends on the same day number, or on the last day of the month (Civil Code, art. 202), then rolls likewise.
    Month,
    /// Hour 小时: elapsed time from the event (Civil Code, art. 201).
    Hour,
}

impl TermUnit {
    /// The name on the wire and in the database: `working_day`, `natural_day`, `month`, `hour`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorkingDay => "working_day",
            Self::NaturalDay => "natural_day",
            Self::Month => "month",
            Self::Hour => "hour",
        }
    }
}

impl fmt::Display for TermUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Term 期限: a length of time with its unit, such as 20 working days. From 0 to 3650 of any unit; 0 ends on day 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "RawTerm", deny_unknown_fields)]
#[schema(example = json!({ "value": 20, "unit": "working_day" }))]
pub struct Term {
    /// How many units.
    #[schema(minimum = 0, maximum = 3650)]
    value: u16,
    /// The unit.
    unit: TermUnit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    value: u32,
    unit: TermUnit,
}

impl TryFrom<RawTerm> for Term {
    type Error = CalendarError;

    fn try_from(raw: RawTerm) -> Result<Self, Self::Error> {
        Self::new(raw.value, raw.unit)
    }
}

impl Term {
    /// The greatest value of any unit: ten years of days. Beyond it a greater unit says the same.
    pub const MAX_VALUE: u16 = 3650;

    /// A term of `value` units. Fails with [`CalendarError::TermTooLong`] above [`Term::MAX_VALUE`].
    pub fn new(value: u32, unit: TermUnit) -> Result<Self, CalendarError> {
        match u16::try_from(value) {
            Ok(value) if value <= Self::MAX_VALUE => Ok(Self { value, unit }),
            _ => Err(CalendarError::TermTooLong(value)),
        }
    }

    /// A term in working days; fails as [`Term::new`].
    pub fn working_days(value: u32) -> Result<Self, CalendarError> {
        Self::new(value, TermUnit::WorkingDay)
    }

    /// A term in natural days; fails as [`Term::new`].
    pub fn natural_days(value: u32) -> Result<Self, CalendarError> {
        Self::new(value, TermUnit::NaturalDay)
    }

    /// A term in months; fails as [`Term::new`].
    pub fn months(value: u32) -> Result<Self, CalendarError> {
        Self::new(value, TermUnit::Month)
    }

    /// A term in hours; fails as [`Term::new`].
    pub fn hours(value: u32) -> Result<Self, CalendarError> {
        Self::new(value, TermUnit::Hour)
    }

    /// How many units, 0 to 3650.
    pub const fn value(self) -> u16 {
        self.value
    }

    /// The unit.
    pub const fn unit(self) -> TermUnit {
        self.unit
    }
}

/// Terms compare only within one unit: 20 working days and 30 natural days have no order.
impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.unit == other.unit).then(|| self.value.cmp(&other.value))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.unit)
    }
}
