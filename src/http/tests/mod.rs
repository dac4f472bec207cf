//! The door with a small resource behind it: notes, kept in this room's own counter table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::as_conversions)]

mod bodies;
mod contract;
mod idempotency;
mod rights;
mod wire;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::Service;
use actix_web::test::{self, TestRequest};
use actix_web::{HttpResponse, delete, get, post, put};
use chrono::NaiveDate;
use diesel::prelude::*;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::store::RefusalRow;
use super::{
    About, Answer, Body, Contact, Door, Effect, Guard, Id, IdempotencyKey, IfMatch, Lag, Limits, Listing, Open, Page,
    PageOf, Query, Reply, Setup, Slice, api, app, need, why,
};
use crate::access::{Actor, Authenticate, Call, Grant, Permission, Principal, Units};
use crate::clock::Clock;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, CaseId, DepartmentId};
use crate::journal::Subjects;
use crate::localized::Lang;
use crate::seal::Keyring;
use crate::store::schema::{journal, refusals};
use crate::store::{DatabaseUrl, Db, Migrations, Options, Store, Tx};

/// A note, as it is sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(dead_code)]
pub(super) struct NewNote {
    /// The words.
    #[schema(min_length = 1, max_length = 20)]
    text: String,
    /// How urgent it is.
    #[schema(minimum = 1, maximum = 5)]
    urgency: Option<i64>,
    /// What it is about.
    case_id: Option<CaseId>,
    /// Who wrote it.
    writer: Option<Writer>,
}

/// Who wrote a note.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code)]
pub(super) enum Writer {
    /// A person.
    #[serde(rename_all = "camelCase")]
    Person {
        /// Their name.
        #[schema(min_length = 1)]
        full_name: String,
    },
    /// A system.
    System {
        /// Its code.
        code: i64,
    },
}

/// A note, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    /// Its id.
    id: CaseId,
    /// The words.
    text: String,
    /// The language it is shown in.
    lang: String,
}

/// Which notes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// With these words.
    text: Option<String>,
}

/// How to show it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// In capitals.
    loud: Option<bool>,
}

fn keep(tx: &mut Tx<'_>, id: CaseId, text: &str) -> Result<(), Failure> {
    let day = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    let row = RefusalRow { day, operation: text.to_owned(), principal: id.to_string(), code: "note".into(), count: 1 };
    super::store::add_refusals(tx, &[row])
}

fn find(db: &mut impl Db, id: CaseId) -> Result<Note, Failure> {
    let texts = refusals::table.filter(refusals::principal.eq(id.to_string())).select(refusals::operation);
    let text: String = texts.first(db.conn()?)?;
    Ok(Note { id, text, lang: String::new() })
}

/// Add a note
///
/// Adds one note.
#[utoipa::path(
    operation_id = "addNote", tag = "notes", params(IdempotencyKey), request_body = NewNote,
    responses((status = 201, description = "The note.", body = Note)), extensions(("x-permission" = json!("case:note")))
)]
#[post("/notes")]
async fn add_note(guard: Guard<need::CaseNote>, Body(new): Body<NewNote>) -> Answer {
    effect(&guard, new).await
}

/// Add a note without a name
///
/// Adds one note without a name.
#[utoipa::path(
    operation_id = "addOpenNote", tag = "notes", params(IdempotencyKey), request_body = NewNote,
    responses((status = 201, description = "The note.", body = Note))
)]
#[post("/open-notes")]
async fn add_open_note(open: Open<why::Submission>, Body(new): Body<NewNote>) -> Answer {
    effect(&open, new).await
}

async fn effect(caller: &super::Caller, new: NewNote) -> Answer {
    let lang = caller.lang().tag().to_owned();
    let shown = lang.clone();
    let id = CaseId::new();
    let text = new.text;
    caller
        .effect(
            move |tx, _| {
                keep(tx, id, &text)?;
                let note = Note { id, text: text.clone(), lang: lang.clone() };
                Ok(tx.unrecorded("a test", Effect::created(id, format!("/api/v1/notes/{id}"), 1, note)))
            },
            move |db, _, reference| {
                let id: CaseId = reference.parse().map_err(Failure::internal)?;
                let note = Note { lang: shown, ..find(db, id)? };
                Ok(Effect::created(id, format!("/api/v1/notes/{id}"), 1, note))
            },
        )
        .await
}

/// Read a note
///
/// Reads one note and leaves an access row when staff reads.
#[utoipa::path(
    operation_id = "getNote", tag = "notes", params(("id" = CaseId, Path, description = "The note."), How),
    responses((status = 200, description = "The note.", body = Note)), extensions(("x-permission" = json!("case:read")))
)]
#[get("/notes/{id}")]
async fn get_note(guard: Guard<need::CaseRead>, Id(id): Id<CaseId>, Query(how): Query<How>) -> Answer {
    let note = guard.read_recorded("note.detail", move |db, _| Ok((find(db, id)?, Subjects::default()))).await?;
    let text = if how.loud == Some(true) { note.text.to_uppercase() } else { note.text };
    Reply::ok(Note { text, ..note }, 7)
}

/// List notes
///
/// Lists notes by their words.
#[utoipa::path(
    operation_id = "listNotes", tag = "notes", params(Page, Filter),
    responses((status = 200, description = "Notes.", body = PageOf<Note>)), extensions(("x-permission" = json!("case:list")))
)]
#[get("/notes")]
async fn list_notes(guard: Guard<need::CaseList>, list: Listing<Filter>) -> Answer {
    let page = list.page;
    let text = list.filter.text.unwrap_or_default();
    let slice: Slice<Note> = guard
        .read(move |db, _| {
            let after = page.after::<String, CaseId>("notes")?.map(|c| c.id.to_string()).unwrap_or_default();
            let rows = refusals::table
                .filter(refusals::operation.eq(text).and(refusals::principal.gt(after)))
                .order(refusals::principal)
                .limit(page.fetch())
                .select((refusals::principal, refusals::operation))
                .load::<(String, String)>(db.conn()?)?;
            let slice = page.cut("notes", rows, |row| (String::new(), row.0.clone()));
            slice.try_map(|(id, text)| {
                Ok(Note { id: id.parse().map_err(Failure::internal)?, text, lang: String::new() })
            })
        })
        .await?;
    Reply::page(slice)
}

/// Change a note
///
/// Changes nothing, but checks the version.
#[utoipa::path(
    operation_id = "putNote", tag = "notes", params(("id" = CaseId, Path, description = "The note."), IfMatch),
    request_body = NewNote, responses((status = 200, description = "The note.", body = Note)),
    extensions(("x-permission" = json!("case:note")))
)]
#[put("/notes/{id}")]
async fn put_note(
    guard: Guard<need::CaseNote>,
    Id(id): Id<CaseId>,
    seen: IfMatch,
    Body(_new): Body<NewNote>,
) -> Answer {
    let note = guard
        .write(move |tx, _: &Call| {
            seen.check(7)?;
            let note = find(tx, id)?;
            Ok(tx.unrecorded("a test", note))
        })
        .await?;
    Reply::ok(note, 8)
}

/// Remove a note
///
/// Panics.
#[utoipa::path(
    operation_id = "deleteNote", tag = "notes", params(("id" = CaseId, Path, description = "The note.")),
    responses((status = 204, description = "Gone.")), extensions(("x-permission" = json!("case:note")))
)]
#[delete("/notes/{id}")]
async fn delete_note(_guard: Guard<need::CaseNote>, Id(id): Id<CaseId>) -> Answer {
    panic!("{id} would not go")
}

/// Decide
///
/// Needs either of two permissions.
#[utoipa::path(
    operation_id = "decide", tag = "notes", responses((status = 204, description = "Decided.")),
    extensions(("x-permission" = json!("case:decide")))
)]
#[post("/decision")]
async fn decide(_guard: Guard<need::Either<need::CaseDecide, need::CaseApprove>>) -> Answer {
    Reply::none()
}

/// Read what is out of reach
///
/// A room refuses it.
#[utoipa::path(
    operation_id = "getOutOfReach", tag = "notes", responses((status = 204, description = "Never.")),
    extensions(("x-permission" = json!("case:list")))
)]
#[get("/out-of-reach")]
async fn out_of_reach(guard: Guard<need::CaseList>) -> Answer {
    guard
        .read(|_, call| {
            call.require_in(Permission::CaseRead, DepartmentId::new()).or(Err(Failure::refused(Code::OutOfReach)))
        })
        .await?;
    Reply::none()
}

pub(super) fn routes(config: &mut ServiceConfig) {
    api(config, |api| {
        api.service(add_note).service(add_open_note).service(get_note).service(list_notes).service(put_note);
        api.service(delete_note).service(decide).service(out_of_reach);
    });
}

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
    let door = Door::new(Setup {
        store: store.clone(),
        clock: clock.clone(),
        authenticate: Arc::new(Names(account)),
        keys: Arc::new(Keyring::generate().unwrap()),
        lag: Arc::new(|_| Ok(Lag { rows: 3, oldest_seconds: 2 })),
        limits,
        lang: Lang::En,
        about: about(),
    });
    World { door: door.unwrap(), store, clock, account, _folder: folder }
}

impl World {
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

    /// The events that this request left in the journal.
    pub(super) async fn events(&self, request_id: &str) -> Vec<(String, String)> {
        let id = request_id.to_owned();
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
