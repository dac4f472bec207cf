//! Media types of bodies, and the reading of a body within its bounds.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use futures_util::StreamExt;

use crate::error::{Code, Failure};

use super::limits::Limits;

/// Refuses a body of any other media type than `wanted`, or an encoded one.
pub(super) fn require(request: &HttpRequest, wanted: &[&str]) -> Result<(), Failure> {
    let refused = || Failure::refused_with(Code::UnsupportedMediaType, vec![("wanted", wanted.join(", "))]);
    let text = |name: header::HeaderName| match request.headers().get(name) {
        None => Ok(None),
        Some(value) => value.to_str().map(Some).map_err(|_| refused()),
    };
    if text(header::CONTENT_ENCODING)?.is_some_and(|e| !e.eq_ignore_ascii_case("identity")) {
        return Err(refused());
    }
    let value = text(header::CONTENT_TYPE)?.ok_or_else(refused)?;
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if utf8 && wanted.iter().any(|w| w.eq_ignore_ascii_case(essence)) { Ok(()) } else { Err(refused()) }
}

/// Reads a whole body: not larger than the limit, not later than the deadline.
pub(super) async fn read(payload: Payload, announced: Option<usize>, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let too_large = || {
        let kibibytes = limits.body_bytes.div_euclid(1024).to_string();
        Failure::refused_with(Code::TooLarge, vec![("kibibytes", kibibytes)])
    };
    if announced.is_some_and(|length| length > limits.body_bytes) {
        return Err(too_large());
    }
    let whole = collect(payload, limits.body_bytes);
    match tokio::time::timeout(limits.body_deadline, whole).await {
        Err(_) => {
            let seconds = limits.body_deadline.as_secs().to_string();
            Err(Failure::refused_with(Code::BodyTimeout, vec![("seconds", seconds)]))
        }
        Ok(Err(PayloadError::Overflow)) => Err(too_large()),
        Ok(Err(_)) => Err(Failure::refused(Code::MalformedBody)),
        Ok(Ok(bytes)) => Ok(bytes),
    }
}

async fn collect(mut payload: Payload, limit: usize) -> Result<Vec<u8>, PayloadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk?;
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(PayloadError::Overflow);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The announced length of a body.
pub(super) fn length(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
