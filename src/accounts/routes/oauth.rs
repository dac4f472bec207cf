//! Tokens for systems: client credentials (RFC 6749 §4.4), the one grant there is.

use actix_web::{HttpRequest, post};
use data_encoding::BASE64;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Room;
use crate::access::{Permission, parse_scope, scope_text};
use crate::accounts::ClientTry;
use crate::error::{Code, Failure, FieldError};
use crate::http::{Answer, Form, Open, Problem, Reply, why};

/// A request for a token. The names are those of the standard.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "grant_type": "client_credentials", "client_id": "client_069hhmn5mxzkb9g3d0qk2v7r8c",
    "client_secret": "gcrm_secret_wFT5yVhJ4mGg3nM0bq1s8o2k6d9x7c5v3z1l0p8i6u4", "scope": "case:create case:read"
}))]
pub(super) struct TokenRequest {
    /// `client_credentials`.
    #[schema(max_length = 64)]
    grant_type: Option<String>,
    /// The system's id; absent with HTTP Basic.
    #[schema(max_length = 64)]
    client_id: Option<String>,
    /// Its secret; absent with HTTP Basic.
    #[schema(value_type = Option<String>, format = Password, max_length = 128)]
    client_secret: Option<SecretString>,
    /// Scopes with single spaces between; all the system has if absent.
    #[schema(max_length = 2000)]
    scope: Option<String>,
}

/// A token, as RFC 6749 §5.1 writes it.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenView {
    /// For `Authorization: Bearer`.
    #[schema(max_length = 4096, example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, max_length = 6, example = "Bearer")]
    token_type: &'static str,
    /// Seconds until it is refused.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    expires_in: i64,
    /// What it is good for.
    #[schema(max_length = 2000, example = "case:create case:read")]
    scope: String,
}

/// Get a token for a system
///
/// OAuth 2.0 client credentials, with id and secret in the form or as HTTP Basic. Refusals are problems like everywhere else,
/// and name the standard's code (RFC 6749 §5.2) in `error`: 401 `invalid_client`; 400 `invalid_request`,
/// `unsupported_grant_type` and `invalid_scope`. There is no refresh token: ask again.
#[utoipa::path(
    operation_id = "getClientToken",
    tag = "clients",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token.", body = TokenView),
        (status = 401, description = "No such system, or not its secret.", body = Problem, content_type = "application/problem+json")
    )
)]
#[post("/oauth/token")]
pub(super) async fn token(
    open: Open<why::Login>,
    room: Room,
    request: HttpRequest,
    Form(form): Form<TokenRequest>,
) -> Answer {
    let attempt = ClientTry { peer: open.address(), ..attempt(&request, form)? };
    let outcome = open.write(move |tx, call| room.client_token(tx, call, &attempt)).await?;
    let (issued, scopes) = outcome?;
    let view = TokenView {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: issued.expires_in,
        scope: scope_text(&scopes),
    };
    Reply::ok(view, None)
}

fn attempt(request: &HttpRequest, form: TokenRequest) -> Result<ClientTry, Failure> {
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        None | Some("") => return Err(bad("/grant_type", "invalid_request", "say which grant_type")),
        Some(_) => return Err(bad("/grant_type", "unsupported_grant_type", "grant_type must be client_credentials")),
    }
    let scopes = form.scope.as_deref().map(scopes).transpose()?;
    let basic = basic(request)?;
    let both = || bad("/client_id", "invalid_request", "give the credentials once: in the form, or as HTTP Basic");
    let missing = || bad("/client_id", "invalid_request", "give client_id and client_secret, or HTTP Basic");
    let (id, secret) = match (basic, form.client_id, form.client_secret) {
        (Some((id, secret)), named, None) if named.as_ref().is_none_or(|named| *named == id) => (id, secret),
        (Some(_), _, _) => return Err(both()),
        (None, Some(id), Some(secret)) => (id, secret),
        (None, _, _) => return Err(missing()),
    };
    Ok(ClientTry { id, secret, scopes, peer: None })
}

fn scopes(text: &str) -> Result<Vec<Permission>, Failure> {
    let known = parse_scope(text).filter(|scopes| !scopes.is_empty());
    known.ok_or_else(|| bad("/scope", "invalid_scope", "give scopes of this system, with single spaces between"))
}

/// Id and secret of `Authorization: Basic` (RFC 6749 §2.3.1); none when another scheme or no header came.
fn basic(request: &HttpRequest) -> Result<Option<(String, SecretString)>, Failure> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let Some((scheme, encoded)) = header.and_then(|value| value.split_once(' ')) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let malformed = || Failure::refused(Code::InvalidClient);
    let bytes = BASE64.decode(encoded.trim().as_bytes()).map_err(|_| malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    // Neither ids nor secrets of ours have a character that form encoding would change.
    Ok(Some((id.to_owned(), secret.to_owned().into())))
}

fn bad(pointer: &str, code: &str, detail: &str) -> Failure {
    let errors = vec![FieldError::new(pointer, code, detail)];
    Failure::Refused { code: Code::BadGrant, params: Vec::new(), errors }
}
