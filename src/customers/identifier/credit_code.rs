//! The unified social credit code (GB 32100-2015).

use super::{IdentifierError, IdentifierWarning, OrganisationCode, mask, tidy};
use crate::checkdigits::{self, CREDIT_CODE_ALPHABET};

/// Unified social credit code 统一社会信用代码 (GB 32100-2015): registering department, category, six digits of
/// the division, organisation code of nine, check character.
///
/// Places 1 and 2 may be letters (`N…` rural collectives, `A…` military, `Y…` others), places 3–8 are digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

/// What kind of organisation a credit code belongs to 机构类别, by its first two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganisationKind {
    /// State organ 机关: `11`.
    Agency,
    /// Public institution 事业单位: `12`.
    PublicInstitution,
    /// Social organisation 社会组织: `5`.
    SocialOrganisation,
    /// Enterprise, also self-employed and farmers' cooperatives 企业、个体工商户、农民专业合作社: `9`.
    Enterprise,
    /// Rural collective economic organisation 农村集体经济组织: `N`.
    Collective,
    /// Any other registered organisation 其他.
    Other,
}

impl CreditCode {
    /// Reads the 18 characters of a code.
    ///
    /// # Errors
    /// When the form or the check character is wrong. An organisation code inside that does not check is only a
    /// [`warning`](Self::warning).
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = tidy(text).to_ascii_uppercase();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        let (body, check) = text.split_at_checked(17).ok_or(IdentifierError::CreditCodeFormat)?;
        let region_is_digits = body.bytes().skip(2).take(6).all(|byte| byte.is_ascii_digit());
        let in_alphabet = text.len() == 18 && text.chars().all(|c| CREDIT_CODE_ALPHABET.contains(c));
        if !(region_is_digits && in_alphabet) {
            return Err(IdentifierError::CreditCodeFormat);
        }
        if checkdigits::credit_code(body) != check.chars().next() {
            return Err(IdentifierError::CreditCodeCheckDigit);
        }
        Ok(Self(text))
    }

    /// The full code, 18 characters.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.0
    }

    /// The first and the last four characters: `9111**********007T`. Registers publish the code, but that of a
    /// self-employed person leads to that person, so it is masked like the others.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0, 4, 4)
    }

    /// What kind of organisation it is.
    #[must_use]
    pub fn organisation_kind(&self) -> OrganisationKind {
        let mut places = self.0.chars();
        match (places.next(), places.next()) {
            (Some('1'), Some('1')) => OrganisationKind::Agency,
            (Some('1'), Some('2')) => OrganisationKind::PublicInstitution,
            (Some('5'), _) => OrganisationKind::SocialOrganisation,
            (Some('9'), _) => OrganisationKind::Enterprise,
            (Some('N'), _) => OrganisationKind::Collective,
            _ => OrganisationKind::Other,
        }
    }

    /// Code of the division of the registering department (GB/T 2260).
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// The organisation code in places 9–17.
    ///
    /// # Errors
    /// When it does not check, which a registry may have caused.
    pub fn organisation_code(&self) -> Result<OrganisationCode, IdentifierError> {
        OrganisationCode::parse(self.0.get(8..17).unwrap_or_default())
    }

    /// Says so when the organisation code inside does not check.
    #[must_use]
    pub fn warning(&self) -> Option<IdentifierWarning> {
        self.organisation_code().err().map(|_| IdentifierWarning::OrganisationCodeCheckDigit)
    }
}
