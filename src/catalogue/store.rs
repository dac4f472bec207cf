//! The room's own SQL: published versions of service items.

use diesel::prelude::*;

use super::model::ServiceItem;
use crate::access::Call;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::ids::{DepartmentId, ServiceItemId};
use crate::journal::{Entry, Event, Subjects};
use crate::store::schema::service_items;
use crate::store::{Db, Json, Recorded, Tx};

const IN_USE: &str = "in_use";
const SUPERSEDED: &str = "superseded";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = service_items, treat_none_as_default_value = false)]
struct Row {
    id: ServiceItemId,
    jurisdiction: String,
    code: String,
    version: i64,
    state: String,
    department_id: DepartmentId,
    definition: Json<ServiceItem>,
    published_at: Timestamp,
}

/// A version as it is stored.
pub(super) struct Stored {
    pub(super) id: ServiceItemId,
    pub(super) in_use: bool,
    pub(super) item: ServiceItem,
    pub(super) department: DepartmentId,
}

/// The version that was published last.
pub(super) fn newest(db: &mut impl Db) -> Result<Option<ServiceItemId>, Failure> {
    Ok(service_items::table.select(diesel::dsl::max(service_items::id)).first(db.conn()?)?)
}

/// Every published version.
pub(super) fn all(db: &mut impl Db) -> Result<Vec<Stored>, Failure> {
    let rows: Vec<Row> = service_items::table.select(Row::as_select()).order(service_items::id).load(db.conn()?)?;
    let stored = |row: Row| Stored {
        id: row.id,
        in_use: row.state == IN_USE,
        item: row.definition.0,
        department: row.department_id,
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// Publishes a version of an item for a department; what was in use is superseded, and its cases keep it. The same
/// version with the same definition again does nothing and gives none.
///
/// # Errors
/// A published version with another definition, since a published version never changes; a version below the newest, which
/// an older folder must not take out of use. The sentence says which, and what to do.
pub fn publish(
    tx: &mut Tx<'_>,
    call: &Call,
    item: &ServiceItem,
    department: DepartmentId,
) -> Result<Recorded<Option<ServiceItemId>>, Failure> {
    let (jurisdiction, code) = (item.jurisdiction.to_string(), item.code.to_string());
    let version = i64::from(item.version.get());
    let of_item = service_items::jurisdiction.eq(jurisdiction.clone()).and(service_items::code.eq(code.clone()));
    let known: Option<Row> = service_items::table
        .filter(of_item.clone())
        .filter(service_items::version.eq(version))
        .select(Row::as_select())
        .first(tx.conn()?)
        .optional()?;
    let refused = |why: String| Failure::internal(format!("service item {jurisdiction}/{code}: {why}"));
    match known {
        Some(row) if row.definition.0 == *item => return Ok(tx.unrecorded("published before, unchanged", None)),
        Some(_) => {
            let why = format!("version {version} is published with another definition; give this one a higher version");
            return Err(refused(why));
        }
        None => {}
    }
    let versions = service_items::table.filter(of_item.clone());
    let newest: Option<i64> = versions.select(diesel::dsl::max(service_items::version)).first(tx.conn()?)?;
    if let Some(newest) = newest.filter(|newest| *newest > version) {
        let why =
            format!("version {newest} is published, and {version} is older; give the definition a higher version");
        return Err(refused(why));
    }
    let before = service_items::table.filter(of_item).filter(service_items::state.eq(IN_USE));
    diesel::update(before).set(service_items::state.eq(SUPERSEDED)).execute(tx.conn()?)?;
    let row = Row {
        id: ServiceItemId::new(),
        jurisdiction,
        code: code.clone(),
        version,
        state: IN_USE.to_owned(),
        department_id: department,
        definition: Json(item.clone()),
        published_at: call.now,
    };
    let id = row.id;
    tx.insert(diesel::insert_into(service_items::table).values(row));
    let event = Event::ItemPublished { item: id, code, version };
    let subjects = Subjects { other: Some(id.to_string()), ..Subjects::default() };
    Ok(tx.record(Entry::new(&event, &call.author(), subjects, call.now, call.now)?, Some(id)))
}
