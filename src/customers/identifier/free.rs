//! Identifiers whose rules this service does not know.

use super::{IdentifierError, is_invisible, tidy};

/// Any other identifier 其他证件: the name of its kind (`driving-licence`) and its value.
///
/// The value is 1–64 characters; its letters keep their case and its hyphens stay, since they may mean something,
/// and a run of spaces counts as one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FreeIdentifier {
    /// `name:value`; the first colon ends the name.
    text: String,
}

impl FreeIdentifier {
    /// An identifier of the kind `name`.
    ///
    /// # Errors
    /// When the name is not 2–32 of a–z, 0–9 and `-` beginning with a letter, or the value not 1–64 visible
    /// characters.
    pub fn new(name: &str, value: &str) -> Result<Self, IdentifierError> {
        let name = tidy(name);
        let well_named = (2..=32).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !well_named {
            return Err(IdentifierError::FreeName);
        }
        let value = tidy(value).split_whitespace().collect::<Vec<_>>().join(" ");
        let well_formed = (1..=64).contains(&value.chars().count()) && !value.contains(is_invisible);
        if !well_formed {
            return Err(IdentifierError::FreeValue);
        }
        Ok(Self { text: format!("{name}:{value}") })
    }

    /// Reads `name:value`.
    ///
    /// # Errors
    /// As [`new`](Self::new); without a colon there is no name.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = tidy(text);
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        let (name, value) = text.split_once(':').ok_or(IdentifierError::FreeName)?;
        Self::new(name, value)
    }

    /// The name of the kind of document.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.split_once(':').map_or("", |(name, _)| name)
    }

    /// The full value.
    #[must_use]
    pub fn value(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, value)| value)
    }

    /// `name:value`, so that equal values of different kinds are different.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.text
    }

    /// The last two characters of the value when it has six or more, none otherwise: `driving-licence:****78`.
    /// Four stars whatever the length.
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.value().chars().count();
        let hidden = if length >= 6 { length - 2 } else { length };
        let end: String = self.value().chars().skip(hidden).collect();
        format!("{}:****{end}", self.name())
    }
}
