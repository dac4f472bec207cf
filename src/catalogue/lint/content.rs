//! Rules about outcomes, materials, fees and words.

use std::collections::BTreeSet;

use super::rule::{Findings, Rule};
use crate::catalogue::behaviour::OutcomeEffect;
use crate::catalogue::model::{Jurisdiction, ServiceItem};
use crate::catalogue::parts::{MaterialSource, Outcome};
use crate::localized::LocalizedText;

pub(super) fn check(item: &ServiceItem, jurisdiction: &Jurisdiction, findings: &mut Findings) {
    if item.audience.is_empty() {
        findings.add(Rule::NoAudience, "/audience", "");
    }
    outcomes(item, findings);
    materials(item, findings);
    for (index, fee) in item.fees.iter().enumerate() {
        if fee.amount.currency != jurisdiction.currency {
            let found = fee.amount.currency.as_str();
            findings.add(Rule::FeeCurrency, format!("/fees/{index}/amount/currency"), found);
        }
    }
    unverified(item, findings);
    words(item, jurisdiction, findings);
    duplicates(item, findings);
}

fn outcomes(item: &ServiceItem, findings: &mut Findings) {
    if item.outcomes.is_empty() && item.finish.needs_outcome() {
        findings.add(Rule::NoOutcome, "/outcomes", "");
    }
    let refusals =
        item.outcomes.iter().enumerate().filter(|(_, outcome)| outcome.effect == OutcomeEffect::Unfavourable);
    for (index, Outcome { code, needs_reasons, needs_appeal_route, .. }) in refusals {
        if !needs_reasons {
            let pointer = format!("/outcomes/{index}/needsReasons");
            findings.add(Rule::RefusalReasons, pointer, code.as_str());
        }
        // Only a formal decision can be appealed; a reply or a closure can be complained about.
        if !needs_appeal_route && item.finish.is_formal() {
            let pointer = format!("/outcomes/{index}/needsAppealRoute");
            findings.add(Rule::RefusalAppealRoute, pointer, code.as_str());
        }
    }
}

/// Words that name no material in particular, without spaces and in lower case.
const CATCH_ALL: [&str; 8] = [
    "其他材料",
    "其它材料",
    "其他有关材料",
    "其他相关材料",
    "其他资料",
    "其他所需材料",
    "othermaterial",
    "otherdocument",
];

fn is_catch_all(names: &LocalizedText) -> bool {
    names.iter().any(|(_, name)| {
        let bare: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        CATCH_ALL.iter().any(|words| bare.contains(words))
            || (bare.starts_with("其他") && bare.ends_with("材料"))
            || bare.contains("要求的其他")
    })
}

fn materials(item: &ServiceItem, findings: &mut Findings) {
    for (index, material) in item.materials.iter().enumerate() {
        if is_catch_all(&material.names) {
            let pointer = format!("/materials/{index}/names");
            findings.add(Rule::CatchAllMaterial, pointer, material.code.as_str());
        }
        if material.required && material.source == MaterialSource::DataSharing {
            let pointer = format!("/materials/{index}/required");
            findings.add(Rule::SharedMaterial, pointer, material.code.as_str());
        }
    }
}

fn unverified(item: &ServiceItem, findings: &mut Findings) {
    let fields = match serde_json::to_value(item) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    for name in &item.unverified {
        if !fields.contains_key(name.as_str()) {
            findings.add(Rule::UnknownUnverifiedField, "/unverified", name.as_str());
        }
    }
}

fn words(item: &ServiceItem, jurisdiction: &Jurisdiction, findings: &mut Findings) {
    let mut texts: Vec<(String, &LocalizedText)> = vec![("/names".into(), &item.names)];
    let limits = [("/statutory", &item.statutory), ("/promised", &item.promised)];
    for (pointer, limit) in limits {
        let explanation = limit.as_ref().and_then(|limit| limit.explanation.as_ref());
        texts.extend(explanation.map(|text| (format!("{pointer}/explanation"), text)));
    }
    texts.extend(item.descriptions.iter().map(|text| ("/descriptions".into(), text)));
    for (index, outcome) in item.outcomes.iter().enumerate() {
        texts.push((format!("/outcomes/{index}/names"), &outcome.names));
    }
    for (index, material) in item.materials.iter().enumerate() {
        texts.push((format!("/materials/{index}/names"), &material.names));
        let criteria = material.criteria.iter();
        texts.extend(criteria.map(|text| (format!("/materials/{index}/criteria"), text)));
    }
    for (index, fee) in item.fees.iter().enumerate() {
        texts.push((format!("/fees/{index}/names"), &fee.names));
    }
    for (index, basis) in item.legal_basis.iter().enumerate() {
        texts.push((format!("/legalBasis/{index}/title"), &basis.title));
    }
    for (pointer, text) in texts {
        languages(&pointer, text, jurisdiction, findings);
    }
}

/// One finding for each language of the jurisdiction that the text lacks.
pub(super) fn languages(pointer: &str, text: &LocalizedText, jurisdiction: &Jurisdiction, findings: &mut Findings) {
    for lang in &jurisdiction.languages {
        if !text.has(lang.tag()) {
            findings.add(Rule::MissingLanguage, pointer, lang.tag());
        }
    }
}

fn duplicates(item: &ServiceItem, findings: &mut Findings) {
    let outcomes = item.outcomes.iter().map(|outcome| outcome.code.as_str());
    repeated(outcomes, |index, code| {
        findings.add(Rule::DuplicateCode, format!("/outcomes/{index}/code"), code);
    });
    let materials = item.materials.iter().map(|material| material.code.as_str());
    repeated(materials, |index, code| {
        findings.add(Rule::DuplicateCode, format!("/materials/{index}/code"), code);
    });
    let fees = item.fees.iter().map(|fee| fee.code.as_str());
    repeated(fees, |index, code| {
        findings.add(Rule::DuplicateCode, format!("/fees/{index}/code"), code);
    });
}

/// Calls `found` for each code that stood there before.
pub(super) fn repeated<'a>(codes: impl Iterator<Item = &'a str>, mut found: impl FnMut(usize, &'a str)) {
    let mut seen = BTreeSet::new();
    for (index, code) in codes.enumerate() {
        if !seen.insert(code) {
            found(index, code);
        }
    }
}
