//! The linter of the catalogue: what the law and the program ask of a definition before it is published.
//!
//! [`lint`] looks at whole catalogues (the starter, an operator's folder), [`lint_item`] at one definition that is to
//! be published. Both report every problem at once; a definition without problems can be published.

mod content;
mod form;
mod rule;
mod terms;
mod tree;

pub use rule::{Problem, Rule};

use super::bundle::{Catalogue, Starter};
use super::codes::{CalendarCode, DepartmentCode};
use super::model::{Jurisdiction, ServiceItem};
use rule::Findings;

/// Every problem of every catalogue. `calendar_exists` tells which working calendars are loaded.
pub fn lint(starter: &Starter, calendar_exists: impl Fn(&CalendarCode) -> bool) -> Vec<Problem> {
    let mut problems = tree::jurisdictions(starter, &calendar_exists);
    for catalogue in &starter.catalogues {
        problems.extend(lint_catalogue(catalogue));
    }
    problems
}

fn lint_catalogue(catalogue: &Catalogue) -> Vec<Problem> {
    let mut problems = tree::departments(catalogue);
    problems.extend(tree::duplicate_items(catalogue));
    for item in &catalogue.items {
        problems.extend(lint_item(item, &catalogue.jurisdiction, |code| catalogue.department(code).is_some()));
    }
    problems
}

/// Every problem of one definition, to be published in `jurisdiction`.
pub fn lint_item(
    item: &ServiceItem,
    jurisdiction: &Jurisdiction,
    department_exists: impl Fn(&DepartmentCode) -> bool,
) -> Vec<Problem> {
    let mut findings = Findings::of(format!("{}/item/{}", item.jurisdiction, item.code));
    if item.jurisdiction != jurisdiction.code {
        findings.add(Rule::UnresolvedReference, "/jurisdiction", item.jurisdiction.as_str());
    }
    if !department_exists(&item.department) {
        findings.add(Rule::UnresolvedReference, "/department", item.department.as_str());
    }
    terms::check(item, &mut findings);
    content::check(item, jurisdiction, &mut findings);
    form::check(&item.form, jurisdiction, &mut findings);
    findings.into_problems()
}

#[cfg(test)]
mod tests;
