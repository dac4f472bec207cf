//! What the public is told of a service item's figures: nothing that rests on few cases, since whoever knows of one of them
//! would learn what became of it; and counted now and then, however often anybody asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::get;
use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;

use super::routes::Rooms;
use super::statistics::{Figures, of_item};
use crate::access::Call;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::http::{Answer, Caller, Id, Open, Reply, why};
use crate::ids::ServiceItemId;
use crate::store::Reader;

/// Fewer cases than this are few 小单元.
const FEW: i64 = 5;
/// How old figures are that are told again instead of being counted anew.
const KEPT: TimeDelta = TimeDelta::minutes(5);
/// How long anybody may keep an answer, in seconds.
const CACHE_SECONDS: u32 = 300;
/// How long a request waits while figures are being counted.
const PATIENCE: Duration = Duration::from_secs(5);

/// Figures of one service item, over all its versions, up to ten minutes old. A figure that rests on fewer than five cases
/// is null, and so is the next larger count where the others would give it away; of fewer than five cases in all, every one.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "jurisdiction": "us-la", "code": "Bulky Items", "cases": 4470, "open": 12, "closed": 4400, "rejected": 0,
    "withdrawn": 58, "terminated": 0, "medianHoursToClose": 45.1, "onTimeShare": 0.9812
}))]
pub struct ItemStatistics {
    /// The jurisdiction.
    pub jurisdiction: String,
    /// The item's code.
    pub code: String,
    /// All cases that were handed in.
    #[schema(required)]
    pub cases: Option<i64>,
    /// Not ended.
    #[schema(required)]
    pub open: Option<i64>,
    /// Closed.
    #[schema(required)]
    pub closed: Option<i64>,
    /// Refused acceptance.
    #[schema(required)]
    pub rejected: Option<i64>,
    /// Withdrawn.
    #[schema(required)]
    pub withdrawn: Option<i64>,
    /// Terminated with a referral.
    #[schema(required)]
    pub terminated: Option<i64>,
    /// Median of the elapsed hours from receipt to closing over closed cases, to 4 decimals.
    #[schema(required)]
    pub median_hours_to_close: Option<f64>,
    /// Closed cases that kept their term ÷ closed cases that had one, to 4 decimals.
    #[schema(required)]
    pub on_time_share: Option<f64>,
}

impl From<Figures> for ItemStatistics {
    fn from(whole: Figures) -> Self {
        let Figures { cases, open, closed, rejected, withdrawn, terminated, with_term, .. } = whole;
        let hidden = hidden(vec![open, closed, rejected, withdrawn, terminated]);
        let told = |count: i64| (cases >= FEW && (count == 0 || count > hidden)).then_some(count);
        Self {
            jurisdiction: whole.jurisdiction,
            code: whole.code,
            cases: told(cases),
            open: told(open),
            closed: told(closed),
            rejected: told(rejected),
            withdrawn: told(withdrawn),
            terminated: told(terminated),
            median_hours_to_close: whole.median_hours_to_close.filter(|_| closed >= FEW),
            on_time_share: whole.on_time_share.filter(|_| with_term >= FEW),
        }
    }
}

/// The largest part of a whole that is not told: few cases are not; and while all that is not told is few together, nor is
/// the next larger part, since the whole less the other parts tells their sum.
fn hidden(mut parts: Vec<i64>) -> i64 {
    parts.retain(|part| *part > 0);
    parts.sort_unstable();
    let (mut largest, mut together) = (0, 0_i64);
    for part in parts {
        if part >= FEW && (together == 0 || together >= FEW) {
            break;
        }
        (largest, together) = (part, together.saturating_add(part));
    }
    largest
}

/// Jurisdiction and code of an item.
type Item = (String, String);

/// The figures that were counted lately. One item is counted at a time: whoever asks for many takes one connection to the
/// database, not all. Cheap to clone.
#[derive(Clone, Default)]
pub struct PublicFigures {
    known: Arc<Mutex<BTreeMap<Item, (Timestamp, ItemStatistics)>>>,
    counting: Arc<tokio::sync::Mutex<()>>,
}

impl PublicFigures {
    /// What the public is told of an item.
    ///
    /// # Errors
    /// The database being away, or busy with the figures of other items.
    async fn of(&self, caller: &Caller, item: Item) -> Result<ItemStatistics, Failure> {
        if let Some(figures) = self.known(&item, caller.call().now) {
            return Ok(figures);
        }
        let turn = tokio::time::timeout(PATIENCE, self.counting.clone().lock_owned()).await;
        let turn = turn.map_err(|_| Failure::Unavailable("figures of other items are being counted".to_owned()))?;
        // Whoever had the turn before may have counted the same.
        if let Some(figures) = self.known(&item, caller.call().now) {
            return Ok(figures);
        }
        let kept = self.clone();
        let count = move |db: &mut Reader<'_>, call: &Call| {
            // The turn is over when the count is, though whoever asked may be gone by then.
            let _turn = turn;
            let figures = ItemStatistics::from(of_item(db, &item.0, &item.1, None)?);
            kept.lock().insert(item, (call.now, figures.clone()));
            Ok(figures)
        };
        caller.read(count).await
    }

    fn known(&self, item: &Item, now: Timestamp) -> Option<ItemStatistics> {
        let known = self.lock();
        let (counted_at, figures) = known.get(item)?;
        (now < counted_at.plus(KEPT)).then(|| figures.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Item, (Timestamp, ItemStatistics)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Figures of a service item
///
/// Cases, endings, median hours to closing, on-time share, over all versions of the item. What rests on few cases is not
/// told.
#[utoipa::path(
    operation_id = "getServiceItemStatistics",
    tag = "catalogue",
    params(("id" = ServiceItemId, Path, description = "A version of the service item.")),
    responses((status = 200, description = "The figures.", body = ItemStatistics))
)]
#[get("/service-items/{id}/statistics")]
pub(super) async fn item_statistics(open: Open<why::Catalogue>, rooms: Rooms, Id(id): Id<ServiceItemId>) -> Answer {
    let item = rooms.cases.items.by_id(id).ok_or_else(Failure::not_found)?;
    let item = (item.jurisdiction.code.to_string(), item.item.code.to_string());
    Ok(Reply::ok(rooms.cases.figures.of(&open, item).await?, None)?.cached(CACHE_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(open: i64, closed: i64, rejected: i64, withdrawn: i64, terminated: i64) -> [Option<i64>; 6] {
        let cases = open + closed + rejected + withdrawn + terminated;
        let (jurisdiction, code) = (String::new(), String::new());
        let (median_hours_to_close, on_time_share) = (Some(1.0), Some(1.0));
        #[rustfmt::skip]
        let told = ItemStatistics::from(Figures {
            jurisdiction, code, cases, open, closed, rejected, withdrawn, terminated,
            with_term: closed, median_hours_to_close, on_time_share,
        });
        // Both rest on the closed cases.
        let figures = [told.median_hours_to_close, told.on_time_share];
        assert_eq!(figures.map(|figure| figure.is_some()), [closed >= 5; 2]);
        [told.cases, told.open, told.closed, told.rejected, told.withdrawn, told.terminated]
    }

    #[test]
    fn of_fewer_than_five_cases_nothing_is_told_not_even_that_there_are_some() {
        assert_eq!(told(0, 0, 0, 0, 0), [None; 6]);
        assert_eq!(told(0, 1, 0, 0, 0), [None; 6]);
        assert_eq!(told(1, 1, 1, 1, 0), [None; 6]);
        assert_eq!(told(0, 5, 0, 0, 0), [Some(5), Some(0), Some(5), Some(0), Some(0), Some(0)]);
    }

    #[test]
    fn a_small_part_is_not_told_and_cannot_be_had_by_subtraction() {
        // 4,470 less the others would tell the one that was terminated.
        assert_eq!(told(12, 4400, 0, 58, 1), [Some(4471), None, Some(4400), Some(0), Some(58), None]);
        // Four that are not told are as few as one.
        assert_eq!(told(7, 100, 3, 1, 0), [Some(111), None, Some(100), None, None, Some(0)]);
        assert_eq!(told(20, 100, 3, 2, 0), [Some(125), Some(20), Some(100), None, None, Some(0)]);
        assert_eq!(told(1, 6, 0, 0, 0), [Some(7), None, None, Some(0), Some(0), Some(0)]);
        assert_eq!(told(6, 5, 7, 8, 9), [Some(35), Some(6), Some(5), Some(7), Some(8), Some(9)]);
    }
}
