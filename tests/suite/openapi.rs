//! The OpenAPI document: committed as generated, without defects, and nothing behind it undocumented.

use gcrm::{app, http};

fn document() -> serde_json::Value {
    http::document(&app::about(), app::document_routes)
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let committed = include_str!("../../openapi/gcrm.v1.json");
    let generated = serde_json::to_string_pretty(&document()).unwrap();
    assert!(committed.trim_end() == generated, "stale: run `cargo run -- openapi > openapi/gcrm.v1.json`");
}

#[test]
fn the_document_has_no_defects() {
    assert_eq!(http::defects(&document()), Vec::<String>::new());
}

#[test]
fn the_variants_of_what_customers_write_of_themselves_take_no_unknown_field() {
    let document = document();
    for name in ["ContactText", "CustomerDetails", "DetailsPatch"] {
        let variants = document["components"]["schemas"][name]["oneOf"].as_array().unwrap();
        assert!(variants.iter().all(|variant| variant["additionalProperties"] == false), "{name}");
    }
}

/// POSTs without an `Idempotency-Key`, each with its reason. This list may only shrink.
const NOT_IDEMPOTENT: &[(&str, &str)] = &[
    ("getClientToken", "a repeated one gives another token; tokens are not kept"),
    ("logIn", "a repeated one opens another session; its tokens are not kept"),
    ("refreshSession", "has a repetition of its own: the same token gives the same answer for ten seconds"),
    ("searchCustomers", "changes nothing: a search with its number in the body"),
];

#[test]
fn every_post_declares_the_idempotency_key_but_for_a_short_list_with_reasons() {
    let document = document();
    let mut without = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        let Some(post) = item.get("post") else { continue };
        let parameters = post["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|p| p["name"] == "Idempotency-Key") {
            without.push(post["operationId"].as_str().unwrap().to_owned());
        }
    }
    without.sort();
    assert_eq!(without, NOT_IDEMPOTENT.iter().map(|(id, _)| *id).collect::<Vec<_>>());
}

/// Changes of what is there that take no `If-Match`, each with its reason. This list may only shrink.
const UNCONDITIONAL: &[(&str, &str)] = &[("logOut", "ends the caller's own session, whatever became of it")];

#[test]
fn every_put_patch_and_delete_declares_if_match_but_for_a_short_list_with_reasons() {
    let document = document();
    let mut without = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for method in ["put", "patch", "delete"] {
            let Some(operation) = item.get(method) else { continue };
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            if !parameters.iter().any(|p| p["name"] == "If-Match") {
                without.push(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    without.sort();
    assert_eq!(without, UNCONDITIONAL.iter().map(|(id, _)| *id).collect::<Vec<_>>());
}

/// Verbs that raise a version: they change what somebody has seen, and take `If-Match` although they are POSTs.
#[test]
fn every_verb_on_a_case_and_every_new_secret_declares_if_match() {
    let document = document();
    let free = ["addNote", "evaluateCase", "createCase"];
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(post) = item.get("post") else { continue };
        let id = post["operationId"].as_str().unwrap();
        let verb = path.starts_with("/cases/{id}/") || path.ends_with("/secret") || path.ends_with("/verification");
        let parameters = post["parameters"].as_array().cloned().unwrap_or_default();
        if verb && !free.contains(&id) {
            assert!(parameters.iter().any(|p| p["name"] == "If-Match"), "{id}");
        }
    }
}

#[test]
fn descriptions_speak_of_the_api_and_not_of_its_code() {
    let text = document().to_string();
    for word in ["`Debug`", "`Display`", "serde", "struct"] {
        let found = text.find(&format!(" {word} ")).map(|at| &text[at..text.len().min(at + 60)]);
        assert_eq!(found, None);
    }
}

#[test]
fn every_example_of_a_body_is_what_its_schema_allows() {
    let document = document();
    let mut wrong = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(_, o)| o["operationId"].is_string()) {
            for (name, media) in http::bodies(operation) {
                let root = serde_json::json!({ "allOf": [media["schema"]], "components": document["components"] });
                let validator = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
                let examples = media["examples"].as_object().into_iter().flatten().map(|(_, e)| &e["value"]);
                for example in examples.chain(media.get("example")) {
                    wrong.extend(
                        validator
                            .iter_errors(example)
                            .map(|error| format!("{method} {path}, {name}, {}: {error}", error.instance_path())),
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
