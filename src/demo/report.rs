//! The report of the replay: the figures that the statistics endpoint tells the public of, whole, for the cases of the rows
//! alone.

use std::collections::BTreeSet;

use serde::Serialize;

use super::replay::SOURCE;
use super::rows::{Row, Unusual};
use crate::cases::Cases;
use crate::cases::statistics::{Figures, of_item};
use crate::error::Failure;
use crate::store::Db;

/// What `demo --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Rows in the file.
    pub rows: usize,
    /// Rows that have their case.
    pub imported: i64,
    /// Closed with a date.
    pub closed: i64,
    /// Withdrawn.
    pub withdrawn: i64,
    /// Terminated with a referral.
    pub referred: i64,
    /// Still open.
    pub open: i64,
    /// What is unusual about the rows that have their case, and how often.
    pub unusual: Vec<UnusualCount>,
    /// Figures of each service item.
    pub services: Vec<ServiceFigures>,
    /// Seconds the replay took in this run.
    pub seconds: f64,
}

/// How often something unusual occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnusualCount {
    /// What.
    pub reason: &'static str,
    /// How often.
    pub count: usize,
}

/// Figures of one service item.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceFigures {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Cases.
    pub cases: i64,
    /// Closed cases.
    pub closed: i64,
    /// Median hours from receipt to closing, to 4 decimals.
    pub median_hours_to_close: Option<f64>,
    /// Closed in time ÷ closed, to 4 decimals.
    pub on_time_share: Option<f64>,
}

/// The report over a jurisdiction's items.
///
/// # Errors
/// The database being away.
pub fn report(
    db: &mut impl Db,
    cases: &Cases,
    jurisdiction: &str,
    rows: &[Row],
    seconds: f64,
) -> Result<Report, Failure> {
    let mut items = cases.items.all_in_use();
    items.retain(|i| i.jurisdiction.code.as_str() == jurisdiction);
    let mut all: Vec<Figures> = Vec::new();
    let mut services = Vec::new();
    for item in items {
        let figures = of_item(db, jurisdiction, item.item.code.as_str(), Some(SOURCE))?;
        services.push(ServiceFigures {
            code: figures.code.clone(),
            name: item.item.names.get(crate::localized::Lang::En).to_owned(),
            cases: figures.cases,
            closed: figures.closed,
            median_hours_to_close: figures.median_hours_to_close,
            on_time_share: figures.on_time_share,
        });
        all.push(figures);
    }
    let sum = |of: fn(&Figures) -> i64| all.iter().map(of).sum();
    let standing = cases.standing(db, SOURCE)?;
    let imported: BTreeSet<&str> = standing.iter().map(|(number, ..)| number.as_str()).collect();
    let here: Vec<&Row> = rows.iter().filter(|r| imported.contains(r.number.as_str())).collect();
    let count = |u: &Unusual| here.iter().filter(|r| r.unusual.contains(u)).count();
    Ok(Report {
        rows: rows.len(),
        imported: sum(|s| s.cases),
        closed: sum(|s| s.closed),
        withdrawn: sum(|s| s.withdrawn),
        referred: sum(|s| s.terminated),
        open: sum(|s| s.open),
        unusual: Unusual::ALL.iter().map(|u| UnusualCount { reason: u.reason(), count: count(u) }).collect(),
        services,
        seconds: (seconds * 1000.0).round() / 1000.0,
    })
}
