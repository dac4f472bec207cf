//! Rules about forms.

use serde_json::json;

use super::super::*;
use super::{licence, one};

#[test]
fn a_form_is_an_object_of_the_2020_12_dialect() {
    assert_eq!(licence(|item| item["form"] = json!("name")), one(Rule::FormSchema, "/form"));
    assert_eq!(licence(|item| item["form"]["type"] = json!("array")), one(Rule::FormSchema, "/form"));
    assert_eq!(
        licence(|item| item["form"]["$schema"] = json!("http://json-schema.org/draft-07/schema#")),
        one(Rule::FormSchema, "/form")
    );
    assert_eq!(
        licence(|item| item["form"]["properties"]["remarks"]["maxLength"] = json!("long")),
        one(Rule::FormSchema, "/form/properties/remarks/maxLength")
    );
    assert_eq!(
        licence(|item| item["form"]["properties"]["remarks"]["format"] = json!("licence-plate")),
        one(Rule::FormSchema, "/form/properties/remarks/format")
    );
    assert_eq!(
        licence(|item| item["form"]["properties"]["remarks"]["pattern"] = json!("(a")),
        one(Rule::FormSchema, "/form/properties/remarks/pattern")
    );
}

#[test]
fn a_form_takes_only_the_fields_it_names() {
    let found = licence(|item| {
        item["form"].as_object_mut().unwrap().remove("additionalProperties");
    });
    assert_eq!(found, one(Rule::FormOpenObject, "/form"));
    let inner = licence(|item| item["form"]["properties"]["remarks"]["type"] = json!("object"));
    assert_eq!(inner, one(Rule::FormOpenObject, "/form/properties/remarks"));
}

#[test]
fn every_text_and_list_of_a_form_is_bounded() {
    let unbounded = |property: &str, keyword: &str| {
        licence(|item| {
            let property = &mut item["form"]["properties"][property];
            property.as_object_mut().unwrap().remove(keyword);
        })
    };
    assert_eq!(unbounded("remarks", "maxLength"), one(Rule::FormUnbounded, "/form/properties/remarks"));
    assert_eq!(unbounded("operations", "maxItems"), one(Rule::FormUnbounded, "/form/properties/operations"));
    assert_eq!(unbounded("plannedOpening", "format"), one(Rule::FormUnbounded, "/form/properties/plannedOpening"));
    let nested = licence(|item| {
        item["form"]["$defs"] = json!({ "note": { "anyOf": [{ "type": ["string", "null"] }] } });
    });
    assert_eq!(nested, one(Rule::FormUnbounded, "/form/$defs/note/anyOf/0"));
}

#[test]
fn every_field_of_a_form_has_a_type() {
    assert_eq!(
        licence(|item| {
            let remarks = &mut item["form"]["properties"]["remarks"];
            remarks.as_object_mut().unwrap().remove("type");
        }),
        one(Rule::FormUntyped, "/form/properties/remarks")
    );
    assert_eq!(
        licence(|item| item["form"]["properties"]["operations"]["items"] = json!(true)),
        one(Rule::FormUntyped, "/form/properties/operations/items")
    );
}

#[test]
fn a_form_refers_to_nothing_outside_itself() {
    let found = licence(|item| {
        item["form"]["properties"]["remarks"]["$ref"] = json!("https://example.org/x.json");
    });
    assert!(found.contains(&(Rule::FormReference, "/form/properties/remarks/$ref".into())), "{found:?}");
    assert!(found.iter().any(|(rule, _)| *rule == Rule::FormSchema), "{found:?}");
    let inside = licence(|item| {
        item["form"]["$defs"] = json!({ "note": { "type": "string", "maxLength": 5 } });
        item["form"]["properties"]["remarks"]["$ref"] = json!("#/$defs/note");
    });
    assert_eq!(inside, []);
}

#[test]
fn a_form_is_not_deeper_than_the_linter_looks() {
    let found = licence(|item| {
        let mut deep = json!({ "type": "string" });
        for _ in 0..40 {
            deep = json!({ "allOf": [deep] });
        }
        deep["x-label"] = json!({ "zh-CN": "深", "en": "deep" });
        item["form"]["properties"]["remarks"] = deep;
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, Rule::FormSchema);
}
