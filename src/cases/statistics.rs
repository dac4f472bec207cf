//! Figures of a service item: cases, endings, median hours to closing, on-time share. What the public is told and the
//! demonstration's report come from the same query.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::store::{Predicate, handed_in};
use super::workflow::Stage;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::store::Db;
use crate::store::schema::cases;

/// Figures of one service item, over all its versions; whole, and so for whoever may know of each case.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The jurisdiction.
    pub jurisdiction: String,
    /// The item's code.
    pub code: String,
    /// All cases that were handed in.
    pub cases: i64,
    /// Not ended.
    pub open: i64,
    /// Closed.
    pub closed: i64,
    /// Refused acceptance.
    pub rejected: i64,
    /// Withdrawn.
    pub withdrawn: i64,
    /// Terminated with a referral.
    pub terminated: i64,
    /// Closed cases that had a term.
    pub with_term: i64,
    /// Median of the elapsed hours from receipt to closing over closed cases, to 4 decimals; none without any.
    pub median_hours_to_close: Option<f64>,
    /// Closed cases that kept their term ÷ closed cases that had one, to 4 decimals; none without any.
    pub on_time_share: Option<f64>,
}

/// The figures of one item; of the cases of one source, where it is named.
///
/// # Errors
/// The database being away.
pub fn of_item(db: &mut impl Db, jurisdiction: &str, code: &str, source: Option<&str>) -> Result<Figures, Failure> {
    let of = || which(jurisdiction, code, source);
    let stages: Vec<(Stage, i64)> = cases::table
        .filter(of())
        .filter(handed_in())
        .group_by(cases::stage)
        .select((cases::stage, count_star()))
        .load(db.conn()?)?;
    let closed: Vec<(Timestamp, Option<Timestamp>, Option<bool>)> = cases::table
        .filter(of())
        .filter(cases::stage.eq(Stage::Closed))
        .select((cases::received_at, cases::ended_at, cases::on_time))
        .load(db.conn()?)?;
    let hours = closed.iter().filter_map(|(from, to, _)| to.map(|to| hours_between(*from, to))).collect();
    let (kept, with_term) = kept(closed.iter().map(|(_, _, on_time)| *on_time));
    let count = |stage| stages.iter().filter(|(s, _)| *s == stage).map(|(_, n)| n).sum();
    Ok(Figures {
        jurisdiction: jurisdiction.to_owned(),
        code: code.to_owned(),
        cases: stages.iter().map(|(_, n)| n).sum(),
        open: stages.iter().filter(|(s, _)| !s.is_end()).map(|(_, n)| n).sum(),
        closed: count(Stage::Closed),
        rejected: count(Stage::Rejected),
        withdrawn: count(Stage::Withdrawn),
        terminated: count(Stage::Terminated),
        with_term: i64::try_from(with_term).map_err(Failure::internal)?,
        median_hours_to_close: median(hours).map(four_decimals),
        on_time_share: share(kept, with_term).map(four_decimals),
    })
}

fn which(jurisdiction: &str, code: &str, source: Option<&str>) -> Predicate {
    let all = cases::jurisdiction.eq(jurisdiction.to_owned()).and(cases::item_code.eq(code.to_owned()));
    match source {
        Some(source) => Box::new(all.and(cases::source.eq(source.to_owned()))),
        None => Box::new(all),
    }
}

/// How many kept their term, and how many had one.
fn kept(on_time: impl Iterator<Item = Option<bool>>) -> (usize, usize) {
    let known: Vec<bool> = on_time.flatten().collect();
    (known.iter().filter(|kept| **kept).count(), known.len())
}

/// Elapsed hours; seconds are exact in a double.
fn hours_between(from: Timestamp, to: Timestamp) -> f64 {
    let seconds = (to.utc() - from.utc()).num_seconds();
    i32::try_from(seconds).map_or(f64::MAX, f64::from) / 3600.0
}

/// The middle value; between the two middle ones, their mean.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let (low, high) = (values.get(last / 2)?, values.get(last.div_ceil(2))?);
    Some((low + high) / 2.0)
}

fn share(part: usize, whole: usize) -> Option<f64> {
    let (part, whole) = (u32::try_from(part).ok()?, u32::try_from(whole).ok()?);
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

fn four_decimals(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn a_case_without_a_term_is_neither_on_time_nor_late() {
        assert_eq!(kept([Some(true), None, Some(false), None].into_iter()), (1, 2));
        let (none, of_none) = kept([None, None].into_iter());
        assert_eq!(share(none, of_none), None);
    }

    #[test]
    fn a_share_of_nothing_is_no_number() {
        assert_eq!(share(0, 0), None);
        assert_eq!(share(1, 3).map(four_decimals), Some(0.3333));
    }
}
