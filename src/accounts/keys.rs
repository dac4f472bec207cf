//! Where the signing keys are kept: sealed, in the database, so that all instances sign with one.

use data_encoding::BASE64URL_NOPAD;
use secrecy::zeroize::Zeroizing;

use super::store::keys::{self as rows, KeyRow};
use super::{Accounts, entry};
use crate::access::{Call, KeyMaterial, SigningKeys};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::journal::{Author, Entry, Event, Subjects};
use crate::seal::{Keyring, Place, SealError};
use crate::store::{Db, Recorded, Store, Tx};

impl Accounts {
    /// Puts a new key in place of the one that signs; its id. The old one forgets its private half and verifies tokens for 20
    /// minutes more, checkpoints for ever. Call [`Accounts::reload_keys`] after the commit; other instances notice within a
    /// minute.
    ///
    /// # Errors
    /// No randomness; the database being away.
    pub fn rotate_keys(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Recorded<String>, Failure> {
        for row in rows::all(tx)?.into_iter().filter(|row| row.retired_at.is_none()) {
            // What was not written with the master keys is not made genuine by a new proof.
            if !is_ours(&row, &self.0.keys)? {
                continue;
            }
            let proof = self.0.keys.digest(PROOF, &claim(&row.kid, &row.public_key, Some(call.now)));
            rows::retire(tx, &row.kid, call.now, &proof)?;
        }
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

/// What the proofs of rows are made for.
const PROOF: &str = "signing-key";

/// What the proof of a row attests: which key it is, and until when.
fn claim(kid: &str, public_key: &str, retired_at: Option<Timestamp>) -> String {
    format!("{kid}\n{public_key}\n{}", retired_at.map_or_else(|| "-".to_owned(), |at| at.text()))
}

fn place(kid: &str) -> Place<'_> {
    Place { table: "signing_keys", column: "sealed", row: kid }
}

fn sealed(keyring: &Keyring, key: &KeyMaterial, now: Timestamp) -> Result<KeyRow, Failure> {
    let private = key.private.as_ref().ok_or_else(|| Failure::internal("a new key has a private half"))?;
    let public_key = BASE64URL_NOPAD.encode(&key.public);
    Ok(KeyRow {
        kid: key.kid.clone(),
        proof: keyring.digest(PROOF, &claim(&key.kid, &public_key, None)),
        public_key,
        sealed: keyring.seal(place(&key.kid), private).map_err(Failure::internal)?,
        created_at: now,
        retired_at: None,
    })
}

fn read(db: &mut impl Db, keyring: &Keyring) -> Result<Vec<KeyMaterial>, Failure> {
    let mut keys = Vec::new();
    for row in rows::all(db)? {
        if is_ours(&row, keyring)? {
            keys.push(opened(row, keyring)?);
        } else {
            // Left out, so that whoever can write to the database signs nothing with it and stops nobody either.
            tracing::error!(kid = row.kid, "a signing key in the database was not written by this service: refused");
        }
    }
    Ok(keys)
}

/// Whether a row was written by somebody with the master keys, and as it stands.
fn is_ours(row: &KeyRow, keyring: &Keyring) -> Result<bool, Failure> {
    match keyring.digest_matches(PROOF, &claim(&row.kid, &row.public_key, row.retired_at), &row.proof) {
        Ok(ours) => Ok(ours),
        Err(SealError::Malformed) => Ok(false),
        Err(error) => Err(Failure::internal(error)),
    }
}

fn opened(row: KeyRow, keyring: &Keyring) -> Result<KeyMaterial, Failure> {
    let private = match row.retired_at {
        Some(_) => None,
        None => Some(Zeroizing::new(keyring.open(place(&row.kid), &row.sealed).map_err(Failure::internal)?)),
    };
    let public = BASE64URL_NOPAD.decode(row.public_key.as_bytes()).map_err(Failure::internal)?;
    Ok(KeyMaterial { kid: row.kid, public, private, retired_at: row.retired_at })
}
