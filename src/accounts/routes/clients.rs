//! Systems, for administrators.

use actix_web::{delete, get, post, put};

use super::Room;
use super::views::{Approved, ClientApproval, ClientRegistration, ClientSecretView, ClientView};
use crate::access::{Call, Permission};
use crate::accounts::clients::{NewClient, Secret};
use crate::accounts::model::Client;
use crate::error::Failure;
use crate::http::{
    Answer, Body, Cursor, Effect, Guard, Id, IdempotencyKey, IfMatch, PageOf, Reply, Uncounted, UncountedPage, need,
};
use crate::ids::ClientId;
use crate::store::{Reader, Tx};

/// The name of the list in its cursors.
const LIST: &str = "clients";

fn told(client: Client, secret: Option<&Secret>) -> ClientSecretView {
    ClientSecretView { client: ClientView::from(client), secret: secret.map(|s| s.expose().to_owned()) }
}

fn created(client: Client, secret: Option<&Secret>) -> Effect<ClientSecretView> {
    let (id, version) = (client.id, client.version);
    Effect::created(id, format!("/api/v1/clients/{id}"), version, told(client, secret))
}

/// Register a system
///
/// Its secret is told in this answer and never again. A system is bound to an agency and reaches that agency's departments
/// only. It is `pending`, and given no token, until a security administrator who did not register it approves it.
#[utoipa::path(
    operation_id = "registerClient",
    tag = "clients",
    params(IdempotencyKey),
    request_body = ClientRegistration,
    responses((status = 201, description = "The system and its secret.", body = ClientSecretView)),
    extensions(("x-permission" = json!("client:manage")))
)]
#[post("/clients")]
pub(super) async fn create(
    guard: Guard<need::ClientManage>,
    room: Room,
    Body(input): Body<ClientRegistration>,
) -> Answer {
    let again = room.clone();
    let new = NewClient { name: input.name, agency: input.agency, scopes: input.scopes };
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        Ok(room.create_client(tx, call, &new)?.map(|(client, secret)| created(client, Some(&secret))))
    };
    guard
        .effect(work, move |db, call, id| {
            again.client(db, call, Permission::ClientManage, read_id(id)?).map(|c| created(c, None))
        })
        .await
}

fn read_id(reference: &str) -> Result<ClientId, Failure> {
    reference.parse().map_err(Failure::internal)
}

/// List systems
///
/// Those of the agencies within the caller's reach, in the order of their making.
#[utoipa::path(
    operation_id = "listClients",
    tag = "clients",
    params(UncountedPage),
    responses((status = 200, description = "One page.", body = PageOf<ClientView>)),
    extensions(("x-permission" = json!("client:manage")))
)]
#[get("/clients")]
pub(super) async fn list(guard: Guard<need::ClientManage>, room: Room, Uncounted(page): Uncounted) -> Answer {
    let cursor: Option<Cursor<ClientId, ClientId>> = page.after(LIST)?;
    let fetch = page.fetch();
    let rows = guard.read(move |db, call| room.clients(db, call, cursor.map(|c| c.id), fetch)).await?;
    let slice = page.cut(LIST, rows, |client| (client.id.to_string(), client.id.to_string()));
    Reply::page(slice.map(ClientView::from))
}

/// Read a system
///
/// Without its secret, which nobody can read.
#[utoipa::path(
    operation_id = "getClient",
    tag = "clients",
    params(("id" = ClientId, Path, description = "The system.")),
    responses((status = 200, description = "The system.", body = ClientView)),
    extensions(("x-permission" = json!("client:manage")))
)]
#[get("/clients/{id}")]
pub(super) async fn read(guard: Guard<need::ClientManage>, room: Room, Id(id): Id<ClientId>) -> Answer {
    let client = guard.read(move |db, call| room.client(db, call, Permission::ClientManage, id)).await?;
    let version = client.version;
    Reply::ok(ClientView::from(client), version)
}

/// Approve a system
///
/// One that waits (`pending`) may be used from now on. For administrators of the whole platform, and for no system that they
/// registered themselves (403 `second_person_required`).
#[utoipa::path(
    operation_id = "approveClient",
    tag = "clients",
    params(("id" = ClientId, Path, description = "The system."), IfMatch),
    request_body = ClientApproval,
    responses((status = 200, description = "The system now.", body = ClientView)),
    extensions(("x-permission" = json!("client:manage")))
)]
#[put("/clients/{id}/status")]
pub(super) async fn approve(
    guard: Guard<need::ClientManage>,
    room: Room,
    Id(id): Id<ClientId>,
    version: IfMatch,
    Body(input): Body<ClientApproval>,
) -> Answer {
    let ClientApproval { status: Approved::Active } = input;
    let client = guard.write(move |tx, call| room.activate_client(tx, call, id, version.version())).await?;
    let version = client.version;
    Reply::ok(ClientView::from(client), version)
}

/// Make a new secret
///
/// By whoever looks after the agency's systems. The old one is refused from now on; tokens that were issued with it last at
/// most 15 minutes more.
#[utoipa::path(
    operation_id = "rotateClientSecret",
    tag = "clients",
    params(("id" = ClientId, Path, description = "The system."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The system and its new secret.", body = ClientSecretView)),
    extensions(("x-permission" = json!("client:rotate")))
)]
#[post("/clients/{id}/secret")]
pub(super) async fn rotate_secret(
    guard: Guard<need::ClientRotate>,
    room: Room,
    Id(id): Id<ClientId>,
    version: IfMatch,
) -> Answer {
    let again = room.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let rotated = room.rotate_secret(tx, call, id, version.version())?;
        Ok(rotated.map(|(client, secret)| Effect::done(id, client.version, told(client, Some(&secret)))))
    };
    let render = move |db: &mut Reader<'_>, call: &Call, _: &str| {
        let client = again.client(db, call, Permission::ClientRotate, id)?;
        Ok(Effect::done(id, client.version, told(client, None)))
    };
    guard.effect(work, render).await
}

/// Shut a system out
///
/// For good; its tokens are refused within a second.
#[utoipa::path(
    operation_id = "disableClient",
    tag = "clients",
    params(("id" = ClientId, Path, description = "The system."), IfMatch),
    responses((status = 204, description = "The system is shut out.")),
    extensions(("x-permission" = json!("client:manage")))
)]
#[delete("/clients/{id}")]
pub(super) async fn disable(
    guard: Guard<need::ClientManage>,
    room: Room,
    Id(id): Id<ClientId>,
    version: IfMatch,
) -> Answer {
    guard.write(move |tx, call| room.disable_client(tx, call, id, version.version())).await?;
    Reply::none()
}
