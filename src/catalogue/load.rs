//! Reads catalogues from folders of TOML and JSON.
//!
//! One folder is one catalogue: `jurisdiction.toml`, `departments.toml`, any number of further `*.toml` with
//! `[[items]]`, and the forms they name (`form = "name.form.json"`). The embedded catalogues and an operator's own
//! folder go the same way. Every problem is reported at once, with its file, line and field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::bundle::{Catalogue, Starter};
use super::model::{Department, ServiceItem};

const JURISDICTION: &str = "jurisdiction.toml";
const DEPARTMENTS: &str = "departments.toml";
const FORM_SUFFIX: &str = ".form.json";

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// What is wrong with a file of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// Folder and name of the file.
    pub file: String,
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong, naming the field.
    pub detail: String,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.detail),
            None => write!(f, "{}: {}", self.file, self.detail),
        }
    }
}

/// A catalogue could not be read: every problem found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct LoadError {
    /// The problems, never none.
    pub problems: Vec<FileProblem>,
}

/// The texts of one folder by file name.
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentFile {
    departments: Vec<Department>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFile {
    items: Vec<ServiceItem>,
}

impl Starter {
    /// Reads an operator's own catalogues: `path` is a catalogue folder, or a folder of catalogue folders.
    ///
    /// # Errors
    /// Every problem of every file; a folder without a catalogue is one.
    pub fn load_dir(path: &Path) -> Result<Self, LoadError> {
        let mut problems = Vec::new();
        let mut folders = Vec::new();
        if path.join(JURISDICTION).is_file() {
            folders.extend(read_folder(path, &mut problems));
        } else {
            for entry in entries(path, &mut problems) {
                if entry.join(JURISDICTION).is_file() {
                    folders.extend(read_folder(&entry, &mut problems));
                }
            }
        }
        if folders.is_empty() && problems.is_empty() {
            let detail = format!("no catalogue here: no folder with a {JURISDICTION}");
            problems.push(problem(&path.display().to_string(), None, detail));
        }
        Self::from_folders(folders, problems)
    }

    /// Builds the starter from texts already read.
    pub(super) fn from_folders(folders: Vec<Folder>, mut problems: Vec<FileProblem>) -> Result<Self, LoadError> {
        let catalogues: Vec<Catalogue> = folders.iter().filter_map(|folder| folder.catalogue(&mut problems)).collect();
        if problems.is_empty() { Ok(Self { catalogues }) } else { Err(LoadError { problems }) }
    }
}

impl Folder {
    fn catalogue(&self, problems: &mut Vec<FileProblem>) -> Option<Catalogue> {
        let jurisdiction = self.parse(JURISDICTION, problems);
        let departments: Option<DepartmentFile> = self.parse(DEPARTMENTS, problems);
        let mut items = Vec::new();
        let mut forms = BTreeSet::new();
        for name in self.files.keys() {
            let definitions = name.ends_with(".toml") && name != JURISDICTION && name != DEPARTMENTS;
            if !definitions {
                continue;
            }
            let file: Option<ItemFile> = self.parse(name, problems);
            for mut item in file.map(|file| file.items).unwrap_or_default() {
                self.fill_form(name, &mut item, &mut forms, problems);
                items.push(item);
            }
        }
        for name in self.files.keys() {
            if name.ends_with(FORM_SUFFIX) && !forms.contains(name) {
                problems.push(self.problem(name, None, "no item uses this form".into()));
            }
        }
        Some(Catalogue { jurisdiction: jurisdiction?, departments: departments?.departments, items })
    }

    /// A form given as a text is the name of a file beside the definition.
    fn fill_form(
        &self,
        file: &str,
        item: &mut ServiceItem,
        forms: &mut BTreeSet<String>,
        problems: &mut Vec<FileProblem>,
    ) {
        let serde_json::Value::String(name) = &item.form else {
            return;
        };
        match self.files.get(name).filter(|_| name.ends_with(FORM_SUFFIX)) {
            None => {
                let detail =
                    format!("form: item \"{}\" names \"{name}\", which is no *{FORM_SUFFIX} in this folder", item.code);
                problems.push(self.problem(file, None, detail));
            }
            Some(text) => match serde_json::from_str(text) {
                Ok(form) => {
                    forms.insert(name.clone());
                    item.form = form;
                }
                Err(error) => {
                    // Named once by the first item that uses it is enough.
                    if forms.insert(name.clone()) {
                        problems.push(self.problem(name, Some(error.line()), error.to_string()));
                    }
                }
            },
        }
    }

    fn parse<T: DeserializeOwned>(&self, name: &str, problems: &mut Vec<FileProblem>) -> Option<T> {
        let Some(text) = self.files.get(name) else {
            problems.push(self.problem(name, None, "the file is missing".into()));
            return None;
        };
        match toml::from_str(text) {
            Ok(value) => Some(value),
            Err(error) => {
                problems.push(self.toml_problem(name, text, &error));
                None
            }
        }
    }

    fn toml_problem(&self, name: &str, text: &str, error: &toml::de::Error) -> FileProblem {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count().saturating_add(1));
        let words = line.and_then(|line| text.lines().nth(line.saturating_sub(1))).map(str::trim).unwrap_or_default();
        let shown: String = words.chars().take(120).collect();
        self.problem(name, line, format!("{} in `{shown}`", error.message()))
    }

    fn problem(&self, name: &str, line: Option<usize>, detail: String) -> FileProblem {
        problem(&format!("{}/{name}", self.name), line, detail)
    }
}

fn problem(file: &str, line: Option<usize>, detail: String) -> FileProblem {
    FileProblem { file: file.to_owned(), line, detail }
}

fn entries(path: &Path, problems: &mut Vec<FileProblem>) -> Vec<std::path::PathBuf> {
    let listed = fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    match listed {
        Ok(mut paths) => {
            paths.sort();
            paths
        }
        Err(error) => {
            problems.push(problem(&path.display().to_string(), None, error.to_string()));
            Vec::new()
        }
    }
}

fn read_folder(path: &Path, problems: &mut Vec<FileProblem>) -> Option<Folder> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let mut files = BTreeMap::new();
    for entry in entries(path, problems) {
        let Some(file) = entry.file_name().map(|file| file.to_string_lossy().into_owned()) else {
            continue;
        };
        if !(file.ends_with(".toml") || file.ends_with(FORM_SUFFIX)) {
            continue;
        }
        match read_text(&entry) {
            Ok(text) => {
                files.insert(file, text);
            }
            Err(detail) => problems.push(problem(&format!("{name}/{file}"), None, detail)),
        }
    }
    Some(Folder { name, files })
}

fn read_text(path: &Path) -> Result<String, String> {
    let bytes = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(format!("{bytes} bytes; at most {MAX_FILE_BYTES} are read"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
