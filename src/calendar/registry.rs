use std::collections::BTreeMap;
use std::sync::Arc;

use super::{CalendarError, WorkCalendar};

/// The calendars that are loaded, by code.
#[derive(Debug, Clone, Default)]
pub struct Calendars(BTreeMap<String, Arc<WorkCalendar>>);

impl Calendars {
    /// The calendars that ship with the program: `cn` (State Council notices 2015–2026) and `us` (federal holidays
    /// 2015–2026). Fails only if a shipped file is broken.
    pub fn embedded() -> Result<Self, CalendarError> {
        let mut calendars = Self::default();
        for json in [include_str!("../../config/calendars/cn.json"), include_str!("../../config/calendars/us.json")] {
            calendars.insert(WorkCalendar::from_json(json)?);
        }
        Ok(calendars)
    }

    /// The calendar with this code, if it is loaded. Cheap to clone.
    pub fn get(&self, code: &str) -> Option<&Arc<WorkCalendar>> {
        self.0.get(code)
    }

    /// Adds a calendar, or replaces the one with the same code. Running clocks must then be computed anew.
    pub fn insert(&mut self, calendar: WorkCalendar) {
        self.0.insert(calendar.code().to_owned(), Arc::new(calendar));
    }

    /// Lays a calendar over the one with the same code: its years take the place of the same years, the others stay. One
    /// that is not loaded yet is added. Fails with [`CalendarError::OtherWeekend`]. Running clocks must then be computed
    /// anew.
    pub fn lay_over(&mut self, calendar: WorkCalendar) -> Result<(), CalendarError> {
        let whole = match self.get(calendar.code()) {
            Some(known) => known.with_years_of(&calendar)?,
            None => calendar,
        };
        self.insert(whole);
        Ok(())
    }

    /// All calendars, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<WorkCalendar>> {
        self.0.values()
    }
}
