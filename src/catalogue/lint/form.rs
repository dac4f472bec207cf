//! Rules about forms: a closed, bounded JSON Schema 2020-12 that refers to nothing outside itself.

use serde_json::{Map, Value};

use super::content::languages;
use super::rule::{Findings, Rule};
use crate::catalogue::form::FormValidator;
use crate::catalogue::model::Jurisdiction;
use crate::localized::LocalizedText;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Formats whose values have a fixed length.
const BOUNDED_FORMATS: [&str; 2] = ["date", "uuid"];
/// Keywords that say what a value is without `type`.
const SAYS_WHAT: [&str; 6] = ["enum", "const", "$ref", "allOf", "anyOf", "oneOf"];
/// How deep schemas are followed; what is deeper is a finding, so that no form is checked in part.
const MAX_DEPTH: usize = 16;

pub(super) fn check(form: &Value, jurisdiction: &Jurisdiction, findings: &mut Findings) {
    let is_object = form.get("type").and_then(Value::as_str) == Some("object");
    let dialect = form.get("$schema").map(Value::as_str);
    if !is_object || dialect.is_some_and(|dialect| dialect != Some(DIALECT)) {
        findings.add(Rule::FormSchema, "/form", "");
        return;
    }
    if let Err(error) = FormValidator::of_schema(form) {
        findings.add(Rule::FormSchema, error.pointer("/form"), error.to_string());
    }
    Walk { findings: &mut *findings }.schema(form, "/form", 0);
    labels(form, jurisdiction, findings);
}

/// Every field of a form has its label in every language of the jurisdiction, under `x-label`.
fn labels(form: &Value, jurisdiction: &Jurisdiction, findings: &mut Findings) {
    let properties = form.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let pointer = format!("/form/properties/{}/x-label", escape(name));
        let label = property.get("x-label").cloned().unwrap_or_default();
        match serde_json::from_value::<LocalizedText>(label) {
            Ok(label) => languages(&pointer, &label, jurisdiction, findings),
            Err(_) => findings.add(Rule::MissingLanguage, pointer, name.as_str()),
        }
    }
}

struct Walk<'a> {
    findings: &'a mut Findings,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, at: &str, depth: usize) {
        let Value::Object(schema) = schema else {
            // `true` takes anything, `false` nothing.
            if *schema == Value::Bool(true) {
                self.findings.add(Rule::FormUntyped, at, "true");
            }
            return;
        };
        if depth > MAX_DEPTH {
            self.findings.add(Rule::FormSchema, at, format!("depth > {MAX_DEPTH}"));
            return;
        }
        self.bounds(schema, at);
        self.reference(schema, at);
        self.children(schema, at, depth.saturating_add(1));
    }

    fn bounds(&mut self, schema: &Map<String, Value>, at: &str) {
        if has_type(schema, "object") && !is_closed(schema) {
            self.findings.add(Rule::FormOpenObject, at, "additionalProperties");
        }
        let listed = schema.contains_key("enum") || schema.contains_key("const");
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        let fixed = BOUNDED_FORMATS.contains(&format);
        let text_bounded = listed || fixed || schema.contains_key("maxLength");
        if has_type(schema, "string") && !text_bounded {
            self.findings.add(Rule::FormUnbounded, at, "maxLength");
        }
        if has_type(schema, "array") && !listed && !schema.contains_key("maxItems") {
            self.findings.add(Rule::FormUnbounded, at, "maxItems");
        }
        if has_type(schema, "array") && !listed && !schema.contains_key("items") {
            self.findings.add(Rule::FormUntyped, at, "items");
        }
    }

    fn reference(&mut self, schema: &Map<String, Value>, at: &str) {
        for keyword in ["$ref", "$dynamicRef"] {
            let target = schema.get(keyword).and_then(Value::as_str);
            if let Some(target) = target.filter(|target| !target.starts_with('#')) {
                self.findings.add(Rule::FormReference, format!("{at}/{keyword}"), target);
            }
        }
    }

    fn children(&mut self, schema: &Map<String, Value>, at: &str, depth: usize) {
        // Where these stand a value is described for the first time: it must have a type.
        for keyword in ["properties", "$defs", "patternProperties"] {
            let named = schema.get(keyword).and_then(Value::as_object);
            for (name, child) in named.into_iter().flatten() {
                let at = format!("{at}/{keyword}/{}", escape(name));
                self.typed(child, &at);
                self.schema(child, &at, depth);
            }
        }
        if let Some(child) = schema.get("items") {
            let at = format!("{at}/items");
            self.typed(child, &at);
            self.schema(child, &at, depth);
        }
        for keyword in ["allOf", "anyOf", "oneOf", "prefixItems"] {
            let listed = schema.get(keyword).and_then(Value::as_array);
            for (index, child) in listed.into_iter().flatten().enumerate() {
                self.schema(child, &format!("{at}/{keyword}/{index}"), depth);
            }
        }
    }

    fn typed(&mut self, schema: &Value, at: &str) {
        let Value::Object(schema) = schema else {
            return;
        };
        let says_what = SAYS_WHAT.iter().any(|keyword| schema.contains_key(*keyword));
        if !schema.contains_key("type") && !says_what {
            self.findings.add(Rule::FormUntyped, at, "type");
        }
    }
}

fn has_type(schema: &Map<String, Value>, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name.as_str() == Some(wanted)),
        _ => false,
    }
}

fn is_closed(schema: &Map<String, Value>) -> bool {
    let closed = |keyword: &str| schema.get(keyword) == Some(&Value::Bool(false));
    closed("additionalProperties") || closed("unevaluatedProperties")
}

/// A name as a token of a JSON Pointer (RFC 6901).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
