//! Identifiers 证件 of a customer. Their version is the customer's.

use actix_web::{delete, get, post};

use super::{Room, parsed, read as read_customer};
use crate::access::Call;
use crate::customers::model::NewIdentifier;
use crate::customers::view::{CustomerView, IdentifierView};
use crate::error::Failure;
use crate::http::{Answer, Body, Effect, Guard, Id, IdempotencyKey, IfMatch, Reply, need};
use crate::ids::{CustomerId, IdentifierId};
use crate::store::{Reader, Tx};

/// Add an identifier
///
/// It is a claim until staff verify it. Whether somebody else claims or holds the same number is not told.
#[utoipa::path(
    operation_id = "addIdentifier",
    tag = "customers",
    params(("id" = CustomerId, Path, description = "The customer."), IdempotencyKey),
    request_body = NewIdentifier,
    responses((status = 201, description = "The identifier.", body = IdentifierView)),
    extensions(("x-permission" = json!("customer:write")))
)]
#[post("/customers/{id}/identifiers")]
pub(super) async fn add(
    guard: Guard<need::CustomerWrite>,
    room: Room,
    Id(id): Id<CustomerId>,
    Body(new): Body<NewIdentifier>,
) -> Answer {
    let (customers, again) = (room.as_ref().clone(), room.as_ref().clone());
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let added = customers.add_identifier(tx, call, id, &new)?;
        let effect = added.value().clone();
        let effect = created(effect.1, effect.0)?;
        Ok(added.map(|_| effect))
    };
    let render =
        move |db: &mut Reader<'_>, call: &Call, reference: &str| created(again.get(db, call, id)?, parsed(reference)?);
    guard.effect(work, render).await
}

fn created(customer: CustomerView, id: IdentifierId) -> Result<Effect<IdentifierView>, Failure> {
    let location = format!("/api/v1/customers/{}/identifiers/{id}", customer.id);
    Ok(Effect::created(id, location, customer.version, of(&customer, id)?))
}

fn of(customer: &CustomerView, id: IdentifierId) -> Result<IdentifierView, Failure> {
    customer.identifiers.iter().find(|i| i.id == id).cloned().ok_or_else(Failure::not_found)
}

/// Read an identifier
///
/// Masked, for everybody.
#[utoipa::path(
    operation_id = "getIdentifier",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("identifier" = IdentifierId, Path, description = "The identifier."),
    ),
    responses((status = 200, description = "The identifier.", body = IdentifierView)),
    extensions(("x-permission" = json!("customer:read")))
)]
#[get("/customers/{id}/identifiers/{identifier}")]
pub(super) async fn read(
    guard: Guard<need::CustomerRead>,
    room: Room,
    Id((id, identifier)): Id<(CustomerId, IdentifierId)>,
) -> Answer {
    let customer = read_customer(&guard, &room, id).await?;
    Reply::ok(of(&customer, identifier)?, customer.version)
}

/// Remove an identifier
///
/// Verified or not. `If-Match` names the customer's version.
#[utoipa::path(
    operation_id = "removeIdentifier",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("identifier" = IdentifierId, Path, description = "The identifier."),
        IfMatch
    ),
    responses((status = 204, description = "The identifier is removed.")),
    extensions(("x-permission" = json!("customer:write")))
)]
#[delete("/customers/{id}/identifiers/{identifier}")]
pub(super) async fn remove(
    guard: Guard<need::CustomerWrite>,
    room: Room,
    Id((id, identifier)): Id<(CustomerId, IdentifierId)>,
    version: IfMatch,
) -> Answer {
    let customers = room.as_ref().clone();
    let work =
        move |tx: &mut Tx<'_>, call: &Call| customers.remove_identifier(tx, call, id, identifier, version.version());
    guard.write(work).await?;
    Reply::none()
}

/// Verify an identifier
///
/// Somebody of the staff compared it with the document. One customer holds a verified number; a second is refused with
/// `identifier_taken`. `If-Match` names the customer's version.
#[utoipa::path(
    operation_id = "verifyIdentifier",
    tag = "customers",
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("identifier" = IdentifierId, Path, description = "The identifier."),
        IfMatch,
        IdempotencyKey
    ),
    responses((status = 200, description = "The identifier now.", body = IdentifierView)),
    extensions(("x-permission" = json!("customer:verify")))
)]
#[post("/customers/{id}/identifiers/{identifier}/verification")]
pub(super) async fn verify(
    guard: Guard<need::CustomerVerify>,
    room: Room,
    Id((id, identifier)): Id<(CustomerId, IdentifierId)>,
    version: IfMatch,
) -> Answer {
    let (customers, again) = (room.as_ref().clone(), room.as_ref().clone());
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let verified = customers.verify_identifier(tx, call, id, identifier, version.version())?;
        let effect = done(verified.value(), identifier)?;
        Ok(verified.map(|_| effect))
    };
    let render = move |db: &mut Reader<'_>, call: &Call, _: &str| done(&again.verified(db, call, id)?, identifier);
    guard.effect(work, render).await
}

fn done(customer: &CustomerView, id: IdentifierId) -> Result<Effect<IdentifierView>, Failure> {
    Ok(Effect::done(id, customer.version, of(customer, id)?))
}
