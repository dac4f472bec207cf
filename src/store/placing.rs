//! Sets position and hash of many journal rows: the ledger's one update.

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};

use super::connection::AnyConnection;

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
    rows.iter().try_fold(0_usize, |placed, row| Ok(placed.saturating_add(PlaceOne(row).execute(conn)?)))
}

/// One round trip for the whole batch.
fn on_postgres(conn: &mut PgConnection, rows: &[PlacedRow]) -> QueryResult<usize> {
    let (seqs, positions) = rows.iter().map(|row| (row.seq, row.position)).unzip();
    let hashes = rows.iter().map(|row| row.hash.as_str()).collect();
    PlaceMany { seqs, positions, hashes }.execute(conn)
}

/// Written by hand, since Diesel prepares an update anew each time.
struct PlaceOne<'a>(&'a PlacedRow);

impl QueryFragment<Sqlite> for PlaceOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE journal SET position = ");
        out.push_bind_param::<BigInt, _>(&self.0.position)?;
        out.push_sql(", hash = ");
        out.push_bind_param::<Text, _>(&self.0.hash)?;
        out.push_sql(" WHERE seq = ");
        out.push_bind_param::<BigInt, _>(&self.0.seq)
    }
}

impl QueryId for PlaceOne<'_> {
    type QueryId = PlaceOne<'static>;
}

impl RunQueryDsl<SqliteConnection> for PlaceOne<'_> {}

/// `UPDATE … FROM` has no typed form in Diesel.
struct PlaceMany<'a> {
    seqs: Vec<i64>,
    positions: Vec<i64>,
    hashes: Vec<&'a str>,
}

impl QueryFragment<Pg> for PlaceMany<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE journal SET position = placed.position, hash = placed.hash FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.seqs)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.positions)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.hashes)?;
        out.push_sql(") AS placed (seq, position, hash) WHERE journal.seq = placed.seq");
        Ok(())
    }
}

impl QueryId for PlaceMany<'_> {
    type QueryId = PlaceMany<'static>;
}

impl RunQueryDsl<PgConnection> for PlaceMany<'_> {}
