//! Field encryption 字段加密: what the database may hold about people only sealed, and how it is found again.
//!
//! A [`Keyring`] of master keys enters at start; rooms' stores ask it to seal and open fields, and to compute
//! blind indexes. Always true here: a sealed text opens only in the table, column and row it was sealed for, and
//! under the owner it was sealed for; every use has a key of its own, derived from the master key; no key is printed; old
//! keys open, only the current seals.
//!
//! Rotation: put the new key first, reseal what [`Keyring::is_current`] denies together with its blind index, then
//! drop the old key once nothing names it. Journal digests name their key and are never rewritten: keep a key for
//! as long as a digest made with it has to be verified.

mod envelope;
mod error;
mod key_file;
mod keyring;
mod keys;

pub use envelope::{Place, owned};
pub use error::SealError;
pub use key_file::{KeyFile, Origin};
pub use keyring::Keyring;
pub use keys::{KeyId, MasterKey};
