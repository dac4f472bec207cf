//! What differs by the kind of customer.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::identifier::{Identifier, IdentifierWarning, OrganisationKind, Scheme};
use crate::error::FieldError;
use crate::store::text_enum;

text_enum! {
    /// Kind of customer 服务对象类型 (GB/T 39046: 1 natural persons, 2 enterprises, 3–4 and 6 others, 5 agencies).
    pub enum CustomerKind {
        /// Natural person 自然人.
        Individual = "individual",
        /// Enterprise, also self-employed 企业、个体工商户.
        Enterprise = "enterprise",
        /// Public institution, social organisation, other organisation 事业单位、社会组织、其他组织.
        NonProfit = "non_profit",
        /// Agency 行政机关.
        Agency = "agency",
    }
}

impl CustomerKind {
    /// What is odd about this identifier for a customer of this kind: the first characters of a unified social credit
    /// code tell the kind of organisation (GB 32100-2015). No error: registries moved organisations from one to another.
    pub(super) fn warning(self, identifier: &Identifier) -> Option<IdentifierWarning> {
        let Identifier::Credit(code) = identifier else { return None };
        let told = match code.organisation_kind() {
            OrganisationKind::Agency => Self::Agency,
            OrganisationKind::PublicInstitution | OrganisationKind::SocialOrganisation => Self::NonProfit,
            OrganisationKind::Enterprise | OrganisationKind::Collective => Self::Enterprise,
            OrganisationKind::Other => return None,
        };
        (told != self).then_some(IdentifierWarning::OrganisationKind)
    }
}

text_enum! {
    /// Legal form of an enterprise 企业组织形式.
    pub enum LegalForm {
        /// Company 公司.
        Company = "company",
        /// Partnership 合伙企业.
        Partnership = "partnership",
        /// Sole proprietorship 个人独资企业.
        SoleProprietorship = "sole_proprietorship",
        /// Self-employed household 个体工商户.
        SelfEmployed = "self_employed",
        /// Farmers' cooperative 农民专业合作社.
        Cooperative = "cooperative",
        /// Rural collective economic organisation 农村集体经济组织.
        Collective = "collective",
        /// Any other 其他.
        Other = "other",
    }
}

text_enum! {
    /// Form of a non-profit 非营利组织类型.
    pub enum NonProfitForm {
        /// Public institution 事业单位.
        PublicInstitution = "public_institution",
        /// Social group 社会团体.
        SocialGroup = "social_group",
        /// Foundation 基金会.
        Foundation = "foundation",
        /// Social service organisation 社会服务机构.
        SocialService = "social_service",
        /// Any other 其他.
        Other = "other",
    }
}

text_enum! {
    /// Level of an agency 行使层级 (GB/T 39046, appendix A).
    pub enum AgencyLevel {
        /// 国家级.
        National = "national",
        /// 省级.
        Provincial = "provincial",
        /// 市级.
        City = "city",
        /// 县级.
        County = "county",
        /// 镇（街道）级.
        Township = "township",
        /// 村（社区）级.
        Village = "village",
    }
}

/// What is kept of a customer of one kind and of no other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CustomerDetails {
    /// Natural person 自然人.
    #[serde(rename_all = "camelCase")]
    Individual {
        /// Birth date. Shown to the customer only: beside a masked identity number it would give the whole number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(example = "1900-01-01")]
        birth_date: Option<NaiveDate>,
    },
    /// Enterprise 企业.
    #[serde(rename_all = "camelCase")]
    Enterprise {
        /// Legal form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        legal_form: Option<LegalForm>,
        /// Day of establishment 成立日期.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        established_on: Option<NaiveDate>,
    },
    /// Non-profit 非营利组织.
    #[serde(rename_all = "camelCase")]
    NonProfit {
        /// Which form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<NonProfitForm>,
        /// Day of establishment 成立日期.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        established_on: Option<NaiveDate>,
    },
    /// Agency 行政机关.
    #[serde(rename_all = "camelCase")]
    Agency {
        /// At which level it acts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<AgencyLevel>,
    },
}

impl CustomerDetails {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> CustomerKind {
        match self {
            Self::Individual { .. } => CustomerKind::Individual,
            Self::Enterprise { .. } => CustomerKind::Enterprise,
            Self::NonProfit { .. } => CustomerKind::NonProfit,
            Self::Agency { .. } => CustomerKind::Agency,
        }
    }

    /// The birth date of a natural person, where it is known.
    pub(super) fn birth_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Individual { birth_date } => *birth_date,
            Self::Enterprise { .. } | Self::NonProfit { .. } | Self::Agency { .. } => None,
        }
    }

    /// Without the birth date.
    #[must_use]
    pub fn masked(self) -> Self {
        match self {
            Self::Individual { .. } => Self::Individual { birth_date: None },
            other => other,
        }
    }

    /// Refuses days after `today`.
    pub(super) fn check(&self, today: NaiveDate) -> Vec<FieldError> {
        let (day, pointer) = match self {
            Self::Individual { birth_date } => (birth_date, "/details/birthDate"),
            Self::Enterprise { established_on, .. } | Self::NonProfit { established_on, .. } => {
                (established_on, "/details/establishedOn")
            }
            Self::Agency { .. } => return Vec::new(),
        };
        if day.is_some_and(|day| day > today) {
            return vec![FieldError::new(pointer, "in_the_future", "give a day that is not in the future")];
        }
        Vec::new()
    }

    /// Refuses an identifier that a customer of this kind cannot have, or whose birth date is another; `pointer` is
    /// where the identifier stands in the request.
    pub(super) fn check_identifier(&self, identifier: &Identifier, pointer: &str) -> Option<FieldError> {
        let fits = match (identifier.scheme(), self.kind()) {
            (Scheme::ResidentId | Scheme::Passport, kind) => kind == CustomerKind::Individual,
            (Scheme::CreditCode, kind) => kind != CustomerKind::Individual,
            (Scheme::Free, _) => true,
        };
        if !fits {
            let detail = "give an identifier that customers of this kind have: persons an identity number or a passport, \
                          organisations a unified social credit code";
            return Some(FieldError::new(format!("{pointer}/scheme"), "scheme_of_another_kind", detail));
        }
        match (identifier, self) {
            (Identifier::Resident(id), Self::Individual { birth_date: Some(day) }) if id.birth_date() != *day => {
                let detail = "compare the birth date with the identity number: they name different days";
                Some(FieldError::new(format!("{pointer}/value"), "birth_date_mismatch", detail))
            }
            _ => None,
        }
    }
}

impl std::fmt::Debug for CustomerDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CustomerDetails({})", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_another_kind_is_refused() {
        let read = |json| serde_json::from_value::<CustomerDetails>(json);
        assert!(read(serde_json::json!({ "kind": "individual", "birthDate": "1900-01-01" })).is_ok());
        assert!(read(serde_json::json!({ "kind": "individual", "legalForm": "company" })).is_err());
        assert!(read(serde_json::json!({ "kind": "agency", "birthDate": "1900-01-01" })).is_err());
        assert!(read(serde_json::json!({ "kind": "robot" })).is_err());
        assert!(read(serde_json::json!({ "birthDate": "1900-01-01" })).is_err());
    }

    #[test]
    fn persons_have_identity_numbers_and_organisations_credit_codes() {
        let resident = Identifier::parse(Scheme::ResidentId, "110101190001010014").unwrap();
        let credit = Identifier::parse(Scheme::CreditCode, "91110101MA0000007T").unwrap();
        let person = CustomerDetails::Individual { birth_date: NaiveDate::from_ymd_opt(1900, 1, 1) };
        let enterprise = CustomerDetails::Enterprise { legal_form: None, established_on: None };
        assert_eq!(person.check_identifier(&resident, ""), None);
        assert_eq!(enterprise.check_identifier(&credit, ""), None);
        for (details, identifier) in [(&person, &credit), (&enterprise, &resident)] {
            assert_eq!(
                details.check_identifier(identifier, "/identifiers/0").unwrap().pointer,
                "/identifiers/0/scheme"
            );
        }
    }

    #[test]
    fn a_credit_code_of_another_kind_of_organisation_is_odd() {
        use CustomerKind::{Agency, Enterprise, NonProfit};
        let codes = [
            ("11110101000000000A", Some(Agency)),
            ("121101010000000194", Some(NonProfit)),
            ("52110101MJ000000XG", Some(NonProfit)),
            ("91110101MA0000007T", Some(Enterprise)),
            ("N2110101MF0000005E", Some(Enterprise)),
        ];
        for (code, told) in codes {
            let code = Identifier::parse(Scheme::CreditCode, code).unwrap();
            for kind in [Agency, Enterprise, NonProfit] {
                let odd = Some(kind) != told;
                assert_eq!(kind.warning(&code).is_some(), odd, "{code} {kind}");
            }
        }
    }

    #[test]
    fn a_birth_date_agrees_with_the_identity_number() {
        let resident = Identifier::parse(Scheme::ResidentId, "110101190001010014").unwrap();
        let other = CustomerDetails::Individual { birth_date: NaiveDate::from_ymd_opt(1900, 1, 2) };
        assert_eq!(other.check_identifier(&resident, "").unwrap().code, "birth_date_mismatch");
    }

    #[test]
    fn nobody_is_born_tomorrow() {
        let today = NaiveDate::from_ymd_opt(2026, 2, 12).unwrap();
        let born = |day| CustomerDetails::Individual { birth_date: Some(day) }.check(today);
        assert_eq!(born(today), []);
        assert_eq!(born(today.succ_opt().unwrap())[0].pointer, "/details/birthDate");
    }

    #[test]
    fn masked_details_have_no_birth_date() {
        let born = CustomerDetails::Individual { birth_date: NaiveDate::from_ymd_opt(1900, 1, 1) };
        assert_eq!(born.masked(), CustomerDetails::Individual { birth_date: None });
    }
}
