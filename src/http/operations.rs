//! The operations that the OpenAPI document names: for 405 with `Allow`, for refusing undocumented query parameters, and
//! for the names in figures and logs.

use std::collections::HashMap;

use actix_web::dev::ResourceDef;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::error::{Code, Failure};

use super::openapi::BASE;

/// The methods that a path of an OpenAPI document can have.
pub(super) const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// What is known of one operation.
struct Operation {
    name: String,
    takes_query: bool,
}

/// All operations of the document.
#[derive(Default)]
pub(super) struct Operations {
    paths: Vec<(ResourceDef, Vec<&'static str>)>,
    by_route: HashMap<String, Operation>,
}

impl Operations {
    pub(super) fn of(document: &Value) -> Self {
        let mut operations = Self::default();
        for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let path = &if item.get("servers").is_some() { path.clone() } else { format!("{BASE}{path}") };
            let found: Vec<_> = METHODS.iter().filter(|method| item.get(**method).is_some()).copied().collect();
            for method in &found {
                let operation = item.get(*method).unwrap_or(&Value::Null);
                operations.by_route.insert(key(method, path), Operation::of(operation));
            }
            operations.paths.push((ResourceDef::new(path.as_str()), found));
        }
        operations
    }

    /// The operation's id.
    pub(super) fn name(&self, request: &HttpRequest) -> Option<&str> {
        self.find(request).map(|operation| operation.name.as_str())
    }

    /// Whether the operation has query parameters; one that is not documented answers for itself.
    pub(super) fn takes_query(&self, request: &HttpRequest) -> bool {
        self.find(request).is_none_or(|operation| operation.takes_query)
    }

    fn find(&self, request: &HttpRequest) -> Option<&Operation> {
        self.by_route.get(&key(request.method().as_str(), &request.match_pattern()?))
    }

    /// The methods of the paths that match, as `Allow` lists them; empty when there is no such path.
    fn allowed(&self, path: &str) -> String {
        let matching = self.paths.iter().filter(|(pattern, _)| pattern.is_match(path)).flat_map(|(_, methods)| methods);
        let mut names: Vec<String> = matching.map(|method| method.to_ascii_uppercase()).collect();
        if names.is_empty() {
            return String::new();
        }
        if names.iter().any(|name| name == "GET") {
            names.push("HEAD".to_owned());
        }
        names.push("OPTIONS".to_owned());
        names.sort();
        names.dedup();
        names.join(", ")
    }
}

impl Operation {
    fn of(operation: &Value) -> Self {
        let name = operation.get("operationId").and_then(Value::as_str).unwrap_or("unnamed").to_owned();
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let takes_query = parameters.into_iter().any(|p| p.get("in").and_then(Value::as_str) == Some("query"));
        Self { name, takes_query }
    }
}

fn key(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_ascii_uppercase())
}

/// What answers when no route does: 404, 405 with `Allow`, or 204 with `Allow` to OPTIONS.
pub(super) async fn unmatched(
    request: HttpRequest,
    operations: web::Data<Operations>,
) -> Result<HttpResponse, Failure> {
    let allowed = operations.allowed(request.path());
    if allowed.is_empty() {
        return Err(Failure::not_found());
    }
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish());
    }
    let refused = Failure::refused_with(Code::MethodNotAllowed, vec![("allowed", allowed.clone())]);
    let mut response = HttpResponse::from_error(refused);
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_str(&allowed).map_err(Failure::internal)?);
    Ok(response)
}
