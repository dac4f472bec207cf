//! Takes settings one by one and keeps every problem, so that an operator reads them all at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Config, Environment, File, FileFormat, FileSourceString, Source, Value, ValueKind};

use super::DEFAULTS;
use super::sources::{DATABASE_URL, PREFIX, Sources};

/// One setting that cannot be used, and what to write instead. Never holds the value: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The setting, as `section.key`, or the file or variable that does not read.
    pub setting: String,
    /// What to write.
    pub problem: String,
}

impl ConfigError {
    /// A problem of a setting.
    pub fn new(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { setting: setting.into(), problem: problem.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        if let Some((section, key)) = self.setting.split_once('.').filter(|(section, _)| !section.contains('/')) {
            write!(f, " ({PREFIX}{}__{})", section.to_uppercase(), key.to_uppercase())?;
        }
        write!(f, ": {}", self.problem)
    }
}

type Leaves = BTreeMap<String, ValueKind>;

/// The merged settings, and which of them were asked for.
pub(super) struct Reader {
    values: Leaves,
    taken: BTreeSet<String>,
    problems: Vec<ConfigError>,
    /// Settings that the file states, and the file.
    from_file: (BTreeSet<String>, Option<PathBuf>),
}

impl Reader {
    /// Merges the sources; what does not read is left out and kept as a problem.
    pub(super) fn new(sources: &Sources) -> Self {
        let mut problems = sources.problems.clone();
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml);
        let known: BTreeSet<String> = leaves(&defaults).unwrap_or_default().into_keys().collect();
        let mut layers = Config::builder().add_source(defaults);
        let mut from_file = BTreeSet::new();
        if let Some(path) = &sources.file
            && let Some((source, names)) = file_layer(path, &known, &mut problems)
        {
            layers = layers.add_source(source);
            from_file = names;
        }
        layers = layers.add_source(environment_layer(sources, &known, &mut problems));
        let merged = layers.build().map(|merged| flatten(merged.cache)).unwrap_or_else(|error| {
            problems.push(ConfigError::new("settings", error.to_string()));
            Leaves::new()
        });
        Self { values: merged, taken: BTreeSet::new(), problems, from_file: (from_file, sources.file.clone()) }
    }

    /// Keeps a problem.
    pub(super) fn refuse(&mut self, setting: &str, problem: impl Into<String>) {
        self.problems.push(ConfigError::new(setting, problem));
    }

    /// The problems, with settings of the defaults that nobody asked for: those would do nothing.
    pub(super) fn finish(mut self) -> Vec<ConfigError> {
        for name in self.values.keys().filter(|name| !self.taken.contains(*name)) {
            self.problems.push(ConfigError::new(name, "this setting does nothing"));
        }
        self.problems
    }

    /// The file that states a setting, if a file does.
    pub(super) fn file_of(&self, name: &str) -> Option<&Path> {
        self.from_file.1.as_deref().filter(|_| self.from_file.0.contains(name))
    }

    fn take(&mut self, name: &str) -> ValueKind {
        self.taken.insert(name.to_owned());
        self.values.get(name).cloned().unwrap_or_else(|| {
            self.problems.push(ConfigError::new(name, "no default"));
            ValueKind::Nil
        })
    }

    /// A text without spaces around it.
    pub(super) fn text(&mut self, name: &str) -> String {
        match self.take(name) {
            ValueKind::String(text) if text.chars().any(char::is_control) => {
                self.refuse(name, "must hold no line breaks or other control characters");
                String::new()
            }
            ValueKind::String(text) => text.trim().to_owned(),
            ValueKind::Nil => String::new(),
            _ => {
                self.refuse(name, "must be a text, in quotes");
                String::new()
            }
        }
    }

    /// A text that is not empty.
    pub(super) fn some_text(&mut self, name: &str) -> String {
        let before = self.problems.len();
        let text = self.text(name);
        if text.is_empty() && self.problems.len() == before {
            self.refuse(name, "must not be empty");
        }
        text
    }

    /// A text as something better; `fallback` only stands in until the problems are reported.
    pub(super) fn parsed<T, E: fmt::Display>(
        &mut self,
        name: &str,
        fallback: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        let before = self.problems.len();
        let text = self.text(name);
        if self.problems.len() > before {
            return fallback;
        }
        parse(&text).unwrap_or_else(|error| {
            self.refuse(name, error.to_string());
            fallback
        })
    }

    /// One of a few words; the first stands in after a problem.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)], fallback: T) -> T {
        self.parsed(name, fallback, |text| {
            let found = choices.iter().find(|(word, _)| *word == text);
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            found.map(|(_, choice)| *choice).ok_or_else(|| format!("must be one of: {}", words.join(", ")))
        })
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, name: &str, bounds: RangeInclusive<u32>) -> u32 {
        let found = match self.take(name) {
            ValueKind::I64(number) => u32::try_from(number).ok(),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        found.filter(|number| bounds.contains(number)).unwrap_or_else(|| {
            self.refuse(name, format!("must be a whole number from {} to {}", bounds.start(), bounds.end()));
            *bounds.start()
        })
    }

    /// A number of seconds within bounds.
    pub(super) fn seconds(&mut self, name: &str, bounds: RangeInclusive<u32>) -> Duration {
        Duration::from_secs(self.number(name, bounds).into())
    }

    /// A number of milliseconds within bounds.
    pub(super) fn millis(&mut self, name: &str, bounds: RangeInclusive<u32>) -> Duration {
        Duration::from_millis(self.number(name, bounds).into())
    }

    /// true or false.
    pub(super) fn switch(&mut self, name: &str) -> bool {
        match self.take(name) {
            ValueKind::Boolean(value) => return value,
            ValueKind::String(text) if text.trim() == "true" => return true,
            ValueKind::String(text) if text.trim() == "false" => return false,
            _ => self.refuse(name, "must be true or false"),
        }
        false
    }
}

/// The settings file, unless it cannot be read or names what does not exist.
fn file_layer(
    path: &Path,
    known: &BTreeSet<String>,
    problems: &mut Vec<ConfigError>,
) -> Option<(File<FileSourceString, FileFormat>, BTreeSet<String>)> {
    let mut refuse = |problem: String| problems.push(ConfigError::new(path.display().to_string(), problem));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(format!("cannot be read: {error}"))).ok()?;
    // The error of the other parser would show the line, which may hold a secret.
    text.parse::<toml::Table>().map_err(|error| refuse(place(&text, &error))).ok()?;
    let source = File::from_str(&text, FileFormat::Toml);
    let found = leaves(&source).map_err(|_| refuse("holds a number out of range".into())).ok()?;
    let strange: Vec<_> = found.keys().filter(|name| !known.contains(*name)).collect();
    problems.extend(strange.iter().map(|name| unknown(name)));
    strange.is_empty().then(|| (source, found.into_keys().collect()))
}

fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {} is no TOML: {}", before.matches('\n').count().saturating_add(1), error.message())
}

/// The variables that name settings.
fn environment_layer(sources: &Sources, known: &BTreeSet<String>, problems: &mut Vec<ConfigError>) -> Environment {
    let mut settings = HashMap::new();
    for (name, value) in &sources.variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let setting = rest.to_lowercase().replace("__", ".");
        if known.contains(&setting) {
            settings.insert(name.clone(), value.clone());
        } else {
            problems.push(ConfigError::new(name, format!("there is no setting {setting}; see config/default.toml")));
        }
    }
    if let Some(url) = sources.variables.get(DATABASE_URL) {
        let name = format!("{PREFIX}DATABASE__URL");
        if settings.get(&name).is_some_and(|other| other != url) {
            problems.push(ConfigError::new(DATABASE_URL, format!("contradicts {name}; set one of the two")));
        }
        settings.insert(name, url.clone());
    }
    Environment::with_prefix("GCRM").separator("__").source(Some(settings))
}

fn unknown(name: &str) -> ConfigError {
    ConfigError::new(name, "there is no such setting; see config/default.toml")
}

fn leaves(source: &dyn Source) -> Result<Leaves, ::config::ConfigError> {
    source.collect().map(|table| flatten(Value::from(table)))
}

/// Every value by its dotted name.
fn flatten(value: Value) -> Leaves {
    let mut found = Leaves::new();
    let mut open = vec![(String::new(), value)];
    while let Some((name, value)) = open.pop() {
        match value.kind {
            ValueKind::Table(table) => {
                for (key, value) in table {
                    open.push((if name.is_empty() { key } else { format!("{name}.{key}") }, value));
                }
            }
            other => {
                found.insert(name, other);
            }
        }
    }
    found
}
