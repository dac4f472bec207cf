//! What is wrong with a finished OpenAPI document; for tests.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::operations::METHODS;

/// Operations without id, summary, description, known tag or success, and bodies without an example; ids and tags told
/// twice; references to nothing.
pub fn defects(document: &Value) -> Vec<String> {
    let mut defects = Vec::new();
    let mut tags = BTreeSet::new();
    for tag in document.get("tags").and_then(Value::as_array).into_iter().flatten() {
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        if !tags.insert(name) {
            defects.push(format!("tag {name} is told twice"));
        }
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, operation) in METHODS.iter().filter_map(|method| Some((method, item.get(*method)?))) {
            let mut add = |what: &str| defects.push(format!("{method} {path}: {what}"));
            described(operation, &tags, &mut add);
            if !ids.insert(operation.get("operationId").map(ToString::to_string)) {
                add("operationId used twice");
            }
            bodies(operation).filter(|(_, media)| lacks_example(media)).for_each(|(name, _)| {
                add(&format!("no example of the {name}"));
            });
        }
    }
    references(document, document, &mut defects);
    defects
}

fn described(operation: &Value, tags: &BTreeSet<&str>, add: &mut impl FnMut(&str)) {
    for name in ["operationId", "summary", "description"] {
        if operation.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
            add(&format!("no {name}"));
        }
    }
    let tag = operation.get("tags").and_then(|t| t.get(0)).and_then(Value::as_str);
    if tag.is_none_or(|tag| !tags.contains(tag)) {
        add("no tag that is described");
    }
    let mut statuses = operation.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    if !statuses.any(|status| status.starts_with('2') || status.starts_with('3')) {
        add("no success");
    }
}

/// The JSON bodies of an operation: the request's, and those of successes.
pub fn bodies(operation: &Value) -> impl Iterator<Item = (String, &Value)> {
    let request = operation.get("requestBody").map(|body| ("request".to_owned(), body));
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let successes =
        responses.filter(|(status, _)| status.starts_with('2')).map(|(status, body)| (status.clone(), body));
    request.into_iter().chain(successes).flat_map(|(name, body)| {
        let contents = body.get("content").and_then(Value::as_object).into_iter().flatten();
        contents.filter(|(kind, _)| kind.ends_with("json")).map(move |(_, media)| (name.clone(), media))
    })
}

fn lacks_example(media: &Value) -> bool {
    media.get("example").or_else(|| media.get("examples")).is_none_or(Value::is_null)
}

fn references(part: &Value, document: &Value, defects: &mut Vec<String>) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref")
                && reference.strip_prefix('#').is_none_or(|pointer| document.pointer(pointer).is_none())
            {
                defects.push(format!("{reference} is not there"));
            }
            fields.values().for_each(|field| references(field, document, defects));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, document, defects)),
        _ => {}
    }
}
