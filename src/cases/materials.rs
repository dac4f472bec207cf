//! The materials 申请材料 of a case: which its item asks for, which are missing; those of a new case are one insert.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::sql_types::{Array, Text};

use super::model::MaterialState;
use super::store::MaterialRow;
use crate::catalogue::Published;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::CaseId;
use crate::store::schema::case_materials;
use crate::store::{Db, Deferred, Instant, Tx};

/// The rows of an item's materials (handed in, or required and missing), and the codes that are missing.
pub(super) fn of_item(
    case: CaseId,
    item: &Published,
    handed_in: &[String],
    now: Timestamp,
) -> (Vec<MaterialRow>, Vec<String>) {
    let here = |code: &str| handed_in.iter().any(|c| c == code);
    let row = |code: &str, state| MaterialRow { case_id: case, code: code.to_owned(), state, updated_at: now };
    let mut rows = Vec::new();
    for material in &item.item.materials {
        let code = material.code.as_str();
        match (here(code), material.required) {
            (true, _) => rows.push(row(code, MaterialState::Received)),
            (false, true) => rows.push(row(code, MaterialState::Missing)),
            (false, false) => {}
        }
    }
    let missing = missing(&rows);
    (rows, missing)
}

/// Codes of the materials recorded as missing.
pub(super) fn missing(rows: &[MaterialRow]) -> Vec<String> {
    rows.iter().filter(|m| m.state == MaterialState::Missing).map(|m| m.code.clone()).collect()
}

/// Puts these in the place of all materials that the case has.
pub(super) fn replace(tx: &mut Tx<'_>, case: CaseId, rows: Vec<MaterialRow>) -> Result<(), Failure> {
    diesel::delete(case_materials::table.filter(case_materials::case_id.eq(case))).execute(tx.conn()?)?;
    insert(tx, rows);
    Ok(())
}

/// Rows of one case, as they were at one instant, column by column.
struct Materials {
    case: CaseId,
    codes: Vec<String>,
    states: Vec<MaterialState>,
    at: Timestamp,
}

/// Inserts the materials of a new case; nothing where its item has none.
pub(super) fn insert(tx: &mut Tx<'_>, rows: Vec<MaterialRow>) {
    let Some((case, at)) = rows.first().map(|row| (row.case_id, row.updated_at)) else { return };
    let (codes, states) = rows.into_iter().map(|row| (row.code, row.state)).unzip();
    tx.insert(Materials { case, codes, states, at });
}

impl Deferred for Materials {
    /// No round trips to save: one prepared statement, again and again.
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize> {
        let rows = self.codes.iter().zip(&self.states);
        rows.map(|(code, state)| {
            let row = MaterialRow { case_id: self.case, code: code.clone(), state: *state, updated_at: self.at };
            diesel::insert_into(case_materials::table).values(row).execute(conn)
        })
        .sum()
    }

    /// One statement, the same for any number of materials.
    fn walk_pg<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO case_materials (case_id, updated_at, code, state) SELECT ");
        out.push_bind_param::<Text, _>(&self.case)?;
        out.push_sql(", ");
        out.push_bind_param::<Instant, _>(&self.at)?;
        out.push_sql(", code, state FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.codes)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.states)?;
        out.push_sql(") AS new (code, state)");
        Ok(())
    }
}
