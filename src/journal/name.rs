//! The journal's name: what tells one database's checkpoints from another's.

use crate::error::{Code, Failure};
use crate::ids::JournalId;
use crate::store::{Db, Store, Tx, meta};

/// Where the database keeps it.
const KEY: &str = "journal";

/// The name of this database's journal; none before its first checkpoint.
///
/// # Errors
/// The database being away; a name that was tampered with.
pub fn name(db: &mut impl Db) -> Result<Option<JournalId>, Failure> {
    let stored = meta::get(db, KEY)?;
    let read = |text: String| {
        text.parse::<JournalId>()
            .map_err(|error| Failure::Internal(format!("the database calls its journal {text:?}: {error}")))
    };
    stored.map(read).transpose()
}

/// The same; the journal is given a name where it has none.
///
/// # Errors
/// As [`name`].
pub(super) async fn given(store: &Store) -> Result<JournalId, Failure> {
    if let Some(name) = store.read(|db| name(db)).await? {
        return Ok(name);
    }
    let new = JournalId::new().to_string();
    let give = move |tx: &mut Tx<'_>| {
        meta::put(tx, KEY, &new);
        Ok(tx.unrecorded("what a database says about itself", ()))
    };
    match store.write(give).await {
        // Another instance was first.
        Err(failure) if failure.code() != Code::Conflict => return Err(failure),
        _ => {}
    }
    store.read(|db| name(db)).await?.ok_or_else(|| Failure::internal("the journal has no name"))
}
