//! The architecture, read off the `use` lines: who may know whom.

use std::path::{Path, PathBuf};

const SRC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// From the top to the ground; a room may use what stands below it. Rooms of one storey meet through ids, public
/// functions that take a `Tx`, and events.
const STOREYS: &[&[&str]] = &[
    &["main"],
    &["commands", "demo"],
    &["app", "workers", "recipients"],
    &["accounts", "agencies", "cases", "catalogue", "customers", "outbox"],
    &["http"],
    &["access"],
    &["journal"],
    &["store", "keys", "calendars"],
    &["seal", "clock", "ids", "error", "config", "localized", "checkdigits", "calendar"],
];

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(SRC)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The room a file belongs to.
fn room(path: &Path) -> String {
    let first = path.strip_prefix(SRC).unwrap().components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// A file's text without its tests and comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "tests")
        || path.ends_with("tests.rs")
        || path.to_string_lossy().ends_with("_tests.rs")
}

fn storey(room: &str) -> Option<usize> {
    STOREYS.iter().position(|s| s.contains(&room))
}

/// Rooms named by `crate::room`.
fn used(code: &str) -> Vec<String> {
    let after = code.split("crate::").skip(1);
    after.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
}

#[test]
fn every_room_has_its_storey() {
    let unknown: Vec<_> = files().iter().map(|f| room(f)).filter(|r| r != "lib" && storey(r).is_none()).collect();
    assert_eq!(unknown, Vec::<String>::new(), "give the room a storey");
}

#[test]
fn a_room_uses_only_what_stands_below_it_or_beside_it() {
    // Types that a column or a token is made of name the store's macros from below.
    let macros = |room: &str, to: &str| to == "store" && ["ids", "clock", "config"].contains(&room);
    // The journal's routes stand on the door, which stands on the journal: facts below, the way to read them above.
    let journals_routes =
        |file: &Path, to: &str| file.ends_with("journal/routes.rs") && ["http", "access"].contains(&to);
    let mut wrong = Vec::new();
    for file in files().iter().filter(|f| !is_test(f)) {
        let from = room(file);
        let Some(own) = storey(&from) else { continue };
        for to in used(&code(file)) {
            if storey(&to).is_some_and(|s| s < own) && !macros(&from, &to) && !journals_routes(file, &to) {
                wrong.push(format!("{} uses {to}", file.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn models_and_workflows_know_neither_actix_nor_diesel_and_routes_know_no_diesel() {
    let mut wrong = Vec::new();
    for file in files() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = code(&file);
        let uses = |krate: &str| text.lines().any(|l| l.trim_start().starts_with(&format!("use {krate}")));
        let pure = ["model.rs", "workflow.rs"].contains(&name.as_str()) || room(&file) == "calendar";
        if pure && (uses("actix_web") || uses("diesel")) {
            wrong.push(file.display().to_string());
        }
        let route = name == "routes.rs" || name == "verbs.rs" || file.parent().is_some_and(|p| p.ends_with("routes"));
        if route && uses("diesel") {
            wrong.push(file.display().to_string());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_table_is_named_by_its_own_room_alone() {
    let mut owners: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> = Default::default();
    for file in files().iter().filter(|f| !is_test(f)) {
        if room(file) == "store" {
            continue;
        }
        let text = code(file).replace('\n', " ");
        for part in text.split("store::schema::").skip(1) {
            let list = match part.strip_prefix('{') {
                Some(several) => several.split('}').next().unwrap(),
                None => part.split(';').next().unwrap(),
            };
            for table in list.split(',').map(|t| t.split([' ', ':']).find(|w| !w.is_empty()).unwrap_or_default()) {
                if !table.is_empty() {
                    owners.entry(table.to_owned()).or_default().insert(room(file));
                }
            }
        }
    }
    let shared: Vec<_> = owners.iter().filter(|(_, rooms)| rooms.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

#[test]
fn what_leaves_a_transaction_unrecorded_is_counted() {
    let uses: usize = files().iter().filter(|f| !is_test(f)).map(|f| code(f).matches(".unrecorded(").count()).sum();
    // Blocks of numbers, leases, positions, counters, loading that changed nothing: each call says why. May only shrink.
    assert!(uses <= 40, "{uses} uses of unrecorded: record a fact instead, or say why not and lower something else");
}

#[test]
fn the_environment_and_the_clock_are_read_in_one_place_each() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|f| !is_test(f)) {
        let text = code(file);
        for (what, place) in
            [("std::env::var", "config/sources.rs"), ("Utc::now", "clock.rs"), ("Uuid::now_v7", "ids.rs")]
        {
            if text.contains(what) && !file.ends_with(place) {
                wrong.push(format!("{}: {what}", file.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Diesel gives a column that may be left to its default a statement that is prepared anew for each row.
#[test]
fn an_insert_is_prepared_once_since_no_column_is_left_to_its_default() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|f| !is_test(f)) {
        let text = code(file);
        let derives = text.split("#[derive(").skip(1).filter(|rest| {
            rest.split_once(")]").is_some_and(|(list, _)| list.split(", ").any(|derived| derived == "Insertable"))
        });
        for rest in derives {
            let attributes = rest.split_once("struct ").map_or("", |(attributes, _)| attributes);
            if !attributes.contains("treat_none_as_default_value = false") {
                wrong.push(format!("{}: {}", file.display(), attributes.lines().nth(1).unwrap_or_default()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
