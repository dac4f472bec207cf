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

/// Every file of the program.
pub fn files() -> Vec<PathBuf> {
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
pub fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether a file holds nothing but tests.
pub fn is_test(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "tests")
        || path.ends_with("tests.rs")
        || path.to_string_lossy().ends_with("_tests.rs")
}

fn storey(room: &str) -> Option<usize> {
    STOREYS.iter().position(|s| s.contains(&room))
}

/// Rooms named from the crate's root: `crate::room`, `crate::{room, other::…}`, and `super::super::room` where that many
/// `super` lead there.
fn used(path: &Path, code: &str) -> Vec<String> {
    let own = modules(path);
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        rooms.extend(first_names(rest));
    }
    for (at, _) in code.match_indices("super::").filter(|(at, _)| !code[..*at].ends_with("super::")) {
        let mut rest = &code[at..];
        let mut ups = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, ups) = (after, ups + 1);
        }
        if ups == own {
            rooms.extend(first_names(rest));
        }
    }
    rooms
}

/// How many modules deep a file stands below the crate's root.
fn modules(path: &Path) -> usize {
    let parts = path.strip_prefix(SRC).unwrap().components().count();
    if path.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// The first name after `::`, or the first name of each path in its braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(inside) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut names, mut start) = (1, Vec::new(), 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            names.push(name(&inside[start..at]));
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name: &String| !name.is_empty());
    names
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let file = Path::new(SRC).join("cases/routes.rs");
    let seen = |code: &str| used(&file, code);
    assert_eq!(seen("use crate::store::Tx;"), ["store"]);
    assert_eq!(seen("use crate::{access::{Call, Units}, store, http::need};"), ["access", "store", "http"]);
    assert_eq!(seen("super::super::outbox::send(); super::model::Stage"), ["outbox"]);
    assert_eq!(seen("use super::super::{app, demo::rows};"), ["app", "demo"]);
    assert_eq!(used(&Path::new(SRC).join("cases/mod.rs"), "use super::outbox;"), ["outbox"]);
    assert_eq!(
        used(&Path::new(SRC).join("accounts/routes/staff.rs"), "use super::super::model;"),
        Vec::<String>::new()
    );
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
        for to in used(file, &code(file)) {
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

/// Files beside a `store.rs` that name a table, each an idea of its own with one query. This list may only shrink.
const QUERIES: &[&str] = &["cases/list.rs", "cases/statistics.rs", "outbox/batch.rs"];

#[test]
fn a_table_is_named_in_a_store_and_by_its_whole_path_alone() {
    let mut wrong = Vec::new();
    let mut beside = std::collections::BTreeSet::new();
    for file in files().iter().filter(|f| !is_test(f) && room(f) != "store") {
        let text = code(file);
        let place = file.strip_prefix(SRC).unwrap().to_string_lossy().into_owned();
        // `use crate::store::schema;`, `use crate::store::{schema, …}`: tables named by them would not be seen.
        let whole = text.matches("store::schema::").count();
        if text.contains("store::schema;") || text.contains("store::schema as") || braced(&text) {
            wrong.push(place.clone());
        }
        let in_store = place.ends_with("/store.rs") || place.contains("/store/");
        if whole > 0 && !in_store {
            beside.insert(place);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(beside, QUERIES.iter().map(|q| (*q).to_owned()).collect());
}

/// Whether `schema` stands in a list of what is used from the store or from the crate.
fn braced(text: &str) -> bool {
    let of_store = text.split("store::{").skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
    let of_crate = text.split("crate::{").skip(1).map(|rest| rest.split(';').next().unwrap_or_default());
    of_store
        .chain(of_crate)
        .any(|list| list.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "schema"))
}

#[test]
fn what_leaves_a_transaction_unrecorded_is_counted() {
    let uses: usize = files().iter().filter(|f| !is_test(f)).map(|f| code(f).matches(".unrecorded(").count()).sum();
    // Blocks of numbers, leases, positions, counters, which calendars were computed with, loading that changed nothing: each
    // call says why. One more: record a fact instead, or say here why not. One less: lower the number.
    assert_eq!(uses, UNRECORDED);
}

/// How many there are.
const UNRECORDED: usize = 26;

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

#[test]
fn every_reason_for_an_open_endpoint_is_some_endpoints() {
    let all: String = files().iter().filter(|f| !is_test(f)).map(|f| code(f)).collect();
    let unused: Vec<_> =
        gcrm::http::why::ALL.iter().filter(|(name, ..)| !all.contains(&format!("Open<why::{name}>"))).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
