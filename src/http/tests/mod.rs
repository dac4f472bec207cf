//! The door with a small resource behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::as_conversions)]

mod bodies;
mod contract;
mod idempotency;
mod notes;
mod rights;
mod taking;
mod wire;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::dev::Service;
use actix_web::test::{self, TestRequest};
use diesel::prelude::*;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use notes::routes;

use super::{About, Contact, Door, Lag, Limits, Setup, app};
use crate::access::{Actor, Authenticate, Grant, Permission, Principal, Units};
use crate::clock::Clock;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, CaseId};
use crate::localized::Lang;
use crate::seal::Keyring;
use crate::store::schema::{idempotency_keys, journal, refusals};
use crate::store::{DatabaseUrl, Db, Migrations, Options, Store};

/// Knows callers by tokens that name their permissions: `own:case:read,case:note`, `all:…`, `reason:…`.
struct Names(AccountId);

impl Authenticate for Names {
    fn authenticate<'a>(&'a self, bearer: &'a str) -> LocalBoxFuture<'a, Result<Arc<Actor>, Failure>> {
        let caller = bearer.split_once(':').and_then(|(reach, permissions)| {
            let units = if reach == "own" { Units::Some(vec![]) } else { Units::All };
            let grant = Grant { own: reach == "own", units, masked: false, reason: reach == "reason" };
            let permissions = permissions.split(',').map(str::parse::<Permission>);
            let grants: BTreeMap<_, _> =
                permissions.map(|p| Some((p.ok()?, vec![grant.clone()]))).collect::<Option<_>>()?;
            Some(Arc::new(Actor::new(Principal::Account(self.0), None, None, grants)))
        });
        let outcome = match bearer {
            "down" => Err(Failure::Unavailable("no sessions table".into())),
            _ => caller.ok_or_else(|| Failure::refused(Code::Unauthenticated)),
        };
        async move { outcome }.boxed_local()
    }
}

/// A door with a database of its own.
pub(super) struct World {
    pub(super) door: Door,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) account: AccountId,
    _folder: tempfile::TempDir,
}

pub(super) fn about() -> About {
    About {
        title: "Notes".into(),
        description: "Notes.".into(),
        contact: Contact {
            name: "Office".into(),
            email: "office@example.org".into(),
            url: "https://example.org".into(),
        },
        tags: vec![("notes".into(), "Notes.".into())],
    }
}

pub(super) fn world() -> World {
    world_with(Limits::default())
}

#[expect(clippy::disallowed_methods, reason = "which database the tests run on is told in the environment")]
pub(super) fn world_with(limits: Limits) -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::var("GCRM_TEST_DATABASE_URL").unwrap_or(format!("sqlite://{}/t.db", folder.path().display()));
    let store = Store::open(&DatabaseUrl::parse(&url).unwrap(), &Options::default()).unwrap();
    Migrations(&store).run().unwrap();
    let clock = Clock::fixed("2026-02-12T01:30:00Z".parse().unwrap());
    door_on(store, clock, limits, folder)
}

pub(super) fn door_on(store: Store, clock: Clock, limits: Limits, folder: tempfile::TempDir) -> World {
    let account = AccountId::new();
    let door = door(&store, &clock, account, Keyring::generate().unwrap(), limits);
    World { door, store, clock, account, _folder: folder }
}

fn door(store: &Store, clock: &Clock, account: AccountId, keys: Keyring, limits: Limits) -> Door {
    let setup = Setup {
        store: store.clone(),
        clock: clock.clone(),
        authenticate: Arc::new(Names(account)),
        keys: Arc::new(keys),
        lag: Arc::new(|_| Ok(Lag { rows: 3, oldest_seconds: 2 })),
        limits,
        lang: Lang::En,
        about: about(),
    };
    Door::new(setup).unwrap()
}

impl World {
    /// The service started again with these master keys.
    pub(super) fn with_keys(mut self, keys: Keyring) -> Self {
        self.door = door(&self.store, &self.clock, self.account, keys, self.door.limits().clone());
        self
    }

    /// The scopes under which an idempotency key is stored.
    pub(super) async fn scopes(&self, key: &str) -> Vec<String> {
        let key = key.to_owned();
        let scopes = move |db: &mut crate::store::Reader<'_>| {
            let rows = idempotency_keys::table.filter(idempotency_keys::key.eq(key)).select(idempotency_keys::scope);
            Ok(rows.load(db.conn()?)?)
        };
        self.store.read(scopes).await.unwrap()
    }

    pub(super) async fn service(&self) -> Wire {
        let service = Rc::new(test::init_service(app(&self.door, routes)).await);
        Box::new(move |request| {
            let service = service.clone();
            async move {
                match service.call(request.to_request()).await {
                    Ok(response) => response.into_parts().1,
                    Err(error) => error.as_response_error().error_response(),
                }
            }
            .boxed_local()
        })
    }

    /// How many notes have these words.
    pub(super) async fn notes(&self, text: &str) -> i64 {
        let text = text.to_owned();
        let count = move |db: &mut crate::store::Reader<'_>| {
            let notes = refusals::table.filter(refusals::operation.eq(text).and(refusals::code.eq("note")));
            Ok(notes.count().get_result(db.conn()?)?)
        };
        self.store.read(count).await.unwrap()
    }

    /// The events that a request with this id of the caller's left in the journal, which knows its digest.
    pub(super) async fn events(&self, request_id: &str) -> Vec<(String, String)> {
        let id = self.door.0.keys.digest("request-id", request_id);
        let events = move |db: &mut crate::store::Reader<'_>| {
            let rows = journal::table.filter(journal::request_id.eq(id)).select((journal::event, journal::facts));
            Ok(rows.load(db.conn()?)?)
        };
        self.store.read(events).await.unwrap()
    }
}

/// The app, as a function.
pub(super) type Wire = Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, HttpResponse>>;

/// What came back.
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: actix_web::http::header::HeaderMap,
    pub(super) body: Value,
    pub(super) text: String,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(super) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Pointer and code of every wrong field, sorted.
    pub(super) fn errors(&self) -> Vec<(String, String)> {
        let mut errors: Vec<_> = self.body["errors"]
            .as_array()
            .unwrap_or(&vec![])
            .iter()
            .map(|e| (e["pointer"].as_str().unwrap().to_owned(), e["code"].as_str().unwrap().to_owned()))
            .collect();
        errors.sort();
        errors
    }
}

pub(super) async fn send(service: &Wire, request: TestRequest) -> Got {
    let response = service(request).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = actix_web::body::to_bytes(response.into_body()).await.ok().unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Got { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

pub(super) fn by(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {token}")))
}

pub(super) fn note(text: &str) -> Value {
    json!({ "text": text })
}

/// A text that no other test uses.
pub(super) fn fresh_text() -> String {
    CaseId::new().to_string().chars().rev().take(20).collect()
}
