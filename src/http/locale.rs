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
        let params: Vec<(&str, String)> = params.clone();
        (sentences.title.clone(), fill(&sentences.detail, &params))
    }

    /// The sentence for a wrong field: the locale's, unless it needs what only the error's own detail tells.
    pub fn field(&self, error: &FieldError) -> String {
        match self.fields.get(&error.code) {
            Some(sentence) if !sentence.contains('{') => sentence.clone(),
            _ => error.detail.clone(),
        }
    }

    /// The sentence for a code of a wrong field, with its parameters.
    pub fn field_with(&self, code: &str, params: &[(&str, String)]) -> String {
        self.fields.get(code).map_or_else(|| code.to_owned(), |sentence| fill(sentence, params))
    }
}

/// The sentence for a code of a wrong field in a language, with its parameters: for rooms whose rules name bounds.
pub fn field_sentence(lang: Lang, code: &str, params: &[(&str, String)]) -> String {
    Locale::of(lang).field_with(code, params)
}

/// Puts parameters into a sentence; they are not looked at for braces again.
fn fill(sentence: &str, params: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        match params.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str("—"),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
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
                assert!(sentences.is_some_and(|s| !s.title.is_empty() && s.detail.len() > 10), "{lang} {}", code.code());
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
        for (code, sentence) in &en.fields {
            assert_eq!(names(sentence), names(&zh.fields[code]), "{code}");
        }
        for (code, sentences) in &en.problems {
            assert_eq!(names(&sentences.detail), names(&zh.problems[code].detail), "{code}");
            assert_eq!(names(&sentences.title), BTreeSet::new(), "{code}");
        }
    }

    #[test]
    fn parameters_are_filled_in_once() {
        let params = [("a", "{b}".to_owned()), ("b", "2".to_owned())];
        assert_eq!(fill("{a} and {b}, {c}", &params), "{b} and 2, —");
        assert_eq!(fill("plain", &params), "plain");
    }
}
