//! A department, and where in the tree it may stand.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalogue::{DepartmentCode, DivisionCode, JurisdictionCode, Line};
use crate::error::{Failure, FieldError};
use crate::ids::DepartmentId;
use crate::localized::LocalizedText;

/// Department 部门. A root of the tree is an agency 机构: its `agency` is itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "dept_069hhmn5mxzkb9g3d0qk2v7r8c", "jurisdiction": "cn-110101", "code": "market-supervision-food",
    "parent": "dept_069hhmn5mxzkb9g3d0qk2v7r8c", "agency": "dept_069hhmn5mxzkb9g3d0qk2v7r8c",
    "names": { "zh-CN": "食品经营许可科", "en": "Food Business Licensing Section" },
    "division": "110101", "version": 1
}))]
pub struct Department {
    /// Id.
    pub id: DepartmentId,
    /// Jurisdiction 辖区.
    pub jurisdiction: JurisdictionCode,
    /// Code, unique in the jurisdiction.
    pub code: DepartmentCode,
    /// The department above; none for an agency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<DepartmentId>,
    /// The agency: the root above it, or itself.
    pub agency: DepartmentId,
    /// Name, in every language of the jurisdiction.
    pub names: LocalizedText,
    /// Administrative division 行政区划代码 (GB/T 2260) it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
    /// Its own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<Line>,
    /// Version, from 1.
    pub version: i64,
}

/// Refuses a new place in the tree that would change the agency or close a circle. `agency` holds every department of
/// the moving department's agency; `parent` is the place it is to have.
///
/// # Errors
/// 400 at `/parent`: `other_agency`, `below_itself`.
pub(super) fn check_move(
    moving: &Department,
    parent: Option<&Department>,
    agency: &[Department],
) -> Result<(), Failure> {
    if moving.parent == parent.map(|p| p.id) {
        return Ok(());
    }
    let Some(parent) = parent.filter(|p| p.agency == moving.agency) else {
        let detail = "choose a department of the same agency: a department never leaves its agency, since its cases, \
                      staff and history are the agency's; create a new department there instead";
        return Err(Failure::Invalid(vec![FieldError::new("/parent", "other_agency", detail)]));
    };
    if is_below(parent.id, moving.id, agency) {
        let detail = "choose a department that is not this one and not below it";
        return Err(Failure::Invalid(vec![FieldError::new("/parent", "below_itself", detail)]));
    }
    Ok(())
}

/// Whether `department` is `top` or below it. Walks up at most as many steps as there are departments.
fn is_below(department: DepartmentId, top: DepartmentId, all: &[Department]) -> bool {
    let mut at = Some(department);
    for _ in 0..=all.len() {
        match at {
            None => return false,
            Some(id) if id == top => return true,
            Some(id) => at = all.iter().find(|d| d.id == id).and_then(|d| d.parent),
        }
    }
    true
}

/// Names every language of the jurisdiction that the name lacks.
pub(super) fn missing_languages(names: &LocalizedText, languages: &[crate::localized::Lang]) -> Vec<FieldError> {
    let missing = languages.iter().filter(|lang| !names.has(lang.tag()));
    missing
        .map(|lang| {
            let detail = "give the name in every language of the jurisdiction";
            FieldError::new(format!("/names/{}", lang.tag()), "required", detail)
        })
        .collect()
}

#[cfg(test)]
pub(super) fn sample(code: &str, parent: Option<&Department>) -> Department {
    let id = DepartmentId::new();
    Department {
        id,
        jurisdiction: "us-la".parse().unwrap(),
        code: code.parse().unwrap(),
        parent: parent.map(|p| p.id),
        agency: parent.map_or(id, |p| p.agency),
        names: LocalizedText::new([("en", code)]).unwrap(),
        division: None,
        website: None,
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(result: Result<(), Failure>) -> String {
        match result {
            Err(Failure::Invalid(errors)) => errors[0].code.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_department_never_leaves_its_agency() {
        let (a, b) = (sample("A", None), sample("B", None));
        let a1 = sample("A1", Some(&a));
        let all = [a.clone(), a1.clone()];
        assert_eq!(refusal(check_move(&a1, Some(&b), &all)), "other_agency");
        // An agency never becomes a department, nor a department an agency.
        assert_eq!(refusal(check_move(&b, Some(&a), std::slice::from_ref(&b))), "other_agency");
        assert_eq!(refusal(check_move(&a1, None, &all)), "other_agency");
    }

    #[test]
    fn a_department_is_never_below_itself() {
        let a = sample("A", None);
        let a1 = sample("A1", Some(&a));
        let a11 = sample("A11", Some(&a1));
        let all = [a.clone(), a1.clone(), a11.clone()];
        assert_eq!(refusal(check_move(&a1, Some(&a11), &all)), "below_itself");
        assert_eq!(refusal(check_move(&a1, Some(&a1), &all)), "below_itself");
        assert_eq!(refusal(check_move(&a, Some(&a11), &all)), "below_itself");
        assert_eq!(check_move(&a11, Some(&a), &all), Ok(()));
        assert_eq!(check_move(&a11, Some(&a1), &all), Ok(()));
    }
}
