//! Where the signing keys are kept: sealed, in the database, so that all instances sign with one.

use data_encoding::BASE64URL_NOPAD;
use secrecy::zeroize::Zeroizing;

use super::store::keys::{self as rows, KeyRow};
use super::{Accounts, entry};
use crate::access::{Call, KeyMaterial, SigningKeys};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::journal::{Author, Entry, Event, Subjects};
use crate::seal::{Keyring, Place};
use crate::store::{Db, Recorded, Store, Tx};

impl Accounts {
    /// Puts a new key in place of the one that signs; its id. The old one forgets its private half and verifies tokens for 20
    /// minutes more, checkpoints for ever. Call [`Accounts::reload_keys`] after the commit; other instances notice within a
    /// minute.
    ///
    /// # Errors
    /// No randomness; the database being away.
    pub fn rotate_keys(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Recorded<String>, Failure> {
        rows::retire_all(tx, call.now)?;
        let new = KeyMaterial::generate()?;
        rows::insert(tx, sealed(&self.0.keys, &new, call.now)?);
        let event = Event::SigningKeyRotated { kid: new.kid.clone() };
        Ok(tx.record(entry(&event, call, Subjects::default())?, new.kid))
    }

    /// Reads the signing keys and takes them into use.
    ///
    /// # Errors
    /// The database being away; a key that does not open, then the old ones stay in use.
    pub fn reload_keys(&self, db: &mut impl Db) -> Result<(), Failure> {
        self.0.tokens.keys().replace(read(db, &self.0.keys)?)
    }
}

pub(super) async fn load_or_create(
    store: &Store,
    keyring: &std::sync::Arc<Keyring>,
    now: Timestamp,
) -> Result<SigningKeys, Failure> {
    let ring = keyring.clone();
    let keys = store.read(move |db| read(db, &ring)).await?;
    if keys.iter().any(|key| key.private.is_some()) {
        return SigningKeys::new(keys);
    }
    let ring = keyring.clone();
    store.write(move |tx| first(tx, &ring, now)).await?;
    let ring = keyring.clone();
    SigningKeys::new(store.read(move |db| read(db, &ring)).await?)
}

fn first(tx: &mut Tx<'_>, keyring: &Keyring, now: Timestamp) -> Result<Recorded<()>, Failure> {
    let new = KeyMaterial::generate()?;
    rows::insert(tx, sealed(keyring, &new, now)?);
    let event = Event::SigningKeyRotated { kid: new.kid };
    Ok(tx.record(Entry::new(&event, &Author::system(), Subjects::default(), now, now)?, ()))
}

fn place(kid: &str) -> Place<'_> {
    Place { table: "signing_keys", column: "sealed", row: kid }
}

fn sealed(keyring: &Keyring, key: &KeyMaterial, now: Timestamp) -> Result<KeyRow, Failure> {
    let private = key.private.as_ref().ok_or_else(|| Failure::internal("a new key has a private half"))?;
    Ok(KeyRow {
        kid: key.kid.clone(),
        public_key: BASE64URL_NOPAD.encode(&key.public),
        sealed: keyring.seal(place(&key.kid), private).map_err(Failure::internal)?,
        created_at: now,
        retired_at: None,
    })
}

fn read(db: &mut impl Db, keyring: &Keyring) -> Result<Vec<KeyMaterial>, Failure> {
    rows::all(db)?.into_iter().map(|row| opened(row, keyring)).collect()
}

fn opened(row: KeyRow, keyring: &Keyring) -> Result<KeyMaterial, Failure> {
    let private = match row.retired_at {
        Some(_) => None,
        None => Some(Zeroizing::new(keyring.open(place(&row.kid), &row.sealed).map_err(Failure::internal)?)),
    };
    let public = BASE64URL_NOPAD.decode(row.public_key.as_bytes()).map_err(Failure::internal)?;
    Ok(KeyMaterial { kid: row.kid, public, private, retired_at: row.retired_at })
}
