//! Names of customers, kept as they were sent.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Name of a customer 姓名/名称: 1 to 200 characters, kept character by character as it was sent.
///
/// It is not normalised: even NFC replaces the compatibility ideographs (U+F900…, U+2F800…) that stand in real names by
/// other characters. Only white space at both ends is dropped. `Debug` shows the mask.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerName(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("give the name; the field is empty")]
    Blank,
    /// More than 200 characters.
    #[error("give the name in at most 200 characters")]
    TooLong,
    /// A control character, a line break, or a character that reverses the direction of the text.
    #[error("remove control characters, line breaks and direction marks from the name")]
    ControlCharacter,
}

impl NameError {
    /// The stable code of this error in the interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Blank => "required",
            Self::TooLong => "too_long",
            Self::ControlCharacter => "control_character",
        }
    }
}

impl CustomerName {
    /// The most characters (Unicode scalar values) of a name.
    pub const MAX_CHARS: usize = 200;

    /// Reads a name.
    ///
    /// # Errors
    /// When it is blank, too long, or holds a character that does not belong into a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Blank);
        }
        if text.chars().count() > Self::MAX_CHARS {
            return Err(NameError::TooLong);
        }
        if text.chars().any(is_disruptive) {
            return Err(NameError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a search compares: NFKC, without case, runs of white space as one space.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// The first character and two stars, whatever the length: `样**`. Marks that belong to the first character
    /// (accents, variation selectors of rare ideographs) stay with it.
    #[must_use]
    pub fn masked(&self) -> String {
        let mut chars = self.0.chars();
        let first: String = chars.next().into_iter().chain(chars.take_while(|c| is_combining_mark(*c))).collect();
        format!("{first}**")
    }
}

impl fmt::Debug for CustomerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CustomerName({})", self.masked())
    }
}

/// Upper case first, then lower: so that ß meets ss and every sigma the same sigma.
fn fold(text: &str) -> String {
    let lower: String = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Controls, line and paragraph separators, embeddings, overrides and isolates of the bidirectional algorithm
/// (UAX #9), the byte order mark. Joiners and variation selectors stay: names need them.
fn is_disruptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_survive_as_sent() {
        // Extension B, a compatibility ideograph that NFC would replace, an ideographic variation sequence.
        for name in ["𠮷样", "\u{f900}样", "葛\u{e0100}样", "e\u{301}x", "Ann\u{200d}e"] {
            assert_eq!(CustomerName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_name_is_1_to_200_characters_without_controls() {
        assert_eq!(CustomerName::parse(" \u{3000} "), Err(NameError::Blank));
        assert!(CustomerName::parse(&"样".repeat(200)).is_ok());
        assert_eq!(CustomerName::parse(&"样".repeat(201)), Err(NameError::TooLong));
        for bad in ["a\u{0}b", "a\nb", "a\u{202e}b", "a\u{2066}b", "a\u{85}b"] {
            assert_eq!(CustomerName::parse(bad), Err(NameError::ControlCharacter), "{bad:?}");
        }
        assert_eq!(CustomerName::parse("  Sample  Person ").unwrap().as_str(), "Sample  Person");
    }

    #[test]
    fn the_mask_keeps_the_first_character_and_hides_the_length() {
        for (name, mask) in [("样", "样**"), ("样例甲", "样**"), ("Sample", "S**"), ("葛\u{e0100}样", "葛\u{e0100}**")]
        {
            assert_eq!(CustomerName::parse(name).unwrap().masked(), mask);
        }
    }

    #[test]
    fn folded_names_meet_whatever_their_case_width_and_composition() {
        let folded = |name: &str| CustomerName::parse(name).unwrap().folded();
        assert_eq!(folded("ＳＡＭＰＬＥ　Person"), folded("sample person"));
        assert_eq!(folded("STRASSE"), folded("straße"));
        assert_eq!(folded("e\u{301}"), folded("É"));
        assert_eq!(folded("\u{f900}"), folded("豈"));
    }
}
