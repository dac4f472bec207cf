//! Reasons 事由: why somebody used a right that asks for one (`X-Reason`). The words are sealed and may be erased; the facts
//! they explain carry their id and a keyed digest.

use serde::Serialize;
use utoipa::ToSchema;

use super::entry::Author;
use super::store::{self, ReasonRow};
use super::text_ref::TextRef;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::TextId;
use crate::seal::{Keyring, Place};
use crate::store::{Db, Tx};

/// What the digest is for.
const PURPOSE: &str = "reason";

/// A reason ready to be kept, with the facts that it explains.
#[derive(Clone, Debug)]
pub struct Reason(ReasonRow);

impl Reason {
    /// Seals the words.
    ///
    /// # Errors
    /// Keys that do not seal: a defect.
    pub fn seal(keys: &Keyring, author: &Author, words: &str, now: Timestamp) -> Result<Self, Failure> {
        let id = TextId::new();
        let body = Some(keys.seal(place(&id.to_string()), words.as_bytes())?);
        let digest = keys.digest(PURPOSE, words);
        Ok(Self(ReasonRow { id, author: author.actor.clone(), body, digest, created_at: now }))
    }

    /// How facts name it.
    pub fn reference(&self) -> TextRef {
        TextRef { text: self.0.id, digest: self.0.digest.clone() }
    }

    /// Keeps it, in the transaction of the facts that it explains.
    pub fn keep(&self, tx: &mut Tx<'_>) {
        store::insert_reason(tx, self.0.clone());
    }
}

/// A reason as an auditor reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatedReason {
    /// Its id, as facts name it.
    pub id: TextId,
    /// Who gave it: an account or a client.
    #[schema(max_length = 100, examples("acct_01jdq4k0c5e1t9v7n0m3w8x2yz"))]
    pub author: String,
    /// The words; null once they were erased.
    #[schema(required, max_length = 500, examples("complaint 17: who handled it?"))]
    pub words: Option<String>,
    /// The keyed digest of the words, as facts carry it.
    #[schema(max_length = 200)]
    pub digest: String,
    /// When it was given.
    pub stated_at: Timestamp,
}

/// One reason.
///
/// # Errors
/// 404 when there is none; the database being away.
pub fn stated(db: &mut impl Db, keys: &Keyring, id: TextId) -> Result<StatedReason, Failure> {
    let row = store::reason(db, id)?.ok_or_else(Failure::not_found)?;
    let body = row.body.as_deref();
    let words = body.map(|body| keys.open_text(place(&id.to_string()), body)).transpose()?;
    Ok(StatedReason { id, author: row.author, words, digest: row.digest, stated_at: row.created_at })
}

fn place(row: &str) -> Place<'_> {
    Place { table: "reasons", column: "body", row }
}
