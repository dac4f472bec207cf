//! Master keys and what is derived from them.

use super::SealError;
use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::{hkdf, hmac, rand};
use data_encoding::{BASE64, HEXLOWER};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox};
use std::fmt;

/// Bytes of a master key.
const MASTER_LEN: usize = 32;
/// Separates this use of a master key from any other (HKDF salt, RFC 5869).
const SALT: &[u8] = b"gcrm.seal.v1";
/// Bytes of a fingerprint: 16 hexadecimal characters.
const FINGERPRINT_LEN: usize = 8;

/// Name of a master key 密钥标识: 1–32 of a–z, 0–9, `-` and `_`. Not secret; stands in every sealed text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// Reads a key id.
    ///
    /// # Errors
    /// [`SealError::KeyId`] when it has other characters or another length.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        let well_formed = (1..=32).contains(&text.len()) && text.bytes().all(allowed);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(SealError::KeyId) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A master key 主密钥: 32 random bytes under an id. Wiped from memory when dropped; printed only by its id.
pub struct MasterKey {
    id: KeyId,
    secret: SecretBox<[u8; MASTER_LEN]>,
}

impl MasterKey {
    /// A new key from the system's randomness, its id made of its fingerprint (`k` and eight digits), so that two
    /// installations never use one id for two keys.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; MASTER_LEN]);
        rand::fill(bytes.as_mut())?;
        let fingerprint = DerivedKeys::from_master(&bytes)?.fingerprint;
        let id = KeyId::parse(&format!("k{}", fingerprint.get(..8).unwrap_or_default()))?;
        Ok(Self { id, secret: boxed(&bytes) })
    }

    /// Reads `id:base64`, the `number`-th entry of its list.
    pub(super) fn parse(entry: &str, number: usize) -> Result<Self, SealError> {
        let wrong = || SealError::Entry { number };
        let (id, key) = entry.trim().split_once(':').ok_or_else(wrong)?;
        let id = KeyId::parse(id.trim())?;
        let bytes = Zeroizing::new(BASE64.decode(key.trim().as_bytes()).map_err(|_| wrong())?);
        let array = Zeroizing::new(<[u8; MASTER_LEN]>::try_from(bytes.as_slice()).map_err(|_| wrong())?);
        Ok(Self { id, secret: boxed(&array) })
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// `id:base64`, for a key file only.
    pub(super) fn to_entry(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(BASE64.encode(self.secret.expose_secret()));
        Zeroizing::new(format!("{}:{}", self.id, key.as_str()))
    }

    pub(super) fn derive(&self) -> Result<DerivedKeys, SealError> {
        DerivedKeys::from_master(self.secret.expose_secret())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// The keys derived from one master key with HKDF-SHA256 (RFC 5869), one for each use.
pub(super) struct DerivedKeys {
    pub(super) field: RandomizedNonceKey,
    pub(super) blind_index: hmac::Key,
    pub(super) digest: hmac::Key,
    pub(super) token: hmac::Key,
    pub(super) fingerprint: String,
}

impl DerivedKeys {
    fn from_master(master: &[u8; MASTER_LEN]) -> Result<Self, SealError> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(master);
        let fingerprint = sub_key(&root, b"fingerprint")?;
        Ok(Self {
            field: RandomizedNonceKey::new(&AES_256_GCM, sub_key(&root, b"field-encryption")?.as_ref())?,
            blind_index: hmac_key(&root, b"blind-index")?,
            digest: hmac_key(&root, b"text-digest")?,
            token: hmac_key(&root, b"token-pepper")?,
            fingerprint: HEXLOWER.encode(fingerprint.get(..FINGERPRINT_LEN).ok_or(SealError::Crypto)?),
        })
    }
}

/// Copied straight into the box: a copy on the stack would not be wiped.
fn boxed(bytes: &[u8; MASTER_LEN]) -> SecretBox<[u8; MASTER_LEN]> {
    SecretBox::init_with_mut(|secret: &mut [u8; MASTER_LEN]| secret.copy_from_slice(bytes))
}

fn sub_key(root: &hkdf::Prk, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut key = Zeroizing::new([0; 32]);
    root.expand(&[purpose], hkdf::HKDF_SHA256)?.fill(key.as_mut())?;
    Ok(key)
}

fn hmac_key(root: &hkdf::Prk, purpose: &[u8]) -> Result<hmac::Key, SealError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, sub_key(root, purpose)?.as_ref()))
}
