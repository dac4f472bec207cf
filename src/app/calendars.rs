//! Whether the calendars that are loaded are those that the jurisdictions count by.

use std::collections::BTreeSet;

use super::App;
use crate::agencies::Tree;
use crate::calendar::{Calendars, local_date};
use crate::error::Failure;

/// Refuses calendars that a jurisdiction's is not among: no due day of it could be computed.
///
/// # Errors
/// Which jurisdiction, and what to do.
pub(super) fn fit(calendars: &Calendars, tree: &Tree) -> Result<(), Failure> {
    for held in tree.jurisdictions() {
        let (jurisdiction, code) = (&held.definition.code, &held.definition.calendar);
        if calendars.get(code.as_str()).is_none() {
            return Err(Failure::internal(format!(
                "jurisdiction {jurisdiction} counts by calendar {code}, which is not loaded: put its file into the folder \
                 that calendars.directory names"
            )));
        }
    }
    Ok(())
}

impl App {
    /// The years that calendars of jurisdictions should know by now and do not: what is due in them stays provisional.
    pub fn missing_years(&self) -> BTreeSet<(String, i32)> {
        let now = self.clock.now().utc();
        let mut missing = BTreeSet::new();
        for held in self.tree.jurisdictions() {
            let today = local_date(now, held.definition.time_zone);
            let calendar = self.cases.calendars.get(held.definition.calendar.as_str());
            let years = calendar.map(|calendar| calendar.missing_years(today)).unwrap_or_default();
            missing.extend(years.into_iter().map(|year| (held.definition.calendar.to_string(), year)));
        }
        missing
    }

    /// Tells the log which years are missing.
    pub(super) fn warn_of_missing_years(&self) {
        for (calendar, year) in self.missing_years() {
            tracing::warn!(
                calendar,
                year,
                "the calendar does not know this year: due days in it stay provisional, and nothing is deemed accepted or \
                 withdrawn by them, until its file is in the folder that calendars.directory names"
            );
        }
    }
}
