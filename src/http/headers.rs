//! Headers in and out: request id, reason, and what every answer carries.

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::error::{Code, Failure};
use crate::ids;
use crate::seal::Keyring;

use super::strict::is_plain;

/// The version of the API, told with every answer: major.minor.patch.
pub(super) const API_VERSION: &str = "1.0.0";

/// The name of the request id, in and out.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// A request's id, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestId {
    /// Made here: stands in the journal as it is.
    Ours(String),
    /// The caller's: told in the answer and the log, which are forgotten, and never in the journal, which is not. Nobody puts
    /// a name there.
    Callers(String),
}

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        let (Self::Ours(id) | Self::Callers(id)) = self;
        id
    }

    /// As the journal knows it: of a caller's id a keyed digest, by which its rows are found again.
    pub(super) fn in_journal(&self, keys: &Keyring) -> String {
        match self {
            Self::Ours(id) => id.clone(),
            Self::Callers(id) => keys.digest("request-id", id),
        }
    }
}

/// How long the head of a request is, in bytes, as it came or nearly so: the request line and every header.
pub(super) fn length(head: &RequestHead) -> usize {
    // "HTTP/1.1" with its spaces and line ends; then ": " and a line end with each header.
    let line = head.method.as_str().len().saturating_add(head.uri.path_and_query().map_or(0, |p| p.as_str().len()));
    let headers = head.headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()));
    headers.fold(line.saturating_add(14), |sum, one| sum.saturating_add(one).saturating_add(4))
}

/// The caller's request id if it is 1 to 100 letters, digits, `.`, `_`, `-`; a new one otherwise.
pub(super) fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let good = |text: &&str| {
        (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
    };
    match given.filter(good) {
        Some(id) => RequestId::Callers(id.to_owned()),
        None => RequestId::Ours(ids::encode("req", ids::fresh())),
    }
}

/// The reason for a read or an act, `X-Reason`: 4 to 500 characters, percent-encoded UTF-8 allowed.
pub(super) fn reason(request: &HttpRequest) -> Result<Option<String>, Failure> {
    let Some(value) = request.headers().get("x-reason") else { return Ok(None) };
    let bad = || Failure::refused(Code::ReasonRequired);
    let reason = percent_decode(value.as_bytes()).ok_or_else(bad)?;
    let reason = reason.trim();
    if (4..=500).contains(&reason.chars().count()) && is_plain(reason) {
        Ok(Some(reason.to_owned()))
    } else {
        Err(bad())
    }
}

/// Decodes `%XX`; none when what comes out is not UTF-8 or an escape is broken.
pub(super) fn percent_decode(bytes: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            out.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        let upper = data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?;
        out.extend_from_slice(&upper);
        rest = tail;
    }
    String::from_utf8(out).ok()
}

/// What every answer carries. Nobody frames us, nobody guesses types, nobody keeps what is not declared public.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("api-version", API_VERSION),
    ("vary", "Accept, Accept-Language, Authorization"),
];

/// The pages of the documentation run their own scripts and styles, and nothing from elsewhere.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What an answer carries unless it says otherwise.
const UNLESS: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
];

/// Puts the headers on an answer.
pub(super) fn dress(headers: &mut HeaderMap, request_id: &str, path: &str) {
    if path.starts_with("/docs/") {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    }
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS {
        if !headers.contains_key(*name) {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), value);
    }
}

/// Whether `Accept` allows any of the media types; a header that does not read allows all.
pub(super) fn accepts(headers: &HeaderMap, offered: &[&str]) -> bool {
    let values: Vec<&str> = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok()).collect();
    let ranges: Vec<&str> =
        values.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|r| !r.is_empty()).collect();
    ranges.is_empty() || ranges.iter().any(|range| offered.iter().any(|offer| covers(range, offer)))
}

fn covers(range: &str, offer: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|p| matches!(p.split_once('='), Some(("q" | "Q", q)) if q.parse() == Ok(0.0_f32)));
    let family = offer.split('/').next().unwrap_or_default();
    !refused && (essence == "*/*" || essence == offer || essence == format!("{family}/*"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_request_id_is_kept_only_if_it_is_harmless() {
        let id =
            |value: &str| request_id(TestRequest::get().insert_header((REQUEST_ID, value)).to_http_request().headers());
        assert_eq!(id("abc-1.2_3"), RequestId::Callers("abc-1.2_3".to_owned()));
        for bad in ["", "a b", "汉", "<script>", &"x".repeat(101)] {
            let value = HeaderValue::from_bytes(bad.as_bytes()).unwrap();
            let request = TestRequest::get().append_header((REQUEST_ID, value)).to_http_request();
            let RequestId::Ours(id) = request_id(request.headers()) else { panic!("{bad}") };
            assert!(id.starts_with("req_"));
        }
    }

    #[test]
    fn the_journal_knows_a_callers_request_by_a_digest_of_no_more_than_100_characters() {
        let keys = Keyring::generate().unwrap();
        let callers = RequestId::Callers("110101190001010014".to_owned());
        let known = callers.in_journal(&keys);
        assert!(!known.contains("1101") && known.len() <= 100 && known == callers.in_journal(&keys), "{known}");
        let ours = RequestId::Ours("req_1".to_owned());
        assert_eq!((ours.in_journal(&keys), ours.as_str()), ("req_1".to_owned(), "req_1"));
    }

    #[test]
    fn a_reason_is_words() {
        let of = |value: &str| reason(&TestRequest::get().insert_header(("x-reason", value)).to_http_request());
        assert_eq!(of("%E6%8A%95%E8%AF%89%E6%A0%B8%E6%9F%A5").unwrap().as_deref(), Some("投诉核查"));
        assert_eq!(of("complaint 12").unwrap().as_deref(), Some("complaint 12"));
        for bad in ["abc", "   a   ", "%E6%8A", "100%", "abcd%00", &"x".repeat(501)] {
            assert_eq!(of(bad), Err(Failure::refused(Code::ReasonRequired)), "{bad}");
        }
        assert_eq!(reason(&TestRequest::get().to_http_request()), Ok(None));
    }

    #[test]
    fn accept_is_honoured() {
        let ok = |value: &str| {
            let request = TestRequest::get().insert_header((header::ACCEPT, value)).to_http_request();
            accepts(request.headers(), &["application/json", "application/problem+json"])
        };
        assert!(ok("*/*") && ok("application/*;q=0.1") && ok("text/html, application/json;q=0.5") && ok(""));
        assert!(!ok("text/html") && !ok("application/json;q=0") && !ok("application/xml, text/*"));
    }
}
