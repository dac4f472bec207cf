//! Logging in, going on, logging out.

use actix_web::{delete, post};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Room;
use crate::access::Call;
use crate::accounts::model::{Login, Status};
use crate::accounts::password::{Attempt, NewPassword};
use crate::accounts::{LoginTry, Opened, Verdict};
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::http::{Answer, Body, Guard, Open, Problem, Reply, need, why};
use crate::ids::{AccountId, SessionId};
use crate::store::Tx;

/// A login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({ "login": "someone@example.org", "password": "lamp oven river glass" }))]
pub(super) struct LoginInput {
    /// The login, capitals and small letters being the same.
    #[schema(min_length = 1, max_length = 254)]
    login: String,
    /// The password.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1024)]
    password: SecretString,
    /// What an earlier login from this device was given: strangers who guess at the password cannot make this device wait.
    #[schema(max_length = 256)]
    device_token: Option<String>,
    /// Another password, which counts from now on: needed where somebody else chose the one of now. 15 to 256 characters, not
    /// guessable. Every other session of the account ends.
    #[schema(value_type = Option<String>, format = Password, min_length = 1, max_length = 1024)]
    new_password: Option<SecretString>,
}

/// A refresh.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(example = json!({ "refreshToken": "sess_069hhmn5mxzkb9g3d0qk2v7r8c.1.v1.k1234abcd.bm90IGEgdG9rZW4" }))]
pub(super) struct RefreshInput {
    /// The newest refresh token of the session.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    refresh_token: SecretString,
}

/// An open session with its tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionView {
    /// The session.
    session: SessionId,
    /// The account.
    account: AccountId,
    /// For `Authorization: Bearer`; good for some minutes.
    #[schema(max_length = 4096, example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, max_length = 6, example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token is refused.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    expires_in: i64,
    /// Good once, for the next refresh. If the answer to a refresh is lost, the same token gives the same answer for ten
    /// seconds; used later, it ends the session.
    #[schema(max_length = 256, example = "sess_069hhmn5mxzkb9g3d0qk2v7r8c.1.v1.k1234abcd.bm90IGEgdG9rZW4")]
    refresh_token: String,
    /// When the session ends, whatever happens.
    session_expires_at: Timestamp,
    /// Keep it on this device for the next login; only a login gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 256, example = "kPrK_qmxVWaYVA9wwBF6Iw.v1.k1234abcd.bm90IGEgdG9rZW4")]
    device_token: Option<String>,
}

impl From<Opened> for SessionView {
    fn from(opened: Opened) -> Self {
        Self {
            session: opened.session,
            account: opened.account,
            access_token: opened.access.token,
            token_type: "Bearer",
            expires_in: opened.access.expires_in,
            refresh_token: opened.refresh,
            session_expires_at: opened.expires_at,
            device_token: opened.device,
        }
    }
}

/// Log in
///
/// Never tells whether the login exists, the password is wrong or the account is disabled. After a few wrong passwords the
/// next try has to wait (429, `Retry-After`), ever longer up to an hour, also with the right password; a device that was
/// logged in before is not affected by others' tries if it sends its device token. A password that an administrator chose for
/// its owner opens no session: it has to be changed with the login (`newPassword`).
#[utoipa::path(
    operation_id = "logIn",
    tag = "accounts",
    request_body = LoginInput,
    responses(
        (status = 201, description = "The session and its tokens.", body = SessionView),
        (status = 401, description = "Not the credentials of an account, or a session that is over.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The password is right, and has to be changed with the login.", body = Problem, content_type = "application/problem+json")
    )
)]
#[post("/sessions")]
pub(super) async fn log_in(open: Open<why::Login>, room: Room, Body(input): Body<LoginInput>) -> Answer {
    let login = Login::parse(&input.login).map_err(|error| Failure::Invalid(vec![error]))?;
    let new = input.new_password.as_ref().map(|new| chosen(new, &input.password, &login)).transpose()?;
    let attempt = LoginTry { login, device: input.device_token, peer: open.address() };
    let (accounts, first) = (room.clone(), attempt.clone());
    let account = open.write(move |tx, call| accounts.begin_login(tx, call, &first)).await?;
    let stored = account.as_ref().map(|account| account.password.clone());
    let active = account.as_ref().is_some_and(|account| account.status == Status::Active);
    let verdict = room.hasher().verify(Attempt::new(&input.password), stored).await?;
    let new = match new {
        // For an account that may not be used nothing is worked out: the time it takes would tell of it.
        Some(new) if verdict != Verdict::Wrong && active => Some(room.hasher().hash(new).await?),
        _ => None,
    };
    let finish = move |tx: &mut Tx<'_>, call: &Call| {
        room.finish_login(tx, call, &attempt, account.as_ref(), &verdict, new.as_ref())
    };
    let opened = open.write(finish).await?.opened()?;
    Reply::created("/api/v1/sessions/current", SessionView::from(opened), None)
}

/// Judged before anything is counted, and whatever the account: what is wrong with it tells nothing of the account.
fn chosen(new: &SecretString, current: &SecretString, login: &Login) -> Result<NewPassword, Failure> {
    NewPassword::replacing(new, current, login, "/newPassword").map_err(|error| Failure::Invalid(vec![error]))
}

/// Go on with a session
///
/// Gives a new access token and a new refresh token; the one sent is used up. Whoever sends a used-up token ends the session
/// for everybody who has a part of it, since one of the two must have stolen it.
#[utoipa::path(
    operation_id = "refreshSession",
    tag = "accounts",
    request_body = RefreshInput,
    responses(
        (status = 200, description = "The session and its new tokens.", body = SessionView),
        (status = 401, description = "Not the credentials of an account, or a session that is over.", body = Problem, content_type = "application/problem+json")
    )
)]
#[post("/sessions/refresh")]
pub(super) async fn refresh(open: Open<why::Login>, room: Room, Body(input): Body<RefreshInput>) -> Answer {
    let refreshed = open.write(move |tx, call| room.refresh(tx, call, input.refresh_token.expose_secret())).await?;
    Reply::ok(SessionView::from(refreshed.opened()?), None)
}

/// Log out
///
/// Ends the session of the access token: neither it nor the refresh token is good any more.
#[utoipa::path(
    operation_id = "logOut",
    tag = "accounts",
    responses((status = 204, description = "The session is over.")),
    extensions(("x-permission" = json!("account:self")))
)]
#[delete("/sessions/current")]
pub(super) async fn log_out(guard: Guard<need::AccountSelf>, room: Room) -> Answer {
    guard.write(move |tx, call| room.log_out(tx, call)).await?;
    Reply::none()
}
