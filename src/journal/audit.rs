//! The auditor's list: the whole journal, newest first, with filters. It has no index for every filter, and needs none: each
//! call looks at a bounded stretch and says where to go on, and a time range is found by halving.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::event::Event;
use super::store::{self, Sought};
use super::view::AuditRow;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::CaseId;
use crate::store::Db;

/// Positions that one call looks at, at most.
const STRETCH: i64 = 20_000;
/// Clocks of instances differ, and rows wait for the ledger: by how much the order of `recordedAt` may be off.
const SLACK: TimeDelta = TimeDelta::hours(1);

/// What to look for. Absent parts match everything.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct AuditFilter {
    /// Such as `case.accepted`.
    #[param(max_length = 100)]
    pub event: Option<String>,
    /// The account, the client, or `system`.
    #[param(max_length = 100)]
    pub actor: Option<String>,
    /// The case.
    pub case_id: Option<CaseId>,
    /// Recorded at this instant or later.
    pub from: Option<Timestamp>,
    /// Recorded before this instant.
    pub to: Option<Timestamp>,
    /// Where the last call ended: its `next`.
    #[param(minimum = 1)]
    pub before: Option<i64>,
    /// How many rows at most.
    #[serde(default = "fifty")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
}

fn fifty() -> i64 {
    50
}

/// A stretch of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// Rows that match, newest first; possibly none although there are older ones.
    #[schema(max_items = 200)]
    pub items: Vec<AuditRow>,
    /// Ask with this as `before` for older rows; null when there are none.
    #[schema(required, minimum = 1)]
    pub next: Option<i64>,
}

impl AuditFilter {
    /// # Errors
    /// 400 with every wrong parameter.
    pub fn check(&self) -> Result<(), Failure> {
        let mut errors = Vec::new();
        let mut wrong = |name: &str, code: &str, what: &str| {
            errors.push(crate::error::FieldError::new(name, code, what));
        };
        if !(1..=200).contains(&self.limit) {
            wrong("limit", "out_of_range", "give a number from 1 to 200");
        }
        if self.before.is_some_and(|before| before < 1) {
            wrong("before", "out_of_range", "give the `next` of the last answer");
        }
        if self.event.as_ref().is_some_and(|event| !Event::NAMES.contains(&event.as_str())) {
            wrong("event", "unknown_event", "give the name of an event, such as case.accepted");
        }
        if errors.is_empty() { Ok(()) } else { Err(Failure::Invalid(errors)) }
    }
}

/// Rows that match, newest first.
///
/// # Errors
/// The database being away.
pub fn audit(db: &mut impl Db, filter: &AuditFilter) -> Result<AuditPage, Failure> {
    let head = store::head(db)?.map_or(0, |head| head.position);
    let newest = match filter.to {
        Some(to) => first_recorded(db, head, to.plus(SLACK))?.saturating_sub(1),
        None => head,
    };
    let newest = filter.before.map_or(newest, |before| newest.min(before.saturating_sub(1)));
    let oldest = match filter.from {
        Some(from) => first_recorded(db, head, from.plus(-SLACK))?,
        None => 1,
    };
    let stop = oldest.max(newest.saturating_sub(STRETCH).saturating_add(1));
    let sought = Sought {
        event: filter.event.clone(),
        actor: filter.actor.clone(),
        case_id: filter.case_id.map(|id| id.to_string()),
        from: filter.from,
        to: filter.to,
    };
    let rows = store::sought(db, &sought, stop..=newest, filter.limit)?;
    let full = i64::try_from(rows.len()).is_ok_and(|found| found >= filter.limit);
    let reached = rows.last().filter(|_| full).and_then(|row| row.position).unwrap_or(stop);
    let items = rows.into_iter().map(AuditRow::of).collect::<Result<_, _>>()?;
    Ok(AuditPage { items, next: Some(reached).filter(|reached| *reached > oldest) })
}

/// The first position recorded at `instant` or later, by halving; the one after the head when there is none.
fn first_recorded(db: &mut impl Db, head: i64, instant: Timestamp) -> Result<i64, Failure> {
    let (mut low, mut high) = (1, head.saturating_add(1));
    while low < high {
        let middle = low.midpoint(high);
        match store::recorded_at(db, middle)? {
            Some(recorded) if recorded < instant => low = middle.saturating_add(1),
            _ => high = middle,
        }
    }
    Ok(low)
}
