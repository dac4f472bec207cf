//! Checkpoints kept outside the database: a folder with one file a journal, which its name names, one checkpoint a line.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::checkpoint::Checkpoint;
use crate::error::Failure;

/// How a file's name ends.
const ENDING: &str = "jsonl";
/// Bytes at a file's end that are looked at before something is appended: some checkpoints.
const END: u64 = 4096;

/// What a file holds that somebody kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub file: PathBuf,
    /// Its checkpoints, in its order.
    pub checkpoints: Vec<Checkpoint>,
    /// Its lines, from 1, that are no checkpoint: what a full disk or a power failure left of one.
    pub torn: Vec<usize>,
    /// Whether one of these is the last, so that it is not known how far the file went.
    pub ends_torn: bool,
}

impl Kept {
    /// A file: checkpoints one after the other, as the service keeps them or as the API answers one.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(file).map_err(|error| wrong(file, &error))?;
        let whole: Result<Vec<_>, _> = serde_json::Deserializer::from_slice(&bytes).into_iter().collect();
        let mut kept = Self { file: file.to_owned(), checkpoints: Vec::new(), torn: Vec::new(), ends_torn: false };
        match whole {
            Ok(checkpoints) => kept.checkpoints = checkpoints,
            Err(_) => kept.read_lines(&bytes),
        }
        Ok(kept)
    }

    fn read_lines(&mut self, bytes: &[u8]) {
        let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
        for (number, line) in lines.filter(|(_, line)| !line.trim_ascii().is_empty()) {
            let checkpoint = serde_json::from_slice(line);
            self.ends_torn = checkpoint.is_err();
            match checkpoint {
                Ok(checkpoint) => self.checkpoints.push(checkpoint),
                Err(_) => self.torn.push(number),
            }
        }
    }

    /// Every file of a folder, whichever journal's; none where there is no folder.
    ///
    /// # Errors
    /// A folder or a file that cannot be read.
    pub fn all_in(folder: &Path) -> Result<Vec<Self>, Failure> {
        if !folder.try_exists().map_err(|error| wrong(folder, &error))? {
            return Ok(Vec::new());
        }
        let entries = std::fs::read_dir(folder).map_err(|error| wrong(folder, &error))?;
        let files: Result<Vec<_>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
        let mut files = files.map_err(|error| wrong(folder, &error))?;
        files.retain(|file| file.extension().is_some_and(|ending| ending == ENDING));
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }
}

/// Appends a checkpoint to its journal's file in `folder`, unless the file ends with it.
pub(super) fn keep(folder: &Path, checkpoint: &Checkpoint) -> Result<(), Failure> {
    let file = folder.join(format!("{}.{ENDING}", checkpoint.journal));
    std::fs::create_dir_all(folder).and_then(|()| append(&file, checkpoint)).map_err(|error| wrong(&file, &error))
}

fn append(file: &Path, checkpoint: &Checkpoint) -> std::io::Result<()> {
    let line = serde_json::to_vec(checkpoint)?;
    let mut file = File::options().create(true).read(true).append(true).open(file)?;
    let end = end_of(&mut file)?;
    if end.split(|byte| *byte == b'\n').rfind(|kept| !kept.is_empty()) == Some(line.as_slice()) {
        return Ok(());
    }
    // A line that was torn stays as it is and spoils no other.
    let torn = end.last().is_some_and(|byte| *byte != b'\n');
    let begin: &[u8] = if torn { b"\n" } else { b"" };
    file.write_all(&[begin, &line, b"\n"].concat())?;
    file.sync_data()
}

fn end_of(file: &mut File) -> std::io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    Ok(end)
}

fn wrong(place: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("checkpoints in {}: {why}", place.display()))
}
