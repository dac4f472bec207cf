//! The keys of a running service.

use super::envelope::{self, Place};
use super::keys::{DerivedKeys, KeyId, MasterKey};
use super::{KeyFile, SealError};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// The keys of a running service 密钥环. The current key seals; the others only open what they once sealed.
pub struct Keyring {
    current: Entry,
    older: Vec<Entry>,
}

struct Entry {
    id: KeyId,
    keys: DerivedKeys,
}

impl Keyring {
    /// A keyring of master keys; the first is current.
    ///
    /// # Errors
    /// When there is no key, or one id twice.
    pub fn new(masters: &[MasterKey]) -> Result<Self, SealError> {
        let mut entries: Vec<Entry> = Vec::with_capacity(masters.len());
        for master in masters {
            if entries.iter().any(|entry| entry.id == *master.id()) {
                return Err(SealError::Twice(master.id().to_string()));
            }
            entries.push(Entry { id: master.id().clone(), keys: master.derive()? });
        }
        let mut entries = entries.into_iter();
        let current = entries.next().ok_or(SealError::NoKey)?;
        Ok(Self { current, older: entries.collect() })
    }

    /// A keyring of entries `id:base64` of 32 bytes, as settings hold them; the first is current.
    ///
    /// # Errors
    /// When an entry is malformed, as [`new`](Self::new) otherwise.
    pub fn from_entries(entries: &[SecretString]) -> Result<Self, SealError> {
        let masters: Result<Vec<_>, _> =
            entries.iter().zip(1..).map(|(entry, number)| MasterKey::parse(entry.expose_secret(), number)).collect();
        Self::new(&masters?)
    }

    /// A keyring of one new key, which ends with the process: for tests and demonstrations. A key that has to stay
    /// comes from [`KeyFile`].
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, SealError> {
        KeyFile::generate()?.keyring()
    }

    /// Id of the key that seals.
    #[must_use]
    pub fn current(&self) -> &KeyId {
        &self.current.id
    }

    /// Every key id, the current first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.entries().map(|entry| &entry.id)
    }

    /// Seals `plaintext` for `place` with the current key: `v1.<key id>.<base64url>`. Two seals of the same text
    /// differ; the length of the plaintext stays visible.
    ///
    /// # Errors
    /// Only when the cryptographic library fails.
    pub fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Result<String, SealError> {
        envelope::seal(&self.current.id, &self.current.keys.field, place, plaintext)
    }

    /// Opens what was sealed for exactly this place, with whichever key of the ring.
    ///
    /// # Errors
    /// [`SealError::Malformed`], [`SealError::UnknownKey`], or [`SealError::Refused`] for another place, another
    /// key of the same id, or an altered text.
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<Vec<u8>, SealError> {
        let (id, bytes) = envelope::split(sealed)?;
        envelope::open(&self.entry(&id)?.keys.field, place, &bytes)
    }

    /// [`open`](Self::open) of a text.
    ///
    /// # Errors
    /// As there, and [`SealError::NotText`] when bytes were sealed that are not UTF-8.
    pub fn open_text(&self, place: Place<'_>, sealed: &str) -> Result<String, SealError> {
        String::from_utf8(self.open(place, sealed)?).map_err(|_| SealError::NotText)
    }

    /// Whether a sealed text was sealed with the current key; if not, reseal it.
    ///
    /// # Errors
    /// [`SealError::Malformed`].
    pub fn is_current(&self, sealed: &str) -> Result<bool, SealError> {
        Ok(envelope::split(sealed)?.0 == self.current.id)
    }

    /// Blind index 盲索引 of a normalised value with the current key (HMAC-SHA256, 43 characters of base64url):
    /// equal values of one purpose are equal, and nothing else can be told. Each purpose has a key of its own.
    ///
    /// To look up while older keys are in use, search for any of [`blind_indexes`](Self::blind_indexes).
    #[must_use]
    pub fn blind_index(&self, purpose: &str, normalised: &str) -> String {
        encoded(&keyed(&self.current.keys.blind_index, purpose, normalised))
    }

    /// The blind index under every key, the current first.
    #[must_use]
    pub fn blind_indexes(&self, purpose: &str, normalised: &str) -> Vec<String> {
        self.entries().map(|entry| encoded(&keyed(&entry.keys.blind_index, purpose, normalised))).collect()
    }

    /// Keyed digest 带密钥摘要 of a free text, `v1.<key id>.<base64url>`: the journal holds it instead of the words,
    /// so it proves what was written while the words exist and reveals nothing after they are erased.
    #[must_use]
    pub fn digest(&self, purpose: &str, text: &str) -> String {
        envelope::join(&self.current.id, keyed(&self.current.keys.digest, purpose, text).as_ref())
    }

    /// Whether `digest` was made of exactly this purpose and text, with whichever key of the ring. In constant time.
    ///
    /// # Errors
    /// [`SealError::Malformed`] and [`SealError::UnknownKey`].
    pub fn digest_matches(&self, purpose: &str, text: &str, digest: &str) -> Result<bool, SealError> {
        let (id, tag) = envelope::split(digest)?;
        let key = purpose_key(&self.entry(&id)?.keys.digest, purpose);
        Ok(hmac::verify(&key, text.as_bytes(), &tag).is_ok())
    }

    /// What is stored of a random token instead of the token (HMAC-SHA256, 43 characters of base64url), with the
    /// current key.
    #[must_use]
    pub fn token_digest(&self, token: &SecretString) -> String {
        encoded(&hmac::sign(&self.current.keys.token, token.expose_secret().as_bytes()))
    }

    /// The token digest under every key, the current first: search for any of them.
    #[must_use]
    pub fn token_digests(&self, token: &SecretString) -> Vec<String> {
        let bytes = token.expose_secret().as_bytes();
        self.entries().map(|entry| encoded(&hmac::sign(&entry.keys.token, bytes))).collect()
    }

    /// Sixteen hexadecimal characters that tell the key `id` from any other and do not lead back to it. A database
    /// keeps it beside the id and refuses a keyring in which the id has another fingerprint.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`].
    pub fn fingerprint(&self, id: &KeyId) -> Result<String, SealError> {
        self.entry(id).map(|entry| entry.keys.fingerprint.clone())
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        std::iter::once(&self.current).chain(&self.older)
    }

    fn entry(&self, id: &KeyId) -> Result<&Entry, SealError> {
        self.entries().find(|entry| entry.id == *id).ok_or_else(|| SealError::UnknownKey(id.to_string()))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let older: Vec<&str> = self.older.iter().map(|entry| entry.id.as_str()).collect();
        f.debug_struct("Keyring").field("current", &self.current.id.as_str()).field("older", &older).finish()
    }
}

/// The key of one purpose: HMAC of its name under the key of the use.
fn purpose_key(key: &hmac::Key, purpose: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(key, purpose.as_bytes()).as_ref())
}

fn keyed(key: &hmac::Key, purpose: &str, text: &str) -> hmac::Tag {
    hmac::sign(&purpose_key(key, purpose), text.as_bytes())
}

fn encoded(tag: &hmac::Tag) -> String {
    BASE64URL_NOPAD.encode(tag.as_ref())
}

#[cfg(test)]
mod tests;
