//! Routes behind the real door, and callers whose rights come from the roles that the program is delivered with.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service};
use futures_util::future::LocalBoxFuture;
use gcrm::access::{Actor, Authenticate, Bearer, DepartmentTree, Roles};
use gcrm::clock::Clock;
use gcrm::error::{Code, Failure};
use gcrm::http::{self, About, Contact, Door, Lag, Limits, Setup};
use gcrm::localized::Lang;
use gcrm::seal::Keyring;
use gcrm::store::Store;
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;

/// One service, one ring of keys, however many doors: a repeated request is known by a keyed digest.
static KEYS: LazyLock<Arc<Keyring>> = LazyLock::new(|| Arc::new(Keyring::generate().unwrap()));

/// Knows callers by made-up tokens.
#[derive(Clone, Default)]
pub struct Callers(Arc<Mutex<HashMap<String, Arc<Actor>>>>);

impl Callers {
    /// A token for a bearer, with the rights that the delivered roles give.
    pub fn token(&self, bearer: &Bearer, tree: &dyn DepartmentTree) -> String {
        let actor = Roles::embedded().unwrap().actor(bearer, tree);
        let mut known = self.0.lock().unwrap();
        let token = format!("token-{}", known.len());
        known.insert(token.clone(), Arc::new(actor));
        token
    }
}

impl Authenticate for Callers {
    fn authenticate<'a>(&'a self, bearer: &'a str) -> LocalBoxFuture<'a, Result<Arc<Actor>, Failure>> {
        let known = self.0.lock().unwrap().get(bearer).cloned();
        Box::pin(async move { known.ok_or_else(|| Failure::refused(Code::Unauthenticated)) })
    }
}

/// A door before a store.
pub fn door(store: &Store, callers: &Callers, clock: Clock) -> Door {
    let about = About {
        title: "test".to_owned(),
        description: "test".to_owned(),
        contact: Contact {
            name: "test".to_owned(),
            email: "test@example.org".to_owned(),
            url: "https://example.org".to_owned(),
        },
        tags: Vec::new(),
    };
    Door::new(Setup {
        store: store.clone(),
        clock,
        authenticate: Arc::new(callers.clone()),
        keys: KEYS.clone(),
        lag: Arc::new(|_| Ok(Lag { rows: 0, oldest_seconds: 0 })),
        limits: Limits::default(),
        lang: Lang::En,
        about,
    })
    .unwrap()
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: actix_web::http::header::HeaderMap,
    pub body: Value,
}

impl Got {
    /// A header as text; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status and problem code.
    pub fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }
}

/// Sends one request to routes behind a door.
pub async fn send(door: &Door, routes: impl FnOnce(&mut ServiceConfig) + 'static, request: TestRequest) -> Got {
    let service = init_service(http::app(door, routes)).await;
    let response: ServiceResponse<_> = service.call(request.to_request()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = to_bytes(response.into_body().boxed()).await.unwrap();
    Got { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}
