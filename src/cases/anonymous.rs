//! Filing without a name over HTTP, for whoever is not logged in.

use actix_web::post;

use super::model::{Disclosure, NewCase};
use super::routes::{Rooms, parsed};
use super::shown::{CaseSummary, Receipt};
use crate::access::{Call, Permission};
use crate::error::Failure;
use crate::http::{Answer, Effect, IdempotencyKey, Noted, Open, Reason, why};
use crate::store::{Reader, Tx};

/// Hand in an anonymous request 匿名
///
/// For service items that take them, at once and without a customer. Nobody is logged in; the answer holds the
/// number, and a number alone opens nothing. So many an hour are taken from one address (429 beyond).
#[utoipa::path(
    operation_id = "createAnonymousCase",
    tag = "cases",
    params(IdempotencyKey, Reason),
    request_body = NewCase,
    responses((status = 201, description = "The receipt.", body = Receipt))
)]
#[post("/anonymous-cases")]
pub(super) async fn create_anonymous(open: Open<why::Submission>, rooms: Rooms, body: Noted<NewCase>) -> Answer {
    let open = open.using(Permission::CaseCreate)?;
    let cases = rooms.cases.clone();
    let nameless = |input: NewCase| NewCase { disclosure: input.disclosure.or(Some(Disclosure::Anonymous)), ..input };
    let mistakes = |input: &NewCase| cases.mistakes(open.call(), open.lang(), &nameless(input.clone()));
    let input = nameless(body.or_more(mistakes)?);
    let turn = rooms.pace.turn(open.call(), open.address(), Disclosure::Anonymous);
    // What is wrong is told from within `effect`, after a repetition had its answer again: by then the item may be retired.
    let prepared = match turn.granted() {
        Ok(()) => cases.prepare(open.call(), open.lang(), input, Default::default()).await,
        Err(full) => Err(full),
    };
    let again = cases.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let prepared = prepared.as_ref().map_err(Failure::clone)?;
        Ok(cases.insert(tx, call, prepared)?.map(receipt))
    };
    let render =
        move |db: &mut Reader<'_>, call: &Call, id: &str| again.filed_again(db, call, parsed(id)?).map(receipt);
    turn.told(open.effect(work, render).await)
}

fn receipt(summary: CaseSummary) -> Effect<Receipt> {
    let receipt = Receipt {
        number: summary.number.unwrap_or_default(),
        received_at: summary.received_at,
        due_at: summary.due_at,
    };
    Effect::created(summary.id, format!("/api/v1/cases/{}", summary.id), None, receipt)
}
