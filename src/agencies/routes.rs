//! The directory over HTTP: public to read, from memory; changed by administrators.

use std::sync::Arc;

use actix_web::{get, post, put, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::input::{DepartmentInput, NewDepartment};
use super::model::Department;
use super::register::Agencies;
use super::tree::{DepartmentFilter, HeldJurisdiction, Tree};
use crate::access::Call;
use crate::catalogue::{DepartmentCode, Jurisdiction, JurisdictionCode};
use crate::error::{Code, Failure};
use crate::http::{
    Answer, Body, Cursor, Effect, Guard, Id, IdempotencyKey, IfMatch, Listing, NoFilter, Open, Page, PageOf, Reply,
    need, why,
};
use crate::ids::DepartmentId;
use crate::store::{Reader, Tx};

/// The room, for the handlers.
type Room = web::Data<Agencies>;

/// The names of the lists in their cursors.
const JURISDICTIONS: &str = "jurisdictions";
const DEPARTMENTS: &str = "departments";

/// All routes of the room. The handlers want `web::Data<Agencies>`.
pub fn routes(config: &mut ServiceConfig) {
    // Everybody.
    config.service(list_jurisdictions).service(get_jurisdiction);
    config.service(list_departments).service(get_department);
    // Administrators.
    config.service(create_department).service(replace_department);
}

/// List jurisdictions 辖区
///
/// By code.
#[utoipa::path(
    operation_id = "listJurisdictions",
    tag = "directory",
    params(Page),
    responses((status = 200, description = "A page of jurisdictions.", body = PageOf<Jurisdiction>))
)]
#[get("/jurisdictions")]
async fn list_jurisdictions(_: Open<why::Catalogue>, room: Room, listing: Listing<NoFilter>) -> Answer {
    let page = listing.page;
    let after: Option<Cursor<JurisdictionCode, JurisdictionCode>> = page.after(JURISDICTIONS)?;
    let mut found = room.tree.jurisdictions();
    let all = number(found.len())?;
    found.retain(|j| after.as_ref().is_none_or(|after| j.definition.code > after.key));
    let place = |j: &HeldJurisdiction| (j.definition.code.to_string(), j.definition.code.to_string());
    let slice = page.cut(JURISDICTIONS, found, place).map(|j| j.definition);
    Reply::page(if page.count_wanted() { slice.counted(all) } else { slice })
}

/// Read a jurisdiction 辖区
///
/// Its time zone, calendar, languages, currency and number region.
#[utoipa::path(
    operation_id = "getJurisdiction",
    tag = "directory",
    params(("code" = JurisdictionCode, Path, description = "The jurisdiction's code.")),
    responses((status = 200, description = "The jurisdiction.", body = Jurisdiction))
)]
#[get("/jurisdictions/{code}")]
async fn get_jurisdiction(_: Open<why::Catalogue>, room: Room, Id(code): Id<JurisdictionCode>) -> Answer {
    let held = room.tree.jurisdiction(&code).ok_or_else(Failure::not_found)?;
    Reply::ok(held.definition, held.version)
}

/// Which departments.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct DepartmentQuery {
    /// Of this jurisdiction.
    jurisdiction: Option<JurisdictionCode>,
    /// Directly below this department.
    parent: Option<DepartmentId>,
    /// Of this agency, itself included.
    agency: Option<DepartmentId>,
}

/// List departments 部门
///
/// By jurisdiction and code. A department without a parent is an agency 机构.
#[utoipa::path(
    operation_id = "listDepartments",
    tag = "directory",
    params(DepartmentQuery, Page),
    responses((status = 200, description = "A page of departments.", body = PageOf<Department>))
)]
#[get("/departments")]
async fn list_departments(_: Open<why::Catalogue>, room: Room, listing: Listing<DepartmentQuery>) -> Answer {
    let Listing { filter, page } = listing;
    let filter = DepartmentFilter { jurisdiction: filter.jurisdiction, parent: filter.parent, agency: filter.agency };
    let after: Option<Cursor<JurisdictionCode, DepartmentCode>> = page.after(DEPARTMENTS)?;
    let after = after.map(|cursor| (cursor.key, cursor.id));
    let fetch = usize::try_from(page.fetch()).map_err(Failure::internal)?;
    let found = room.tree.departments(&filter, after.as_ref(), fetch);
    let place = |d: &Arc<Department>| (d.jurisdiction.to_string(), d.code.to_string());
    let slice = page.cut(DEPARTMENTS, found, place).map(|d| d.as_ref().clone());
    if page.count_wanted() {
        let all = room.tree.departments(&filter, None, usize::MAX).len();
        return Reply::page(slice.counted(number(all)?));
    }
    Reply::page(slice)
}

/// Read a department 部门
///
/// With its place in the tree and its agency.
#[utoipa::path(
    operation_id = "getDepartment",
    tag = "directory",
    params(("id" = DepartmentId, Path, description = "The department.")),
    responses((status = 200, description = "The department.", body = Department))
)]
#[get("/departments/{id}")]
async fn get_department(_: Open<why::Catalogue>, room: Room, Id(id): Id<DepartmentId>) -> Answer {
    let department = room.tree.get(id).ok_or_else(Failure::not_found)?;
    Reply::ok(department.as_ref(), department.version)
}

/// Create a department
///
/// Below a department within the caller's reach; without a parent it is a new agency, which only an administrator of the
/// whole service creates.
#[utoipa::path(
    operation_id = "createDepartment",
    tag = "directory",
    params(IdempotencyKey),
    request_body = NewDepartment,
    responses((status = 201, description = "The department.", body = Department)),
    extensions(("x-permission" = json!("department:manage")))
)]
#[post("/departments")]
async fn create_department(guard: Guard<need::DepartmentManage>, room: Room, Body(new): Body<NewDepartment>) -> Answer {
    let (agencies, again) = (room.as_ref().clone(), room.as_ref().clone());
    let work = move |tx: &mut Tx<'_>, call: &Call| Ok(agencies.create(tx, call, new.clone())?.map(created));
    let render = move |db: &mut Reader<'_>, _: &Call, id: &str| {
        let id = id.parse().map_err(|_| Failure::refused(Code::NotFound))?;
        again.department(db, id).map(created)
    };
    let answer = guard.effect(work, render).await?;
    make_known(&guard, &room.tree).await;
    Ok(answer)
}

/// Change a department
///
/// Replaces names, division, page and place. A department moves inside its agency only: a parent of another agency, or none,
/// is refused, since its cases, staff and history are the agency's. A move gives its cases to whoever works in the department
/// above: it takes `role:grant` as well, which no administrator has beside this; `gcrm import` moves departments, too.
#[utoipa::path(
    operation_id = "replaceDepartment",
    tag = "directory",
    params(("id" = DepartmentId, Path, description = "The department."), IfMatch),
    request_body = DepartmentInput,
    responses((status = 200, description = "The department now.", body = Department)),
    extensions(("x-permission" = json!("department:manage")))
)]
#[put("/departments/{id}")]
async fn replace_department(
    guard: Guard<need::DepartmentManage>,
    room: Room,
    Id(id): Id<DepartmentId>,
    version: IfMatch,
    Body(input): Body<DepartmentInput>,
) -> Answer {
    let agencies = room.as_ref().clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| agencies.change(tx, call, id, version.version(), input.clone());
    let changed = guard.write(work).await?;
    make_known(&guard, &room.tree).await;
    Reply::ok(&changed, changed.version)
}

fn created(department: Department) -> Effect<Department> {
    let location = format!("/api/v1/departments/{}", department.id);
    Effect::created(department.id, location, department.version, department)
}

/// What was committed is true, whether or not this instance can read it back at once; the next refresh will.
async fn make_known(guard: &Guard<need::DepartmentManage>, tree: &Tree) {
    let tree = tree.clone();
    if let Err(failure) = guard.read(move |db, _| tree.refresh(db)).await {
        tracing::warn!(%failure, "the tree of departments was not refreshed");
    }
}

fn number(count: usize) -> Result<i64, Failure> {
    i64::try_from(count).map_err(Failure::internal)
}
