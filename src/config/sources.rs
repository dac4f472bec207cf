//! Where settings come from: the defaults, a file, the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::reader::ConfigError;

/// The prefix of a setting in the environment, before section and key.
pub(super) const PREFIX: &str = "GCRM__";
/// The variable that names the settings file.
const FILE: &str = "GCRM_CONFIG";
/// The variable that every database tool knows.
pub(super) const DATABASE_URL: &str = "DATABASE_URL";

/// A file and variables over the defaults. Variables hold secrets: not printed.
#[derive(Clone, Default)]
pub struct Sources {
    pub(super) file: Option<PathBuf>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) problems: Vec<ConfigError>,
}

impl Sources {
    /// The defaults alone.
    pub fn defaults() -> Self {
        Self::default()
    }

    /// What this process was started with: `file` as given on the command line, else by `GCRM_CONFIG`; and its
    /// environment, read here and nowhere else.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let mut sources = Self { file, ..Self::default() };
        #[expect(clippy::disallowed_methods, reason = "the one reading of the environment")]
        let variables = std::env::vars_os();
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            if name != FILE && name != DATABASE_URL && !name.starts_with(PREFIX) {
                continue;
            }
            if name == FILE {
                sources.file = sources.file.or_else(|| (!value.is_empty()).then(|| PathBuf::from(value)));
            } else if let Ok(value) = value.into_string() {
                sources.variables.insert(name.to_owned(), value);
            } else {
                sources.problems.push(ConfigError::new(name, "its value must be UTF-8"));
            }
        }
        sources
    }

    /// These sources with a settings file.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// These sources with a variable, as if it stood in the environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }
}
