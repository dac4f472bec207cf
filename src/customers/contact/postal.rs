//! Postal addresses.

use super::{ContactError, ContactText};

/// Postal address 通信地址: 1–5 lines of 1–100 characters, a postal code where there is one, the country
/// (ISO 3166-1 alpha-2). Lines are kept as sent: countries differ in their order.
#[derive(Clone, PartialEq, Eq)]
pub struct PostalAddress {
    lines: Vec<String>,
    postal_code: Option<String>,
    country: String,
}

impl PostalAddress {
    /// The most lines.
    pub const MAX_LINES: usize = 5;
    /// The most characters of a line.
    pub const MAX_LINE_CHARS: usize = 100;

    /// Reads an address.
    ///
    /// # Errors
    /// Every wrong part, with its place below the address (`lines/1`, `postalCode`).
    pub fn parse(
        lines: &[String],
        postal_code: Option<&str>,
        country: &str,
    ) -> Result<Self, Vec<(String, ContactError)>> {
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        let postal_code = postal_code.map(str::trim);
        let mut wrong = Vec::new();
        if lines.is_empty() || lines.len() > Self::MAX_LINES {
            wrong.push(("lines".to_owned(), ContactError::PostalLines));
        }
        for (at, line) in lines.iter().enumerate() {
            if !is_line(line) {
                wrong.push((format!("lines/{at}"), ContactError::PostalLine));
            }
        }
        if postal_code.is_some_and(|code| !is_postal_code(code)) {
            wrong.push(("postalCode".to_owned(), ContactError::PostalCode));
        }
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            wrong.push(("country".to_owned(), ContactError::Country));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            lines: lines.into_iter().map(str::to_owned).collect(),
            postal_code: postal_code.map(str::to_owned),
            country: country.to_owned(),
        })
    }

    /// The country and the beginning of the postal code: `CN 100***`; of a code of four or fewer characters nothing.
    #[must_use]
    pub fn masked(&self) -> String {
        let area = self.postal_code.as_deref().filter(|code| code.chars().count() > 4);
        let area: String = area.unwrap_or_default().chars().take(3).collect();
        format!("{} {area}***", self.country)
    }

    /// In full, as callers write it.
    #[must_use]
    pub fn text(&self) -> ContactText {
        ContactText::Postal {
            lines: self.lines.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country.clone(),
        }
    }
}

impl std::fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostalAddress({})", self.masked())
    }
}

fn is_line(line: &str) -> bool {
    (1..=PostalAddress::MAX_LINE_CHARS).contains(&line.chars().count()) && !line.chars().any(char::is_control)
}

fn is_postal_code(code: &str) -> bool {
    (2..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_only_its_country_and_area_when_masked() {
        let masked = |code| PostalAddress::parse(&["Sample Street 1".into()], code, "CN").unwrap().masked();
        assert_eq!(masked(Some("100000")), "CN 100***");
        assert_eq!(masked(Some("1000")), "CN ***");
        assert_eq!(masked(None), "CN ***");
    }

    #[test]
    fn an_address_has_one_to_five_lines() {
        let lines = |count| vec!["x".to_owned(); count];
        assert!(PostalAddress::parse(&lines(5), None, "CN").is_ok());
        for bad in [0, 6] {
            assert_eq!(
                PostalAddress::parse(&lines(bad), None, "CN").unwrap_err(),
                [("lines".to_owned(), ContactError::PostalLines)]
            );
        }
    }
}
