//! Sealing one field: AES-256-GCM, bound to the place where it is stored.

use super::SealError;
use super::keys::KeyId;
use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use data_encoding::BASE64URL_NOPAD;
use std::fmt::Display;

/// The version that every sealed text begins with.
const VERSION: &str = "v1";

/// Where a field is stored 存储位置; a sealed text opens nowhere else, so that nobody who can write to the
/// database can show one person's data as another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Table.
    pub table: &'a str,
    /// Column.
    pub column: &'a str,
    /// Primary key of the row, which never changes; of a row that belongs to somebody what [`owned`] makes of it.
    pub row: &'a str,
}

impl Place<'_> {
    /// Table, column and row, each behind its length: `a.b` + `c` and `a` + `b.c` are different places.
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for part in [self.table, self.column, self.row] {
            data.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

/// The [`Place::row`] of a row that belongs to somebody: the owner's key, then its own. The column that names the owner is
/// plain; who writes another owner there must not make one person's data another's.
#[must_use]
pub fn owned(owner: impl Display, id: impl Display) -> String {
    format!("{owner}/{id}")
}

/// `v1.<key id>.<base64url of nonce ‖ ciphertext ‖ tag>`.
///
/// The nonce is 96 random bits: seal at most 2³² fields with one key (NIST SP 800-38D, 8.3).
pub(super) fn seal(
    id: &KeyId,
    key: &RandomizedNonceKey,
    place: Place<'_>,
    plaintext: &[u8],
) -> Result<String, SealError> {
    let mut sealed = plaintext.to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(place.associated_data()), &mut sealed)?;
    let bytes = [nonce.as_ref().as_slice(), sealed.as_slice()].concat();
    Ok(join(id, &bytes))
}

/// The plaintext, when `bytes` were sealed for `place` with `key`.
pub(super) fn open(key: &RandomizedNonceKey, place: Place<'_>, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(SealError::Malformed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce)?;
    let mut buffer = sealed.to_vec();
    let plaintext =
        key.open_in_place(nonce, Aad::from(place.associated_data()), &mut buffer).map_err(|_| SealError::Refused)?;
    let length = plaintext.len();
    buffer.truncate(length);
    Ok(buffer)
}

/// `v1.<key id>.<base64url>`, the form of sealed texts and of digests.
pub(super) fn join(id: &KeyId, bytes: &[u8]) -> String {
    format!("{VERSION}.{id}.{}", BASE64URL_NOPAD.encode(bytes))
}

/// The key id and the bytes of a text that [`join`] made.
pub(super) fn split(text: &str) -> Result<(KeyId, Vec<u8>), SealError> {
    let rest = text.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.')).ok_or(SealError::Malformed)?;
    let (id, encoded) = rest.split_once('.').ok_or(SealError::Malformed)?;
    let id = KeyId::parse(id).map_err(|_| SealError::Malformed)?;
    let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| SealError::Malformed)?;
    Ok((id, bytes))
}
