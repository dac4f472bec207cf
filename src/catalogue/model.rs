//! The definition of a service item, and of the two things it stands on: a jurisdiction and a department.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::behaviour::{
    AfterCorrection, Audience, ClockStart, CorrectionLapse, DecidedBy, Finish, IntakeLapse, ItemKind,
};
use super::codes::{
    CalendarCode, Currency, DepartmentCode, DivisionCode, ItemCode, JurisdictionCode, Line, NumberRegion, OutcomeCode,
};
use super::codeset::HandlingKind;
use super::parts::{Fee, LegalBasis, Limit, Material, NationalFields, Outcome};
use crate::calendar::Term;
use crate::localized::{Lang, LocalizedText};

/// Version of an item's definition 版本号, from 1. A case keeps the version it was submitted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schema(value_type = u32, minimum = 1, example = 1)]
pub struct ItemVersion(u32);

impl ItemVersion {
    /// The first version.
    pub const FIRST: Self = Self(1);

    /// The number, at least 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The version after this one; `None` past the last number.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

/// A version must be at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is a number from 1")]
pub struct VersionError;

impl TryFrom<u32> for ItemVersion {
    type Error = VersionError;

    fn try_from(number: u32) -> Result<Self, VersionError> {
        (number > 0).then_some(Self(number)).ok_or(VersionError)
    }
}

impl From<ItemVersion> for u32 {
    fn from(version: ItemVersion) -> Self {
        version.0
    }
}

/// Service item 政务服务事项 (an item of the implementation list 实施清单): what can be asked for, of whom, within which
/// limits, with which form and materials, and how its cases behave.
///
/// A definition that parses is not yet fit to publish: [`lint`](super::lint::lint) says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceItem {
    /// Code 事项编码, unique in the jurisdiction.
    pub code: ItemCode,
    /// Version of this definition 版本号.
    pub version: ItemVersion,
    /// Name 事项名称, in every language of the jurisdiction.
    pub names: LocalizedText,
    /// What it is and who can use it, for the applicant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptions: Option<LocalizedText>,
    /// What kind of request it answers.
    pub kind: ItemKind,
    /// Whom it is for 服务对象; never empty once published.
    pub audience: BTreeSet<Audience>,
    /// The jurisdiction whose law, calendar and languages apply.
    pub jurisdiction: JurisdictionCode,
    /// The responsible department 实施主体.
    pub department: DepartmentCode,
    /// Statutory limit 法定办结时限.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statutory: Option<Limit>,
    /// Promised limit 承诺办结时限: at most the statutory one, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Limit>,
    /// The agency's term to accept, refuse or ask for a correction, from receipt 收件审查时限; needed where the main clocks
    /// begin later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intake: Option<Term>,
    /// The applicant's own term to correct 补正期限, from the notice; in its own unit. Every item published has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Term>,
    /// The agency's term to deliver after the decision 送达期限.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Term>,
    /// What one extension 延期 adds to the main clocks, in the unit of the statutory limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Term>,
    /// The event from which the main clocks count.
    pub clock_starts_from: ClockStart,
    /// What happens when the intake term passes.
    pub on_intake_lapse: IntakeLapse,
    /// What happens when the correction term passes.
    pub on_correction_lapse: CorrectionLapse,
    /// What the intake clock does after a correction.
    pub after_correction: AfterCorrection,
    /// How a case ends.
    pub finish: Finish,
    /// Who may decide.
    pub decided_by: DecidedBy,
    /// The ways a case can end, in the order they are shown.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub outcomes: Vec<Outcome>,
    /// Whether it can be asked for without a name 匿名.
    pub anonymous_allowed: bool,
    /// Materials 申请材料.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub materials: Vec<Material>,
    /// Fees; none means free of charge.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub fees: Vec<Fee>,
    /// Legal basis 设定依据.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub legal_basis: Vec<LegalBasis>,
    /// Fields of the national catalogue, where the item is part of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national: Option<NationalFields>,
    /// Group under which the item is shown (Open311 `group`), in the words of its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Line>,
    /// The form to fill in: a JSON Schema 2020-12 of type object.
    #[schema(value_type = Object)]
    pub form: serde_json::Value,
    /// Fields of this definition, by their JSON names, whose content nobody has yet verified against its source: a
    /// default or a demonstration, not a statement of law.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub unverified: BTreeSet<Line>,
}

impl ServiceItem {
    /// The outcome of that code, if the item has it.
    #[must_use]
    pub fn outcome(&self, code: &OutcomeCode) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| outcome.code == *code)
    }

    /// Whether the item is decided on the spot 即办件.
    #[must_use]
    pub fn is_on_the_spot(&self) -> bool {
        self.national.as_ref().is_some_and(|national| national.handling_kind == HandlingKind::OnTheSpot)
    }

    /// Whether a field, by its JSON name, is marked as not verified.
    #[must_use]
    pub fn is_unverified(&self, field: &str) -> bool {
        self.unverified.iter().any(|name| name.as_str() == field)
    }
}

/// Jurisdiction 辖区: whose law, local days, languages and money apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Jurisdiction {
    /// Code.
    pub code: JurisdictionCode,
    /// Name.
    pub names: LocalizedText,
    /// IANA time zone: local days are counted in it.
    #[schema(value_type = String, max_length = 64, example = "Asia/Shanghai")]
    pub time_zone: Tz,
    /// Working calendar.
    pub calendar: CalendarCode,
    /// Languages every published name has, the jurisdiction's own first.
    #[schema(min_items = 1, max_items = 8)]
    pub languages: Vec<Lang>,
    /// Currency of its fees.
    pub currency: Currency,
    /// Region part of its case numbers.
    pub number_region: NumberRegion,
    /// Administrative division, where there is such a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
}

/// Department 部门: a node of the tree of an agency. A root is an agency 机关.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Department {
    /// Code, unique in the jurisdiction.
    pub code: DepartmentCode,
    /// The department above; none for an agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<DepartmentCode>,
    /// Name.
    pub names: LocalizedText,
    /// Administrative division it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
    /// Its own page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<Line>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_counts_from_one() {
        assert_eq!(ItemVersion::try_from(0), Err(VersionError));
        assert_eq!(ItemVersion::try_from(1), Ok(ItemVersion::FIRST));
        assert_eq!(ItemVersion::FIRST.next().map(ItemVersion::get), Some(2));
        assert_eq!(ItemVersion(u32::MAX).next(), None);
    }
}
