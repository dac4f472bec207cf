//! A department as callers send it.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::catalogue::{DepartmentCode, DivisionCode, JurisdictionCode, Line};
use crate::ids::DepartmentId;
use crate::localized::LocalizedText;

/// A department to be created; without a parent it is an agency.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "jurisdiction": "cn-110101", "code": "market-supervision-inspection",
    "parent": "dept_069hhmn5mxzkb9g3d0qk2v7r8c",
    "names": { "zh-CN": "执法检查科", "en": "Inspection Section" }, "division": "110101"
}))]
pub struct NewDepartment {
    /// Jurisdiction: that of the parent.
    pub jurisdiction: JurisdictionCode,
    /// Code, unique in the jurisdiction; never changes.
    pub code: DepartmentCode,
    /// The department above; none for an agency.
    #[serde(default)]
    pub parent: Option<DepartmentId>,
    /// Name, in every language of the jurisdiction.
    pub names: LocalizedText,
    /// Administrative division 行政区划代码 (GB/T 2260): 6 or 9 digits.
    #[serde(default)]
    pub division: Option<DivisionCode>,
    /// Its own page.
    #[serde(default)]
    pub website: Option<Line>,
}

/// What can change of a department; what is left out is removed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "parent": "dept_069hhmn5mxzkb9g3d0qk2v7r8c",
    "names": { "zh-CN": "执法检查科", "en": "Inspection Section" }, "division": "110101"
}))]
pub struct DepartmentInput {
    /// The department above, of the same agency; none for an agency, and only for it.
    #[serde(default)]
    pub parent: Option<DepartmentId>,
    /// Name, in every language of the jurisdiction.
    pub names: LocalizedText,
    /// Administrative division 行政区划代码 (GB/T 2260): 6 or 9 digits.
    #[serde(default)]
    pub division: Option<DivisionCode>,
    /// Its own page.
    #[serde(default)]
    pub website: Option<Line>,
}
