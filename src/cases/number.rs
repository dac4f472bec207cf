//! The number of a case, made to be read out on the telephone.

use crate::checkdigits;
use std::fmt;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;

/// Digits of the sequence.
const SEQUENCE_DIGITS: usize = 8;

/// Case number 办件编号: year, region, sequence, check character, as `2026-110101-0000-0123-C`.
///
/// The sequence is always two groups of four digits, as people read telephone numbers; the check character
/// (ISO 7064 MOD 37,36 over everything before it) tells a typo from a number that does not exist. Year and
/// sequence hold digits only, so a letter O or I heard there is read as 0 or 1.
///
/// Numbers have gaps. A number alone never opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseNumber {
    year: u16,
    region: CaseRegion,
    sequence: u32,
}

/// Region of a case number 编号地区: 2–6 characters of A–Z and 0–9, which the jurisdiction chooses, for example
/// its division code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseRegion(String);

/// Why something is not a case number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseNumberError {
    /// The form is wrong: characters are missing, too many, or of the wrong kind.
    #[error(
        "enter the case number as on the receipt: year, region, eight digits and a check character, as in 2026-110101-0000-0123-C"
    )]
    Malformed,
    /// The form is possible and the check character does not fit: a typo.
    #[error(
        "compare the case number with the receipt: the check character does not fit, so at least one character is mistyped, missing or too many"
    )]
    CheckCharacter,
    /// The region is not 2–6 characters of A–Z and 0–9.
    #[error("choose a region of 2 to 6 capital letters and digits")]
    Region,
    /// The year is outside 1900–9999.
    #[error("choose a year from 1900 to 9999")]
    Year,
    /// The sequence is 0 or above 99,999,999.
    #[error("choose a sequence from 1 to 99999999; the numbers of this year and region are used up beyond that")]
    Sequence,
}

impl CaseNumberError {
    /// The stable name of this error in the interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "case_number_malformed",
            Self::CheckCharacter => "case_number_check_character",
            Self::Region => "case_number_region",
            Self::Year => "case_number_year",
            Self::Sequence => "case_number_sequence",
        }
    }
}

impl CaseRegion {
    /// Reads a region; small letters become capitals.
    ///
    /// # Errors
    /// [`CaseNumberError::Region`] when it is not 2–6 characters of A–Z and 0–9.
    pub fn parse(text: &str) -> Result<Self, CaseNumberError> {
        let well_formed = (2..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if well_formed { Ok(Self(text.to_ascii_uppercase())) } else { Err(CaseNumberError::Region) }
    }

    /// The region, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CaseNumber {
    /// The first year that a number can name.
    pub const FIRST_YEAR: u16 = 1900;
    /// The highest sequence of a year and region.
    pub const LAST_SEQUENCE: u32 = 99_999_999;

    /// The number of the `sequence`-th case (1 to [`LAST_SEQUENCE`](Self::LAST_SEQUENCE)) of `region` in `year`.
    ///
    /// # Errors
    /// When the year or the sequence is out of bounds.
    pub fn new(year: u16, region: CaseRegion, sequence: u32) -> Result<Self, CaseNumberError> {
        if !(Self::FIRST_YEAR..=9999).contains(&year) {
            return Err(CaseNumberError::Year);
        }
        if !(1..=Self::LAST_SEQUENCE).contains(&sequence) {
            return Err(CaseNumberError::Sequence);
        }
        Ok(Self { year, region, sequence })
    }

    /// Reads a number as people type it: in any case, full-width or not, with hyphens, spaces or without any,
    /// with O or I for 0 or 1 in year and sequence. With its three separators in place, the sequence may lack its
    /// leading zeros: `2026-110101-123-C`.
    ///
    /// # Errors
    /// [`CaseNumberError::CheckCharacter`] for a typo, [`CaseNumberError::Malformed`] when it cannot be a number
    /// of a case at all.
    pub fn parse(text: &str) -> Result<Self, CaseNumberError> {
        let parts = Parts::split(text).ok_or(CaseNumberError::Malformed)?;
        let malformed = |_| CaseNumberError::Malformed;
        let year = parts.year.parse().map_err(|_| CaseNumberError::Malformed)?;
        let sequence = parts.sequence.parse().map_err(|_| CaseNumberError::Malformed)?;
        let region = CaseRegion::parse(&parts.region).map_err(malformed)?;
        if check_character(&parts.year, region.as_str(), &parts.sequence) != Some(parts.check) {
            return Err(CaseNumberError::CheckCharacter);
        }
        Self::new(year, region, sequence).map_err(malformed)
    }

    /// The year in which the case was opened.
    #[must_use]
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The region of the jurisdiction.
    #[must_use]
    pub fn region(&self) -> &CaseRegion {
        &self.region
    }

    /// The place in the year and region, from 1; gaps are normal.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.sequence
    }
}

/// The four parts of a number as typed, year and sequence in digits of full length.
struct Parts {
    year: String,
    region: String,
    sequence: String,
    check: char,
}

impl Parts {
    fn split(text: &str) -> Option<Self> {
        let text = text.nfkc().collect::<String>().to_ascii_uppercase();
        let pieces: Vec<&str> = text.split(is_separator).filter(|piece| !piece.is_empty()).collect();
        let separated = match pieces.as_slice() {
            [year, region, sequence, check] => Self::from_pieces(year, region, sequence, check),
            _ => None,
        };
        separated.or_else(|| Self::from_compact(&pieces.concat()))
    }

    /// Everything but the region has a fixed length, so nothing is ambiguous without separators.
    fn from_compact(text: &str) -> Option<Self> {
        let (year, rest) = text.split_at_checked(4)?;
        let (rest, check) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
        let (region, sequence) = rest.split_at_checked(rest.len().checked_sub(SEQUENCE_DIGITS)?)?;
        Self::from_pieces(year, region, sequence, check)
    }

    fn from_pieces(year: &str, region: &str, sequence: &str, check: &str) -> Option<Self> {
        let mut characters = check.chars();
        let (Some(check), None) = (characters.next(), characters.next()) else {
            return None;
        };
        let fits = year.len() == 4 && sequence.len() <= SEQUENCE_DIGITS && check.is_ascii_alphanumeric();
        let (year, sequence) = (digits(year)?, digits(sequence)?);
        fits.then(|| Self {
            year,
            region: region.to_owned(),
            sequence: format!("{sequence:0>SEQUENCE_DIGITS$}"),
            check,
        })
    }
}

/// The text with O and I read as 0 and 1, when it then holds digits only.
fn digits(text: &str) -> Option<String> {
    let heard: String = text
        .chars()
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    heard.bytes().all(|byte| byte.is_ascii_digit()).then_some(heard)
}

/// Spaces, and every dash that keyboards and word processors make of a hyphen.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '_' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{feff}' | '\u{200b}'
        )
}

fn check_character(year: &str, region: &str, sequence: &str) -> Option<char> {
    checkdigits::mod_37_36(&format!("{year}{region}{sequence}"))
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, sequence) = (format!("{:04}", self.year), format!("{:08}", self.sequence));
        let check = check_character(&year, self.region.as_str(), &sequence).ok_or(fmt::Error)?;
        let (thousands, units) = sequence.split_at_checked(4).ok_or(fmt::Error)?;
        write!(f, "{year}-{}-{thousands}-{units}-{check}", self.region.as_str())
    }
}

impl fmt::Display for CaseRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CaseNumber {
    type Err = CaseNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl FromStr for CaseRegion {
    type Err = CaseNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
