//! Access tokens: signed JWTs of one exact shape (RFC 9068, RFC 8725), and nothing else is one.
//!
//! The shape is checked before any signature: three parts in canonical base64url; a header of `alg`, `typ` and `kid` and
//! no other member, so that a token can bring neither a key nor a rule of its own; claims of known names and types. Time
//! is compared here and not by `jsonwebtoken`, which asks the machine's clock, and whose defaults accept a token 60
//! seconds after it expired and a week before it begins.

use std::sync::Arc;

use aws_lc_rs::rand;
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::keys::SigningKeys;
use super::permission::Permission;
use super::seen::Seen;
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, ClientId, SessionId};

/// How long an access token is good.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How far two clocks may differ, seconds.
const LEEWAY: i64 = 5;
/// No token of ours is near this; anything longer is not read at all.
const MAX_BYTES: usize = 4096;
/// RFC 9068 §2.1: so that no other kind of token is ever taken for an access token.
const TYP: &str = "at+jwt";

/// Whom a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person, in a session.
    Account {
        /// The account.
        account: AccountId,
        /// The session; the token ends with it.
        session: SessionId,
    },
    /// A system.
    Client {
        /// The client.
        client: ClientId,
        /// What it asked for.
        scopes: Vec<Permission>,
    },
}

/// A new access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// How many seconds that is from its issue.
    pub expires_in: i64,
}

/// Why a bearer token is not good. For the log: callers hear 401 and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not three parts of canonical base64url within 4 KB.
    #[error("not a compact JWS")]
    Shape,
    /// A header with other members, another algorithm or another type.
    #[error("not the header of an access token")]
    Header,
    /// A key that is not in use here (any more).
    #[error("unknown signing key")]
    UnknownKey,
    /// The signature does not belong to it.
    #[error("wrong signature")]
    Signature,
    /// Claims with other names or types, another issuer or audience, an unknown subject or scope.
    #[error("not the claims of an access token")]
    Claims,
    /// Expired, not yet good, or good for longer than we ever issue.
    #[error("not good at this time")]
    Time,
}

impl From<BadToken> for Failure {
    fn from(why: BadToken) -> Self {
        tracing::debug!(%why, "bearer token refused");
        Self::refused(Code::Unauthenticated)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Issues and verifies access tokens 访问令牌. Cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    keys: SigningKeys,
    issuer: String,
    audience: String,
    lifetime: TimeDelta,
    seen: Arc<Seen<Claims>>,
}

impl Tokens {
    /// Tokens of an issuer (its public address) for an audience (the API's), both compared letter by letter.
    pub fn new(keys: SigningKeys, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        let (issuer, audience) = (issuer.into(), audience.into());
        Self { keys, issuer, audience, lifetime: LIFETIME, seen: Arc::default() }
    }

    /// The same, with tokens that live shorter; never longer than [`LIFETIME`], which every verifier holds them to.
    #[must_use]
    pub fn lasting(self, lifetime: TimeDelta) -> Self {
        Self { lifetime: lifetime.min(LIFETIME), ..self }
    }

    /// The keys.
    pub fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    /// A token for `holder`, good from now on.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn issue(&self, holder: &Holder, now: Timestamp) -> Result<Issued, Failure> {
        let mut jti = [0; 16];
        rand::fill(&mut jti).map_err(Failure::internal)?;
        let (sub, sid, scope) = match holder {
            Holder::Account { account, session } => (account.to_string(), Some(*session), None),
            Holder::Client { client, scopes } => (client.to_string(), None, Some(scope_text(scopes))),
        };
        let iat = seconds(now);
        let exp = iat.saturating_add(self.lifetime.num_seconds());
        let jti = BASE64URL_NOPAD.encode(&jti);
        let (iss, aud) = (self.issuer.clone(), self.audience.clone());
        let claims = Claims { iss, aud, sub, sid, scope, jti, iat, nbf: iat, exp };
        let ring = self.keys.ring();
        let header =
            Header { typ: Some(TYP.to_owned()), kid: Some(ring.kid().to_owned()), ..Header::new(Algorithm::EdDSA) };
        let token = jsonwebtoken::encode(&header, &claims, &ring.encoding).map_err(Failure::internal)?;
        let expires_at = Timestamp::from_micros(exp.saturating_mul(1_000_000)).unwrap_or(now);
        Ok(Issued { token, expires_at, expires_in: self.lifetime.num_seconds() })
    }

    /// Whom a token is for, when it is one of ours and good at `now`.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Holder, BadToken> {
        let header = strict_header(token)?;
        let ring = self.keys.ring();
        let key = ring.decoding(&header.kid, now).ok_or(BadToken::UnknownKey)?;
        let decode = || jsonwebtoken::decode::<Claims>(token, key, &self.validation()).map(|data| data.claims);
        let claims = self.seen.or_else(token, decode).map_err(reason)?;
        in_time(&claims, now)?;
        holder(&claims)
    }

    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        // Compared by `in_time`, with the injected clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.leeway = 0;
        validation
    }
}

fn strict_header(token: &str) -> Result<StrictHeader, BadToken> {
    if token.len() > MAX_BYTES {
        return Err(BadToken::Shape);
    }
    let mut parts = token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()));
    let (Some(Ok(header)), Some(Ok(_)), Some(Ok(signature)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(BadToken::Shape);
    };
    let header: StrictHeader = serde_json::from_slice(&header).map_err(|_| BadToken::Header)?;
    if header.alg != "EdDSA" || header.typ != TYP {
        return Err(BadToken::Header);
    }
    if signature.len() != 64 {
        return Err(BadToken::Signature);
    }
    Ok(header)
}

fn reason(error: jsonwebtoken::errors::Error) -> BadToken {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => BadToken::Signature,
        _ => BadToken::Claims,
    }
}

fn in_time(claims: &Claims, now: Timestamp) -> Result<(), BadToken> {
    let now = seconds(now);
    let soon = now.saturating_add(LEEWAY);
    let begun = claims.nbf <= soon && claims.iat <= soon;
    let over = now >= claims.exp.saturating_add(LEEWAY);
    let longest = claims.iat.saturating_add(LIFETIME.num_seconds());
    if begun && !over && claims.exp <= longest { Ok(()) } else { Err(BadToken::Time) }
}

fn holder(claims: &Claims) -> Result<Holder, BadToken> {
    if claims.jti.is_empty() {
        return Err(BadToken::Claims);
    }
    match (claims.sid, &claims.scope) {
        (Some(session), None) => {
            let account = claims.sub.parse().map_err(|_| BadToken::Claims)?;
            Ok(Holder::Account { account, session })
        }
        (None, Some(scope)) => {
            let client = claims.sub.parse().map_err(|_| BadToken::Claims)?;
            let scopes = parse_scope(scope).ok_or(BadToken::Claims)?;
            Ok(Holder::Client { client, scopes })
        }
        _ => Err(BadToken::Claims),
    }
}

/// Scopes as RFC 6749 §3.3 writes them: codes with single spaces between.
pub fn scope_text(scopes: &[Permission]) -> String {
    scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ")
}

/// Scopes from their text; `None` when one is unknown. An empty text is no scope at all.
pub fn parse_scope(text: &str) -> Option<Vec<Permission>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(' ').map(|code| code.parse().ok()).collect()
}

fn seconds(at: Timestamp) -> i64 {
    at.utc().timestamp()
}

#[cfg(test)]
mod tests;
