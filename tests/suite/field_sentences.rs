//! Every code of a wrong field that the program can state, read off its source, has a sentence in every language: what a
//! room says of a field is English, and only by its code does a Chinese caller read Chinese.

use std::collections::BTreeSet;
use std::path::Path;

use gcrm::http::field_sentence;
use gcrm::localized::Lang;

use crate::architecture::{code, files, is_test};

/// What makes an error of a field: pointer first, then code. Helpers of a file are known by their parameter `code: &str`.
fn makers(code: &str) -> BTreeSet<String> {
    let helpers = code.lines().filter(|line| line.contains("code: &str")).filter_map(|line| {
        let (_, name) =
            line.split_once("let mut ").or_else(|| line.split_once("let ")).or_else(|| line.split_once("fn "))?;
        Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
    });
    helpers.chain(["FieldError::new".to_owned(), "Failure::field".to_owned()]).collect()
}

/// The arguments of a call, from behind its opening bracket.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut start, mut found) = (0, false, false, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push(text[start..at].trim());
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// A code that stands there as a literal.
fn literal(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    inner.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| inner.to_owned())
}

/// The codes that a file states in calls, and those that its error types give of themselves.
fn codes(path: &Path) -> BTreeSet<String> {
    let text = code(path);
    let mut found = BTreeSet::new();
    for maker in makers(&text) {
        let call = format!("{maker}(");
        let calls = text.split(&call).skip(1);
        found.extend(calls.filter_map(|call| literal(arguments(call).get(1)?)));
    }
    let own =
        text.split("\nimpl ").filter(|block| block.split_whitespace().next().is_some_and(|n| n.ends_with("Error")));
    for body in own.filter_map(|block| block.split_once("fn code(self) -> &'static str {")) {
        let arms = body.1.split("\n    }").next().unwrap_or_default();
        found.extend(arms.split("=> ").filter_map(|arm| literal(arm.split(',').next()?.trim())));
    }
    found
}

#[test]
fn the_codes_are_found_in_each_way_to_write_them() {
    let of = |path: &str| codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path));
    assert!(of("cases/admission.rs").is_superset(&["contradictory", "unknown_material"].map(str::to_owned).into()));
    assert!(of("cases/intake.rs").contains("unknown_case"));
    assert!(of("cases/number.rs").contains("case_number_check_character"));
    assert!(of("journal/audit.rs").contains("unknown_event"));
}

#[test]
fn every_code_of_a_wrong_field_has_a_sentence_in_every_language() {
    let all: BTreeSet<_> = files().iter().filter(|f| !is_test(f)).flat_map(|f| codes(f)).collect();
    assert!(all.len() > 70, "{all:?}");
    for lang in Lang::ALL {
        let without: Vec<_> = all.iter().filter(|code| field_sentence(lang, code, &[]) == **code).collect();
        assert_eq!(without, Vec::<&String>::new(), "{lang}");
    }
}
