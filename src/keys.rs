//! The master keys at start: from their file or the environment, and only the ones the database was written with.

use secrecy::ExposeSecret;

use crate::config;
use crate::error::Failure;
use crate::seal::{KeyFile, Keyring, Origin};
use crate::store::{Store, meta};

const FINGERPRINT: &str = "key:";

/// Opens the keyring. A new database takes new keys, and remembers their fingerprints; a database that was written with
/// keys is opened with these only.
///
/// # Errors
/// A key file that others may read, keys that the database was not written with, or a key of it that is missing: each
/// says what to do.
pub async fn open(settings: &config::Keys, store: &Store) -> Result<Keyring, Failure> {
    let known = store.read(|db| meta::with_prefix(db, FINGERPRINT)).await?;
    let keyring = read(settings, known.is_empty())?;
    for (kid, fingerprint) in &known {
        check(&keyring, kid, fingerprint)?;
    }
    let mut new = Vec::new();
    for kid in keyring.ids() {
        if !known.iter().any(|(k, _)| k == kid.as_str()) {
            new.push((format!("{FINGERPRINT}{}", kid.as_str()), keyring.fingerprint(kid)?));
        }
    }
    remember(store, new).await?;
    Ok(keyring)
}

fn read(settings: &config::Keys, fresh: bool) -> Result<Keyring, Failure> {
    let file = match settings {
        config::Keys::Given(text) => KeyFile::parse(text.expose_secret())?,
        config::Keys::File(path) if fresh => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(Failure::internal)?;
            }
            let (file, origin) = KeyFile::load_or_create(path)?;
            if origin == Origin::Created {
                tracing::warn!(file = %path.display(), "new master keys: keep a copy, without them the data cannot be read");
            }
            file
        }
        config::Keys::File(path) => KeyFile::load(path)?,
    };
    Ok(file.keyring()?)
}

fn check(keyring: &Keyring, kid: &str, fingerprint: &str) -> Result<(), Failure> {
    let own = keyring.ids().find(|id| id.as_str() == kid);
    let Some(own) = own else {
        return Err(Failure::internal(format!(
            "master key {kid} is missing: the database was written with it; put it back into the key file"
        )));
    };
    if keyring.fingerprint(own)? != fingerprint {
        return Err(Failure::internal(format!(
            "master key {kid} is not the one the database was written with; use the right key file"
        )));
    }
    Ok(())
}

async fn remember(store: &Store, new: Vec<(String, String)>) -> Result<(), Failure> {
    if new.is_empty() {
        return Ok(());
    }
    store
        .write(move |tx| {
            new.iter().for_each(|(key, fingerprint)| meta::put(tx, key, fingerprint));
            Ok(tx.unrecorded("fingerprints are the database's own settings", ()))
        })
        .await
}
