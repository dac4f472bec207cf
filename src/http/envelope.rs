//! What is around every request: its id, language and caller on the way in; problems, headers, figures and the access log
//! on the way out, even when a handler panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::FutureExt;

use crate::access::{Actor, Principal};
use crate::error::{Code, Failure};
use crate::localized::Lang;

use super::connections::Place;
use super::door::Door;
use super::headers::RequestId;
use super::held::Held;
use super::operations::Operations;
use super::{headers, problem};

/// What the envelope found out about a request.
pub(super) struct Context {
    pub(super) request_id: RequestId,
    pub(super) lang: Lang,
    /// The caller, or why the token is no good; none without a token.
    pub(super) identity: Option<Result<Arc<Actor>, Failure>>,
}

/// What is kept to tell of a request after it is gone.
struct Trail {
    door: Door,
    request_id: RequestId,
    lang: Lang,
    path: String,
    method: Method,
    token: bool,
    /// The body, where one was announced.
    held: Option<Held>,
    started: Instant,
}

/// The outermost layer.
pub(super) async fn envelope(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(door) = request.app_data::<web::Data<Door>>().map(|data| data.get_ref().clone()) else {
        return Err(Failure::internal("an app without a door").into());
    };
    let trail = Trail::of(&mut request, door);
    if let Err(failure) = admit(&request, &trail) {
        let response = trail.problem(&failure);
        return Ok(trail.end(request.into_response(response)));
    }
    let identity = identify(request.headers(), &trail.door).await;
    let context = Context { request_id: trail.request_id.clone(), lang: trail.lang, identity };
    request.extensions_mut().insert(context);
    if request.method() == Method::HEAD {
        // Answered as GET; the server sends no body to a HEAD.
        request.head_mut().method = Method::GET;
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => Ok(trail.end(trail.render(response.map_into_boxed_body()))),
        Ok(Err(error)) => Err(trail.broken(&failure_of(&error))),
        // The panic hook has logged where; what it said may quote the request.
        Err(_) => Err(trail.broken(&Failure::internal("a handler panicked"))),
    }
}

/// What is refused before anything else is looked at.
fn admit(request: &ServiceRequest, trail: &Trail) -> Result<(), Failure> {
    if request.conn_data::<Place>() == Some(&Place::Beyond) {
        return Err(Failure::refused(Code::TooManyConnections));
    }
    let most = trail.door.limits().head_bytes;
    if headers::length(request.head()) > most {
        let kibibytes = most.div_euclid(1024).to_string();
        return Err(Failure::refused_with(Code::HeadTooLarge, vec![("kibibytes", kibibytes)]));
    }
    let plain = headers::percent_decode(trail.path.as_bytes()).filter(|path| !path.chars().any(char::is_control));
    if plain.is_none() {
        return Err(Failure::not_found());
    }
    let json = ["application/json", "application/problem+json"];
    if trail.path.starts_with("/api/") && !headers::accepts(request.headers(), &json) {
        return Err(Failure::refused_with(Code::NotAcceptable, vec![("offered", json.join(", "))]));
    }
    Ok(())
}

async fn identify(headers: &HeaderMap, door: &Door) -> Option<Result<Arc<Actor>, Failure>> {
    let refused = || Some(Err(Failure::refused(Code::Unauthenticated)));
    let mut values = headers.get_all(header::AUTHORIZATION);
    let value = values.next()?;
    let Ok(text) = value.to_str() else { return refused() };
    let Some((scheme, token)) = text.split_once(' ') else { return refused() };
    // Twice is ambiguous, and nobody's token is 8 KiB long.
    if values.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > 8192 {
        return refused();
    }
    Some(door.0.authenticate.authenticate(token).await)
}

impl Trail {
    fn of(request: &mut ServiceRequest, door: Door) -> Self {
        let held = Held::take(request);
        let headers = request.headers();
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self {
            lang: wanted.map_or(door.0.lang, |wanted| Lang::negotiate(wanted, door.0.lang)),
            request_id: headers::request_id(headers),
            path: request.path().to_owned(),
            method: request.method().clone(),
            token: headers.contains_key(header::AUTHORIZATION),
            held,
            started: Instant::now(),
            door,
        }
    }

    fn problem(&self, failure: &Failure) -> HttpResponse {
        let code = failure.code();
        let request_id = self.request_id.as_str();
        match code.status() {
            500.. => tracing::error!(request_id, path = self.path, %failure, "failed"),
            _ => tracing::debug!(request_id, path = self.path, %failure, "refused"),
        }
        let about = problem::About { lang: self.lang, instance: &self.path, trace: request_id, token: self.token };
        problem::respond(failure, &about)
    }

    /// Turns every failure, ours or actix's, into a problem.
    fn render(&self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        let failure = match response.response().error() {
            Some(error) => failure_of(error),
            None if is_problem(response.headers()) => return response,
            None => failure_with(status),
        };
        if matches!(failure.code().status(), 401 | 403) {
            self.count(response.request(), failure.code());
        }
        let allow = response.headers().get(header::ALLOW).cloned();
        let mut rendered = self.problem(&failure);
        if let Some(allow) = allow {
            rendered.headers_mut().insert(header::ALLOW, allow);
        }
        response.into_response(rendered)
    }

    /// Counts a refusal, whoever refused: a guard, or a room for a row out of reach.
    fn count(&self, request: &HttpRequest, code: Code) {
        let principal = match request.extensions().get::<Context>().and_then(|context| context.identity.as_ref()) {
            Some(Ok(actor)) => actor.principal(),
            _ => Principal::Anonymous,
        };
        self.door.0.refusals.count(request, &self.door.0.clock, &principal.to_string(), code);
    }

    /// Headers, figures, and one line in the access log.
    fn end(&self, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        headers::dress(response.headers_mut(), self.request_id.as_str(), &self.path);
        let operations = response.request().app_data::<web::Data<Operations>>();
        let operation = operations.and_then(|table| table.name(response.request())).unwrap_or("unmatched").to_owned();
        self.log(response.status(), &operation);
        match &self.held {
            Some(held) => response.map_body(|_, body| held.until_sent(body)),
            None => response,
        }
    }

    /// An answer where no request is left to answer to.
    fn broken(&self, failure: &Failure) -> Error {
        let mut response = self.problem(failure);
        response.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
        headers::dress(response.headers_mut(), self.request_id.as_str(), &self.path);
        self.log(response.status(), "unmatched");
        if let Some(held) = &self.held {
            response = response.map_body(|_, body| held.until_sent(body));
        }
        Broken(std::cell::RefCell::new(Some(response)), failure.code()).into()
    }

    fn log(&self, status: StatusCode, operation: &str) {
        let elapsed = self.started.elapsed();
        self.door.0.metrics.request(operation, status.as_u16(), elapsed);
        tracing::info!(
            target: "gcrm::access",
            request_id = self.request_id.as_str(),
            method = %self.method,
            operation,
            status = status.as_u16(),
            micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

/// A whole response as an error: after a panic there is no request to make a service response with.
struct Broken(std::cell::RefCell<Option<HttpResponse>>, Code);

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1.code())
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1.code())
    }
}

impl ResponseError for Broken {
    fn status_code(&self) -> StatusCode {
        problem::status(self.1)
    }
    fn error_response(&self) -> HttpResponse {
        self.0.borrow_mut().take().unwrap_or_else(|| Failure::refused(self.1).error_response())
    }
}

fn failure_of(error: &Error) -> Failure {
    match error.as_error::<Failure>() {
        Some(failure) => failure.clone(),
        None => failure_with(error.as_response_error().status_code()),
    }
}

fn failure_with(status: StatusCode) -> Failure {
    match problem::code_of(status) {
        Code::Internal => Failure::Internal(format!("a response with status {status} and no failure")),
        code => Failure::refused(code),
    }
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"))
}
