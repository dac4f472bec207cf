//! E-mail addresses.

use super::ContactError;

/// E-mail address 电子邮箱: what the mailer can send to (RFC 5321), at most 254 characters, with a domain of two labels
/// or more. The domain is in lower case; the local part keeps its case.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The most characters of an address (RFC 5321, 4.5.3.1.3).
    pub const MAX_CHARS: usize = 254;

    /// Reads an address.
    ///
    /// # Errors
    /// [`ContactError::EmailFormat`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        if text.len() > Self::MAX_CHARS {
            return Err(ContactError::EmailFormat);
        }
        // The parser of the library that will send to it, so that nothing is accepted which it would refuse.
        let address: lettre::Address = text.parse().map_err(|_| ContactError::EmailFormat)?;
        let domain = address.domain().to_lowercase();
        let named = domain.split('.').count() >= 2 && domain.split('.').all(|label| !label.is_empty());
        let plain = text.chars().all(|c| !c.is_control() && !c.is_whitespace());
        if named && plain { Ok(Self(format!("{}@{domain}", address.user()))) } else { Err(ContactError::EmailFormat) }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first character of the local part and the domain: `s***@example.org`; three stars whatever the length.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let mut chars = local.chars();
        // A local part of one character would be shown whole.
        let first = chars.next().filter(|_| chars.next().is_some()).map(String::from).unwrap_or_default();
        format!("{first}***@{domain}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_local_part_and_a_domain_of_two_labels() {
        for (good, kept) in [
            ("sample@example.org", "sample@example.org"),
            (" Sample.Person+tag@EXAMPLE.org ", "Sample.Person+tag@example.org"),
            ("样例@example.org", "样例@example.org"),
        ] {
            assert_eq!(EmailAddress::parse(good).unwrap().as_str(), kept);
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in [
            "",
            "sample",
            "@example.org",
            "sample@",
            "sample@localhost",
            "a b@example.org",
            "a@example..org",
            "a@example.org\r\nBcc: b@example.org",
            "a@b@example.org",
            long.as_str(),
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }
}
