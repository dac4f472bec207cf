//! Which rules an identifier obeys.

/// The scheme of an identifier 证件类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Citizen identity number 公民身份号码 (GB 11643-1999): `resident_id`.
    ResidentId,
    /// Unified social credit code 统一社会信用代码 (GB 32100-2015): `credit_code`.
    CreditCode,
    /// Passport 护照: `passport`.
    Passport,
    /// Any other document, under a name that the service chooses: `free`.
    Free,
}

impl Scheme {
    /// Every scheme, in the order of declaration.
    pub const ALL: [Self; 4] = [
        Self::ResidentId,
        Self::CreditCode,
        Self::Passport,
        Self::Free,
    ];

    /// The stable name in the interface and the database, and the purpose of the blind index.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResidentId => "resident_id",
            Self::CreditCode => "credit_code",
            Self::Passport => "passport",
            Self::Free => "free",
        }
    }

    /// The scheme of that name; `None` when there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == name)
    }
}
