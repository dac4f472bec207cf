//! What can go wrong with keys and sealed fields; no variant holds a key or a plaintext.

use std::path::PathBuf;

/// Why a key cannot be used or a field not be opened. For operators: callers of the interface never see it.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A key id is not 1–32 of a–z, 0–9, `-` and `_`.
    #[error("a key id must be 1 to 32 small letters, digits, hyphens and underscores")]
    KeyId,
    /// An entry is not `id:base64` of 32 bytes.
    #[error("key entry {number} must be id:key, the key being 32 bytes in base64 (openssl rand -base64 32)")]
    Entry {
        /// Which entry, from 1; comments and empty lines of a file are not counted.
        number: usize,
    },
    /// No key at all.
    #[error("there is no key: give at least one entry id:key")]
    NoKey,
    /// Two entries with the same id.
    #[error("key id {0} appears twice: give every key an id of its own")]
    Twice(String),
    /// A sealed text or a digest names a key that the keyring does not hold.
    #[error("the key {0} is not in the keyring: add it behind the current one")]
    UnknownKey(String),
    /// A text is not `v1.<key id>.<base64url>`.
    #[error("the stored text is not a sealed field of a version that this program knows")]
    Malformed,
    /// Authentication failed.
    #[error(
        "the sealed field does not open here: it was altered, moved from another table, column or row, or sealed with another key of the same id"
    )]
    Refused,
    /// An opened field is not UTF-8 although text was asked for.
    #[error("the opened field is not text")]
    NotText,
    /// The cryptographic library refused, or the system gave no randomness.
    #[error("the cryptographic library failed")]
    Crypto,
    /// The key file is readable by others than its owner.
    #[error("{} can be read or written by others: chmod 600 it, and consider its keys known", path.display())]
    OpenToOthers {
        /// The key file.
        path: PathBuf,
    },
    /// The key file is far larger than keys need.
    #[error("{} is too large for a key file", path.display())]
    TooLarge {
        /// The key file.
        path: PathBuf,
    },
    /// The key file cannot be read or written.
    #[error("cannot read or write the key file {}", path.display())]
    File {
        /// The key file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl From<aws_lc_rs::error::Unspecified> for SealError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Crypto
    }
}
