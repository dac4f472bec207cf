//! Telephone numbers.

use unicode_normalization::UnicodeNormalization;

use super::ContactError;

/// Mobile number 手机号码: 11 digits beginning with 13–19 (mainland China), or `+`, country code and number, 8–15 digits
/// (ITU-T E.164). `+86` before a mainland number is dropped, so that one number has one form.
#[derive(Clone, PartialEq, Eq)]
pub struct MobileNumber(String);

/// Telephone number 固定电话: 5–15 digits, or `+` and 8–15 digits (ITU-T E.164); an extension of 1–6 digits behind `x`.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl MobileNumber {
    /// Reads a number; spaces, hyphens, dots and parentheses are dropped.
    ///
    /// # Errors
    /// [`ContactError::MobileFormat`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = tidy(text);
        let number = text.strip_prefix("+86").unwrap_or(&text);
        if is_mainland_mobile(number) {
            return Ok(Self(number.to_owned()));
        }
        let foreign = !text.starts_with("+86") && is_international(&text);
        if foreign { Ok(Self(text)) } else { Err(ContactError::MobileFormat) }
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three and the last four characters: `138****0000`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0, 3, 4)
    }
}

impl PhoneNumber {
    /// Reads a number; spaces, hyphens, dots and parentheses are dropped.
    ///
    /// # Errors
    /// [`ContactError::PhoneFormat`].
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = tidy(text);
        let (number, extension) = match text.split_once(['x', 'X']) {
            Some((number, extension)) => (number, Some(extension)),
            None => (text.as_str(), None),
        };
        let number_reads = is_international(number) || (digits(number) && (5..=15).contains(&number.len()));
        let extension_reads = extension.is_none_or(|e| digits(e) && (1..=6).contains(&e.len()));
        if !(number_reads && extension_reads) {
            return Err(ContactError::PhoneFormat);
        }
        Ok(Self(extension.map_or_else(|| number.to_owned(), |e| format!("{number}x{e}"))))
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first three and the last three characters; of short numbers the first two only.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.0.len() >= 9 { mask(&self.0, 3, 3) } else { mask(&self.0, 2, 0) }
    }
}

/// NFKC (full-width digits count as digits), without what people group numbers with; `00` before a country code is `+`.
fn tidy(text: &str) -> String {
    let kept = |c: &char| !matches!(c, '-' | '(' | ')' | '.' | '\u{2010}'..='\u{2015}') && !c.is_whitespace();
    let text: String = text.nfkc().filter(kept).collect();
    text.strip_prefix("00").map(|rest| format!("+{rest}")).unwrap_or(text)
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn is_mainland_mobile(text: &str) -> bool {
    let mut places = text.bytes();
    text.len() == 11
        && digits(text)
        && places.next() == Some(b'1')
        && places.next().is_some_and(|b| (b'3'..=b'9').contains(&b))
}

fn is_international(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|n| digits(n) && (8..=15).contains(&n.len()) && !n.starts_with('0'))
}

fn mask(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let shown = |at: usize| at < head || at.saturating_add(tail) >= length;
    text.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_has_one_form() {
        for (text, kept) in [
            ("13800000000", "13800000000"),
            ("１３８ 0000 0000", "13800000000"),
            ("+86 138-0000-0000", "13800000000"),
            ("0086 138 0000 0000", "13800000000"),
            ("+1 (213) 555-0100", "+12135550100"),
        ] {
            assert_eq!(MobileNumber::parse(text).unwrap().as_str(), kept);
        }
        for bad in [
            "",
            "1380000000",
            "138000000000",
            "12800000000",
            "+8612800000000",
            "+0123456789",
            "1380000000x",
            "+1234567",
        ] {
            assert!(MobileNumber::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_telephone_number_may_have_an_extension() {
        for (text, kept) in
            [("010-1234 5678", "01012345678"), ("12345", "12345"), ("(010)12345678 x12", "01012345678x12")]
        {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), kept);
        }
        for bad in ["", "1234", "1234567890123456", "010x", "010-1234567y", "12345x1234567"] {
            assert!(PhoneNumber::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(PhoneNumber::parse("12345").unwrap().masked(), "12***");
    }
}
