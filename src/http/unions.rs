//! The tagged unions of request bodies: a field that a variant does not know is refused, and the document says so.
//!
//! The derive puts `additionalProperties: false` on structs alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

/// Closes the variants of every tagged union that a request body is made of. What is part of an `allOf` stays open: it
/// would refuse the fields of the other parts.
pub(super) fn close(document: &mut Value) {
    let open: BTreeSet<String> = references(document).into_iter().filter(|(_, part)| *part).map(|(n, _)| n).collect();
    let names = sent(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if names.contains(name) && !open.contains(name) {
            close_variants(schema);
        }
    }
}

/// Lets the parts of every `allOf` be parts: one that knows no other fields would refuse those of its neighbours. Such a
/// part is told in place, open.
pub(super) fn open_parts(document: &mut Value) {
    let whole = document.clone();
    let mut left = vec![document];
    while let Some(value) = left.pop() {
        if let Some(parts) = value.get_mut("allOf").and_then(Value::as_array_mut) {
            parts.iter_mut().for_each(|part| open(part, &whole));
        }
        match value {
            Value::Object(fields) => left.extend(fields.values_mut()),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
}

fn open(part: &mut Value, document: &Value) {
    let name = part.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(SCHEMAS));
    let target = name.and_then(|name| document.pointer(&format!("/components/schemas/{name}")));
    let Some(target) = target.filter(|t| t.get("additionalProperties") == Some(&Value::Bool(false))) else { return };
    *part = target.clone();
    part.as_object_mut().map(|part| part.remove("additionalProperties"));
}

/// The names of all schemas that request bodies are made of.
fn sent(document: &Value) -> BTreeSet<String> {
    let paths = document.get("paths").and_then(Value::as_object);
    let operations = paths.into_iter().flat_map(Map::values).filter_map(Value::as_object).flat_map(Map::values);
    let bodies = operations.filter_map(|operation| operation.get("requestBody"));
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut left: Vec<&Value> = bodies.collect();
    while let Some(value) = left.pop() {
        for name in references(value).into_keys() {
            let schema = document.pointer(&format!("/components/schemas/{name}"));
            left.extend(schema.filter(|_| names.insert(name)));
        }
    }
    names
}

/// The schemas that a value names, and whether as part of an `allOf`.
fn references(value: &Value) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let mut left = vec![(value, false)];
    while let Some((value, part)) = left.pop() {
        match value {
            Value::Object(fields) => left.extend(fields.iter().map(|(name, field)| (field, name == "allOf"))),
            Value::Array(items) => left.extend(items.iter().map(|item| (item, part))),
            _ => {}
        }
        let name = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(SCHEMAS));
        if let Some(name) = name {
            *found.entry(name.to_owned()).or_insert(false) |= part;
        }
    }
    found
}

fn close_variants(schema: &mut Value) {
    let Some(variants) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else { return };
    let mut tags = variants.iter().map(tags);
    let Some(first) = tags.next() else { return };
    if tags.fold(first, |common, more| &common & &more).is_empty() {
        return;
    }
    for variant in variants.iter_mut().filter_map(Value::as_object_mut) {
        variant.entry("additionalProperties").or_insert(Value::Bool(false));
    }
}

/// The properties of a variant that must have one certain value.
fn tags(variant: &Value) -> BTreeSet<String> {
    let required = variant.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let certain = |name: &&str| {
        let property = variant.get("properties").and_then(|properties| properties.get(*name));
        let options = property.and_then(|p| p.get("enum")).and_then(Value::as_array);
        property.is_some_and(|p| p.get("const").is_some()) || options.is_some_and(|options| options.len() == 1)
    };
    required.filter(certain).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use serde_json::json;

    fn variant(kind: &str) -> Value {
        json!({ "type": "object", "required": ["kind"], "properties": { "kind": { "enum": [kind] } } })
    }

    fn reference(name: &str) -> Value {
        json!({ "$ref": format!("{SCHEMAS}{name}") })
    }

    #[test]
    fn the_tagged_unions_of_request_bodies_are_closed_and_nothing_else_is() {
        let union = json!({ "oneOf": [variant("a"), variant("b")] });
        let body =
            |schema: Value| json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } });
        let mut document = json!({
            "paths": {
                "/inner": { "post": body(reference("Outer")) },
                "/shown": { "get": { "responses": { "200": reference("Shown") } } }
            },
            "components": { "schemas": {
                "Outer": { "properties": { "inner": { "oneOf": [reference("Inner"), { "type": "null" }] }, "x": reference("Whole") } },
                "Inner": union, "Shown": union,
                "Whole": { "allOf": [reference("Part"), { "properties": { "more": {} } }] },
                "Part": union, "Strict": { "type": "object", "additionalProperties": false },
                "Both": { "allOf": [reference("Strict"), { "properties": { "more": {} } }] }
            } }
        });
        close(&mut document);
        open_parts(&mut document);
        let schemas = &document["components"]["schemas"];
        let closed = |name: &str| {
            let variants = schemas[name]["oneOf"].as_array().unwrap();
            variants.iter().all(|variant| variant["additionalProperties"] == json!(false))
        };
        assert_eq!(["Inner", "Shown", "Part"].map(closed), [true, false, false]);
        assert_eq!(schemas["Both"]["allOf"][0], json!({ "type": "object" }));
        assert_eq!(schemas["Outer"]["properties"]["inner"]["oneOf"], json!([reference("Inner"), { "type": "null" }]));
    }
}
