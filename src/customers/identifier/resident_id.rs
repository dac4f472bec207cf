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
/// Whether it can have been issued (a province that exists, a birth date that is not in the future) is asked apart, by
/// [`check_issued`](Self::check_issued), when a number comes in: what is kept already must read on any day. Whether the
/// county existed is for callers who know the divisions of that year.
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

    /// Refuses a number that nobody can have been issued by `today`.
    ///
    /// # Errors
    /// An unknown province, or a birth date after `today`.
    pub fn check_issued(&self, today: NaiveDate) -> Result<(), IdentifierError> {
        if !is_issued_in_a_province(self.region()) {
            return Err(IdentifierError::ResidentIdRegion);
        }
        if self.birth_date > today {
            return Err(IdentifierError::ResidentIdFuture);
        }
        Ok(())
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

/// The provinces of GB/T 2260 and, with 81 to 83, the residence permits of people from Hong Kong, Macao and Taiwan. The
/// permanent residence card for foreigners (edition of 2023) puts a 9 before the province.
fn is_issued_in_a_province(region: &str) -> bool {
    let province = match region.strip_prefix('9') {
        Some(rest) => rest.get(..2),
        None => region.get(..2),
    };
    let province = province.and_then(|digits| digits.parse::<u8>().ok());
    province
        .is_some_and(|code| matches!(code, 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83))
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
