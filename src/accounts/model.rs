//! Accounts as the domain sees them: logins, names, kinds.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::clock::Timestamp;
use crate::error::FieldError;
use crate::ids::{AccountId, ClientId, CustomerId, DepartmentId, MembershipId};
use crate::localized::Lang;
use crate::store::text_enum;

use super::password::PasswordHash;

text_enum! {
    /// What an account is for. One person's citizen's and staff accounts are never the same.
    pub enum AccountKind {
        /// A citizen, or somebody acting for an enterprise 公众账号.
        Citizen = "citizen",
        /// Somebody of an agency's staff 工作人员账号.
        Staff = "staff",
    }
}

text_enum! {
    /// Whether an account may be used.
    pub enum Status {
        /// It may.
        Active = "active",
        /// It may not; its sessions are ended and its tokens refused.
        Disabled = "disabled",
    }
}

text_enum! {
    /// Whether a system may be used.
    pub enum ClientStatus {
        /// Registered, and not yet approved by somebody else: no token is given.
        Pending = "pending",
        /// It may.
        Active = "active",
        /// Shut out for good; its tokens are refused.
        Disabled = "disabled",
    }
}

/// Who chose a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Its owner: nobody else knows it.
    ByOwner,
    /// Whoever made the account: good for one thing, to choose another (ASVS 6.4.1).
    ByMaker,
}

/// A login name 登录名: an e-mail address or 3–64 letters, digits, `.`, `_`, `-`; always NFKC and in small letters, so that
/// no two accounts look the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Login(String);

impl Login {
    /// The longest e-mail address (RFC 5321 §4.5.3.1.3, without the brackets), in bytes.
    pub const MAX: usize = 254;

    /// Reads a login.
    ///
    /// # Errors
    /// `bad_login` when it is neither an e-mail address nor a name.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let folded: String = text.nfkc().collect::<String>().to_lowercase().nfkc().collect();
        let good = match folded.split_once('@') {
            Some((local, domain)) => folded.len() <= Self::MAX && is_local(local) && is_domain(domain),
            None => (3..=64).contains(&folded.chars().count()) && folded.chars().all(is_name_char),
        };
        if good { Ok(Self(folded)) } else { Err(bad_login()) }
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn bad_login() -> FieldError {
    let detail = "give an e-mail address, or 3 to 64 letters, digits, dots, hyphens and underscores";
    FieldError::new("/login", "bad_login", detail)
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn is_local(local: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    (1..=64).contains(&local.len()) && local.chars().all(allowed) && local.split('.').all(|part| !part.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

/// What a person is called on the screen: 1–100 characters, not blank, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads a name; white space around it is dropped.
    ///
    /// # Errors
    /// `bad_name`.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let name: String = text.trim().nfc().collect();
        let good = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        let bad = || FieldError::new("/displayName", "bad_name", "give a name of 1 to 100 characters");
        if good { Ok(Self(name)) } else { Err(bad()) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An account that is to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its login.
    pub login: Login,
    /// What the person is called.
    pub display_name: DisplayName,
    /// The password, hashed before any transaction.
    pub password: PasswordHash,
    /// Who chose it.
    pub chosen: Chosen,
    /// The language of messages.
    pub locale: Lang,
}

/// An account 账号.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Citizen's or staff.
    pub kind: AccountKind,
    /// The folded login.
    pub login: String,
    /// What the person is called.
    pub display_name: String,
    /// The stored hash.
    pub password: PasswordHash,
    /// Whether somebody else than the owner chose it: it opens no session before it is changed.
    pub password_temporary: bool,
    /// The customer it is linked to.
    pub customer: Option<CustomerId>,
    /// The agency that a staff account was made for; none: the platform.
    pub agency: Option<DepartmentId>,
    /// Whether it may be used.
    pub status: Status,
    /// Whether it was disabled by somebody who manages the staff of the whole platform: an agency cannot enable it then.
    pub disabled_by_platform: bool,
    /// The language of messages.
    pub locale: Lang,
    /// For `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One role of one account in one department 任职.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// Whose.
    pub account: AccountId,
    /// Where; none on the platform.
    pub department: Option<DepartmentId>,
    /// The role's code.
    pub role: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// A staff account with its roles.
#[derive(Clone, Debug)]
pub struct StaffMember {
    /// The account.
    pub account: Account,
    /// Its roles.
    pub memberships: Vec<Membership>,
}

/// A system that calls under its own identity 接入系统.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// What people call it.
    pub name: String,
    /// The agency it is bound to.
    pub agency: DepartmentId,
    /// Digest of its secret.
    pub secret_hash: String,
    /// Its scopes, as the database holds them.
    pub scopes: Vec<crate::access::Permission>,
    /// Whether it may be used.
    pub status: ClientStatus,
    /// Who registered it; none: the service itself. Somebody else approves it.
    pub registered_by: Option<AccountId>,
    /// For `If-Match`.
    pub version: i64,
    /// When it was registered.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str) -> Option<String> {
        Login::parse(text).ok().map(|l| l.0)
    }

    #[test]
    fn logins_that_look_the_same_are_the_same() {
        assert_eq!(login("Clerk.One").as_deref(), Some("clerk.one"));
        // Full-width letters are their narrow ones (NFKC).
        assert_eq!(login("ＣＬＥＲＫ．ＯＮＥ").as_deref(), Some("clerk.one"));
        assert_eq!(login("A@Example.ORG").as_deref(), Some("a@example.org"));
        assert_eq!(login("窗口一号").as_deref(), Some("窗口一号"));
        // The composed and the decomposed ö.
        assert_eq!(login("b\u{f6}rg"), login("bo\u{308}rg"));
    }

    #[test]
    fn what_is_neither_a_name_nor_an_address_is_refused() {
        let long = "x".repeat(65);
        let long_address = format!("{}@{}.example", "x".repeat(64), "y.".repeat(100));
        let bad = [
            "",
            "ab",
            &long,
            "a b c",
            "a\u{0}bc",
            "a\u{200b}bc",
            "@example.org",
            "a@",
            "a@b",
            "a@b@c.org",
            "a@-b.org",
            ".a@b.org",
            "a@b..org",
            "a\r\n@b.org",
            "<a@b.org>",
            &long_address,
        ];
        for text in bad {
            assert_eq!(login(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_1_to_100_characters_without_controls() {
        assert_eq!(DisplayName::parse("  窗口 ").map(|n| n.0), Ok("窗口".to_owned()));
        assert!(DisplayName::parse(&"字".repeat(100)).is_ok());
        for bad in ["", "  ", "a\nb", &"字".repeat(101)] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
