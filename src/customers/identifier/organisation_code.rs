//! The organisation code (GB 11714-1997).

use super::{IdentifierError, mask, tidy};
use crate::checkdigits;

/// Organisation code 组织机构代码 (GB 11714-1997): eight digits or letters and a check character. Lives on
/// inside the unified social credit code.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OrganisationCode(String);

impl OrganisationCode {
    /// Reads `MA000000-7` or `MA0000007`.
    ///
    /// # Errors
    /// When the form or the check character is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = tidy(text).to_ascii_uppercase();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        let (body, rest) = text.split_at_checked(8).ok_or(IdentifierError::OrganisationCodeFormat)?;
        let check = rest.strip_prefix('-').unwrap_or(rest);
        let right = checkdigits::organisation_code(body).ok_or(IdentifierError::OrganisationCodeFormat)?;
        let mut characters = check.chars();
        let (Some(given), None) = (characters.next(), characters.next()) else {
            return Err(IdentifierError::OrganisationCodeFormat);
        };
        if !(given.is_ascii_digit() || given == 'X') {
            return Err(IdentifierError::OrganisationCodeFormat);
        }
        if given != right {
            return Err(IdentifierError::OrganisationCodeCheckDigit);
        }
        Ok(Self(format!("{body}{given}")))
    }

    /// The full code: nine characters without the hyphen.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.0
    }

    /// The code as certificates print it: `MA000000-7`.
    #[must_use]
    pub fn hyphenated(&self) -> String {
        let (body, check) = self.0.split_at_checked(8).unwrap_or((&self.0, ""));
        format!("{body}-{check}")
    }

    /// The first two characters and the last: `MA******7`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0, 2, 1)
    }
}
