//! Cases over HTTP: begin, list, read, notes, timeline, evaluation. The verbs are in `verbs.rs`.

use std::sync::Arc;

use actix_web::{get, patch, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::anonymous;
use super::asked::{NewEvaluation, NewNote, Nothing};
use super::figures;
use super::handling::WorksIn;
use super::list::{CaseFilter, CaseSort, Position};
use super::model::{DraftPatch, NewCase};
use super::shown::{CaseSummary, CaseView, EvaluationView, TextView};
use super::verbs::{self, effect};
use super::workflow::Stage;
use super::{Cases, Prepared};
use crate::access::Call;
use crate::clock::Timestamp;
use crate::error::Failure;
use crate::http::{
    Answer, Body, Caller, Effect, Guard, Id, IdempotencyKey, IfMatch, Listing, Noted, Page, PageOf, Reply, Uncounted,
    UncountedPage, need,
};
use crate::ids::{AccountId, CaseId, DepartmentId, EvaluationId, TextId};
use crate::journal::{Subjects, TimelineRow, timeline};
use crate::store::{Reader, Tx};

/// What the routes need besides the door.
pub struct CaseRoutes {
    /// The room.
    pub cases: Cases,
    /// Whether an account works in a department; the accounts room's.
    pub works_in: Arc<WorksIn>,
}

pub(super) type Rooms = web::Data<CaseRoutes>;

/// All routes of the room, grouped by who calls them.
pub fn routes(config: &mut ServiceConfig) {
    // Applicants.
    config.service(create).service(anonymous::create_anonymous).service(change_draft).service(submit);
    config.service(verbs::supplement).service(verbs::withdraw).service(evaluate);
    // Everybody in the case.
    config.service(list).service(by_number).service(get_case).service(case_timeline).service(add_note);
    // Staff.
    config.service(verbs::accept).service(verbs::reject).service(verbs::request_correction);
    config.service(verbs::claim).service(verbs::assign).service(verbs::suspend).service(verbs::resume);
    config.service(verbs::extend).service(verbs::decide).service(verbs::deliver).service(verbs::close);
    config.service(verbs::terminate);
    // The public.
    config.service(figures::item_statistics);
}

/// Begin a case
///
/// Hands it in (`intent: submit`), or keeps it as a draft that can be changed and submitted later. Missing materials do not
/// hinder a submission: they will be asked for, once, by a correction notice.
#[utoipa::path(
    operation_id = "createCase",
    tag = "cases",
    params(IdempotencyKey),
    request_body = NewCase,
    responses((status = 201, description = "The case.", body = CaseSummary)),
    extensions(("x-permission" = json!("case:create")))
)]
#[post("/cases")]
async fn create(guard: Guard<need::CaseCreate>, rooms: Rooms, body: Noted<NewCase>) -> Answer {
    let cases = rooms.cases.clone();
    let input = body.or_more(|input| cases.mistakes(guard.call(), guard.lang(), input))?;
    // What is wrong is told from within `effect`, after a repetition had its answer again: by then the item may be retired.
    let prepared = prepared(&guard, &cases, input).await;
    let again = cases.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let prepared = prepared.as_ref().map_err(Failure::clone)?;
        Ok(cases.insert(tx, call, prepared)?.map(created))
    };
    guard.effect(work, move |db, call, id| again.filed_again(db, call, parsed(id)?).map(created)).await
}

async fn prepared(caller: &Caller, cases: &Cases, input: NewCase) -> Result<Prepared, Failure> {
    let (asked, wanted) = (cases.clone(), input.clone());
    let applicant = caller.read(move |db, call| asked.applicant(db, call, &wanted)).await?;
    cases.prepare(caller.call(), caller.lang(), input, applicant).await
}

fn created(summary: CaseSummary) -> Effect<CaseSummary> {
    Effect::created(summary.id, format!("/api/v1/cases/{}", summary.id), summary.version, summary)
}

pub(super) fn parsed<T: std::str::FromStr>(reference: &str) -> Result<T, Failure> {
    reference.parse().map_err(|_| Failure::internal("a kept reference does not read"))
}

/// Change a draft
///
/// JSON Merge Patch: an absent member stays. By its author alone; under the version of the item that is in use now.
#[utoipa::path(
    operation_id = "changeDraft",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IfMatch),
    request_body(content = DraftPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The case now.", body = CaseSummary)),
    extensions(("x-permission" = json!("case:create")))
)]
#[patch("/cases/{id}")]
async fn change_draft(
    guard: Guard<need::CaseCreate>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    version: IfMatch,
    Body(patch): Body<DraftPatch>,
) -> Answer {
    let cases = rooms.cases.clone();
    let change = move |tx: &mut Tx<'_>, call: &Call| cases.change_draft(tx, call, id, version.version(), &patch);
    let about = |changed: &CaseSummary| Subjects { case: Some(changed.id), ..Subjects::default() };
    let changed = guard.write_about(change, about).await?;
    Reply::ok(&changed, changed.version)
}

/// Submit a draft 提交
///
/// Now the form must hold; the number is given and the clocks start. It counts as things are now: under the version of
/// the item that is in use, with the applicant's record as it is.
#[utoipa::path(
    operation_id = "submitCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IfMatch, IdempotencyKey),
    request_body = Nothing,
    responses((status = 200, description = "The case now.", body = CaseSummary)),
    extensions(("x-permission" = json!("case:create")))
)]
#[post("/cases/{id}/submission")]
async fn submit(
    guard: Guard<need::CaseCreate>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    version: IfMatch,
    _: Body<Nothing>,
) -> Answer {
    let (cases, asked) = (rooms.cases.clone(), rooms.cases.clone());
    // Why there is no number is told from within `effect`, after a repetition had its answer again.
    let number = match guard.read(move |db, call| asked.item_of_draft(db, call, id)).await {
        Ok(item) => cases.number_for(&item, guard.call()).await,
        Err(failure) => Err(failure),
    };
    let (again, lang) = (cases.clone(), guard.lang());
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let submitted = cases.submit_draft(tx, call, lang, id, version.version(), &number)?;
        Ok(submitted.map(effect))
    };
    guard.effect(work, move |db, call, _| again.filed_again(db, call, id).map(effect)).await
}

/// Which cases, and in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// In this stage.
    stage: Option<Stage>,
    /// Of this department.
    department: Option<DepartmentId>,
    /// Given to this account (staff only).
    assignee: Option<AccountId>,
    /// Handed in and given to nobody (staff only).
    #[serde(default)]
    unassigned: bool,
    /// Due before this instant.
    due_before: Option<Timestamp>,
    /// Of this service item.
    #[param(max_length = 64)]
    service_item: Option<String>,
    /// Of this jurisdiction.
    #[param(max_length = 64)]
    jurisdiction: Option<String>,
    /// `dueAt` (the most urgent first, the default), `-id` (the newest first) or `id`.
    #[param(inline)]
    sort: Option<CaseSort>,
}

impl From<ListQuery> for CaseFilter {
    fn from(query: ListQuery) -> Self {
        Self {
            stage: query.stage,
            department: query.department,
            assignee: query.assignee,
            unassigned: query.unassigned,
            due_before: query.due_before,
            service_item: query.service_item,
            jurisdiction: query.jurisdiction,
        }
    }
}

/// List cases
///
/// Applicants see their own, staff their departments', systems their agency's.
#[utoipa::path(
    operation_id = "listCases",
    tag = "cases",
    params(ListQuery, Page),
    responses((status = 200, description = "A page of cases.", body = PageOf<CaseSummary>)),
    extensions(("x-permission" = json!("case:list")))
)]
#[get("/cases")]
async fn list(guard: Guard<need::CaseList>, rooms: Rooms, listing: Listing<ListQuery>) -> Answer {
    let Listing { filter, page } = listing;
    let sort = filter.sort.unwrap_or(CaseSort::DueAt);
    let name = format!("cases.{sort}");
    let after = page.after::<Timestamp, CaseId>(&name)?.map(|c| Position { due_at: c.key, id: c.id });
    let (cases, filter, fetch, counted) = (rooms.cases.clone(), filter.into(), page.fetch(), page.count_wanted());
    let read = move |db: &mut Reader<'_>, call: &Call| {
        let rows = cases.list(db, call, &filter, sort, after, fetch)?;
        let count = if counted { Some(cases.count(db, call, &filter)?) } else { None };
        Ok((rows, count))
    };
    let (rows, count) = guard.read_list("case.list", read).await?;
    let key = |s: &CaseSummary| (s.due_at.unwrap_or_else(super::clocks::never).text(), s.id.to_string());
    let slice = page.cut(&name, rows, key);
    Reply::page(match count {
        Some(count) => slice.counted(count),
        None => slice,
    })
}

/// Read a case
///
/// A read by staff leaves an access row in the journal.
#[utoipa::path(
    operation_id = "getCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case.")),
    responses((status = 200, description = "The case.", body = CaseView)),
    extensions(("x-permission" = json!("case:read")))
)]
#[get("/cases/{id}")]
async fn get_case(guard: Guard<need::CaseRead>, rooms: Rooms, Id(id): Id<CaseId>) -> Answer {
    let cases = rooms.cases.clone();
    let view = guard.read_recorded("case.detail", move |db, call| cases.get(db, call, id)).await?;
    Reply::ok(&view, view.summary.version)
}

/// Read a case by its number
///
/// As a caller reads it out; a typing error is told apart from a number that does not exist. Leaves an access row.
#[utoipa::path(
    operation_id = "getCaseByNumber",
    tag = "cases",
    params(("number" = String, Path, description = "The case's number.", max_length = 64, example = "2026-110101-0000-0001-E")),
    responses((status = 200, description = "The case.", body = CaseView)),
    extensions(("x-permission" = json!("case:read")))
)]
#[get("/cases/by-number/{number}")]
async fn by_number(guard: Guard<need::CaseRead>, rooms: Rooms, Id(number): Id<String>) -> Answer {
    let cases = rooms.cases.clone();
    let read = move |db: &mut Reader<'_>, call: &Call| cases.get_by_number(db, call, &number);
    let view = guard.read_recorded("case.by_number", read).await?;
    Reply::ok(&view, view.summary.version)
}

/// Follow a case
///
/// Its journal rows in order, as this caller may see them: applicants, systems and whoever is shown the case masked without
/// what staff do among themselves, and without names.
#[utoipa::path(
    operation_id = "getCaseTimeline",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), UncountedPage),
    responses((status = 200, description = "A page of the timeline.", body = PageOf<TimelineRow>)),
    extensions(("x-permission" = json!("case:read")))
)]
#[get("/cases/{id}/timeline")]
async fn case_timeline(
    guard: Guard<need::CaseRead>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    Uncounted(page): Uncounted,
) -> Answer {
    let after = page.after::<i64, i64>("timeline")?.map(|c| c.id);
    let (cases, fetch) = (rooms.cases.clone(), page.fetch());
    let read = move |db: &mut Reader<'_>, call: &Call| {
        let (viewer, looked) = cases.viewer(db, call, id)?;
        Ok((timeline(db, id, &viewer, after, fetch)?, looked))
    };
    let rows = guard.read_recorded("case.timeline", read).await?;
    Reply::page(page.cut("timeline", rows, |row| (row.sequence.to_string(), row.sequence.to_string())))
}

/// Add a note
///
/// Needs no version, changes none, and moves no clock.
#[utoipa::path(
    operation_id = "addNote",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IdempotencyKey),
    request_body = NewNote,
    responses((status = 201, description = "The note.", body = TextView)),
    extensions(("x-permission" = json!(["case:note", "case:internal-note"])))
)]
#[post("/cases/{id}/notes")]
async fn add_note(
    guard: Guard<need::Either<need::CaseNote, need::CaseInternalNote>>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    Body(note): Body<NewNote>,
) -> Answer {
    let (cases, again) = (rooms.cases.clone(), rooms.cases.clone());
    let work = move |tx: &mut Tx<'_>, call: &Call| Ok(cases.note(tx, call, id, &note)?.map(|view| noted(id, view)));
    let render = move |db: &mut Reader<'_>, call: &Call, text: &str| {
        Ok(noted(id, again.get_text(db, call, id, parsed::<TextId>(text)?)?))
    };
    guard.effect(work, render).await
}

fn noted(id: CaseId, view: TextView) -> Effect<TextView> {
    Effect::created(view.id, format!("/api/v1/cases/{id}"), None, view)
}

/// Evaluate an ended case 好差评
///
/// One evaluation for each ending, by the applicant; 1 is the best.
#[utoipa::path(
    operation_id = "evaluateCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IdempotencyKey),
    request_body = NewEvaluation,
    responses((status = 201, description = "The evaluation.", body = EvaluationView)),
    extensions(("x-permission" = json!("case:evaluate")))
)]
#[post("/cases/{id}/evaluation")]
async fn evaluate(
    guard: Guard<need::CaseEvaluate>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    Body(input): Body<NewEvaluation>,
) -> Answer {
    let (cases, again) = (rooms.cases.clone(), rooms.cases.clone());
    let work =
        move |tx: &mut Tx<'_>, call: &Call| Ok(cases.evaluate(tx, call, id, &input)?.map(|view| evaluated(id, view)));
    let render = move |db: &mut Reader<'_>, call: &Call, evaluation: &str| {
        Ok(evaluated(id, again.get_evaluation(db, call, id, parsed::<EvaluationId>(evaluation)?)?))
    };
    guard.effect(work, render).await
}

fn evaluated(id: CaseId, view: EvaluationView) -> Effect<EvaluationView> {
    Effect::created(view.id, format!("/api/v1/cases/{id}"), None, view)
}
