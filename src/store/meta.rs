//! What a database says about itself: which instance it is, which keys it was written with.

use diesel::prelude::*;

use super::schema::meta;
use super::tx::{Db, Tx};
use crate::error::Failure;

/// The value of a setting of this database.
///
/// # Errors
/// The database being away.
pub fn get(db: &mut impl Db, key: &str) -> Result<Option<String>, Failure> {
    Ok(meta::table.find(key).select(meta::value).first(db.conn()?).optional()?)
}

/// All settings whose key starts with `prefix`, without the prefix.
///
/// # Errors
/// The database being away.
pub fn with_prefix(db: &mut impl Db, prefix: &str) -> Result<Vec<(String, String)>, Failure> {
    let all: Vec<(String, String)> = meta::table.order(meta::key).load(db.conn()?)?;
    let own = all.into_iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value)));
    Ok(own.collect())
}

/// Writes a setting that is not there yet.
pub fn put(tx: &mut Tx<'_>, key: &str, value: &str) {
    let row = (meta::key.eq(key.to_owned()), meta::value.eq(value.to_owned()));
    tx.insert(diesel::insert_into(meta::table).values(row));
}

/// Writes a setting, in the place of what is there.
///
/// # Errors
/// The database being away.
pub fn replace(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), Failure> {
    let changed = diesel::update(meta::table.find(key)).set(meta::value.eq(value)).execute(tx.conn()?)?;
    if changed == 0 {
        put(tx, key, value);
    }
    Ok(())
}
