//! What a new case may say: every rule of filing that needs no database, and all mistakes told at once.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{Disclosure, Intent, Location, NewCase};
use super::submit::HERE;
use crate::access::{Call, Permission, Principal};
use crate::catalogue::{Audience, Published};
use crate::customers::CustomerKind;
use crate::error::{Failure, FieldError};
use crate::localized::Lang;

/// Refuses a new case with everything that is wrong with it.
pub(super) fn check(
    call: &Call,
    lang: Lang,
    input: &NewCase,
    applicant: Option<CustomerKind>,
    item: &Published,
) -> Result<(), Failure> {
    let mut errors = unknown_materials(item, &input.materials);
    if input.intent == Intent::Submit {
        errors.extend(form_errors(item, &input.form, lang));
    } else if !input.form.is_object() && !input.form.is_null() {
        errors.push(FieldError::new("/form", "type", "an object is needed"));
    }
    let staff = call.actor.beyond_own(Permission::CaseCreate);
    if !staff && (input.source.is_some() || input.external_ref.is_some()) {
        errors.push(FieldError::new("/source", "not_yours", "only systems and staff may name a source"));
    }
    if input.source.is_some() != input.external_ref.is_some() {
        errors.push(FieldError::new("/externalRef", "required", "source and externalRef go together"));
    }
    if input.source.as_deref() == Some(HERE) {
        errors.push(FieldError::new("/source", "reserved", "this source is the service's own"));
    }
    errors.extend(contradictions(call, input));
    errors.extend(location_errors(input.location.as_ref()));
    let implied = if input.customer.is_some() { "/customer" } else { "/serviceItem" };
    errors.extend(applicant.and_then(|kind| audience_error(item, kind, implied)));
    if errors.is_empty() { Ok(()) } else { Err(Failure::Invalid(errors)) }
}

/// Refuses what a request without a name cannot have, instead of dropping it.
fn contradictions(call: &Call, input: &NewCase) -> Vec<FieldError> {
    let (disclosure, staff) = (input.disclosure(), call.actor.beyond_own(Permission::CaseCreate));
    let nobody = call.actor.principal() == Principal::Anonymous;
    let mut errors = Vec::new();
    let mut refuse = |pointer: &str, code: &str, detail: &str| errors.push(FieldError::new(pointer, code, detail));
    if nobody && disclosure != Disclosure::Anonymous {
        refuse("/disclosure", "not_here", "leave it out, or log in to file under a name: here nobody is known");
    } else if !staff && disclosure == Disclosure::NotDisclosed {
        refuse("/disclosure", "not_yours", "choose named or anonymous");
    }
    if input.customer.is_some() && (nobody || disclosure != Disclosure::Named) {
        refuse("/customer", "contradictory", "leave it out, or file with disclosure named: this request names nobody");
    }
    if input.intent == Intent::Draft && !staff && (nobody || disclosure == Disclosure::Anonymous) {
        refuse("/intent", "contradictory", "hand it in with intent submit: an anonymous draft would be nobody's");
    }
    errors
}

fn location_errors(location: Option<&Location>) -> Vec<FieldError> {
    let Some(location) = location else { return Vec::new() };
    let mut errors = Vec::new();
    let mut check = |name: &str, value: Option<f64>, bound: f64| {
        if value.is_some_and(|v| !v.is_finite() || v.abs() > bound) {
            errors.push(FieldError::new(format!("/location/{name}"), "range", format!("−{bound} to {bound} degrees")));
        }
    };
    check("latitude", location.latitude, 90.0);
    check("longitude", location.longitude, 180.0);
    errors
}

/// What the item's form finds wrong with the answers.
pub(super) fn form_errors(item: &Published, form: &Value, lang: Lang) -> Vec<FieldError> {
    let empty = Value::Object(serde_json::Map::new());
    let form = if form.is_null() { &empty } else { form };
    let errors = item.form.validate(form, "/form", lang);
    errors.into_iter().map(|e| FieldError::new(e.pointer, e.code, e.detail)).collect()
}

/// Codes of materials that the item does not know.
pub(super) fn unknown_materials(item: &Published, codes: &[String]) -> Vec<FieldError> {
    let known: BTreeSet<&str> = item.item.materials.iter().map(|m| m.code.as_str()).collect();
    let unknown = codes.iter().enumerate().filter(|(_, code)| !known.contains(code.as_str()));
    let error = |(i, _)| FieldError::new(format!("/materials/{i}"), "unknown_material", "not a material of this item");
    unknown.map(error).collect()
}

/// Refuses an applicant of a kind that the item is not for.
pub(super) fn audience_error(item: &Published, kind: CustomerKind, pointer: &str) -> Option<FieldError> {
    let audience = match kind {
        CustomerKind::Individual => Audience::Individual,
        CustomerKind::Enterprise => Audience::Enterprise,
        CustomerKind::NonProfit => Audience::NonProfit,
        CustomerKind::Agency => Audience::Agency,
    };
    let detail = "choose a service item for this kind of customer, or a customer of a kind that the item is for";
    let refused = !item.item.audience.contains(&audience);
    refused.then(|| FieldError::new(pointer, "not_for_this_audience", detail))
}
