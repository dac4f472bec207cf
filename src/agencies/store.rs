//! The tables of jurisdictions and departments: nothing else names them.

use diesel::prelude::*;

use super::model::Department;
use crate::catalogue::{Jurisdiction, JurisdictionCode};
use crate::error::{Code, Failure};
use crate::ids::DepartmentId;
use crate::localized::LocalizedText;
use crate::store::schema::{departments, jurisdictions};
use crate::store::{Db, Json, Tx};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = departments, treat_none_as_default_value = false)]
struct DepartmentRow {
    id: DepartmentId,
    jurisdiction: String,
    code: String,
    parent_id: Option<DepartmentId>,
    agency_id: DepartmentId,
    names: Json<LocalizedText>,
    division_code: Option<String>,
    website: Option<String>,
    version: i64,
}

impl From<&Department> for DepartmentRow {
    fn from(department: &Department) -> Self {
        Self {
            id: department.id,
            jurisdiction: department.jurisdiction.to_string(),
            code: department.code.to_string(),
            parent_id: department.parent,
            agency_id: department.agency,
            names: Json(department.names.clone()),
            division_code: department.division.as_ref().map(ToString::to_string),
            website: department.website.as_ref().map(ToString::to_string),
            version: department.version,
        }
    }
}

impl DepartmentRow {
    fn read(self) -> Result<Department, Failure> {
        Ok(Department {
            id: self.id,
            jurisdiction: self.jurisdiction.parse().map_err(Failure::internal)?,
            code: self.code.parse().map_err(Failure::internal)?,
            parent: self.parent_id,
            agency: self.agency_id,
            names: self.names.0,
            division: self.division_code.map(|code| code.parse()).transpose().map_err(Failure::internal)?,
            website: self.website.map(|line| line.parse()).transpose().map_err(Failure::internal)?,
            version: self.version,
        })
    }
}

/// Every jurisdiction with its version, by code.
pub(super) fn jurisdictions(db: &mut impl Db) -> Result<Vec<(Jurisdiction, i64)>, Failure> {
    let query =
        jurisdictions::table.order(jurisdictions::code).select((jurisdictions::definition, jurisdictions::version));
    let rows: Vec<(Json<Jurisdiction>, i64)> = query.load(db.conn()?)?;
    Ok(rows.into_iter().map(|(definition, version)| (definition.0, version)).collect())
}

pub(super) fn jurisdiction(db: &mut impl Db, code: &JurisdictionCode) -> Result<Option<(Jurisdiction, i64)>, Failure> {
    let query = jurisdictions::table.find(code.to_string()).select((jurisdictions::definition, jurisdictions::version));
    let row: Option<(Json<Jurisdiction>, i64)> = query.first(db.conn()?).optional()?;
    Ok(row.map(|(definition, version)| (definition.0, version)))
}

/// Every department.
pub(super) fn departments(db: &mut impl Db) -> Result<Vec<Department>, Failure> {
    let rows = departments::table.select(DepartmentRow::as_select()).load(db.conn()?)?;
    rows.into_iter().map(DepartmentRow::read).collect()
}

/// Every department of a jurisdiction.
pub(super) fn departments_in(db: &mut impl Db, code: &JurisdictionCode) -> Result<Vec<Department>, Failure> {
    let query = departments::table.filter(departments::jurisdiction.eq(code.to_string()));
    query.select(DepartmentRow::as_select()).load(db.conn()?)?.into_iter().map(DepartmentRow::read).collect()
}

/// Every department of an agency.
pub(super) fn departments_of(db: &mut impl Db, agency: DepartmentId) -> Result<Vec<Department>, Failure> {
    let query = departments::table.filter(departments::agency_id.eq(agency));
    query.select(DepartmentRow::as_select()).load(db.conn()?)?.into_iter().map(DepartmentRow::read).collect()
}

pub(super) fn department(db: &mut impl Db, id: DepartmentId) -> Result<Option<Department>, Failure> {
    let row = departments::table.find(id).select(DepartmentRow::as_select()).first(db.conn()?).optional()?;
    row.map(DepartmentRow::read).transpose()
}

pub(super) fn insert_jurisdiction(tx: &mut Tx<'_>, definition: &Jurisdiction) {
    let row = (
        jurisdictions::code.eq(definition.code.to_string()),
        jurisdictions::definition.eq(Json(definition.clone())),
        jurisdictions::version.eq(1_i64),
    );
    tx.insert(diesel::insert_into(jurisdictions::table).values(row));
}

/// Replaces a jurisdiction's definition, if its version is still the one it was read with.
pub(super) fn replace_jurisdiction(
    tx: &mut Tx<'_>,
    definition: &Jurisdiction,
    read_version: i64,
) -> Result<i64, Failure> {
    let version = read_version.saturating_add(1);
    let target = jurisdictions::table.find(definition.code.to_string()).filter(jurisdictions::version.eq(read_version));
    let changed = diesel::update(target)
        .set((jurisdictions::definition.eq(Json(definition.clone())), jurisdictions::version.eq(version)))
        .execute(tx.conn()?)?;
    if changed == 1 { Ok(version) } else { Err(Failure::refused(Code::Conflict)) }
}

pub(super) fn insert_department(tx: &mut Tx<'_>, department: &Department) {
    tx.insert(diesel::insert_into(departments::table).values(DepartmentRow::from(department)));
}

/// Writes everything but id, jurisdiction, code and agency, if the version is still the one it was read with.
pub(super) fn replace_department(tx: &mut Tx<'_>, department: &Department, read_version: i64) -> Result<(), Failure> {
    let row = DepartmentRow::from(department);
    let target = departments::table.find(row.id).filter(departments::version.eq(read_version));
    let changed = diesel::update(target)
        .set((
            departments::parent_id.eq(row.parent_id),
            departments::names.eq(row.names),
            departments::division_code.eq(row.division_code),
            departments::website.eq(row.website),
            departments::version.eq(row.version),
        ))
        .execute(tx.conn()?)?;
    if changed == 1 { Ok(()) } else { Err(Failure::refused(Code::Conflict)) }
}

/// Holds an agency's row until the end of the transaction, so that two moves inside one tree cannot close a circle
/// together.
pub(super) fn hold_agency(tx: &mut Tx<'_>, agency: DepartmentId) -> Result<(), Failure> {
    let target = departments::table.find(agency);
    diesel::update(target).set(departments::version.eq(departments::version)).execute(tx.conn()?)?;
    Ok(())
}
