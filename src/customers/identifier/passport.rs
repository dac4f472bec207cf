//! Passport numbers.

use super::{IdentifierError, mask, tidy};

/// Passport number 护照号码: 6–9 letters and digits. It has no check character of its own, and it says nothing
/// about the state that issued it: two states may issue the same number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Passport(String);

impl Passport {
    /// Reads a passport number in either case.
    ///
    /// # Errors
    /// When it is not 6–9 characters of A–Z and 0–9.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = tidy(text).to_ascii_uppercase();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        let well_formed = (6..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if well_formed { Ok(Self(text)) } else { Err(IdentifierError::PassportFormat) }
    }

    /// The full number in upper case.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.0
    }

    /// The first character and the last two: `E******78`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0, 1, 2)
    }
}
