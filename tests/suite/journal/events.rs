//! The published schema of the events against the events themselves.

use std::collections::BTreeSet;

use gcrm::journal::Event;
use gcrm::{app, http};
use serde_json::{Map, Value, json};

/// A value that a published schema takes.
fn sample(schemas: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(schemas, &schemas[reference.rsplit('/').next().unwrap()]);
    }
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(options) = schema["enum"].as_array() {
        return options[0].clone();
    }
    if let Some(options) = schema["oneOf"].as_array() {
        return sample(schemas, &options[0]);
    }
    let kind = schema["type"].as_array().map_or(&schema["type"], |kinds| &kinds[0]);
    match (kind.as_str().unwrap(), schema["format"].as_str()) {
        ("object", _) => Value::Object(
            properties(schema).iter().map(|(name, property)| (name.clone(), sample(schemas, property))).collect(),
        ),
        ("array", _) => json!([]),
        ("integer", _) => json!(1),
        ("boolean", _) => json!(true),
        (_, Some("date")) => json!("2026-02-12"),
        _ => json!("sample"),
    }
}

fn properties(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().unwrap()
}

fn names(value: &Map<String, Value>) -> BTreeSet<&String> {
    value.keys().collect()
}

#[test]
fn every_event_is_published_with_the_names_that_its_facts_have() {
    let document = http::document(&app::about(), app::document_routes);
    let schemas = &document["components"]["schemas"];
    let mut published = BTreeSet::new();
    for variant in schemas["Event"]["oneOf"].as_array().unwrap() {
        // Were a name wrong, the sample would not read, or an optional fact would be lost on the way.
        let event: Event =
            serde_json::from_value(sample(schemas, variant)).unwrap_or_else(|e| panic!("{variant}: {e}"));
        let told = serde_json::to_value(&event).unwrap();
        let facts = told["facts"].as_object().unwrap();
        assert_eq!(names(properties(&variant["properties"]["facts"])), names(facts), "{}", event.name());
        assert!(facts.values().all(|fact| !fact.is_null()), "{told}");
        published.insert(event.name());
    }
    assert_eq!(published, Event::NAMES.iter().copied().collect());
}
