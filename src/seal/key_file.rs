//! Master keys in a file that only its owner may read.

use super::{Keyring, MasterKey, SealError};
use secrecy::zeroize::Zeroizing;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// A key file is a few lines; anything beyond this is some other file.
const MAX_BYTES: u64 = 64 * 1024;

const HEADING: &str = "\
# Master keys of gcrm, one id:base64 a line; the first seals, all open.
# Whoever reads this file can read every sealed field; whoever loses it cannot.
# Keep a copy apart from the copies of the database.
";

/// Master keys as a file holds them 密钥文件: `id:base64` lines, `#` comments; the first key is current.
#[derive(Debug)]
pub struct KeyFile {
    masters: Vec<MasterKey>,
}

/// Where a key file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was there.
    Read,
    /// It was not there; a new key was made. The operator should be told to keep a copy.
    Created,
}

impl KeyFile {
    /// One new key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self { masters: vec![MasterKey::generate()?] })
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// Names the malformed entry; [`SealError::NoKey`] when there is none. Whether ids are unique is
    /// [`keyring`](Self::keyring)'s question.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let entries = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let masters: Vec<MasterKey> =
            entries.zip(1..).map(|(entry, number)| MasterKey::parse(entry, number)).collect::<Result<_, _>>()?;
        if masters.is_empty() { Err(SealError::NoKey) } else { Ok(Self { masters }) }
    }

    /// The text of the file, secret like the keys.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from(HEADING));
        for master in &self.masters {
            text.push_str(&master.to_entry());
            text.push('\n');
        }
        text
    }

    /// These keys behind a new one, which is current from now on.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn rotated(mut self) -> Result<Self, SealError> {
        self.masters.insert(0, MasterKey::generate()?);
        Ok(self)
    }

    /// The keyring of these keys.
    ///
    /// # Errors
    /// As [`Keyring::new`].
    pub fn keyring(&self) -> Result<Keyring, SealError> {
        Keyring::new(&self.masters)
    }

    /// Reads the key file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is malformed or, on Unix, grants its group or others anything.
    pub fn load(path: &Path) -> Result<Self, SealError> {
        let failed = |source| SealError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        refuse_if_open_to_others(&file, path)?;
        // Large enough at once, so that growing leaves no copies of keys behind in memory.
        let mut text = Zeroizing::new(String::with_capacity(4096));
        file.take(MAX_BYTES).read_to_string(&mut text).map_err(failed)?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) >= MAX_BYTES {
            return Err(SealError::TooLarge { path: path.to_owned() });
        }
        Self::parse(&text)
    }

    /// Reads the key file at `path`, or creates it with one new key and mode 0600. Its folder must exist.
    ///
    /// A lost key file is replaced silently here; compare [`Keyring::fingerprint`] with the database's.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when the file cannot be written.
    pub fn load_or_create(path: &Path) -> Result<(Self, Origin), SealError> {
        if fs::exists(path).map_err(|source| SealError::File { path: path.to_owned(), source })? {
            return Ok((Self::load(path)?, Origin::Read));
        }
        let keys = Self::generate()?;
        match keys.create(path) {
            Ok(()) => Ok((keys, Origin::Created)),
            // Somebody else was faster: theirs counts.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok((Self::load(path)?, Origin::Read)),
            Err(source) => Err(SealError::File { path: path.to_owned(), source }),
        }
    }

    /// Writes a new file and never over an existing one; on disk when it returns.
    fn create(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(self.to_text().as_bytes())?;
        file.sync_all()?;
        sync_folder(path)
    }
}

/// Makes the new name survive a power failure: a field sealed with a key that is gone is gone as well.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn refuse_if_open_to_others(file: &File, path: &Path) -> Result<(), SealError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| SealError::File { path: path.to_owned(), source })?;
    if metadata.permissions().mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(SealError::OpenToOthers { path: path.to_owned() })
    }
}

/// Elsewhere access lists decide, which this program does not read.
#[cfg(not(unix))]
fn refuse_if_open_to_others(_file: &File, _path: &Path) -> Result<(), SealError> {
    Ok(())
}

#[cfg(test)]
mod tests;
