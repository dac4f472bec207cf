//! The identity number of a citizen (GB 11643-1999).

use super::{IdentifierError, mask, tidy};
use crate::checkdigits;
use chrono::NaiveDate;

/// Citizen identity number 公民身份号码 (GB 11643-1999): six digits of the division where it was first issued,
/// birth date, three digits of sequence, check character (ISO 7064 MOD 11-2).
///
/// Never changes in a lifetime (身份证法 art. 3). Always held with 18 characters: an old number of 15 digits is
/// converted by inserting `19` before the year and adding the check character. An old number had no check
/// character, so a slip in it shows only when it spoils the date.
///
/// Whether the division existed, and whether the birth date lies in the future, is for callers who know the
/// divisions of that year and the day of today.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ResidentId {
    text: String,
    birth_date: NaiveDate,
    sex: Sex,
}

/// Sex as the identity number states it 性别: odd sequence male, even female (GB 11643).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female 女.
    Female,
    /// Male 男.
    Male,
}

impl ResidentId {
    /// Reads a number of 18 characters, or an old one of 15 digits.
    ///
    /// # Errors
    /// The first broken rule of: format, region, birth date, check character.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = tidy(text).to_ascii_uppercase();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        if text.len() == 15 && is_digits(&text) { Self::from_old(&text) } else { Self::from_full(text) }
    }

    /// The full number, 18 characters.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.text
    }

    /// The division and the last four characters: `110101********0014`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.text, 6, 4)
    }

    /// Code of the division where the number was first issued (GB/T 2260), to be looked up among the divisions
    /// of that time: abolished codes stay valid.
    #[must_use]
    pub fn region(&self) -> &str {
        self.text.get(..6).unwrap_or_default()
    }

    /// Day of birth.
    #[must_use]
    pub fn birth_date(&self) -> NaiveDate {
        self.birth_date
    }

    /// Sex.
    #[must_use]
    pub fn sex(&self) -> Sex {
        self.sex
    }

    fn from_old(text: &str) -> Result<Self, IdentifierError> {
        let (region, rest) = text.split_at_checked(6).ok_or(IdentifierError::ResidentIdFormat)?;
        let body = format!("{region}19{rest}");
        let check = checkdigits::mod_11_2(&body).ok_or(IdentifierError::ResidentIdFormat)?;
        Self::from_full(format!("{body}{check}"))
    }

    fn from_full(text: String) -> Result<Self, IdentifierError> {
        let (body, check) = text.split_at_checked(17).ok_or(IdentifierError::ResidentIdFormat)?;
        let well_formed = is_digits(body) && (check == "X" || (check.len() == 1 && is_digits(check)));
        if !well_formed {
            return Err(IdentifierError::ResidentIdFormat);
        }
        if body.starts_with('0') {
            return Err(IdentifierError::ResidentIdRegion);
        }
        let birth_date = birth_date(body).ok_or(IdentifierError::ResidentIdBirthDate)?;
        if checkdigits::mod_11_2(body) != check.chars().next() {
            return Err(IdentifierError::ResidentIdCheckDigit);
        }
        let odd = body.ends_with(['1', '3', '5', '7', '9']);
        let sex = if odd { Sex::Male } else { Sex::Female };
        Ok(Self { text, birth_date, sex })
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn birth_date(body: &str) -> Option<NaiveDate> {
    let year = body.get(6..10)?.parse().ok()?;
    let month = body.get(10..12)?.parse().ok()?;
    let day = body.get(12..14)?.parse().ok()?;
    NaiveDate::from_ymd_opt(year, month, day)
}
