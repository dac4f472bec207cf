//! The verbs over HTTP: each is a resource of its own under the case, takes `If-Match` and may take an
//! `Idempotency-Key`, and answers with the case as a list shows it.

use actix_web::{delete, post, put};

use super::Cases;
use super::asked::{
    Assignment, CorrectionNotice, Decision, Done, Extension, Handover, Nothing, Rejection, Resumption, Supplement,
    Suspension, Termination,
};
use super::routes::Rooms;
use super::shown::CaseSummary;
use super::words::Outcome;
use crate::access::Call;
use crate::http::{Answer, Body, Caller, Effect, Id, IdempotencyKey, IfMatch, need};
use crate::ids::CaseId;
use crate::store::Tx;

/// One verb on one case: the transaction, and how a repetition is answered.
async fn act<I: Send + Sync + 'static>(
    caller: &Caller,
    cases: Cases,
    id: CaseId,
    version: IfMatch,
    input: I,
    verb: impl Fn(&Cases, &mut Tx<'_>, &Call, CaseId, Option<i64>, &I) -> Outcome + Send + Sync + 'static,
) -> Answer {
    let again = cases.clone();
    let work = move |tx: &mut Tx<'_>, call: &Call| {
        let done = verb(&cases, tx, call, id, version.version(), &input)?;
        Ok(done.map(effect))
    };
    caller.effect(work, move |db, call, _| again.get_summary(db, call, id).map(effect)).await
}

pub(super) fn effect(summary: CaseSummary) -> Effect<CaseSummary> {
    Effect::done(summary.id, summary.version, summary)
}

macro_rules! verb {
    ($(#[$doc:meta])* $name:ident, $method:ident, $path:literal, $operation:literal, $need:ident, $permission:literal,
     $input:ident, $act:expr) => {
        $(#[$doc])*
        #[utoipa::path(
            operation_id = $operation,
            tag = "cases",
            params(("id" = CaseId, Path, description = "The case."), IfMatch, IdempotencyKey),
            request_body = $input,
            responses((status = 200, description = "The case now.", body = CaseSummary)),
            extensions(("x-permission" = json!($permission)))
        )]
        #[$method($path)]
        pub(super) async fn $name(
            guard: crate::http::Guard<need::$need>,
            rooms: Rooms,
            Id(id): Id<CaseId>,
            version: IfMatch,
            Body(input): Body<$input>,
        ) -> Answer {
            act(&guard, rooms.cases.clone(), id, version, input, $act).await
        }
    };
}

verb! {
    /// Accept a case 受理
    ///
    /// The intake clock stops; promise and statutory clocks start, where the item counts from acceptance.
    accept, post, "/cases/{id}/acceptance", "acceptCase", CaseAccept, "case:accept", Done, Cases::accept
}
verb! {
    /// Refuse to accept a case 不予受理
    ///
    /// By kind; the competent body, the right route or the duplicated case is named, and where the refusal is a decision the
    /// way of appeal.
    reject, post, "/cases/{id}/rejection", "rejectCase", CaseAccept, "case:accept", Rejection, Cases::reject
}
verb! {
    /// Tell the applicant, once, everything that is missing 一次性告知
    ///
    /// The intake clock stops, the applicant's own term starts. Not of an anonymous case: nobody could answer.
    request_correction, post, "/cases/{id}/correction", "requestCorrection", CaseAccept, "case:accept",
    CorrectionNotice, Cases::request_correction
}
verb! {
    /// Take a case to work on 领取
    ///
    /// A case that nobody else has.
    claim, post, "/cases/{id}/claim", "claimCase", CaseClaim, "case:claim", Nothing, Cases::claim
}
verb! {
    /// Stop the clocks for a special procedure 中止
    ///
    /// Paused days are whole local days, both ends inclusive, and do not count (Licensing Law art. 45).
    suspend, post, "/cases/{id}/suspension", "suspendCase", CaseSuspend, "case:suspend", Suspension, Cases::suspend
}
verb! {
    /// Let the clocks run again 恢复
    ///
    /// The last paused day is the day before, unless an earlier one is named; the due days move.
    resume, delete, "/cases/{id}/suspension", "resumeCase", CaseSuspend, "case:suspend", Resumption, Cases::resume
}
verb! {
    /// Extend the term, once 延期
    ///
    /// Promise and statutory clocks alike, before the statutory clock is due (Licensing Law art. 42).
    extend, post, "/cases/{id}/extension", "extendCase", CaseExtend, "case:extend", Extension, Cases::extend
}
verb! {
    /// Hand over the result 送达
    ///
    /// Within ten working days of the decision (Licensing Law art. 44), where the item has a delivery term.
    deliver, post, "/cases/{id}/delivery", "deliverCase", CaseDeliver, "case:deliver", Handover, Cases::deliver
}
verb! {
    /// Close a case 办结
    ///
    /// After decision and delivery, or straight from work where the item ends without a decision. The applicant may evaluate now.
    close, post, "/cases/{id}/closure", "closeCase", CaseClose, "case:close", Done, Cases::close
}
verb! {
    /// End a case without a decision and refer it elsewhere 终止
    ///
    /// The referral is told to the applicant.
    terminate, post, "/cases/{id}/termination", "terminateCase", CaseTerminate, "case:terminate", Termination,
    Cases::terminate
}

/// Hand in what the correction notice asked for 补正
///
/// By the applicant, or by staff for somebody who brings it to the counter. The correction clock stops; the intake
/// clock goes on, or starts anew where the item says so.
#[utoipa::path(
    operation_id = "supplementCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IfMatch, IdempotencyKey),
    request_body = Supplement,
    responses((status = 200, description = "The case now.", body = CaseSummary)),
    extensions(("x-permission" = json!("case:supplement")))
)]
#[post("/cases/{id}/supplement")]
pub(super) async fn supplement(
    guard: crate::http::Guard<need::CaseSupplement>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    version: IfMatch,
    Body(input): Body<Supplement>,
) -> Answer {
    let lang = guard.lang();
    let supplement = move |cases: &Cases, tx: &mut Tx<'_>, call: &Call, id, expected, input: &Supplement| {
        cases.supplement(tx, call, lang, id, expected, input)
    };
    act(&guard, rooms.cases.clone(), id, version, input, supplement).await
}

/// Take a case back 撤回
///
/// By the applicant, before it is decided. A draft is taken back by its author, who needs no more than `case:create`.
#[utoipa::path(
    operation_id = "withdrawCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IfMatch, IdempotencyKey),
    request_body = Done,
    responses((status = 200, description = "The case now.", body = CaseSummary)),
    extensions(("x-permission" = json!(["case:withdraw", "case:create"])))
)]
#[post("/cases/{id}/withdrawal")]
pub(super) async fn withdraw(
    guard: crate::http::Guard<need::Either<need::CaseWithdraw, need::CaseCreate>>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    version: IfMatch,
    Body(input): Body<Done>,
) -> Answer {
    act(&guard, rooms.cases.clone(), id, version, input, Cases::withdraw).await
}

/// Decide a case, or reply to it 决定/答复
///
/// By an officer (`case:decide`) or a supervisor (`case:approve`), as the service item says.
#[utoipa::path(
    operation_id = "decideCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IfMatch, IdempotencyKey),
    request_body = Decision,
    responses((status = 200, description = "The case now.", body = CaseSummary)),
    extensions(("x-permission" = json!(["case:decide", "case:approve"])))
)]
#[post("/cases/{id}/decision")]
pub(super) async fn decide(
    guard: crate::http::Guard<need::Either<need::CaseDecide, need::CaseApprove>>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    version: IfMatch,
    Body(input): Body<Decision>,
) -> Answer {
    act(&guard, rooms.cases.clone(), id, version, input, Cases::decide).await
}

/// Give a case to somebody of its department, or back to the department 分派
///
/// The assignee must work there.
#[utoipa::path(
    operation_id = "assignCase",
    tag = "cases",
    params(("id" = CaseId, Path, description = "The case."), IfMatch, IdempotencyKey),
    request_body = Assignment,
    responses((status = 200, description = "The case now.", body = CaseSummary)),
    extensions(("x-permission" = json!("case:assign")))
)]
#[put("/cases/{id}/assignment")]
pub(super) async fn assign(
    guard: crate::http::Guard<need::CaseAssign>,
    rooms: Rooms,
    Id(id): Id<CaseId>,
    version: IfMatch,
    Body(input): Body<Assignment>,
) -> Answer {
    let works_in = rooms.works_in.clone();
    let assign = move |cases: &Cases, tx: &mut Tx<'_>, call: &Call, id, expected, input: &Assignment| {
        cases.assign(tx, call, id, expected, input, works_in.as_ref())
    };
    act(&guard, rooms.cases.clone(), id, version, input, assign).await
}
