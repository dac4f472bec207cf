//! Rules about limits and terms.

use super::rule::{Findings, Rule};
use crate::calendar::TermUnit;
use crate::catalogue::behaviour::{ClockStart, IntakeLapse};
use crate::catalogue::model::ServiceItem;

pub(super) fn check(item: &ServiceItem, findings: &mut Findings) {
    promise(item, findings);
    on_the_spot(item, findings);
    extension(item, findings);
    always_a_clock(item, findings);
    if item.delivery.is_some() && !item.finish.is_formal() {
        findings.add(Rule::DeliveryWithoutDecision, "/delivery", "");
    }
}

fn promise(item: &ServiceItem, findings: &mut Findings) {
    let (Some(promised), Some(statutory)) = (&item.promised, &item.statutory) else {
        return;
    };
    let found = format!("{} / {}", promised.term, statutory.term);
    if promised.term.unit() != statutory.term.unit() {
        findings.add(Rule::PromiseUnit, "/promised/term/unit", found);
    } else if promised.term.value() > statutory.term.value() {
        findings.add(Rule::PromiseExceedsStatutory, "/promised/term/value", found);
    }
}

fn on_the_spot(item: &ServiceItem, findings: &mut Findings) {
    let kept = item
        .promised
        .as_ref()
        .is_some_and(|promised| promised.term.unit() == TermUnit::WorkingDay && promised.term.value() <= 1);
    if item.is_on_the_spot() && !kept {
        let found = item.promised.as_ref().map_or_else(String::new, |promised| promised.term.to_string());
        findings.add(Rule::OnTheSpotPromise, "/promised", found);
    }
}

/// An extension adds to promise and statutory limit alike, so it is in their unit.
fn extension(item: &ServiceItem, findings: &mut Findings) {
    let Some(extension) = item.extension else {
        return;
    };
    let limit = item.statutory.as_ref().or(item.promised.as_ref());
    if limit.is_none_or(|limit| limit.term.unit() != extension.unit()) {
        findings.add(Rule::ExtensionUnit, "/extension/unit", extension.to_string());
    }
}

/// Before acceptance and while the applicant corrects, the item's own terms are the only ones that run: without them a
/// case would be due at no time, and be forgotten.
fn always_a_clock(item: &ServiceItem, findings: &mut Findings) {
    if item.intake.is_none() {
        if item.clock_starts_from != ClockStart::Receipt {
            findings.add(Rule::IntakeTerm, "/intake", "");
        } else if item.on_intake_lapse == IntakeLapse::DeemedAccepted {
            findings.add(Rule::DeemedAcceptanceTerm, "/onIntakeLapse", "deemed_accepted");
        }
    }
    if item.correction.is_none() {
        findings.add(Rule::CorrectionTerm, "/correction", "");
    }
}
