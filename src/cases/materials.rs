//! The materials 申请材料 of a case: which its item asks for, which are missing.

use super::model::MaterialState;
use super::store::MaterialRow;
use crate::catalogue::Published;
use crate::clock::Timestamp;
use crate::ids::CaseId;

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
