//! Contact points 联系方式 of a customer. Their version is the customer's.

use actix_web::{delete, get, post};

use super::{Room, parsed, read as read_customer};
use crate::access::Call;
use crate::customers::model::NewContact;
use crate::customers::view::{ContactView, CustomerView};
use crate::error::Failure;
use crate::http::{Answer, Body, Effect, Guard, Id, IdempotencyKey, IfMatch, Reply, need};
use crate::ids::{ContactId, CustomerId};
use crate::store::{Reader, Tx};

/// Add a contact point
///
/// A preferred one comes before the others of its kind from now on.
#[utoipa::path(
    operation_id = "addContactPoint",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyKey),
    request_body = NewContact,
    responses((status = 201, description = "The contact point.", body = ContactView)),
    extensions(("x-permission" = json!("customer:write")))
)]
#[post("/customers/{id}/contact-points")]
pub(super) async fn add(
    guard: Guard<need::CustomerWrite>,
    room: Room,
    Id(id): Id<CustomerId>,
    Body(new): Body<NewContact>,
) -> Answer {
    let (customers, again) = (room.as_ref().clone(), room.as_ref().clone());
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let added = customers.add_contact(tx, call, id, &new)?;
        let effect = added.value().clone();
        let effect = created(effect.1, effect.0)?;
        Ok(added.map(|_| effect))
    };
    let render =
        move |db: &mut Reader<'_>, call: &Call, reference: &str| created(again.get(db, call, id)?, parsed(reference)?);
    guard.effect(work, render).await
}

fn created(customer: CustomerView, id: ContactId) -> Result<Effect<ContactView>, Failure> {
    let location = format!("/api/v1/customers/{}/contact-points/{id}", customer.id);
    Ok(Effect::created(id, location, customer.version, of(&customer, id)?))
}

fn of(customer: &CustomerView, id: ContactId) -> Result<ContactView, Failure> {
    customer.contact_points.iter().find(|c| c.id == id).cloned().ok_or_else(Failure::not_found)
}

/// Read a contact point
///
/// In full to the customer, masked to everybody else.
#[utoipa::path(
    operation_id = "getContactPoint",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("contactPoint" = ContactId, Path, description = "The contact point."),
    ),
    responses((status = 200, description = "The contact point.", body = ContactView)),
    extensions(("x-permission" = json!("customer:read")))
)]
#[get("/customers/{id}/contact-points/{contactPoint}")]
pub(super) async fn read(
    guard: Guard<need::CustomerRead>,
    room: Room,
    Id((id, contact)): Id<(CustomerId, ContactId)>,
) -> Answer {
    let customer = read_customer(&guard, &room, id).await?;
    Reply::ok(of(&customer, contact)?, customer.version)
}

/// Remove a contact point
///
/// `If-Match` names the customer's version.
#[utoipa::path(
    operation_id = "removeContactPoint",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("contactPoint" = ContactId, Path, description = "The contact point."),
        IfMatch
    ),
    responses((status = 204, description = "The contact point is removed.")),
    extensions(("x-permission" = json!("customer:write")))
)]
#[delete("/customers/{id}/contact-points/{contactPoint}")]
pub(super) async fn remove(
    guard: Guard<need::CustomerWrite>,
    room: Room,
    Id((id, contact)): Id<(CustomerId, ContactId)>,
    version: IfMatch,
) -> Answer {
    let customers = room.as_ref().clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| customers.remove_contact(tx, call, id, contact, version.version());
    guard.write(work).await?;
    Reply::none()
}
