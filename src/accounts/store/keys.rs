//! Signing keys: public halves for ever, the private half of the current one, sealed.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::error::Failure;
use crate::store::schema::signing_keys;
use crate::store::{Db, Tx};

/// A signing key as it is stored.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(in crate::accounts) struct KeyRow {
    pub kid: String,
    pub public_key: String,
    /// Empty once the key is replaced: it can never sign again.
    pub sealed: String,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
    /// A keyed digest of the rest: without the master key nobody makes a row that counts.
    pub proof: String,
}

/// Every key, oldest first; of several that are not replaced (two instances at their first start) the last one signs.
pub(in crate::accounts) fn all(db: &mut impl Db) -> Result<Vec<KeyRow>, Failure> {
    let order = (signing_keys::created_at, signing_keys::kid);
    Ok(signing_keys::table.order(order).select(KeyRow::as_select()).load(db.conn()?)?)
}

pub(in crate::accounts) fn insert(tx: &mut Tx<'_>, row: KeyRow) {
    tx.insert(diesel::insert_into(signing_keys::table).values(row));
}

/// Retires a key that signs, and forgets its private half; nothing when somebody else was faster.
pub(in crate::accounts) fn retire(tx: &mut Tx<'_>, kid: &str, now: Timestamp, proof: &str) -> Result<(), Failure> {
    let set =
        (signing_keys::retired_at.eq(Some(now)), signing_keys::sealed.eq(""), signing_keys::proof.eq(proof.to_owned()));
    let current = signing_keys::table.find(kid).filter(signing_keys::retired_at.is_null());
    diesel::update(current).set(set).execute(tx.conn()?)?;
    Ok(())
}
