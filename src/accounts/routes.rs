//! The room over HTTP.
//!
//! Whatever makes something takes an `Idempotency-Key`; of a body with a password only a keyed digest is kept with it. A
//! login, a refresh and a token take none: a repeated one gives other tokens, and tokens are not kept.

mod citizens;
mod clients;
mod keys;
mod oauth;
mod sessions;
mod staff;
mod views;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Accounts;

/// The room, for the handlers.
type Room = web::Data<Accounts>;

/// What is below `/api/v1`, by who calls it. The handlers want `web::Data<Accounts>`.
pub fn routes(config: &mut ServiceConfig) {
    // Everybody who logs in.
    config.service(citizens::register);
    config.service(sessions::log_in).service(sessions::refresh).service(sessions::log_out);
    config.service(citizens::me).service(citizens::change_password);
    // Administrators.
    config.service(staff::create).service(staff::list).service(staff::read).service(staff::set_status);
    config.service(staff::grant).service(staff::revoke).service(staff::roles);
    config.service(clients::create).service(clients::list).service(clients::read);
    config.service(clients::approve).service(clients::rotate_secret).service(clients::disable);
    config.service(keys::rotate);
}

/// What is outside the versions: `/oauth/token` and `/.well-known/jwks.json`.
pub fn root_routes(config: &mut ServiceConfig) {
    config.service(oauth::token).service(keys::jwks);
}
