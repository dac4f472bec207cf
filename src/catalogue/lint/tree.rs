//! Rules about jurisdictions and the tree of departments.

use super::content::{languages, repeated};
use super::rule::{Findings, Problem, Rule};
use crate::catalogue::bundle::{Catalogue, Starter};
use crate::catalogue::codes::CalendarCode;

pub(super) fn jurisdictions(starter: &Starter, calendar_exists: &impl Fn(&CalendarCode) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for catalogue in &starter.catalogues {
        let jurisdiction = &catalogue.jurisdiction;
        let mut findings = Findings::of(format!("{}/jurisdiction", jurisdiction.code));
        if !calendar_exists(&jurisdiction.calendar) {
            let found = jurisdiction.calendar.as_str();
            findings.add(Rule::UnresolvedReference, "/calendar", found);
        }
        if jurisdiction.languages.is_empty() {
            findings.add(Rule::MissingLanguage, "/languages", "");
        }
        languages("/names", &jurisdiction.names, jurisdiction, &mut findings);
        problems.extend(findings.into_problems());
    }
    let codes = |catalogue: &'_ Catalogue| catalogue.jurisdiction.code.clone();
    let codes: Vec<_> = starter.catalogues.iter().map(codes).collect();
    repeated(codes.iter().map(|code| code.as_str()), |_, code| {
        let mut findings = Findings::of(format!("{code}/jurisdiction"));
        findings.add(Rule::DuplicateCode, "/code", code);
        problems.extend(findings.into_problems());
    });
    let regions: Vec<_> =
        starter.catalogues.iter().map(|catalogue| catalogue.jurisdiction.number_region.as_str()).collect();
    repeated(regions.iter().copied(), |index, region| {
        let code = codes.get(index).map_or("", |code| code.as_str());
        let mut findings = Findings::of(format!("{code}/jurisdiction"));
        findings.add(Rule::DuplicateCode, "/numberRegion", region);
        problems.extend(findings.into_problems());
    });
    problems
}

pub(super) fn departments(catalogue: &Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    for department in &catalogue.departments {
        let mut findings = Findings::of(subject(catalogue, department.code.as_str()));
        languages("/names", &department.names, &catalogue.jurisdiction, &mut findings);
        match &department.parent {
            Some(parent) if catalogue.department(parent).is_none() => {
                findings.add(Rule::UnresolvedReference, "/parent", parent.as_str());
            }
            Some(parent) if is_circle(catalogue, department) => {
                findings.add(Rule::DepartmentCircle, "/parent", parent.as_str());
            }
            _ => {}
        }
        problems.extend(findings.into_problems());
    }
    let codes = catalogue.departments.iter().map(|department| department.code.as_str());
    repeated(codes, |_, code| {
        let mut findings = Findings::of(subject(catalogue, code));
        findings.add(Rule::DuplicateCode, "/code", code);
        problems.extend(findings.into_problems());
    });
    problems
}

/// Whether going up from a department leads back to it.
fn is_circle(catalogue: &Catalogue, department: &crate::catalogue::model::Department) -> bool {
    let mut above = department.parent.as_ref();
    for _ in &catalogue.departments {
        match above {
            Some(code) if *code == department.code => return true,
            Some(code) => above = catalogue.department(code).and_then(|next| next.parent.as_ref()),
            None => return false,
        }
    }
    false
}

fn subject(catalogue: &Catalogue, code: &str) -> String {
    format!("{}/department/{code}", catalogue.jurisdiction.code)
}

/// One code, one item: versions of an item come after one another, never beside one another in a catalogue.
pub(super) fn duplicate_items(catalogue: &Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    let codes = catalogue.items.iter().map(|item| item.code.as_str());
    repeated(codes, |_, code| {
        let subject = format!("{}/item/{code}", catalogue.jurisdiction.code);
        let mut findings = Findings::of(subject);
        findings.add(Rule::DuplicateCode, "/code", code);
        problems.extend(findings.into_problems());
    });
    problems
}
