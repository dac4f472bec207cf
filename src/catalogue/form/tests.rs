use serde_json::{Value, json};

use super::*;
use crate::catalogue::Starter;

fn item(jurisdiction: &str, code: &str) -> ServiceItem {
    let starter = Starter::embedded().unwrap();
    let catalogue = starter.catalogue(&jurisdiction.parse().unwrap()).unwrap();
    catalogue.item(&code.parse().unwrap()).unwrap().clone()
}

fn errors(code: &str, form: &Value) -> Vec<(String, &'static str)> {
    FormValidator::compile(&item("cn-110101", code))
        .unwrap()
        .validate(form, "/form", Lang::En)
        .into_iter()
        .map(|error| (error.pointer, error.code))
        .collect()
}

fn at(pointer: &str, code: &'static str) -> (String, &'static str) {
    (pointer.to_owned(), code)
}

fn good_licence() -> Value {
    json!({
        "premisesAddress": "示例街1号",
        "businessForm": "catering",
        "operations": ["hot_food", "beverages"],
        "floorArea": 45.5
    })
}

fn alone(schema: &Value, form: &Value, lang: Lang) -> Vec<FormError> {
    FormValidator::of_schema(schema).unwrap().validate(form, "/form", lang)
}

#[test]
fn a_form_filled_in_as_asked_has_no_errors() {
    assert_eq!(errors("food-business-licence", &good_licence()), []);
    let la = FormValidator::compile(&item("us-la", "Bulky Items")).unwrap();
    assert_eq!(la.validate(&json!({}), "/form", Lang::En), []);
    assert_eq!(la.validate(&json!({ "description": "a sofa", "quantity": 2 }), "/form", Lang::En), []);
}

#[test]
fn a_missing_field_is_told_where_it_should_be() {
    assert_eq!(
        errors("food-business-licence", &json!({})),
        [
            at("/form/businessForm", "required"),
            at("/form/floorArea", "required"),
            at("/form/operations", "required"),
            at("/form/premisesAddress", "required"),
        ]
    );
}

#[test]
fn every_error_is_told_at_once() {
    let mut form = good_licence();
    form["premisesAddress"] = json!("x".repeat(201));
    form["businessForm"] = json!("disco");
    form["operations"] = json!(["hot_food", "hot_food", "dancing"]);
    form["floorArea"] = json!(0);
    form["sellsOnline"] = json!("yes");
    form["plannedOpening"] = json!("2026-02-30");
    form["a/b~c"] = json!(1);
    assert_eq!(
        errors("food-business-licence", &form),
        [
            at("/form/a~1b~0c", "unknown_field"),
            at("/form/businessForm", "not_an_option"),
            at("/form/floorArea", "too_small"),
            at("/form/operations", "repeated"),
            at("/form/operations/2", "not_an_option"),
            at("/form/plannedOpening", "wrong_format"),
            at("/form/premisesAddress", "too_long"),
            at("/form/sellsOnline", "wrong_type"),
        ]
    );
}

#[test]
fn a_field_can_be_required_by_the_answer_to_another() {
    let mut form = json!({ "reason": "damaged", "licenceClass": "C1", "handOver": "window" });
    assert_eq!(errors("driving-licence-replacement", &form), []);
    form["handOver"] = json!("courier");
    assert_eq!(errors("driving-licence-replacement", &form), [at("/form/courierAddress", "required")]);
}

#[test]
fn a_form_that_is_no_object_is_told_at_the_form() {
    assert_eq!(errors("petition", &json!([])), [at("/form", "wrong_type")]);
}

#[test]
fn the_prefix_is_the_callers() {
    let errors = FormValidator::compile(&item("cn-110101", "petition")).unwrap().validate(
        &json!({ "matter": "示例事项一二三" }),
        "",
        Lang::En,
    );
    assert_eq!(errors[0].pointer, "/request");
}

#[test]
fn a_sentence_speaks_the_callers_language() {
    let schema = json!({
        "type": "object",
        "properties": {
            "choice": { "enum": ["a", "b"] },
            "count": { "type": "integer", "minimum": 1, "maximum": 5 },
            "day": { "type": "string", "format": "date" },
            "list": { "type": "array", "minItems": 1, "maxItems": 2 },
            "name": { "type": "string", "minLength": 1, "maxLength": 3 },
            "plate": { "type": "string", "pattern": "^[A-Z]{2}$" },
            "step": { "type": "number", "multipleOf": 0.5 }
        },
        "required": ["reason"]
    });
    let form = json!({
        "choice": "c", "count": 6, "day": "tomorrow", "list": [], "name": "four", "plate": "x", "step": 0.3
    });
    let details = |lang| -> Vec<String> { alone(&schema, &form, lang).into_iter().map(|error| error.detail).collect() };
    assert_eq!(
        details(Lang::En),
        [
            "must be one of: a, b",
            "must be at most 5",
            "must be a date like 2026-02-12",
            "must have at least 1 entries",
            "must have at most 3 characters",
            "is not written in the required way",
            "is required",
            "must be a multiple of 0.5",
        ]
    );
    assert_eq!(
        details(Lang::ZhCn),
        [
            "应为下列之一：a, b",
            "不得大于5",
            "应为日期，如2026-02-12",
            "不得少于1项",
            "不得超过3个字符",
            "格式不符合要求",
            "为必填项",
            "必须是0.5的倍数",
        ]
    );
}

#[test]
fn no_sentence_repeats_what_was_filled_in() {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "a": { "type": "string", "maxLength": 2 },
            "b": { "type": "integer" },
            "c": { "anyOf": [{ "type": "integer" }, { "type": "null" }] },
            "d": { "const": "yes" },
            "e": { "type": "string", "format": "email" },
            "f": { "not": { "type": "string" } },
            "g": false
        }
    });
    let secret = "110101190001010014";
    let form = json!({ "a": secret, "b": secret, "c": secret, "d": secret, "e": secret, "f": secret, "g": secret });
    let errors = alone(&schema, &form, Lang::En);
    assert_eq!(errors.len(), 7, "{errors:?}");
    assert!(errors.iter().all(|error| !error.detail.contains(secret)), "{errors:?}");
}

#[test]
fn characters_are_counted_not_bytes() {
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string", "maxLength": 3 } } });
    assert_eq!(alone(&schema, &json!({ "name": "三个字" }), Lang::En), []);
    assert_eq!(alone(&schema, &json!({ "name": "四个字了" }), Lang::En).len(), 1);
}

#[test]
fn a_hostile_form_gets_a_bounded_answer() {
    let fields: serde_json::Map<String, Value> = (0..5000).map(|n| (format!("x{n}"), json!(1))).collect();
    let errors = errors("petition", &Value::Object(fields));
    assert_eq!(errors.len(), MAX_FORM_ERRORS);
}

#[test]
fn a_pattern_that_needs_backtracking_is_refused() {
    let schema = json!({ "type": "object", "properties": { "x": { "type": "string", "pattern": "(a)\\1" } } });
    let refused = FormValidator::of_schema(&schema).unwrap_err();
    assert_eq!(refused.pointer("/form"), "/form/properties/x/pattern");
}

#[test]
fn a_schema_is_never_fetched() {
    let schema = json!({ "type": "object", "$ref": "https://example.org/x.json" });
    assert!(FormValidator::of_schema(&schema).is_err());
}

#[test]
fn a_published_form_is_compiled_once() {
    let validators = FormValidators::default();
    let item = item("cn-110101", "petition");
    let first = validators.of(&item).unwrap();
    assert!(Arc::ptr_eq(&first, &validators.of(&item).unwrap()));
    let mut next = item;
    next.version = next.version.next().unwrap();
    assert!(!Arc::ptr_eq(&first, &validators.of(&next).unwrap()));
}
