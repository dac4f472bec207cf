//! Sets position and hash of many journal rows: the ledger's one update.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::SqliteConnection;

use super::connection::AnyConnection;
use super::schema::journal;

/// Where the ledger places a row.
#[derive(Clone, Debug)]
pub(crate) struct PlacedRow {
    /// Which row.
    pub seq: i64,
    /// Its position.
    pub position: i64,
    /// Its hash.
    pub hash: String,
}

/// Places rows; returns how many there were.
pub(crate) fn place_journal_rows(conn: &mut AnyConnection, rows: &[PlacedRow]) -> QueryResult<usize> {
    match conn {
        AnyConnection::Sqlite(conn) => on_sqlite(conn, rows),
        AnyConnection::Postgres(conn) => on_postgres(conn, rows),
    }
}

/// No round trips to save: one prepared statement, again and again.
fn on_sqlite(conn: &mut SqliteConnection, rows: &[PlacedRow]) -> QueryResult<usize> {
    rows.iter().try_fold(0_usize, |placed, row| {
        let update = diesel::update(journal::table.find(row.seq))
            .set((journal::position.eq(row.position), journal::hash.eq(&row.hash)));
        Ok(placed.saturating_add(update.execute(conn)?))
    })
}

/// One round trip for the whole batch.
#[expect(clippy::disallowed_methods, reason = "UPDATE … FROM has no typed form in Diesel; raw SQL lives in store only")]
fn on_postgres(conn: &mut PgConnection, rows: &[PlacedRow]) -> QueryResult<usize> {
    let (seqs, positions): (Vec<i64>, Vec<i64>) = rows.iter().map(|row| (row.seq, row.position)).unzip();
    let hashes: Vec<&str> = rows.iter().map(|row| row.hash.as_str()).collect();
    diesel::sql_query(
        "UPDATE journal SET position = placed.position, hash = placed.hash \
         FROM unnest($1, $2, $3) AS placed (seq, position, hash) WHERE journal.seq = placed.seq",
    )
    .bind::<Array<BigInt>, _>(seqs)
    .bind::<Array<BigInt>, _>(positions)
    .bind::<Array<Text>, _>(hashes)
    .execute(conn)
}
