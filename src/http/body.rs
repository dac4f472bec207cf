//! JSON bodies: read within bounds, strictly, and with every field error at once.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{Code, Failure, FieldError};
use crate::localized::Lang;

use super::envelope::Context;
use super::guard::door;
use super::{media, query, reply, schema, strict};

/// A JSON body. What the published schema of `T` forbids is refused, all of it at once; `T` must deny unknown fields
/// (`#[serde(deny_unknown_fields)]`), which also puts `additionalProperties: false` into the schema.
///
/// Takes `application/json`, and `application/merge-patch+json` (RFC 7396) with PATCH.
pub struct Body<T>(pub T);

/// SHA-256 of the body as it came, for the fingerprint of an idempotent request.
pub(super) struct BodyDigest(pub(super) String);

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { body(&request, payload).await.map(Self) })
    }
}

/// A JSON body as [`Body`], with the field errors of its schema still to be told, so that a room that finds more of them
/// tells all at once.
pub struct Noted<T> {
    body: T,
    errors: Vec<FieldError>,
}

impl<T> Noted<T> {
    /// The body, if its schema takes it; else `more` is asked what else is wrong with what can be read of it.
    ///
    /// # Errors
    /// 400 with the errors of the schema and those of `more` about other fields.
    pub fn or_more(self, more: impl FnOnce(&T) -> Result<(), Failure>) -> Result<T, Failure> {
        let Self { body, mut errors } = self;
        if errors.is_empty() {
            return Ok(body);
        }
        if let Err(Failure::Invalid(more)) = more(&body) {
            let new = |e: &FieldError| errors.iter().all(|told| told.pointer != e.pointer);
            let more: Vec<_> = more.into_iter().filter(new).collect();
            errors.extend(more);
        }
        Err(Failure::Invalid(errors))
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Noted<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { noted(&request, payload).await })
    }
}

async fn body<T: DeserializeOwned + ToSchema + 'static>(request: &HttpRequest, payload: Payload) -> Result<T, Failure> {
    let (bytes, value, lang) = read(request, payload).await?;
    schema::check::<T>(&value, lang)?;
    parsed(&bytes, &value)
}

async fn noted<T: DeserializeOwned + ToSchema + 'static>(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Noted<T>, Failure> {
    let (bytes, value, lang) = read(request, payload).await?;
    let errors = match schema::check::<T>(&value, lang) {
        Ok(()) => return parsed(&bytes, &value).map(|body| Noted { body, errors: Vec::new() }),
        Err(Failure::Invalid(errors)) => errors,
        Err(failure) => return Err(failure),
    };
    match schema::readable(value, &errors).and_then(|value| T::deserialize(&value).ok()) {
        Some(body) => Ok(Noted { body, errors }),
        None => Err(Failure::Invalid(errors)),
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8], value: &Value) -> Result<T, Failure> {
    T::deserialize(value).map_err(|error| schema::unread(bytes, &error, serde_json::from_slice::<T>(bytes).err()))
}

/// The body's bytes, what they say, and the caller's language.
async fn read(request: &HttpRequest, payload: Payload) -> Result<(Vec<u8>, Value, Lang), Failure> {
    let wanted: &[&str] = match request.method().as_str() {
        "PATCH" => &["application/merge-patch+json", "application/json"],
        _ => &["application/json"],
    };
    media::require(request, wanted)?;
    let limits = door(request)?.limits();
    let bytes = media::read(payload, media::length(request), limits).await?;
    request.extensions_mut().insert(BodyDigest(reply::hash(&bytes)));
    let lang = request.extensions().get::<Context>().map(|context| context.lang).unwrap_or(door(request)?.0.lang);
    let value = strict::parse(&bytes)?;
    Ok((bytes, value, lang))
}

/// A form (`application/x-www-form-urlencoded`), as OAuth wants it; fields that `T` does not name are left out. utoipa
/// documents it by itself.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            media::require(&request, &["application/x-www-form-urlencoded"])?;
            let bytes = media::read(payload, media::length(&request), door(&request)?.limits()).await?;
            let text = std::str::from_utf8(&bytes).map_err(|_| Failure::refused(Code::MalformedBody))?;
            let pairs = query::pairs(text).map_err(|failure| match failure {
                Failure::Invalid(_) => failure,
                _ => Failure::refused(Code::MalformedBody),
            })?;
            query::parse_form(&pairs).map(Self)
        })
    }
}
