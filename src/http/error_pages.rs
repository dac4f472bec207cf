//! One page for each kind of problem, at its `type`.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Failure};

use super::guard::Open;
use super::id::Id;
use super::locale::Locale;
use super::reply::{Answer, Reply};
use super::why;

/// A kind of problem, explained.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProblemKind {
    /// The stable code.
    #[schema(max_length = 100, example = "stale")]
    code: &'static str,
    /// The HTTP status it comes with.
    #[schema(minimum = 400, maximum = 599, example = 412)]
    status: u16,
    /// A short name, in the caller's language.
    #[schema(max_length = 200)]
    title: String,
    /// What it means and what to do, in the caller's language; `—` stands where a problem names something.
    #[schema(max_length = 2000)]
    detail: String,
}

/// One kind of problem
///
/// What the `type` of a problem refers to: its meaning and what to do about it.
#[utoipa::path(
    operation_id = "getProblemKind",
    tag = "documentation",
    params(("code" = String, Path, description = "The problem's code.", max_length = 100, example = "stale")),
    responses((status = 200, description = "The kind of problem.", body = ProblemKind))
)]
#[get("/problems/{code}")]
pub(super) async fn get_problem_kind(open: Open<why::Docs>, Id(code): Id<String>) -> Answer {
    let code = Code::ALL.iter().find(|known| known.code() == code).ok_or_else(Failure::not_found)?;
    let (title, detail) = Locale::of(open.lang()).problem(*code, &Vec::new());
    Reply::ok(ProblemKind { code: code.code(), status: code.status(), title, detail }, None)
}
