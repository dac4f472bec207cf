//! The resource behind the door: notes, kept in this room's own counter table.

use actix_web::{delete, get, post, put};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::*;
use crate::access::{Call, Looked, Place};
use crate::http::store::{RefusalRow, add_refusals};
use crate::http::{
    Answer, Body, Caller, Effect, Guard, Id, IdempotencyKey, IfMatch, Listing, Open, Page, PageOf, Query, Reply, Slice,
    api, need, why,
};
use crate::ids::DepartmentId;
use crate::journal::Subjects;
use crate::store::Tx;

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
    add_refusals(tx, &[row])
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
    let open = open.using(Permission::CaseCreate)?;
    effect(&open, new).await
}

async fn effect(caller: &Caller, new: NewNote) -> Answer {
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
    let looked = Looked::at(Place::Nowhere { own: false }, Subjects::default());
    let note = guard.read_recorded("note.detail", move |db, _| Ok((find(db, id)?, looked))).await?;
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
