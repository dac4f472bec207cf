//! The keys that sign tokens.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::Room;
use crate::access::Jwks;
use crate::http::{Answer, Guard, Open, Reply, need, why};

/// The public keys that verify tokens
///
/// A JSON Web Key Set (RFC 7517) with the current key and those whose tokens may still be good. Fetch it again when a token
/// names a key that is not in it.
#[utoipa::path(
    operation_id = "getJwks",
    tag = "accounts",
    responses((status = 200, description = "The keys.", body = Jwks))
)]
#[get("/.well-known/jwks.json")]
pub(super) async fn jwks(open: Open<why::Keys>, room: Room) -> Answer {
    let jwks = room.tokens().keys().jwks(open.call().now);
    Ok(Reply::ok(jwks, None)?.cached(60))
}

/// A new signing key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SigningKeyView {
    /// Its id: the RFC 7638 thumbprint.
    #[schema(max_length = 43, example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
}

/// Replace the key that signs tokens
///
/// Tokens signed with the old one stay good until they expire.
#[utoipa::path(
    operation_id = "rotateSigningKey",
    tag = "accounts",
    responses((status = 201, description = "The new key.", body = SigningKeyView)),
    extensions(("x-permission" = json!("key:rotate")))
)]
#[post("/signing-keys")]
pub(super) async fn rotate(guard: Guard<need::KeyRotate>, room: Room) -> Answer {
    let accounts = room.clone();
    let kid = guard.write(move |tx, call| accounts.rotate_keys(tx, call)).await?;
    guard.read(move |db, _| room.reload_keys(db)).await?;
    Reply::created("/.well-known/jwks.json", SigningKeyView { kid }, None)
}
