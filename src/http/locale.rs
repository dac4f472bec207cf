//! The sentences that callers read, in each language: `config/locales/<tag>/errors.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::error::{Code, FieldError, Params};
use crate::localized::Lang;

/// One refusal in words.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentences {
    /// A short name of the refusal.
    pub title: String,
    /// What happened and what to do; `{name}` stands for a parameter.
    pub detail: String,
}

/// All sentences in one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locale {
    problems: BTreeMap<String, Sentences>,
    fields: BTreeMap<String, String>,
    bounds: BTreeMap<String, String>,
}

static ZH_CN: LazyLock<Locale> = LazyLock::new(|| read(include_str!("../../config/locales/zh-CN/errors.toml")));
static EN: LazyLock<Locale> = LazyLock::new(|| read(include_str!("../../config/locales/en/errors.toml")));

/// A file that does not read leaves the codes to speak for themselves; a test keeps it from being built.
fn read(text: &str) -> Locale {
    toml::from_str(text).unwrap_or_else(|error| {
        tracing::error!(%error, "the sentences of errors do not read");
        Locale::default()
    })
}

impl Locale {
    /// The sentences in a language.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::ZhCn => &ZH_CN,
            Lang::En => &EN,
        }
    }

    /// Title and detail of a refusal.
    pub fn problem(&self, code: Code, params: &Params) -> (String, String) {
        let Some(sentences) = self.problems.get(code.code()) else {
            return (code.code().to_owned(), code.code().to_owned());
        };
        (sentences.title.clone(), fill(&sentences.detail, params))
    }

    /// The sentence for a wrong field. What the error itself says is more exact, but English unless it was written in
    /// Chinese; it stands where it is in the language of this locale, or where the locale has no sentence for the code.
    pub fn field(&self, lang: Lang, error: &FieldError) -> String {
        let written = if error.detail.chars().any(is_han) { Lang::ZhCn } else { Lang::En };
        match self.fields.get(&error.code) {
            Some(sentence) if written != lang || error.detail.is_empty() => sentence.clone(),
            _ => error.detail.clone(),
        }
    }

    /// The sentence for a code of a wrong field, with its bounds.
    pub fn field_with(&self, code: &str, params: &[(&'static str, String)]) -> String {
        let sentence = self.bounds.get(code).filter(|_| !params.is_empty()).or_else(|| self.fields.get(code));
        sentence.map_or_else(|| code.to_owned(), |sentence| fill(sentence, params))
    }
}

/// The sentence for a code of a wrong field in a language, with its bounds: for rooms whose rules name some.
pub fn field_sentence(lang: Lang, code: &str, params: &[(&'static str, String)]) -> String {
    Locale::of(lang).field_with(code, params)
}

/// Whether a character is Chinese (CJK unified ideographs, the basic block).
fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Puts parameters into a sentence. A part in double brackets is left out when one of its parameters is not known.
fn fill(sentence: &str, params: &[(&'static str, String)]) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once("[[") {
        out.push_str(&put(before, params).unwrap_or_default());
        let (inner, tail) = after.split_once("]]").unwrap_or((after, ""));
        out.push_str(&put(inner, params).unwrap_or_default());
        rest = tail;
    }
    // What must be there and is not is a dash: a defect of whoever raised it, not of the caller.
    out.push_str(&put(rest, params).unwrap_or_else(|| "—".to_owned()));
    out
}

/// Puts parameters in; none when one is not known. What they hold is not looked at for braces again.
fn put(sentence: &str, params: &[(&'static str, String)]) -> Option<String> {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        out.push_str(before);
        out.push_str(&params.iter().find(|(known, _)| *known == name)?.1);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    fn names(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|s| s.split('}').next()).collect()
    }

    #[test]
    fn every_code_has_its_sentences_in_every_language() {
        for lang in Lang::ALL {
            let locale = Locale::of(lang);
            for code in Code::ALL {
                let sentences = locale.problems.get(code.code());
                assert!(
                    sentences.is_some_and(|s| !s.title.is_empty() && s.detail.len() > 10),
                    "{lang} {}",
                    code.code()
                );
            }
            let codes: BTreeSet<_> = Code::ALL.iter().map(|c| c.code()).collect();
            let unknown: Vec<_> = locale.problems.keys().filter(|k| !codes.contains(k.as_str())).collect();
            assert_eq!(unknown, Vec::<&String>::new(), "{lang}");
        }
    }

    #[test]
    fn all_languages_say_the_same_things_with_the_same_parameters() {
        let (zh, en) = (Locale::of(Lang::ZhCn), Locale::of(Lang::En));
        assert_eq!(zh.fields.keys().collect::<Vec<_>>(), en.fields.keys().collect::<Vec<_>>());
        assert_eq!(zh.bounds.keys().collect::<Vec<_>>(), en.bounds.keys().collect::<Vec<_>>());
        for (code, sentence) in &en.bounds {
            assert_eq!(names(sentence), names(&zh.bounds[code]), "{code}");
            assert!(zh.fields.contains_key(code), "{code}");
        }
        for (code, sentences) in &en.problems {
            assert_eq!(names(&sentences.detail), names(&zh.problems[code].detail), "{code}");
            assert_eq!(names(&sentences.title), BTreeSet::new(), "{code}");
        }
    }

    #[test]
    fn only_what_may_be_left_out_needs_no_parameter() {
        for lang in Lang::ALL {
            for (code, sentences) in &Locale::of(lang).problems {
                let (_, detail) =
                    Locale::of(lang).problem(*Code::ALL.iter().find(|c| c.code() == code).unwrap(), &vec![]);
                assert!(!detail.contains(['{', '[', '—']), "{lang} {code}: {detail}");
                assert!(!sentences.title.contains(['{', '[']), "{lang} {code}");
            }
        }
    }

    #[test]
    fn parameters_are_filled_in_once_and_parts_without_them_left_out() {
        let params = [("a", "{b}".to_owned()), ("b", "2".to_owned())];
        assert_eq!(fill("{a} and {b}[[, {c}]].", &params), "{b} and 2.");
        assert_eq!(fill("[[At {b}. ]]Do it.", &params), "At 2. Do it.");
        assert_eq!(fill("plain", &params), "plain");
    }

    #[test]
    fn a_field_is_explained_in_the_callers_language_and_as_exactly_as_can_be() {
        let ours = FieldError::new("/a", "too_long", "at most 4,000 characters");
        assert_eq!(Locale::of(Lang::En).field(Lang::En, &ours), "at most 4,000 characters");
        assert_eq!(Locale::of(Lang::ZhCn).field(Lang::ZhCn, &ours), "内容过长，请缩短。");
        let written = Locale::of(Lang::ZhCn).field_with("too_long", &[("limit", "5".into())]);
        let theirs = FieldError::new("/a", "too_long", written);
        assert_eq!(Locale::of(Lang::ZhCn).field(Lang::ZhCn, &theirs), "不得超过 5 个字符。");
        let unknown = FieldError::new("/a", "a_rule_of_a_room", "do this");
        assert_eq!(Locale::of(Lang::ZhCn).field(Lang::ZhCn, &unknown), "do this");
    }
}
