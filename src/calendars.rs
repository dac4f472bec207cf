//! The working calendars at start: those of the program, and over them the operator's own.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use crate::calendar::{Calendars, WorkCalendar};
use crate::error::Failure;

/// The calendars that ship with the program, and over them the `*.json` of a folder: the years in a file take the place of
/// the same years, the others stay. Running clocks must then be computed anew.
///
/// # Errors
/// A folder or file that does not read, and a year that two files give: each says which file and what to do.
pub fn open(folder: Option<&Path>) -> Result<Calendars, Failure> {
    let mut calendars = Calendars::embedded().map_err(Failure::internal)?;
    let mut given: BTreeMap<(String, i32), PathBuf> = BTreeMap::new();
    for file in folder.map(files).transpose()?.unwrap_or_default() {
        let text = fs::read_to_string(&file).map_err(|error| unusable(&file, error))?;
        let calendar = WorkCalendar::from_json(&text).map_err(|error| unusable(&file, error))?;
        for year in calendar.years() {
            if let Some(other) = given.insert((calendar.code().to_owned(), year), file.clone()) {
                let code = calendar.code();
                let why = format!("year {year} of calendar {code} is in {}, too: keep one", other.display());
                return Err(unusable(&file, why));
            }
        }
        let (code, years) = (calendar.code().to_owned(), calendar.years().count());
        calendars.lay_over(calendar).map_err(|error| unusable(&file, error))?;
        tracing::info!(file = %file.display(), calendar = code, years, "calendar read");
    }
    Ok(calendars)
}

/// The `*.json` of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::internal(format!("the folder {} (calendars.directory) cannot be read: {error}", folder.display()))
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unusable(file: &Path, why: impl Display) -> Failure {
    Failure::internal(format!("calendar file {}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    const NEW_YEAR: &str = r#"{ "calendar": "cn", "name": { "en": "China" }, "weekend": ["saturday", "sunday"],
        "years": { "2027": { "days_off": ["2027-01-01"], "make_up_workdays": [] } } }"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn refused(files: &[(&str, &str)]) -> String {
        open(Some(folder(files).path())).unwrap_err().to_string()
    }

    #[test]
    fn a_file_with_a_new_year_leaves_the_years_that_are_known() {
        let folder = folder(&[("2027.json", NEW_YEAR), ("notes.txt", "no calendar")]);
        let calendars = open(Some(folder.path())).unwrap();
        let (known, embedded) = (calendars.get("cn").unwrap(), Calendars::embedded().unwrap());
        let before = embedded.get("cn").unwrap();
        assert!(known.knows(2027) && !before.knows(2027));
        assert!(before.years().all(|year| known.knows(year)));
        assert!(before.days_off().all(|day| !known.is_working_day(day)));
        assert!(before.make_up_workdays().all(|day| known.is_working_day(day)));
        assert_eq!(known.days_off().count(), before.days_off().count() + 1);
        assert_eq!(calendars.get("us"), embedded.get("us"));
    }

    #[test]
    fn a_year_in_a_file_takes_the_place_of_the_same_year() {
        let anew = NEW_YEAR.replace("2027", "2026");
        let calendars = open(Some(folder(&[("2026.json", &anew)]).path())).unwrap();
        let days: Vec<_> = calendars.get("cn").unwrap().days_off().map(|day| day.to_string()).collect();
        let of_2026: Vec<_> = days.iter().filter(|day| day.starts_with("2026")).collect();
        assert_eq!(of_2026, ["2026-01-01"]);
        assert!(days.iter().any(|day| day.starts_with("2025")));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_by_its_name_with_what_to_do() {
        assert!(open(Some(Path::new("nowhere"))).unwrap_err().to_string().contains("nowhere (calendars.directory)"));
        let broken = refused(&[("broken.json", "{")]);
        assert!(broken.contains("broken.json: the calendar file cannot be read"), "{broken}");
        let weekend = NEW_YEAR.replace("\"saturday\", ", "");
        let other = refused(&[("weekend.json", &weekend)]);
        assert!(other.contains("weekend.json: calendar \"cn\" has another weekend"), "{other}");
        let twice = refused(&[("a.json", NEW_YEAR), ("b.json", NEW_YEAR)]);
        assert!(twice.contains("b.json: year 2027 of calendar cn is in ") && twice.contains("a.json, too"), "{twice}");
    }
}
