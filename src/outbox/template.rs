//! Letters in words: one folder a template and language, in `config/locales/<language>/mail/<template>/`.

use chrono::NaiveDate;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, context, escape_formatter};

use super::letter::Letter;
use super::model::Template;
use super::trouble::Trouble;
use crate::config::PublicUrl;
use crate::error::Failure;
use crate::localized::Lang;

/// A letter in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

macro_rules! parts {
    ($lang:literal, $($template:ident = $folder:literal),* $(,)?) => {
        &[$((
            Template::$template,
            [
                ("subject.txt", include_str!(concat!("../../config/locales/", $lang, "/mail/", $folder, "/subject.txt"))),
                ("body.txt", include_str!(concat!("../../config/locales/", $lang, "/mail/", $folder, "/body.txt"))),
                ("body.html", include_str!(concat!("../../config/locales/", $lang, "/mail/", $folder, "/body.html"))),
            ],
        ),)*]
    };
}

macro_rules! embedded {
    ($lang:literal) => {
        parts!(
            $lang,
            CaseReceived = "case_received",
            CaseAccepted = "case_accepted",
            CorrectionRequested = "correction_requested",
            CaseRejected = "case_rejected",
            CaseSuspended = "case_suspended",
            TermExtended = "term_extended",
            CaseDecided = "case_decided",
            CaseClosed = "case_closed",
            CaseWithdrawn = "case_withdrawn",
            CaseTerminated = "case_terminated",
        )
    };
}

type Parts = [(&'static str, &'static str); 3];

fn embedded(lang: Lang) -> &'static [(Template, Parts)] {
    match lang {
        Lang::ZhCn => embedded!("zh-CN"),
        Lang::En => embedded!("en"),
    }
}

/// All templates in all languages, compiled once.
pub struct Letters {
    by_lang: Vec<(Lang, Environment<'static>)>,
}

impl Letters {
    /// Compiles the templates; `portal` is where every letter points to.
    ///
    /// # Errors
    /// A template that does not compile: a defect.
    pub fn new(portal: &PublicUrl) -> Result<Self, Failure> {
        let compiled = |lang| environment(lang, portal).map(|env| (lang, env)).map_err(Failure::internal);
        Ok(Self { by_lang: Lang::ALL.into_iter().map(compiled).collect::<Result<_, _>>()? })
    }

    /// A letter in words of a language.
    ///
    /// # Errors
    /// [`Trouble::Rendering`] when the letter lacks what its template says: a defect.
    pub fn render(&self, lang: Lang, letter: &Letter) -> Result<Rendered, Trouble> {
        let found = self.by_lang.iter().find(|(other, _)| *other == lang);
        let (_, env) = found.ok_or(Trouble::Rendering)?;
        let facts = Value::from(Serde(letter));
        let part = |name: &str| {
            let name = format!("{}/{name}", letter.template());
            let content = facts.get_attr(letter.template().code())?;
            env.get_template(&name)?.render(context! { content, ..facts.clone() })
        };
        let part = |name| {
            part(name).map_err(|error| {
                tracing::error!(template = %letter.template(), %lang, part = name, kind = ?error.kind(), "no letter");
                Trouble::Rendering
            })
        };
        Ok(Rendered { subject: one_line(&part("subject.txt")?), text: part("body.txt")?, html: part("body.html")? })
    }
}

fn environment(lang: Lang, portal: &PublicUrl) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // A fact that is missing is a defect as much as one that is not defined: "None" is no word of a letter.
    env.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::UndefinedError, "a fact is missing"));
        }
        escape_formatter(out, state, value)
    });
    env.add_filter("day", move |day: &str| in_words(lang, day));
    // Of a URL's letters none means anything in HTML: see `PublicUrl`.
    env.add_global("portal", Value::from_safe_string(portal.to_string()));
    for (template, parts) in embedded(lang) {
        for (part, source) in parts {
            env.add_template_owned(format!("{template}/{part}"), *source)?;
        }
    }
    Ok(env)
}

fn in_words(lang: Lang, day: &str) -> Result<String, Error> {
    let day: NaiveDate =
        day.parse().map_err(|_| Error::new(ErrorKind::InvalidOperation, "a day is written YYYY-MM-DD"))?;
    Ok(day
        .format(match lang {
            Lang::ZhCn => "%Y年%-m月%-d日",
            Lang::En => "%-d %B %Y",
        })
        .to_string())
}

/// Line breaks and other control characters of names become spaces: a subject is one line.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
