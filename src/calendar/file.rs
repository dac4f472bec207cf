use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::work_calendar::{ExceptionKind, Week};
use super::{CalendarError, WorkCalendar};

/// The form of a file in `config/calendars`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    calendar: String,
    name: BTreeMap<String, String>,
    weekend: Vec<String>,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    years: Years,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    days_off: Vec<NaiveDate>,
    make_up_workdays: Vec<NaiveDate>,
}

/// Kept as a list: a map would drop the first of two lists for one year without a word.
struct Years(Vec<(String, YearFile)>);

impl<'de> Deserialize<'de> for Years {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct YearsVisitor;

        impl<'de> Visitor<'de> for YearsVisitor {
            type Value = Years;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one entry for each year")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Years, A::Error> {
                let mut years = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    years.push(entry);
                }
                Ok(Years(years))
            }
        }

        deserializer.deserialize_map(YearsVisitor)
    }
}

impl WorkCalendar {
    /// Reads a calendar in the form of the files in `config/calendars`. Everything is checked: a day off must be a
    /// weekday, a make-up workday a weekend day, each under its own year and once. The error names the entry.
    pub fn from_json(json: &str) -> Result<Self, CalendarError> {
        let file: CalendarFile =
            serde_json::from_str(json).map_err(|error| CalendarError::Malformed(error.to_string()))?;
        let code = parse_code(file.calendar)?;
        let week = parse_week(&file.weekend)?;
        let mut years = BTreeSet::new();
        let mut exceptions = BTreeMap::new();
        for (year, lists) in file.years.0 {
            let year = parse_year(&year)?;
            if !years.insert(year) {
                return Err(CalendarError::RepeatedYear(year));
            }
            add_year(year, &lists, week, &mut exceptions)?;
        }
        Ok(Self::new(code, file.name, week, years, exceptions))
    }
}

fn add_year(
    year: i32,
    lists: &YearFile,
    week: Week,
    exceptions: &mut BTreeMap<NaiveDate, ExceptionKind>,
) -> Result<(), CalendarError> {
    let days_off = lists.days_off.iter().map(|date| (*date, ExceptionKind::DayOff));
    let make_ups = lists.make_up_workdays.iter().map(|date| (*date, ExceptionKind::MakeUp));
    for (date, kind) in days_off.chain(make_ups) {
        if date.year() != year {
            return Err(CalendarError::DateOutsideYear { year, date });
        }
        match (kind, week.works(date.weekday())) {
            (ExceptionKind::DayOff, false) => return Err(CalendarError::DayOffOnWeekend(date)),
            (ExceptionKind::MakeUp, true) => return Err(CalendarError::MakeUpOnWeekday(date)),
            (ExceptionKind::DayOff, true) | (ExceptionKind::MakeUp, false) => {}
        }
        if exceptions.insert(date, kind).is_some() {
            return Err(CalendarError::RepeatedDate(date));
        }
    }
    Ok(())
}

fn parse_code(code: String) -> Result<String, CalendarError> {
    let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=32).contains(&code.len()) && code.chars().all(usable) {
        Ok(code)
    } else {
        Err(CalendarError::UnusableCode(code))
    }
}

fn parse_week(weekend: &[String]) -> Result<Week, CalendarError> {
    let mut days = Vec::new();
    for name in weekend {
        let day = parse_weekday(name)?;
        if days.contains(&day) {
            return Err(CalendarError::RepeatedWeekday(name.clone()));
        }
        days.push(day);
    }
    Week::without(days).ok_or(CalendarError::NoWorkingWeekday)
}

/// Full lower-case names only: chrono's own parser would also take `sat` and `SATURDAY`.
fn parse_weekday(name: &str) -> Result<Weekday, CalendarError> {
    match name {
        "monday" => Ok(Weekday::Mon),
        "tuesday" => Ok(Weekday::Tue),
        "wednesday" => Ok(Weekday::Wed),
        "thursday" => Ok(Weekday::Thu),
        "friday" => Ok(Weekday::Fri),
        "saturday" => Ok(Weekday::Sat),
        "sunday" => Ok(Weekday::Sun),
        _ => Err(CalendarError::UnknownWeekday(name.to_owned())),
    }
}

fn parse_year(year: &str) -> Result<i32, CalendarError> {
    let digits = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    match year.parse() {
        Ok(number) if digits && (1900..=2999).contains(&number) => Ok(number),
        _ => Err(CalendarError::UnusableYear(year.to_owned())),
    }
}
