use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CalendarError;
use super::local::check;

/// Why a clock is paused. The first eight are the special procedures 特别程序 of the Administrative Licensing Law
/// (许可法), art. 45.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// Hearing 听证.
    Hearing,
    /// Tender 招标.
    Tender,
    /// Auction 拍卖.
    Auction,
    /// Inspection 检验.
    Inspection,
    /// Testing 检测.
    Testing,
    /// Quarantine 检疫.
    Quarantine,
    /// Appraisal 鉴定.
    Appraisal,
    /// Expert review 专家评审.
    ExpertReview,
    /// Correction notice 补正通知: the clock waits for the applicant.
    Correction,
    /// Consultation of a third party or a co-author 征求意见 (条例711, art. 32–34).
    Consultation,
    /// Another procedure that a local rule names.
    Other,
}

impl PauseReason {
    /// The special procedures 特别程序: the time that one needs must be told to the applicant in writing (Licensing Law
    /// art. 45).
    pub const SPECIAL_PROCEDURES: [Self; 8] = [
        Self::Hearing,
        Self::Tender,
        Self::Auction,
        Self::Inspection,
        Self::Testing,
        Self::Quarantine,
        Self::Appraisal,
        Self::ExpertReview,
    ];

    /// Whether it is a special procedure.
    pub fn is_special_procedure(self) -> bool {
        Self::SPECIAL_PROCEDURES.contains(&self)
    }

    /// The name on the wire and in the database, such as `expert_review`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hearing => "hearing",
            Self::Tender => "tender",
            Self::Auction => "auction",
            Self::Inspection => "inspection",
            Self::Testing => "testing",
            Self::Quarantine => "quarantine",
            Self::Appraisal => "appraisal",
            Self::ExpertReview => "expert_review",
            Self::Correction => "correction",
            Self::Consultation => "consultation",
            Self::Other => "other",
        }
    }
}

/// Pause 中止: whole local days, first and last included, that a clock does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawPause", deny_unknown_fields)]
#[schema(example = json!({ "firstPausedDay": "2026-03-02", "lastPausedDay": "2026-03-06", "reason": "hearing" }))]
pub struct Pause {
    /// First day that is not counted.
    first_paused_day: NaiveDate,
    /// Last day that is not counted; `null` while the pause is open; the day before the first if no day was paused.
    last_paused_day: Option<NaiveDate>,
    /// Why.
    reason: PauseReason,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawPause {
    first_paused_day: NaiveDate,
    #[serde(default)]
    last_paused_day: Option<NaiveDate>,
    reason: PauseReason,
}

impl TryFrom<RawPause> for Pause {
    type Error = CalendarError;

    fn try_from(raw: RawPause) -> Result<Self, Self::Error> {
        match raw.last_paused_day {
            Some(last) => Self::closed(raw.first_paused_day, last, raw.reason),
            None => Self::open(raw.first_paused_day, raw.reason),
        }
    }
}

impl Pause {
    /// A pause whose end is not known yet. Fails with [`CalendarError::OutOfRange`] outside the years 1 to 9999.
    pub fn open(first_paused_day: NaiveDate, reason: PauseReason) -> Result<Self, CalendarError> {
        Ok(Self { first_paused_day: check(first_paused_day)?, last_paused_day: None, reason })
    }

    /// A pause that is over, or whose end is fixed. A last day one before the first pauses no day at all; an earlier
    /// one fails with [`CalendarError::PauseEndsBeforeItBegins`].
    pub fn closed(first: NaiveDate, last: NaiveDate, reason: PauseReason) -> Result<Self, CalendarError> {
        if check(last)? < day_before(check(first)?)? {
            return Err(CalendarError::PauseEndsBeforeItBegins { first, last });
        }
        Ok(Self { first_paused_day: first, last_paused_day: Some(last), reason })
    }

    /// First day that is not counted.
    pub const fn first_paused_day(&self) -> NaiveDate {
        self.first_paused_day
    }

    /// Last day that is not counted; `None` while the pause is open.
    pub const fn last_paused_day(&self) -> Option<NaiveDate> {
        self.last_paused_day
    }

    /// Why.
    pub const fn reason(&self) -> PauseReason {
        self.reason
    }

    /// Whether `date` is a paused day. An open pause covers every day from its first on.
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.first_paused_day <= date && self.last_paused_day.is_none_or(|last| date <= last)
    }
}

/// Pause ledger 中止记录: all pauses of a clock, at most one of them open. Pauses that overlap are one set of days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Vec<Pause>")]
#[schema(max_items = 100)]
pub struct PauseLedger(Vec<Pause>);

impl TryFrom<Vec<Pause>> for PauseLedger {
    type Error = CalendarError;

    fn try_from(pauses: Vec<Pause>) -> Result<Self, Self::Error> {
        let mut ledger = Self::default();
        for pause in pauses {
            ledger.add(pause)?;
        }
        Ok(ledger)
    }
}

impl PauseLedger {
    /// The most pauses a clock takes.
    pub const MAX_PAUSES: usize = 100;

    /// Adds a pause. Fails with [`CalendarError::AlreadyPaused`] if it is open and another is, and with
    /// [`CalendarError::TooManyPauses`] above [`PauseLedger::MAX_PAUSES`].
    pub fn add(&mut self, pause: Pause) -> Result<(), CalendarError> {
        if let (None, Some(open)) = (pause.last_paused_day, self.open_pause()) {
            return Err(CalendarError::AlreadyPaused(open.first_paused_day));
        }
        if self.0.len() >= Self::MAX_PAUSES {
            return Err(CalendarError::TooManyPauses);
        }
        self.0.push(pause);
        Ok(())
    }

    /// Opens a pause from `first_paused_day` on; fails as [`PauseLedger::add`] and [`Pause::open`].
    pub fn pause(&mut self, first_paused_day: NaiveDate, reason: PauseReason) -> Result<(), CalendarError> {
        self.add(Pause::open(first_paused_day, reason)?)
    }

    /// Ends the open pause and returns it as it now stands.
    ///
    /// `resumed_on` is the local date of the resumption. Without `last_paused_day` the last paused day is the day
    /// before; so a pause that is resumed on the day it began, or before it began, pauses no day. Fails with
    /// [`CalendarError::NotPaused`], [`CalendarError::PauseEndsBeforeItBegins`] or
    /// [`CalendarError::PauseEndsAfterResumption`], and then changes nothing.
    pub fn resume(
        &mut self,
        resumed_on: NaiveDate,
        last_paused_day: Option<NaiveDate>,
    ) -> Result<Pause, CalendarError> {
        let open = self.0.iter_mut().find(|pause| pause.last_paused_day.is_none()).ok_or(CalendarError::NotPaused)?;
        let first = open.first_paused_day;
        let last = match last_paused_day {
            Some(last) if last > resumed_on => {
                return Err(CalendarError::PauseEndsAfterResumption { resumed_on, last });
            }
            Some(last) => last,
            None => day_before(check(resumed_on)?.max(first))?,
        };
        *open = Pause::closed(first, last, open.reason)?;
        Ok(*open)
    }

    /// The pause whose end is not known yet, if there is one. It may begin in the future.
    pub fn open_pause(&self) -> Option<&Pause> {
        self.0.iter().find(|pause| pause.last_paused_day.is_none())
    }

    /// Whether `today` is a paused day.
    pub fn is_suspended(&self, today: NaiveDate) -> bool {
        self.0.iter().any(|pause| pause.covers(today))
    }

    /// All pauses, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Pause> {
        self.0.iter()
    }
}

fn day_before(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    date.pred_opt().ok_or(CalendarError::OutOfRange)
}
