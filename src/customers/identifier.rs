//! Identifiers of customers 证件号码, checked to the last character.
//!
//! What people type or paste is tidied first: Unicode NFKC (so full-width digits count as digits), surrounding
//! spaces and invisible characters dropped, letters in upper case. Separators *inside* a number are refused, not
//! removed: none of these numbers is written with any (the organisation code's own hyphen excepted), so a
//! separator means that something else was pasted.
//!
//! Neither `Debug` nor `Display` nor any error shows more than the mask; the full value comes only out of
//! [`Identifier::normalised`].

mod credit_code;
mod error;
mod free;
mod organisation_code;
mod passport;
mod resident_id;
mod scheme;

pub use credit_code::{CreditCode, OrganisationKind};
pub use error::{IdentifierError, IdentifierWarning};
pub use free::FreeIdentifier;
pub use organisation_code::OrganisationCode;
pub use passport::Passport;
pub use resident_id::{ResidentId, Sex};
pub use scheme::Scheme;

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

/// An identifier of a customer 证件号码: the scheme and a value that obeys it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// See [`ResidentId`].
    Resident(ResidentId),
    /// See [`CreditCode`].
    Credit(CreditCode),
    /// See [`Passport`].
    Passport(Passport),
    /// See [`FreeIdentifier`].
    Free(FreeIdentifier),
}

impl Identifier {
    /// Reads `text` as an identifier of `scheme`; for [`Scheme::Free`] it is `name:value`.
    ///
    /// `parse(id.scheme(), id.normalised())` gives `id` again.
    ///
    /// # Errors
    /// Says which rule of the scheme is broken and what to do about it.
    pub fn parse(scheme: Scheme, text: &str) -> Result<Self, IdentifierError> {
        match scheme {
            Scheme::ResidentId => ResidentId::parse(text).map(Self::Resident),
            Scheme::CreditCode => CreditCode::parse(text).map(Self::Credit),
            Scheme::Passport => Passport::parse(text).map(Self::Passport),
            Scheme::Free => FreeIdentifier::parse(text).map(Self::Free),
        }
    }

    /// Refuses what can be no document of today: see [`ResidentId::check_issued`].
    ///
    /// # Errors
    /// Says which rule of the scheme is broken and what to do about it.
    pub fn check_issued(&self, today: NaiveDate) -> Result<(), IdentifierError> {
        match self {
            Self::Resident(id) => id.check_issued(today),
            Self::Credit(_) | Self::Passport(_) | Self::Free(_) => Ok(()),
        }
    }

    /// The scheme this identifier belongs to.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Resident(_) => Scheme::ResidentId,
            Self::Credit(_) => Scheme::CreditCode,
            Self::Passport(_) => Scheme::Passport,
            Self::Free(_) => Scheme::Free,
        }
    }

    /// The full value in its one normal form: what is sealed, and what the blind index is computed on.
    ///
    /// Never log it, and never answer with it where a mask will do.
    #[must_use]
    pub fn normalised(&self) -> &str {
        match self {
            Self::Resident(id) => id.normalised(),
            Self::Credit(code) => code.normalised(),
            Self::Passport(passport) => passport.normalised(),
            Self::Free(free) => free.normalised(),
        }
    }

    /// The value with its middle hidden, for screens, logs and snapshots.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Resident(id) => id.masked(),
            Self::Credit(code) => code.masked(),
            Self::Passport(passport) => passport.masked(),
            Self::Free(free) => free.masked(),
        }
    }

    /// What is odd about the identifier without making it invalid.
    #[must_use]
    pub fn warnings(&self) -> Vec<IdentifierWarning> {
        match self {
            Self::Credit(code) => code.warning().into_iter().collect(),
            Self::Resident(_) | Self::Passport(_) | Self::Free(_) => Vec::new(),
        }
    }
}

/// `Debug` and `Display` that show the mask only.
macro_rules! shows_only_its_mask {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.masked())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.masked())
            }
        }
    )+};
}
shows_only_its_mask!(Identifier, ResidentId, CreditCode, OrganisationCode, Passport, FreeIdentifier);

/// NFKC, without surrounding spaces and invisible characters.
fn tidy(text: &str) -> String {
    let composed: String = text.nfkc().collect();
    composed.trim_matches(|c: char| c.is_whitespace() || is_invisible(c)).to_owned()
}

/// Characters that a copy from a web page or a spreadsheet brings along unseen: controls, zero-width and
/// direction marks, the byte order mark.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text with everything but its first `head` and last `tail` characters as `*`; all of it when nothing would
/// be left to hide.
fn mask(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let hides_something = head + tail < length;
    let shown = |at: usize| hides_something && (at < head || at + tail >= length);
    text.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
