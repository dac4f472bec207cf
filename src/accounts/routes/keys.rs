//! The keys that sign tokens.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::Room;
use crate::access::{Call, Jwks};
use crate::http::{Answer, Effect, Guard, IdempotencyKey, Open, Reply, need, why};
use crate::store::Tx;

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
    params(IdempotencyKey),
    responses((status = 201, description = "The new key.", body = SigningKeyView)),
    extensions(("x-permission" = json!("key:rotate")))
)]
#[post("/signing-keys")]
pub(super) async fn rotate(guard: Guard<need::KeyRotate>, room: Room) -> Answer {
    let accounts = room.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| Ok(accounts.rotate_keys(tx, call)?.map(rotated));
    let answer = guard.effect(work, |_, _, kid| Ok(rotated(kid.to_owned()))).await?;
    guard.read(move |db, _| room.reload_keys(db)).await?;
    Ok(answer)
}

fn rotated(kid: String) -> Effect<SigningKeyView> {
    Effect::created(&kid, "/.well-known/jwks.json", None, SigningKeyView { kid: kid.clone() })
}
