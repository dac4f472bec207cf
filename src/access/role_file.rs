//! Reading roles from `config/roles.toml`: everything wrong is refused, with the line it is on.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::permission::{Permission, Reach};
use super::role::{Held, Right, Role, Roles};
use crate::localized::LocalizedText;

/// The roles this program comes with.
const EMBEDDED: &str = include_str!("../../config/roles.toml");

/// Why a roles file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct BadRoles {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: BTreeMap<Spanned<String>, RoleEntry>,
    #[serde(default)]
    conflict: Vec<Spanned<Conflict>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    names: LocalizedText,
    held: Held,
    #[serde(default)]
    includes: Vec<Spanned<String>>,
    may: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conflict {
    roles: [String; 2],
}

impl Roles {
    /// The roles this program comes with.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn embedded() -> Result<Self, BadRoles> {
        Self::parse("config/roles.toml", EMBEDDED)
    }

    /// The roles of a file of the operator.
    ///
    /// # Errors
    /// The first thing wrong with it, with its line.
    pub fn load(path: &Path) -> Result<Self, BadRoles> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| BadRoles {
            file: file.clone(),
            line: 0,
            what: format!("cannot be read: {error}"),
        })?;
        Self::parse(&file, &text)
    }

    /// The roles of a text; `file` is its name in errors.
    ///
    /// # Errors
    /// The first thing wrong with it, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadRoles> {
        Source { file, text }.roles()
    }
}

struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn roles(&self) -> Result<Roles, BadRoles> {
        let parsed: File = toml::from_str(self.text)
            .map_err(|error| self.wrong(error.span().map_or(0, |span| span.start), error.message()))?;
        let mut roles = BTreeMap::new();
        for (code, entry) in &parsed.role {
            let rights = self.rights(&parsed, code, 0)?;
            let role = Role { names: entry.names.clone(), held: entry.held, rights };
            roles.insert(code.get_ref().clone(), role);
        }
        let conflicts = parsed.conflict.iter().map(|pair| self.conflict(&roles, pair)).collect::<Result<_, _>>()?;
        self.complete(&roles)?;
        Ok(Roles { roles, conflicts })
    }

    /// A role's own rights and those of the roles it includes.
    fn rights(
        &self,
        file: &File,
        code: &Spanned<String>,
        depth: usize,
    ) -> Result<BTreeMap<Permission, Right>, BadRoles> {
        let at = code.span().start;
        let Some(entry) = file.role.get(code) else {
            return Err(self.wrong(at, &format!("there is no role {:?} to include", code.get_ref())));
        };
        if depth > file.role.len() {
            return Err(self.wrong(at, &format!("role {:?} includes itself", code.get_ref())));
        }
        let mut rights = BTreeMap::new();
        for included in &entry.includes {
            rights.extend(self.rights(file, included, depth.saturating_add(1))?);
        }
        for (permission, right) in &entry.may {
            let read = self.permission(permission)?;
            rights.insert(read, self.right(entry.held, right)?);
        }
        Ok(rights)
    }

    fn permission(&self, text: &Spanned<String>) -> Result<Permission, BadRoles> {
        text.get_ref()
            .parse()
            .map_err(|_| self.wrong(text.span().start, &format!("there is no permission {:?}", text.get_ref())))
    }

    /// `<reach> [masked] [reason]`.
    fn right(&self, held: Held, text: &Spanned<String>) -> Result<Right, BadRoles> {
        let wrong = |what: String| self.wrong(text.span().start, &what);
        let mut words = text.get_ref().split_whitespace();
        let reach = words.next().unwrap_or_default();
        let reach: Reach =
            reach.parse().map_err(|_| wrong(format!("there is no reach {reach:?}: write own, unit, agency or all")))?;
        if !possible(held, reach) {
            return Err(wrong(
                format!("reach {reach} means nothing for a role that is held by {held:?}").to_lowercase(),
            ));
        }
        let mut right = Right { reach, masked: false, reason: false };
        for word in words {
            match word {
                "masked" if !right.masked => right.masked = true,
                "reason" if !right.reason => right.reason = true,
                other => return Err(wrong(format!("{other:?} is neither masked nor reason, or stands twice"))),
            }
        }
        Ok(right)
    }

    fn conflict(&self, roles: &BTreeMap<String, Role>, pair: &Spanned<Conflict>) -> Result<[String; 2], BadRoles> {
        let [a, b] = &pair.get_ref().roles;
        if a == b {
            return Err(self.wrong(pair.span().start, &format!("role {a:?} conflicts with itself")));
        }
        match [a, b].into_iter().find(|code| !roles.contains_key(*code)) {
            Some(unknown) => Err(self.wrong(pair.span().start, &format!("there is no role {unknown:?}"))),
            None => Ok(pair.get_ref().roles.clone()),
        }
    }

    /// The two roles nobody grants must be there, once each.
    fn complete(&self, roles: &BTreeMap<String, Role>) -> Result<(), BadRoles> {
        for (code, held) in [("citizen", Held::Everyone), ("client", Held::Client)] {
            let right_ones: Vec<_> = roles.iter().filter(|(_, r)| r.held == held).map(|(c, _)| c.as_str()).collect();
            if right_ones != [code] {
                let what = format!("exactly one role must be held by {held:?}: {code:?}").to_lowercase();
                return Err(BadRoles { file: self.file.to_owned(), line: 0, what });
            }
        }
        Ok(())
    }

    fn wrong(&self, at: usize, what: &str) -> BadRoles {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        BadRoles { file: self.file.to_owned(), line, what: what.trim().to_owned() }
    }
}

/// Whether a reach can be resolved where the role is held.
fn possible(held: Held, reach: Reach) -> bool {
    match held {
        Held::Everyone => reach == Reach::Own,
        Held::Client => matches!(reach, Reach::Agency | Reach::All),
        Held::Department | Held::Agency => true,
        Held::Platform => matches!(reach, Reach::Own | Reach::All),
    }
}

#[cfg(test)]
#[path = "role_tests.rs"]
mod tests;
