//! Why a text is not an identifier; no variant holds any part of the text.

/// Why a text is not an identifier of its scheme. Each has a stable [code](Self::code) and says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing but spaces.
    #[error("enter the number; the field is empty")]
    Empty,
    /// Neither 18 nor 15 characters, or something other than digits and a final X.
    #[error(
        "enter the 18 characters of the identity number (17 digits, then a digit or X), or the 15 digits of an old one, without spaces or hyphens"
    )]
    ResidentIdFormat,
    /// The first digits are no province's (GB/T 2260).
    #[error("check the first six digits of the identity number: there is no such administrative division")]
    ResidentIdRegion,
    /// Digits 7–14 are not a day of the calendar.
    #[error("check the birth date in the identity number (digits 7 to 14): there is no such day")]
    ResidentIdBirthDate,
    /// Digits 7–14 are a day to come.
    #[error("check the birth date in the identity number (digits 7 to 14): it is in the future")]
    ResidentIdFuture,
    /// The last character does not fit the others.
    #[error("compare the identity number with the document: at least one character is mistyped")]
    ResidentIdCheckDigit,
    /// Not 18 characters of the right alphabets.
    #[error(
        "enter the 18 characters of the unified social credit code without spaces or hyphens: digits and capital letters other than I, O, S, V and Z, with digits in places 3 to 8"
    )]
    CreditCodeFormat,
    /// The last character does not fit the others.
    #[error("compare the unified social credit code with the certificate: at least one character is mistyped")]
    CreditCodeCheckDigit,
    /// Not eight characters and a check character.
    #[error(
        "enter the organisation code as eight digits or capital letters and a check character, with or without a hyphen before it"
    )]
    OrganisationCodeFormat,
    /// The last character does not fit the others.
    #[error("compare the organisation code with the certificate: at least one character is mistyped")]
    OrganisationCodeCheckDigit,
    /// Not 6–9 letters and digits.
    #[error("enter the passport number as printed: 6 to 9 letters A to Z and digits, without spaces or hyphens")]
    PassportFormat,
    /// No `name:` before the value, or a name that is not 2–32 of a–z, 0–9 and `-`, beginning with a letter.
    #[error(
        "name the kind of document before the number, as in driving-licence:123: 2 to 32 small letters, digits and hyphens, beginning with a letter"
    )]
    FreeName,
    /// Not 1–64 visible characters.
    #[error("enter the number of the document: 1 to 64 visible characters")]
    FreeValue,
}

impl IdentifierError {
    /// The stable name of this error in the interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "identifier_empty",
            Self::ResidentIdFormat => "resident_id_format",
            Self::ResidentIdRegion => "resident_id_region",
            Self::ResidentIdBirthDate => "resident_id_birth_date",
            Self::ResidentIdFuture => "resident_id_future",
            Self::ResidentIdCheckDigit => "resident_id_check_digit",
            Self::CreditCodeFormat => "credit_code_format",
            Self::CreditCodeCheckDigit => "credit_code_check_digit",
            Self::OrganisationCodeFormat => "organisation_code_format",
            Self::OrganisationCodeCheckDigit => "organisation_code_check_digit",
            Self::PassportFormat => "passport_format",
            Self::FreeName => "free_name",
            Self::FreeValue => "free_value",
        }
    }
}

/// What is odd about a valid identifier, for an officer to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentifierWarning {
    /// Places 9–17 of a credit code are not a valid organisation code (GB 11714). Some registries issued such
    /// codes, so it is no error.
    OrganisationCodeCheckDigit,
    /// The first characters of a credit code are those of another kind of customer (GB 32100-2015).
    OrganisationKind,
}

impl IdentifierWarning {
    /// The stable name of this warning in the interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OrganisationCodeCheckDigit => "organisation_code_check_digit",
            Self::OrganisationKind => "organisation_kind_mismatch",
        }
    }
}
