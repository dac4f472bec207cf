//! Refusals (401, 403), counted in memory and written in aggregated form, so that nobody can flood the journal with them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use chrono::NaiveDate;

use crate::clock::Clock;
use crate::error::{Code, Failure};
use crate::store::Store;

use super::store::{self, RefusalRow};

/// How many counters are kept between two writes; refusals of further principals are counted together.
const MOST: usize = 10_000;

type Key = (NaiveDate, String, String, Code);

/// The counters since the last write.
#[derive(Default)]
pub(super) struct Refusals(Mutex<HashMap<Key, i64>>);

impl Refusals {
    pub(super) fn count(&self, request: &HttpRequest, clock: &Clock, principal: &str, code: Code) {
        let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        let operation = format!("{} {route}", request.method());
        self.add((clock.now().utc().date_naive(), operation, principal.to_owned(), code), 1);
    }

    fn add(&self, mut key: Key, count: i64) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST && !counters.contains_key(&key) {
            key.2 = "others".to_owned();
        }
        let counter = counters.entry(key).or_insert(0);
        *counter = counter.saturating_add(count);
    }

    pub(super) async fn flush(&self, store: &Store) -> Result<usize, Failure> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return Ok(0);
        }
        let mut rows: Vec<RefusalRow> = taken.iter().map(row).collect();
        // Always in the same order, so that two instances do not lock each other out.
        rows.sort_by(|a, b| {
            (a.day, &a.operation, &a.principal, &a.code).cmp(&(b.day, &b.operation, &b.principal, &b.code))
        });
        let written = rows.len();
        let outcome = store
            .write(move |tx| {
                store::add_refusals(tx, &rows)?;
                Ok(tx.unrecorded("refusals are counted, not told one by one", ()))
            })
            .await;
        if let Err(failure) = outcome {
            taken.into_iter().for_each(|(key, count)| self.add(key, count));
            return Err(failure);
        }
        Ok(written)
    }
}

fn row(((day, operation, principal, code), count): (&Key, &i64)) -> RefusalRow {
    RefusalRow {
        day: *day,
        operation: operation.clone(),
        principal: principal.clone(),
        code: code.code().to_owned(),
        count: *count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_principals_does_not_grow_the_counters_without_end() {
        let refusals = Refusals::default();
        let day = NaiveDate::from_ymd_opt(2026, 2, 12).unwrap();
        for n in 0..MOST + 50 {
            refusals.add((day, "GET /a".into(), format!("acct_{n}"), Code::Forbidden), 1);
        }
        let counters = refusals.0.lock().unwrap();
        assert_eq!(counters.len(), MOST + 1);
        assert_eq!(counters.get(&(day, "GET /a".into(), "others".into(), Code::Forbidden)), Some(&50));
    }
}
