//! Customers over HTTP: the record and the search. Identifiers and contact points are in `routes/`.

mod contact_points;
mod identifiers;

use actix_web::{get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::change::CustomerPatch;
use super::model::NewCustomer;
use super::registry::Customers;
use super::search::{CustomerMatches, IdentifierQuery};
use super::view::CustomerView;
use crate::access::{Call, Looked, Place};
use crate::error::{Code, Failure};
use crate::http::{Answer, Body, Effect, Guard, Id, IdempotencyKey, IfMatch, Noted, Reply, need};
use crate::ids::CustomerId;
use crate::journal::Subjects;
use crate::store::{Reader, Tx};

/// The room, for the handlers.
type Room = web::Data<Customers>;

/// All routes of the room, by who calls them. The handlers want `web::Data<Customers>`.
pub fn routes(config: &mut ServiceConfig) {
    // Customers themselves, and staff for them.
    config.service(register).service(get_own).service(change);
    config.service(identifiers::add).service(identifiers::remove);
    config.service(contact_points::add).service(contact_points::remove);
    // Both.
    config.service(search).service(get_customer).service(identifiers::read).service(contact_points::read);
    // Staff.
    config.service(identifiers::verify);
}

/// Register a customer 服务对象
///
/// A citizen registers themselves, or the organisation they act for: their account is linked to the new customer, once.
/// Staff and systems register somebody else. Identifiers are claims until staff verify them: what somebody else claims or
/// holds neither hinders nor shows.
#[utoipa::path(
    operation_id = "registerCustomer",
    tag = "customers",
    params(IdempotencyKey),
    request_body = NewCustomer,
    responses((status = 201, description = "The customer.", body = CustomerView)),
    extensions(("x-permission" = json!("customer:register")))
)]
#[post("/customers")]
async fn register(guard: Guard<need::CustomerRegister>, room: Room, body: Noted<NewCustomer>) -> Answer {
    let (lang, now) = (guard.lang(), guard.call().now);
    let input = body.or_more(|input| input.clone().check(lang, now).map(drop))?;
    let new = input.check(lang, now)?;
    let (customers, again) = (room.as_ref().clone(), room.as_ref().clone());
    let work = move |tx: &mut Tx<'_>, call: &Call| Ok(customers.register(tx, call, &new)?.map(registered));
    let render =
        move |db: &mut Reader<'_>, call: &Call, id: &str| again.registered_again(db, call, parsed(id)?).map(registered);
    guard.effect(work, render).await
}

fn registered(view: CustomerView) -> Effect<CustomerView> {
    Effect::created(view.id, format!("/api/v1/customers/{}", view.id), view.version, view)
}

fn parsed<T: std::str::FromStr>(reference: &str) -> Result<T, Failure> {
    reference.parse().map_err(|_| Failure::internal("a kept reference does not read"))
}

/// Read one's own record
///
/// The customer that the caller's account is linked to, in full but for the middle of identifiers.
#[utoipa::path(
    operation_id = "getOwnCustomer",
    tag = "customers",
    responses((status = 200, description = "The customer.", body = CustomerView)),
    extensions(("x-permission" = json!("customer:read")))
)]
#[get("/customers/me")]
async fn get_own(guard: Guard<need::CustomerRead>, room: Room) -> Answer {
    let customers = room.as_ref().clone();
    let id = guard.call().actor.customer().ok_or_else(|| Failure::refused(Code::NoCustomer))?;
    let view = guard.read(move |db, call| customers.get(db, call, id)).await?;
    Reply::ok(&view, view.version)
}

/// Read a customer
///
/// Oneself in full but for the middle of identifiers. Staff see masked contact points and no birth date, some of them
/// masked names only; each of their reads is recorded, and some roles have to say why (`X-Reason`).
#[utoipa::path(
    operation_id = "getCustomer",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer."),
    ),
    responses((status = 200, description = "The customer.", body = CustomerView)),
    extensions(("x-permission" = json!("customer:read")))
)]
#[get("/customers/{id}")]
async fn get_customer(guard: Guard<need::CustomerRead>, room: Room, Id(id): Id<CustomerId>) -> Answer {
    let view = read(&guard, &room, id).await?;
    Reply::ok(&view, view.version)
}

/// Reads a record, and leaves an access row when staff do.
async fn read(guard: &Guard<need::CustomerRead>, room: &Room, id: CustomerId) -> Result<CustomerView, Failure> {
    let customers = room.as_ref().clone();
    let work = move |db: &mut Reader<'_>, call: &Call| {
        let place = Place::Nowhere { own: call.actor.customer() == Some(id) };
        Ok((customers.get(db, call, id)?, Looked::at(place, Subjects::customer(id))))
    };
    guard.read_recorded("customer.detail", work).await
}

/// Change a customer
///
/// JSON Merge Patch: an absent member stays, null removes what may be missing. The kind never changes. Verified identifiers
/// were compared with a document: under another name they have to be verified anew.
#[utoipa::path(
    operation_id = "changeCustomer",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer."), IfMatch),
    request_body(content = CustomerPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The customer now.", body = CustomerView)),
    extensions(("x-permission" = json!("customer:write")))
)]
#[patch("/customers/{id}")]
async fn change(
    guard: Guard<need::CustomerWrite>,
    room: Room,
    Id(id): Id<CustomerId>,
    version: IfMatch,
    Body(patch): Body<CustomerPatch>,
) -> Answer {
    let customers = room.as_ref().clone();
    let view = guard.write(move |tx, call| customers.change(tx, call, id, version.version(), &patch)).await?;
    Reply::ok(&view, view.version)
}

/// Find a customer by an exact identifier
///
/// The number stands in the body, so that it stands in no address and no log. Names are masked as in the record itself.
/// Staff say why (`X-Reason`), and every customer that is found is recorded as read.
#[utoipa::path(
    operation_id = "searchCustomers",
    tag = "customers",
    params(("X-Reason" = String, Header, description = "Why the customer is searched for.", min_length = 4, max_length = 500,
            example = "counter visit")),
    request_body = IdentifierQuery,
    responses((status = 200, description = "The customers that claim it, the verified one first.", body = CustomerMatches)),
    extensions(("x-permission" = json!("customer:search")))
)]
#[post("/customers/search")]
async fn search(guard: Guard<need::CustomerSearch>, room: Room, Body(query): Body<IdentifierQuery>) -> Answer {
    let customers = room.as_ref().clone();
    let found = guard.read_recorded_each("customer.search", move |db, call| customers.search(db, call, &query)).await?;
    Reply::ok(found, None)
}
