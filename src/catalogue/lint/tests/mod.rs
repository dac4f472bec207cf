//! Each rule: what keeps it, what breaks it.

use serde_json::{Value, json};

use super::*;

mod forms;
mod trees;

fn starter() -> Starter {
    Starter::embedded().unwrap()
}

/// What the linter says of a starter item once its JSON is changed.
fn told(jurisdiction: &str, code: &str, change: impl FnOnce(&mut Value)) -> Vec<(Rule, String)> {
    let starter = starter();
    let catalogue = starter.catalogue(&jurisdiction.parse().unwrap()).unwrap();
    let mut json = serde_json::to_value(catalogue.item(&code.parse().unwrap()).unwrap()).unwrap();
    change(&mut json);
    let item: ServiceItem = serde_json::from_value(json).unwrap();
    lint_item(&item, &catalogue.jurisdiction, |code| catalogue.department(code).is_some())
        .into_iter()
        .map(|problem| (problem.rule, problem.pointer))
        .collect()
}

fn licence(change: impl FnOnce(&mut Value)) -> Vec<(Rule, String)> {
    told("cn-110101", "food-business-licence", change)
}

fn one(rule: Rule, pointer: &str) -> Vec<(Rule, String)> {
    vec![(rule, pointer.to_owned())]
}

#[test]
fn a_definition_left_alone_is_clean() {
    assert_eq!(licence(|_| {}), []);
}

#[test]
fn a_promise_is_at_most_the_statutory_limit() {
    assert_eq!(licence(|item| item["promised"]["term"]["value"] = json!(20)), []);
    assert_eq!(
        licence(|item| item["promised"]["term"]["value"] = json!(21)),
        one(Rule::PromiseExceedsStatutory, "/promised/term/value")
    );
}

#[test]
fn a_promise_is_in_the_unit_of_the_statutory_limit() {
    assert_eq!(
        licence(|item| item["promised"]["term"]["unit"] = json!("natural_day")),
        one(Rule::PromiseUnit, "/promised/term/unit")
    );
}

#[test]
fn an_item_decided_on_the_spot_promises_at_most_one_working_day() {
    let registration = |change: fn(&mut Value)| told("cn-110101", "enterprise-registration", change);
    assert_eq!(registration(|item| item["promised"]["term"]["value"] = json!(0)), []);
    assert_eq!(
        registration(|item| item["promised"]["term"]["value"] = json!(2)),
        one(Rule::OnTheSpotPromise, "/promised")
    );
    // Without a promise, `unverified` names a field that is not there.
    let none = registration(|item| {
        item["unverified"] = json!([]);
        item.as_object_mut().unwrap().remove("promised");
    });
    assert_eq!(none, one(Rule::OnTheSpotPromise, "/promised"));
}

#[test]
fn an_extension_is_in_the_unit_of_what_it_extends() {
    assert_eq!(
        licence(|item| item["extension"]["unit"] = json!("natural_day")),
        one(Rule::ExtensionUnit, "/extension/unit")
    );
    assert_eq!(told("us-la", "Other", |item| item["extension"] = json!({ "value": 5, "unit": "working_day" })), []);
    let nothing_to_extend = told("us-la", "Other", |item| {
        item["extension"] = json!({ "value": 5, "unit": "working_day" });
        item["unverified"] = json!([]);
        item.as_object_mut().unwrap().remove("promised");
    });
    assert_eq!(nothing_to_extend, one(Rule::ExtensionUnit, "/extension/unit"));
}

/// The licence, or another item, without one of its terms.
fn without(jurisdiction: &str, code: &str, term: &str, starts: &str) -> Vec<(Rule, String)> {
    told(jurisdiction, code, |item| {
        item["unverified"] = json!([]);
        item["clockStartsFrom"] = json!(starts);
        item.as_object_mut().unwrap().remove(term);
    })
}

#[test]
fn an_item_whose_main_clocks_begin_after_the_receipt_needs_an_intake_term() {
    for (code, starts) in [("food-business-licence", "acceptance"), ("hotline-complaint", "dispatch")] {
        assert_eq!(without("cn-110101", code, "intake", starts), one(Rule::IntakeTerm, "/intake"));
    }
    assert_eq!(without("us-la", "Other", "intake", "receipt"), []);
}

#[test]
fn deemed_acceptance_needs_an_intake_term() {
    let found = without("cn-110101", "food-business-licence", "intake", "receipt");
    assert_eq!(found, one(Rule::DeemedAcceptanceTerm, "/onIntakeLapse"));
}

#[test]
fn every_item_has_a_correction_term() {
    for (jurisdiction, code, starts) in
        [("cn-110101", "food-business-licence", "acceptance"), ("us-la", "Other", "receipt")]
    {
        assert_eq!(without(jurisdiction, code, "correction", starts), one(Rule::CorrectionTerm, "/correction"));
    }
}

#[test]
fn only_a_decision_is_delivered() {
    let found = told("us-la", "Other", |item| {
        item["delivery"] = json!({ "value": 10, "unit": "working_day" });
    });
    assert_eq!(found, one(Rule::DeliveryWithoutDecision, "/delivery"));
}

#[test]
fn a_material_has_a_name_of_its_own() {
    let named = |chinese: &str, english: &str| {
        licence(|item| item["materials"][1]["names"] = json!({ "zh-CN": chinese, "en": english }))
    };
    for (chinese, english) in [
        ("其他材料", "Rules"),
        ("其他 材料", "Rules"),
        ("其它材料", "Rules"),
        ("其他依法需要提交的材料", "Rules"),
        ("登记机关要求的其他文件", "Rules"),
        ("规章制度", "Other materials"),
        ("规章制度", "Any other documents required"),
    ] {
        let found = named(chinese, english);
        assert_eq!(found, one(Rule::CatchAllMaterial, "/materials/1/names"), "{chinese} {english}");
    }
    assert_eq!(named("其他股东的身份证明", "Identity of the other shareholders"), []);
}

#[test]
fn a_material_obtained_by_data_sharing_is_not_asked_of_the_applicant() {
    assert_eq!(
        licence(|item| item["materials"][3]["required"] = json!(true)),
        one(Rule::SharedMaterial, "/materials/3/required")
    );
}

#[test]
fn a_department_and_a_jurisdiction_must_exist() {
    assert_eq!(licence(|item| item["department"] = json!("nowhere")), one(Rule::UnresolvedReference, "/department"));
    assert_eq!(licence(|item| item["jurisdiction"] = json!("us-la")), one(Rule::UnresolvedReference, "/jurisdiction"));
}

#[test]
fn every_text_is_in_every_language_of_the_jurisdiction() {
    let only_english = json!({ "en": "x" });
    for pointer in [
        "/names",
        "/descriptions",
        "/statutory/explanation",
        "/outcomes/1/names",
        "/materials/0/names",
        "/materials/3/criteria",
        "/legalBasis/0/title",
        "/form/properties/remarks/x-label",
    ] {
        let found = licence(|item| *item.pointer_mut(pointer).unwrap() = only_english.clone());
        assert_eq!(found, one(Rule::MissingLanguage, pointer));
    }
    let unlabelled = licence(|item| {
        item["form"]["properties"]["remarks"].as_object_mut().unwrap().remove("x-label");
    });
    assert_eq!(unlabelled, one(Rule::MissingLanguage, "/form/properties/remarks/x-label"));
}

#[test]
fn a_code_is_used_once_in_its_item() {
    assert_eq!(
        licence(|item| item["outcomes"][1]["code"] = json!("granted")),
        one(Rule::DuplicateCode, "/outcomes/1/code")
    );
    assert_eq!(
        licence(|item| item["materials"][2]["code"] = json!("application")),
        one(Rule::DuplicateCode, "/materials/2/code")
    );
    let fees = told("cn-110101", "driving-licence-replacement", |item| {
        let fee = item["fees"][0].clone();
        item["fees"].as_array_mut().unwrap().push(fee);
    });
    assert_eq!(fees, one(Rule::DuplicateCode, "/fees/1/code"));
}

#[test]
fn a_refusal_needs_reasons_and_a_way_of_appeal() {
    assert_eq!(
        licence(|item| item["outcomes"][1]["needsReasons"] = json!(false)),
        one(Rule::RefusalReasons, "/outcomes/1/needsReasons")
    );
    assert_eq!(
        licence(|item| item["outcomes"][1]["needsAppealRoute"] = json!(false)),
        one(Rule::RefusalAppealRoute, "/outcomes/1/needsAppealRoute")
    );
    // A reply owes reasons too, but is no decision to appeal against.
    assert_eq!(
        told("cn-110101", "hotline-complaint", |item| item["outcomes"][2]["needsReasons"] = json!(false)),
        one(Rule::RefusalReasons, "/outcomes/2/needsReasons")
    );
}

#[test]
fn a_decision_and_a_reply_need_an_outcome_and_a_closure_none() {
    let without = |jurisdiction: &str, code: &str| told(jurisdiction, code, |item| item["outcomes"] = json!([]));
    assert_eq!(without("cn-110101", "food-business-licence"), one(Rule::NoOutcome, "/outcomes"));
    assert_eq!(without("cn-110101", "hotline-complaint"), one(Rule::NoOutcome, "/outcomes"));
    assert_eq!(without("us-la", "Other"), []);
}

#[test]
fn an_item_is_for_somebody() {
    assert_eq!(licence(|item| item["audience"] = json!([])), one(Rule::NoAudience, "/audience"));
}

#[test]
fn a_fee_is_in_the_currency_of_the_jurisdiction() {
    let found = told("cn-110101", "driving-licence-replacement", |item| {
        item["fees"][0]["amount"]["currency"] = json!("USD");
    });
    assert_eq!(found, one(Rule::FeeCurrency, "/fees/0/amount/currency"));
}

#[test]
fn unverified_names_fields_that_are_there() {
    assert_eq!(
        licence(|item| item["unverified"] = json!(["promise"])),
        one(Rule::UnknownUnverifiedField, "/unverified")
    );
}
