//! The OpenAPI 3.1 document: collected from the routes, then finished in one place, so that no operation repeats what is
//! true of all of them: problem responses, security, common headers.
//!
//! How an operation is annotated:
//!
//! ```ignore
//! /// Read a case
//! ///
//! /// The whole case as the caller may see it.
//! #[utoipa::path(
//!     operation_id = "getCase",
//!     tag = "cases",
//!     params(("id" = CaseId, Path, description = "The case.")),
//!     responses((status = 200, description = "The case.", body = CaseView)),
//!     extensions(("x-permission" = json!("case:read")))
//! )]
//! #[get("/cases/{id}")]
//! async fn get_case(guard: Guard<need::CaseRead>, Id(id): Id<CaseId>) -> Answer { … }
//! ```
//!
//! The first line of the doc comment is the summary, the rest the description. `params(IfMatch)`, `params(IdempotencyKey)`
//! `params(T)` and `params(Page, Filter)` document the extractors `IfMatch`, [`Caller::effect`](super::Caller::effect),
//! `Query<T>` and `Listing<Filter>`; a body is `request_body = T`. Only what is not a common problem (and the success) is
//! listed under `responses`. A parameter of a handler is a name, or one name in a pattern (`Body(new)`, not `Body(_)`).

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::Code;
use crate::journal::Event;
use crate::localized::Lang;

use super::headers::API_VERSION;
use super::locale::Locale;
use super::operations::METHODS;
use super::problem::Problem;
use super::unions;
use super::{examples, parameters};

/// Where the API is mounted.
pub const BASE: &str = "/api/v1";

/// What the document says about the service.
#[derive(Debug, Clone)]
pub struct About {
    /// The name of the service.
    pub title: String,
    /// What it is, in Markdown.
    pub description: String,
    /// Whom to ask.
    pub contact: Contact,
    /// Every tag with its description, in the order of the document.
    pub tags: Vec<(String, String)>,
}

/// Whom to ask.
#[derive(Debug, Clone)]
pub struct Contact {
    /// A name of an office.
    pub name: String,
    /// Its mail address.
    pub email: String,
    /// Its page.
    pub url: String,
}

/// The whole document of the routes, the door's own included.
pub fn document(about: &About, routes: impl FnOnce(&mut ServiceConfig)) -> Value {
    let app = actix_web::App::new().into_utoipa_app().configure(|config| {
        routes(config);
        super::server::own(config);
    });
    finish(app.split_for_parts().1, about)
}

/// Finishes what was collected.
pub(super) fn finish(collected: utoipa::openapi::OpenApi, about: &About) -> Value {
    let mut document = serde_json::to_value(&collected).unwrap_or_default();
    let Some(root) = document.as_object_mut() else { return document };
    root.insert("info".into(), info(about));
    root.insert("servers".into(), json!([{ "url": BASE, "description": "Version 1." }]));
    root.insert("tags".into(), tags(about));
    let paths = root.remove("paths").unwrap_or_default();
    root.insert("paths".into(), Value::Object(relative(paths)));
    let components = root.entry("components").or_insert_with(|| json!({}));
    add_components(components);
    unions::close(&mut document);
    unions::open_parts(&mut document);
    examples::add(&mut document);
    document
}

fn info(about: &About) -> Value {
    json!({
        "title": about.title,
        "version": API_VERSION,
        "description": about.description,
        "contact": { "name": about.contact.name, "email": about.contact.email, "url": about.contact.url },
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    })
}

fn tags(about: &About) -> Value {
    let own = [
        ("operation", "Health and figures, for those who run the service."),
        ("documentation", "This document, and what its problems mean."),
    ];
    let own = own.iter().filter(|(name, _)| about.tags.iter().all(|(given, _)| given != name));
    let own = own.map(|(name, text)| json!({ "name": name, "description": text }));
    let given = about.tags.iter().map(|(name, text)| json!({ "name": name, "description": text }));
    Value::Array(given.chain(own).collect())
}

/// Paths below the base are told without it; others say that their server is the root.
fn relative(paths: Value) -> Map<String, Value> {
    let Value::Object(paths) = paths else { return Map::new() };
    let mut told = Map::new();
    for (path, mut item) in paths {
        let inside = path.strip_prefix(BASE).map(str::to_owned);
        if let Some(item) = item.as_object_mut() {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                    complete(method, &path, operation);
                }
            }
            if inside.is_none() {
                item.insert("servers".into(), json!([{ "url": "/", "description": "Outside the versions." }]));
            }
        }
        told.insert(inside.unwrap_or(path), item);
    }
    told
}

/// What is true of every operation.
fn complete(method: &str, path: &str, operation: &mut Map<String, Value>) {
    parameters::complete(method, path, operation);
    let permission = operation.get("x-permission").is_some();
    if !operation.contains_key("security") {
        operation.insert("security".into(), if permission { json!([{ "bearer": [] }]) } else { json!([]) });
    }
    let statuses = statuses(method, path, operation);
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if let Some(response) = response.as_object_mut().filter(|_| status.starts_with('2')) {
            let headers = response.entry("headers").or_insert_with(|| json!({}));
            common_headers(status, method, headers);
        }
    }
    for status in statuses {
        let reference = json!({ "$ref": format!("#/components/responses/Problem{status}") });
        responses.entry(status.to_string()).or_insert(reference);
    }
}

fn common_headers(status: &str, method: &str, headers: &mut Value) {
    let Some(headers) = headers.as_object_mut() else { return };
    let mut names = vec!["API-Version", "X-Request-Id"];
    if status == "201" {
        names.push("Location");
    }
    if method == "get" && status == "200" {
        names.push("ETag");
    }
    for name in names {
        headers.entry(name).or_insert_with(|| json!({ "$ref": format!("#/components/headers/{name}") }));
    }
}

/// Which problems an operation can answer with.
fn statuses(method: &str, path: &str, operation: &Map<String, Value>) -> Vec<u16> {
    let header = |wanted: &str| {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        parameters.into_iter().any(|p| p.get("name").and_then(Value::as_str) == Some(wanted))
    };
    let mut statuses = vec![400, 429, 431, 500, 503];
    let mut add = |when: bool, more: &[u16]| {
        if when {
            statuses.extend(more);
        }
    };
    add(operation.contains_key("x-permission"), &[401, 403]);
    add(path.contains('{'), &[404]);
    add(path.starts_with("/api/"), &[406]);
    add(operation.contains_key("requestBody"), &[408, 413, 415]);
    add(method != "get", &[409]);
    add(header("If-Match"), &[412, 428]);
    add(header("Idempotency-Key"), &[422]);
    statuses.sort_unstable();
    statuses
}

fn add_components(components: &mut Value) {
    let Some(components) = components.as_object_mut() else { return };
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    // What the facts of feed, timeline and audit are: no type of an answer has them as a field.
    Event::schemas(&mut schemas);
    schemas.push(("Event".to_owned(), Event::schema()));
    if let Some(known) = components.entry("schemas").or_insert_with(|| json!({})).as_object_mut() {
        for (name, schema) in schemas {
            known.insert(name, serde_json::to_value(schema).unwrap_or_default());
        }
    }
    let bearer = json!({
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "An access token: from a login, or from the client credentials of a system.",
    });
    components.insert("securitySchemes".into(), json!({ "bearer": bearer }));
    components.insert("headers".into(), header_components());
    components.insert("responses".into(), Value::Object(PROBLEMS.iter().map(response).collect()));
}

fn header_components() -> Value {
    let header = |text: &str, example: &str| json!({ "description": text, "schema": { "type": "string", "maxLength": 2000 }, "example": example });
    json!({
        "API-Version": header("The version of the API that answered.", API_VERSION),
        "X-Request-Id": header("The request's id, for questions about it.", "req_069hhmn5mxzkb9g3d0qk2v7r8c"),
        "Location": header("The path of what was created.", "/api/v1/cases/case_069hhmn5mxzkb9g3d0qk2v7r8c"),
        "ETag": header("The version of what is shown, for `If-Match` and `If-None-Match`.", "\"3.o3S0n9gkVZ0Yb7r1b2m8fA\""),
        "Retry-After": header("Seconds until a repetition has a chance.", "2"),
        "WWW-Authenticate": header("How to authenticate.", "Bearer realm=\"gcrm\""),
    })
}

/// The problems that operations have in common: status, the code of the example, what they mean together.
const PROBLEMS: [(Code, &str); 18] = [
    (Code::Invalid, "The request is wrong; every wrong field is listed."),
    (Code::Unauthenticated, "No token, or none that is good."),
    (Code::Forbidden, "The caller lacks the permission, or it does not reach this far."),
    (Code::NotFound, "Nothing here, or nothing the caller may know of."),
    (Code::MethodNotAllowed, "The path exists, the method does not."),
    (Code::NotAcceptable, "None of the media types in `Accept` can be answered."),
    (Code::BodyTimeout, "The body did not arrive in time."),
    (Code::Conflict, "The state of things does not allow it; the code says why."),
    (Code::Stale, "`If-Match` names an old version."),
    (Code::TooLarge, "The body is too large."),
    (Code::UnsupportedMediaType, "The body is of the wrong media type."),
    (Code::KeyReused, "The idempotency key came with another request before."),
    (Code::PreconditionRequired, "`If-Match` is required."),
    (Code::TooManyRequests, "Too many attempts, or too many open connections."),
    (Code::HeadTooLarge, "The request line and the headers are too long."),
    (Code::Internal, "A defect on our side."),
    (Code::Unavailable, "Something that is needed is away; try again."),
    (Code::BadGrant, "The request for a token is incomplete."),
];

fn response((code, description): &(Code, &str)) -> (String, Value) {
    let (title, detail) = Locale::of(Lang::En).problem(*code, &Vec::new());
    let mut example = json!({
        "type": format!("/problems/{}", code.code()), "title": title, "status": code.status(), "detail": detail,
        "instance": "/api/v1/cases", "code": code.code(), "traceId": "req_069hhmn5mxzkb9g3d0qk2v7r8c",
    });
    if let (Code::Invalid, Some(example)) = (code, example.as_object_mut()) {
        let field = json!({ "pointer": "/applicant/name", "code": "required", "detail": "This field is required." });
        example.insert("errors".into(), json!([field]));
    }
    let mut headers = json!({});
    common_headers("", "", &mut headers);
    if let Some(headers) = headers.as_object_mut() {
        let extra = match code.status() {
            401 => Some("WWW-Authenticate"),
            429 | 503 => Some("Retry-After"),
            _ => None,
        };
        headers.extend(extra.map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))));
    }
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    let content = json!({ "application/problem+json": { "schema": schema, "example": example } });
    let value = json!({ "description": description, "headers": headers, "content": content });
    (format!("Problem{}", code.status()), value)
}

/// One operation of a document, for tests that walk it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// `GET`, `POST`….
    pub method: String,
    /// The whole path, with `{parameters}`.
    pub path: String,
    /// Its id.
    pub id: String,
    /// `x-permission`, where it needs one.
    pub permission: Option<String>,
}

/// Every operation of a finished document, with its whole path.
pub fn operations(document: &Value) -> Vec<Described> {
    let mut found = Vec::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        let path = if item.get("servers").is_some() { path.clone() } else { format!("{BASE}{path}") };
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let text = |name: &str| operation.get(name).and_then(Value::as_str).map(str::to_owned);
            found.push(Described {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                id: text("operationId").unwrap_or_default(),
                permission: text("x-permission"),
            });
        }
    }
    found
}
