//! Words in more than one language, and the language a caller wants.
//!
//! [`LocalizedText`] is a map of BCP 47 tags, stored and returned whole. [`Lang`] is one of the languages in which
//! the service itself speaks (error sentences, messages), negotiated from `Accept-Language`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, schema::AdditionalProperties};
use utoipa::{PartialSchema, ToSchema};

/// A language in which the service itself speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Lang {
    /// Simplified Chinese 简体中文, `zh-CN`.
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English, `en`.
    #[serde(rename = "en")]
    En,
}

/// How many language ranges of an `Accept-Language` header are looked at; what follows is ignored.
const MAX_RANGES: usize = 32;

impl Lang {
    /// Every language the service speaks.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag, by its primary subtag: any `zh…` is [`Lang::ZhCn`], any `en…` is [`Lang::En`];
    /// `None` for a language the service does not speak.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = primary_subtag(tag.trim());
        Self::ALL.into_iter().find(|lang| primary_subtag(lang.tag()).eq_ignore_ascii_case(primary))
    }

    /// The best language for an `Accept-Language` header (RFC 9110 §12.5.4): highest quality first, then the order
    /// of the header; `*` stands for `default`; quality 0 excludes. A range that cannot be read is ignored, and
    /// where nothing fits the answer is `default`.
    #[must_use]
    pub fn negotiate(header: &str, default: Self) -> Self {
        let ranges: Vec<(Cow<'_, str>, u16)> = header.split(',').take(MAX_RANGES).filter_map(parse_range).collect();
        let refused =
            |lang: Self| ranges.iter().any(|(tag, quality)| *quality == 0 && Self::from_tag(tag) == Some(lang));
        let mut best: Option<(Self, u16)> = None;
        for (tag, quality) in &ranges {
            let lang = if tag == "*" {
                Self::ALL
                    .into_iter()
                    .find(|lang| *lang == default && !refused(*lang))
                    .or_else(|| Self::ALL.into_iter().find(|lang| !refused(*lang)))
            } else {
                Self::from_tag(tag)
            };
            let better = best.is_none_or(|(_, found)| *quality > found);
            if let Some(lang) = lang
                && *quality > 0
                && better
            {
                best = Some((lang, *quality));
            }
        }
        best.map_or(default, |(lang, _)| lang)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// One range of the header with its quality in thousandths.
fn parse_range(part: &str) -> Option<(Cow<'_, str>, u16)> {
    let mut pieces = part.split(';').map(str::trim);
    let tag = pieces.next().filter(|tag| !tag.is_empty())?;
    let mut quality = 1000;
    for parameter in pieces {
        let (name, value) = parameter.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("q") {
            quality = parse_quality(value.trim())?;
        }
    }
    Some((Cow::Borrowed(tag), quality))
}

/// `qvalue` of RFC 9110 §12.4.2 in thousandths: `0`, `0.8`, `1.000`; nothing else.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

fn primary_subtag(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Words in one or more languages: a map from BCP 47 tag (`zh-CN`, `en`) to text.
///
/// Always true: 1 to 8 languages; each tag has the shape of BCP 47; each text is 1 to 2,000 characters, not blank,
/// without control characters other than line feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct LocalizedText(BTreeMap<String, String>);

/// Why a map is not a [`LocalizedText`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalizedTextError {
    /// No language at all.
    #[error("give the text in at least one language, for example \"en\"")]
    Empty,
    /// More than 8 languages.
    #[error("give the text in at most 8 languages")]
    TooManyLanguages,
    /// A key that is not a language tag.
    #[error("\"{0}\" is not a language tag like \"zh-CN\" or \"en\"")]
    BadTag(String),
    /// A text that is empty or only white space.
    #[error("the text in \"{0}\" is blank; leave the language out instead")]
    Blank(String),
    /// A text of more than 2,000 characters.
    #[error("the text in \"{0}\" has more than 2000 characters")]
    TooLong(String),
    /// A text with a control character other than line feed.
    #[error("the text in \"{0}\" contains a control character")]
    ControlCharacter(String),
}

impl LocalizedText {
    /// The most languages one text has.
    pub const MAX_LANGUAGES: usize = 8;
    /// The most characters one text has.
    pub const MAX_CHARS: usize = 2000;

    /// Text from pairs of tag and words.
    ///
    /// # Errors
    /// The first [`LocalizedTextError`] found.
    pub fn new<T: Into<String>, W: Into<String>>(
        texts: impl IntoIterator<Item = (T, W)>,
    ) -> Result<Self, LocalizedTextError> {
        let map: BTreeMap<String, String> = texts.into_iter().map(|(tag, words)| (tag.into(), words.into())).collect();
        Self::try_from(map)
    }

    /// The words for a caller who wants `lang`: that very tag, else a tag of the same language, else English, else
    /// the first there is. Never empty.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        self.get_tag(lang.tag())
    }

    /// As [`LocalizedText::get`], for any BCP 47 tag.
    #[must_use]
    pub fn get_tag(&self, tag: &str) -> &str {
        let same_language = |wanted: &str| {
            let wanted = primary_subtag(wanted).to_ascii_lowercase();
            self.0.iter().find(|(have, _)| primary_subtag(have).eq_ignore_ascii_case(&wanted)).map(|(_, words)| words)
        };
        self.0
            .get(tag)
            .or_else(|| same_language(tag))
            .or_else(|| same_language("en"))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// Whether there are words under exactly this tag.
    #[must_use]
    pub fn has(&self, tag: &str) -> bool {
        self.0.contains_key(tag)
    }

    /// Every tag with its words, in the order of the tags.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tag, words)| (tag.as_str(), words.as_str()))
    }
}

impl TryFrom<BTreeMap<String, String>> for LocalizedText {
    type Error = LocalizedTextError;

    fn try_from(map: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        if map.is_empty() {
            return Err(LocalizedTextError::Empty);
        }
        if map.len() > Self::MAX_LANGUAGES {
            return Err(LocalizedTextError::TooManyLanguages);
        }
        for (tag, words) in &map {
            if !is_language_tag(tag) {
                return Err(LocalizedTextError::BadTag(tag.chars().take(35).collect()));
            }
            if words.trim().is_empty() {
                return Err(LocalizedTextError::Blank(tag.clone()));
            }
            if words.chars().count() > Self::MAX_CHARS {
                return Err(LocalizedTextError::TooLong(tag.clone()));
            }
            if words.chars().any(|c| c.is_control() && c != '\n') {
                return Err(LocalizedTextError::ControlCharacter(tag.clone()));
            }
        }
        Ok(Self(map))
    }
}

impl From<LocalizedText> for BTreeMap<String, String> {
    fn from(text: LocalizedText) -> Self {
        text.0
    }
}

/// Shape of a BCP 47 tag: a language of 2 or 3 letters, then subtags of 1 to 8 letters or digits; at most 35
/// characters. Whether the subtags are registered is not looked at.
#[must_use]
pub fn is_language_tag(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let language = subtags.next().unwrap_or_default();
    tag.len() <= 35
        && (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && subtags
            .all(|subtag| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

impl PartialSchema for LocalizedText {
    fn schema() -> RefOr<Schema> {
        let words = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_CHARS))
            .build();
        let tag = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some("^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"))
            .max_length(Some(35))
            .build();
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .description(Some("Words by BCP 47 language tag."))
            .min_properties(Some(1))
            .max_properties(Some(Self::MAX_LANGUAGES))
            .property_names(Some(Schema::Object(tag)))
            .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(Schema::Object(words)))))
            .examples([serde_json::json!({ "zh-CN": "食品经营许可", "en": "Food business licence" })])
            .build()
            .into()
    }
}

impl ToSchema for LocalizedText {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("LocalizedText")
    }
}

#[cfg(test)]
mod tests;
