//! Rules about whole catalogues.

use super::super::*;
use super::starter;
use crate::localized::Lang;

fn whole(change: impl FnOnce(&mut Starter)) -> Vec<(Rule, String, String)> {
    let mut starter = starter();
    change(&mut starter);
    lint(&starter, |code| ["cn", "us"].contains(&code.as_str()))
        .into_iter()
        .map(|problem| (problem.rule, problem.subject, problem.pointer))
        .collect()
}

fn first(rule: Rule, subject: &str, pointer: &str) -> Vec<(Rule, String, String)> {
    vec![(rule, subject.to_owned(), pointer.to_owned())]
}

#[test]
fn a_calendar_must_be_loaded() {
    assert_eq!(
        whole(|starter| starter.catalogues[0].jurisdiction.calendar = "fr".parse().unwrap()),
        first(Rule::UnresolvedReference, "cn-110101/jurisdiction", "/calendar")
    );
}

#[test]
fn a_jurisdiction_has_a_language_and_its_own_number_region() {
    assert_eq!(
        whole(|starter| starter.catalogues[1].jurisdiction.languages.clear()),
        first(Rule::MissingLanguage, "us-la/jurisdiction", "/languages")
    );
    assert_eq!(
        whole(|starter| starter.catalogues[1].jurisdiction.number_region = "110101".parse().unwrap()),
        first(Rule::DuplicateCode, "us-la/jurisdiction", "/numberRegion")
    );
}

#[test]
fn a_department_stands_below_one_that_exists_and_never_below_itself() {
    let subject = "cn-110101/department/market-supervision";
    let parent = |code: &'static str| {
        whole(move |starter| starter.catalogues[0].departments[0].parent = Some(code.parse().unwrap()))
    };
    assert_eq!(parent("nowhere"), first(Rule::UnresolvedReference, subject, "/parent"));
    // market-supervision below its own window section: both stand in the circle.
    let circle = parent("market-supervision-window");
    assert!(circle.contains(&(Rule::DepartmentCircle, subject.into(), "/parent".into())), "{circle:?}");
    assert!(circle.iter().all(|(rule, ..)| *rule == Rule::DepartmentCircle), "{circle:?}");
    assert_eq!(circle.len(), 2);
}

#[test]
fn codes_of_jurisdictions_departments_and_items_are_used_once() {
    let item = whole(|starter| {
        let item = starter.catalogues[1].items[0].clone();
        starter.catalogues[1].items.push(item);
    });
    assert_eq!(item, first(Rule::DuplicateCode, "us-la/item/Dead Animal Removal", "/code"));
    let department = whole(|starter| {
        let department = starter.catalogues[1].departments[0].clone();
        starter.catalogues[1].departments.push(department);
    });
    assert_eq!(department, first(Rule::DuplicateCode, "us-la/department/BSL", "/code"));
    let jurisdiction = whole(|starter| {
        let mut catalogue = starter.catalogues[1].clone();
        catalogue.jurisdiction.number_region = "LB".parse().unwrap();
        starter.catalogues.push(catalogue);
    });
    assert_eq!(jurisdiction, first(Rule::DuplicateCode, "us-la/jurisdiction", "/code"));
}

#[test]
fn a_problem_tells_what_to_do_and_what_was_found() {
    let mut starter = starter();
    starter.catalogues[0].jurisdiction.calendar = "fr".parse().unwrap();
    let problem = lint(&starter, |code| code.as_str() != "fr").remove(0);
    assert_eq!(problem.detail(Lang::En), "nothing has this code: correct it or add what it names: fr");
    assert_eq!(problem.detail(Lang::ZhCn), "没有与该代码对应的对象，请更正或补充：fr");
}
