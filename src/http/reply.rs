//! What a handler answers.

use actix_web::body::BoxBody;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::Serialize;

use crate::error::Failure;

use super::page::{PageOf, Slice};

/// What a handler returns.
pub type Answer = Result<Reply, Failure>;

/// An answer: JSON with a strong `ETag`, or nothing.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    body: Option<Vec<u8>>,
    etag: Option<String>,
    location: Option<String>,
    next: Option<String>,
    replayed: bool,
    cache_seconds: Option<u32>,
}

impl Reply {
    /// 200 with a resource and, if it is mutable, its version.
    ///
    /// # Errors
    /// A view that does not serialize: a defect.
    pub fn ok(view: impl Serialize, version: impl Into<Option<i64>>) -> Answer {
        Self::json(StatusCode::OK, &view, version.into())
    }

    /// 201 with a new resource at `location` (a path).
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub fn created(location: impl Into<String>, view: impl Serialize, version: impl Into<Option<i64>>) -> Answer {
        let reply = Self::json(StatusCode::CREATED, &view, version.into())?;
        Ok(Self { location: Some(location.into()), ..reply })
    }

    /// Whether this tells again what an earlier request with the same `Idempotency-Key` did.
    pub fn is_repetition(&self) -> bool {
        self.replayed
    }

    /// 204.
    ///
    /// # Errors
    /// None; the type is that of the others.
    pub fn none() -> Answer {
        Ok(Self::empty(StatusCode::NO_CONTENT))
    }

    /// 200 with one page of a list and `Link: rel="next"` when there are more.
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub fn page<V: Serialize>(slice: Slice<V>) -> Answer {
        let page = PageOf::from(slice);
        let reply = Self::json(StatusCode::OK, &page, None)?;
        Ok(Self { next: page.next, ..reply })
    }

    /// Lets anybody keep the answer for `seconds`: only for what everybody may see.
    #[must_use]
    pub fn cached(self, seconds: u32) -> Self {
        Self { cache_seconds: Some(seconds), ..self }
    }

    pub(super) fn effect<V: Serialize>(
        status: u16,
        location: Option<String>,
        view: &V,
        version: Option<i64>,
    ) -> Answer {
        let status = StatusCode::from_u16(status).map_err(Failure::internal)?;
        let reply = Self::json(status, view, version)?;
        Ok(Self { location, ..reply })
    }

    pub(crate) fn replayed(self) -> Self {
        Self { replayed: true, ..self }
    }

    fn empty(status: StatusCode) -> Self {
        Self { status, body: None, etag: None, location: None, next: None, replayed: false, cache_seconds: None }
    }

    fn json(status: StatusCode, view: &impl Serialize, version: Option<i64>) -> Answer {
        let body = serde_json::to_vec(view).map_err(Failure::internal)?;
        let etag = Some(etag(version, &body));
        Ok(Self { body: Some(body), etag, ..Self::empty(status) })
    }
}

/// A strong validator: the version (which `If-Match` compares) and a hash of the body (which depends on caller and
/// language, too).
fn etag(version: Option<i64>, body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    let short: String = BASE64URL_NOPAD.encode(hash.as_ref()).chars().take(22).collect();
    match version {
        Some(version) => format!("\"{version}.{short}\""),
        None => format!("\"{short}\""),
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(etag) = &self.etag {
            response.insert_header((header::ETAG, etag.as_str()));
        }
        if let Some(seconds) = self.cache_seconds {
            response.insert_header((header::CACHE_CONTROL, format!("public, max-age={seconds}")));
        }
        if self.status == StatusCode::OK && self.is_known_to(request) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        self.headers(request, &mut response);
        match self.body {
            Some(body) => response.content_type("application/json; charset=utf-8").body(body),
            None => response.finish(),
        }
    }
}

impl Reply {
    fn headers(&self, request: &HttpRequest, response: &mut HttpResponseBuilder) {
        if let Some(location) = &self.location {
            response.insert_header((header::LOCATION, location.as_str()));
        }
        if let Some(next) = &self.next {
            response.insert_header((header::LINK, format!("<{}>; rel=\"next\"", next_page(request, next))));
        }
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
    }

    /// `If-None-Match` (RFC 9110 §13.1.2), weakly compared; only where reading is safe.
    fn is_known_to(&self, request: &HttpRequest) -> bool {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return false;
        }
        let Some(etag) = &self.etag else { return false };
        let known = |value: &str| {
            let value = value.trim();
            value == "*" || value.strip_prefix("W/").unwrap_or(value) == etag
        };
        request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok())
            .any(|values| values.split(',').any(known))
    }
}

/// The same request with the cursor of the next page.
fn next_page(request: &HttpRequest, cursor: &str) -> String {
    let kept = request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let query: Vec<&str> = kept.collect();
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{}?{}{separator}after={cursor}", request.path(), query.join("&"))
}
