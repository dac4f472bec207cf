//! Examples in the OpenAPI document, for bodies that state none themselves: put together from the examples, codes and bounds
//! of their fields, so that they cannot contradict their schemas (a test compares).

use serde_json::{Map, Value, json};

use super::operations::METHODS;

/// Deeper than any type of the API.
const DEPTH: usize = 30;

/// Fields that mean the same wherever they stand and whose schema says no more than that they are texts.
const FIELDS: &[(&str, &str)] = &[
    ("appealRoute", "Administrative review within 60 days 行政复议"),
    ("channel", "web"),
    ("code", "application"),
    ("comment", "Quick and friendly."),
    ("district", "Sample District"),
    ("event", "case.submitted"),
    ("externalRef", "1-2345678901"),
    ("hash", "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea"),
    ("href", "/api/v1/cases/case_069hhmn5mxzkb9g3d0qk2v7r8c/acceptance"),
    ("item", "food-business-licence"),
    ("jurisdiction", "cn-110101"),
    ("kid", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ("login", "citizen.one"),
    ("materials", "application"),
    ("method", "POST"),
    ("missing", "premises-layout"),
    ("name", "样例甲"),
    ("notice", "The layout of the premises is missing."),
    ("outcome", "granted"),
    ("preferredLanguage", "zh-CN"),
    ("reasons", "The kitchen has no hand basin (Food Safety Law art. 33)."),
    ("serviceItem", "food-business-licence"),
    ("source", "gcrm"),
];

/// Puts an example beside every JSON schema of a body that has none.
pub(super) fn add(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::iter_mut);
    for (_, operation) in operations.filter(|(method, _)| METHODS.contains(&method.as_str())) {
        operation.get_mut("requestBody").into_iter().for_each(|body| add_to(body, &schemas));
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        responses.into_iter().flat_map(Map::values_mut).for_each(|response| add_to(response, &schemas));
    }
}

fn add_to(body: &mut Value, schemas: &Value) {
    let contents = body.get_mut("content").and_then(Value::as_object_mut);
    for (_, media) in contents.into_iter().flatten().filter(|(kind, _)| kind.ends_with("json")) {
        let Some(media) = media.as_object_mut() else { continue };
        if media.contains_key("example") || media.contains_key("examples") {
            continue;
        }
        if let Some(example) = media.get("schema").and_then(|schema| Maker { schemas }.of(schema, "", DEPTH)) {
            media.insert("example".to_owned(), example);
        }
    }
}

struct Maker<'d> {
    schemas: &'d Value,
}

impl Maker<'_> {
    /// What a schema allows, as the field of a name; none where the depth is used up.
    fn of(&self, schema: &Value, name: &str, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        if let Some(stated) = stated(schema) {
            return Some(stated);
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let target = reference.rsplit('/').next().and_then(|target| self.schemas.get(target))?;
            return self.of(target, name, depth);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let made = parts.iter().filter_map(|part| self.of(part, name, depth));
            return made.reduce(merged);
        }
        if let Some(variants) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            let real = variants.iter().filter(|variant| variant.get("type").and_then(Value::as_str) != Some("null"));
            return real.filter_map(|variant| self.of(variant, name, depth)).next();
        }
        self.of_type(schema, name, depth)
    }

    fn of_type(&self, schema: &Value, name: &str, depth: usize) -> Option<Value> {
        match kind(schema) {
            "object" => {
                let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
                let made = fields.filter_map(|(name, field)| Some((name.clone(), self.of(field, name, depth)?)));
                Some(Value::Object(made.collect()))
            }
            "array" => {
                let item = schema.get("items").and_then(|items| self.of(items, name, depth));
                Some(Value::Array(item.into_iter().collect()))
            }
            "integer" | "number" => Some(schema.get("minimum").cloned().unwrap_or_else(|| json!(1))),
            "boolean" => Some(json!(false)),
            "string" => Some(json!(text(schema, name))),
            // A schema without a type allows anything.
            _ => Some(json!({})),
        }
    }
}

/// What a schema says itself.
fn stated(schema: &Value) -> Option<Value> {
    let first = |list: &str| schema.get(list).and_then(Value::as_array).and_then(|list| list.first()).cloned();
    let stated = schema.get("example").cloned().or_else(|| first("examples"));
    stated.or_else(|| schema.get("const").cloned()).or_else(|| first("enum")).filter(|stated| !stated.is_null())
}

/// The first type that is not null.
fn kind(schema: &Value) -> &str {
    let types = schema.get("type");
    let several = types.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    types.and_then(Value::as_str).or_else(|| several.into_iter().find(|kind| *kind != "null")).unwrap_or_default()
}

fn text(schema: &Value, name: &str) -> &'static str {
    match schema.get("format").and_then(Value::as_str) {
        Some("date") => "2026-02-12",
        Some("date-time") => "2026-02-12T01:30:00.000000Z",
        Some("password") => "lamp oven river 7",
        _ => FIELDS.iter().find(|(field, _)| *field == name).map_or("text", |(_, example)| example),
    }
}

fn merged(mut into: Value, more: Value) -> Value {
    if let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) {
        into.extend(more);
    }
    into
}
