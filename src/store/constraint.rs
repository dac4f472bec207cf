//! What the database refused, as a failure with a meaning: one table for both databases.
//!
//! SQLite names no constraint but table and columns, PostgreSQL names the constraint; the table below holds both. Values
//! (PostgreSQL's DETAIL) are never logged or sent.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};

use crate::error::{Code, Failure};

/// One unique constraint: table, columns in order, and what its violation means to a caller.
struct Unique {
    table: &'static str,
    columns: &'static [&'static str],
    code: Code,
}

const fn unique(table: &'static str, columns: &'static [&'static str], code: Code) -> Unique {
    Unique { table, columns, code }
}

/// Every unique constraint whose violation a caller can cause. On PostgreSQL it is named `<table>_<columns>_key`.
const UNIQUE: &[Unique] = &[
    unique("accounts", &["login"], Code::AlreadyExists),
    unique("cases", &["source", "external_ref", "agency_id"], Code::AlreadyExists),
    unique("identifiers", &["scheme", "verified_index"], Code::IdentifierTaken),
    unique("evaluations", &["case_id", "ending"], Code::AlreadyEvaluated),
    unique("idempotency_keys", &["scope", "key"], Code::KeyInFlight),
    unique("departments", &["jurisdiction", "code"], Code::AlreadyExists),
    unique("memberships", &["account_id", "department_key", "role"], Code::AlreadyExists),
    unique("service_items", &["jurisdiction", "code", "version"], Code::AlreadyExists),
];

/// The table above, for the test that the constraints really are there: table, columns, and the code.
pub fn unique_constraints() -> impl Iterator<Item = (&'static str, &'static [&'static str], Code)> {
    UNIQUE.iter().map(|u| (u.table, u.columns, u.code))
}

/// The meaning of a database error outside a commit.
pub(super) fn failure(error: Error) -> Failure {
    classified(error).0
}

/// The meaning of an error of the statement that commits: a lost connection leaves the outcome unknown. A statement that
/// the server cancelled did nothing for certain.
pub(super) fn after_commit(error: Error) -> Failure {
    match classified(error) {
        (Failure::Unavailable(why), Certainty::Lost) => Failure::OutcomeUnknown(why),
        (failure, _) => failure,
    }
}

/// Whether the server told us the error, or we lost the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Told,
    Lost,
}

fn classified(error: Error) -> (Failure, Certainty) {
    let told = |failure| (failure, Certainty::Told);
    match error {
        Error::DatabaseError(kind, info) => database(kind, info.as_ref()),
        Error::NotFound => told(Failure::not_found()),
        Error::BrokenTransactionManager => (Failure::Unavailable("the transaction is broken".into()), Certainty::Lost),
        Error::RollbackErrorOnCommit { commit_error, .. } => (failure(*commit_error), Certainty::Lost),
        // Values stay out of the log: only what kind of error it is.
        Error::SerializationError(e) | Error::DeserializationError(e) => {
            told(Failure::Internal(format!("column value: {e}")))
        }
        other => told(Failure::Internal(format!("database: {other}"))),
    }
}

fn database(kind: DatabaseErrorKind, info: &(dyn DatabaseErrorInformation + Send + Sync)) -> (Failure, Certainty) {
    let message = info.message();
    let told = |failure| (failure, Certainty::Told);
    match kind {
        DatabaseErrorKind::UniqueViolation => told(violated(info)),
        DatabaseErrorKind::ForeignKeyViolation => told(Failure::refused(Code::MissingReference)),
        DatabaseErrorKind::SerializationFailure => told(Failure::Transient("serialization failure".into())),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            (Failure::Unavailable("the database connection was lost".into()), Certainty::Lost)
        }
        DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
            told(Failure::Internal(format!("{kind:?} {} {}", name(info), first_line(message))))
        }
        _ if message.contains("deadlock detected") => told(Failure::Transient("deadlock".into())),
        _ if BUSY.iter().any(|sign| message.contains(sign)) => told(Failure::Unavailable(first_line(message))),
        _ if LOST.iter().any(|sign| message.contains(sign)) => {
            (Failure::Unavailable(first_line(message)), Certainty::Lost)
        }
        _ => told(Failure::Internal(format!("{kind:?}: {}", first_line(message)))),
    }
}

/// What a database says that is there, and cannot just now.
const BUSY: &[&str] = &[
    "canceling statement due to",
    "too many clients",
    "remaining connection slots",
    "database is locked",
    "database or disk is full",
];

/// What is said of a database that stops, or is gone.
const LOST: &[&str] = &[
    "server closed the connection",
    "no connection to the server",
    "could not connect",
    "connection refused",
    "connection to server",
    "terminating connection",
    "the database system is",
    "SSL SYSCALL",
    "disk I/O error",
    "could not receive data",
    "could not send data",
];

fn violated(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Failure {
    let message = info.message();
    let found = UNIQUE
        .iter()
        .find(|u| info.constraint_name() == Some(postgres_name(u).as_str()) || message.ends_with(&sqlite_list(u)));
    match found {
        Some(unique) => Failure::refused(unique.code),
        // Not one that a caller can cause alone: two requests met.
        None => {
            tracing::info!(constraint = %name(info), "unique violation without a meaning of its own");
            Failure::refused(Code::Conflict)
        }
    }
}

fn postgres_name(unique: &Unique) -> String {
    format!("{}_{}_key", unique.table, unique.columns.join("_"))
}

/// `UNIQUE constraint failed: departments.jurisdiction, departments.code`, as SQLite lists it.
fn sqlite_list(unique: &Unique) -> String {
    let columns: Vec<_> = unique.columns.iter().map(|c| format!("{}.{c}", unique.table)).collect();
    format!(": {}", columns.join(", "))
}

fn name(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    format!("{}.{}", info.table_name().unwrap_or("?"), info.constraint_name().unwrap_or("?"))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        failure(error)
    }
}
