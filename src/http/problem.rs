//! Every failure as `application/problem+json` (RFC 9457), in the caller's language.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Failure, FieldError, Params};
use crate::localized::Lang;

use super::locale::Locale;
use super::strict::MOST_ERRORS;

/// Why a request did not succeed (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Where the kind of problem is explained: `/problems/<code>`.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", max_length = 200, example = "/problems/invalid")]
    kind: String,
    /// A short name of the kind of problem, in the caller's language.
    #[schema(max_length = 200, example = "Some fields are wrong")]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 400)]
    status: u16,
    /// What happened and what to do, in the caller's language.
    #[schema(max_length = 2000, example = "Correct the fields listed under errors and send the request again.")]
    detail: String,
    /// The path of the request.
    #[schema(format = "uri-reference", max_length = 2000, example = "/api/v1/cases")]
    instance: String,
    /// The stable code of the kind of problem.
    #[schema(max_length = 100, pattern = "^[a-z_]+$", example = "invalid")]
    code: &'static str,
    /// The request's id, for questions about it.
    #[schema(max_length = 128, example = "req_069hhmn5mxzkb9g3d0qk2v7r8c")]
    trace_id: String,
    /// Which of OAuth's problems this is (RFC 6749 §5.2); at the token endpoint only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100, example = "invalid_request")]
    error: Option<String>,
    /// Every wrong or missing part, where there are some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    errors: Vec<ProblemField>,
}

/// One wrong field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    /// JSON pointer (RFC 6901) to the field in the body, or the name of a query parameter.
    #[schema(max_length = 2000, example = "/applicant/name")]
    pointer: String,
    /// Stable code.
    #[schema(max_length = 100, example = "required")]
    code: String,
    /// What to do, in the caller's language.
    #[schema(max_length = 2000, example = "This field is required.")]
    detail: String,
}

/// Where systems get their tokens, whose libraries read `error` (RFC 6749 §5.2).
const TOKEN_ENDPOINT: &str = "/oauth/token";

/// No text that the caller wrote is told again beyond this many characters, as the schema of [`Problem`] promises.
const LONGEST: usize = 2000;

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// Which request a problem is about.
pub(super) struct About<'r> {
    pub(super) lang: Lang,
    pub(super) instance: &'r str,
    pub(super) trace: &'r str,
    /// Whether the caller sent a token.
    pub(super) token: bool,
}

/// The failure as a response.
pub(super) fn respond(failure: &Failure, about: &About<'_>) -> HttpResponse {
    let code = failure.code();
    let (params, errors) = parts(failure);
    let locale = Locale::of(about.lang);
    let (title, detail) = locale.problem(code, params);
    let errors = errors
        .iter()
        .take(MOST_ERRORS)
        .map(|e| ProblemField { pointer: cut(&e.pointer), code: e.code.clone(), detail: locale.field(about.lang, e) })
        .collect();
    let problem = Problem {
        kind: format!("/problems/{}", code.code()),
        title,
        status: code.status(),
        detail,
        instance: cut(about.instance),
        code: code.code(),
        trace_id: about.trace.to_owned(),
        error: (about.instance == TOKEN_ENDPOINT).then(|| oauth_error(failure)).flatten(),
        errors,
    };
    let mut response = HttpResponse::build(status(code));
    response.insert_header((header::CONTENT_LANGUAGE, about.lang.tag()));
    if code == Code::InvalidClient {
        response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"gcrm\", charset=\"UTF-8\""));
    } else if code.status() == 401 {
        let error = if about.token { ", error=\"invalid_token\"" } else { "" };
        response.insert_header((header::WWW_AUTHENTICATE, format!("Bearer realm=\"gcrm\"{error}")));
    }
    if let Some(seconds) = retry_after(code, params) {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    // Whoever sends too slowly, too much, or on too many connections is not listened to any longer.
    if matches!(code, Code::BodyTimeout | Code::TooLarge | Code::HeadTooLarge | Code::TooManyConnections) {
        response.force_close();
    }
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    response.content_type("application/problem+json; charset=utf-8").body(body)
}

/// What RFC 6749 §5.2 calls a refusal; nothing for those that it does not know: wait, try later.
fn oauth_error(failure: &Failure) -> Option<String> {
    let (_, errors) = parts(failure);
    match failure.code() {
        Code::InvalidClient => Some("invalid_client".to_owned()),
        Code::BadGrant => Some(errors.first().map_or_else(|| "invalid_request".to_owned(), |e| e.code.clone())),
        code => (400..=428).contains(&code.status()).then(|| "invalid_request".to_owned()),
    }
}

fn parts(failure: &Failure) -> (&Params, &[FieldError]) {
    const NONE: &Params = &Params::new();
    match failure {
        Failure::Invalid(errors) => (NONE, errors),
        Failure::Refused { params, errors, .. } => (params, errors),
        _ => (NONE, &[]),
    }
}

/// Seconds until a repetition has a chance: the parameter `retryAfter`, else a guess.
fn retry_after(code: Code, params: &Params) -> Option<String> {
    let told = params.iter().find(|(name, _)| *name == "retryAfter").map(|(_, value)| value.clone());
    match code.status() {
        429 => Some(told.unwrap_or_else(|| "1".to_owned())),
        503 => Some(told.unwrap_or_else(|| "2".to_owned())),
        _ => None,
    }
}

pub(super) fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The code of a response that actix, and no room, made.
pub(super) fn code_of(status: StatusCode) -> Code {
    match status.as_u16() {
        401 => Code::Unauthenticated,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        406 => Code::NotAcceptable,
        408 => Code::BodyTimeout,
        413 => Code::TooLarge,
        415 => Code::UnsupportedMediaType,
        429 => Code::TooManyRequests,
        431 => Code::HeadTooLarge,
        503 => Code::Unavailable,
        400..=499 => Code::MalformedParameter,
        _ => Code::Internal,
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        status(self.code())
    }

    /// For a failure that no envelope sees; the envelope renders it again with what it knows of the request.
    fn error_response(&self) -> HttpResponse {
        respond(self, &About { lang: Lang::En, instance: "", trace: "", token: false })
    }
}
