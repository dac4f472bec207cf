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
    unique("cases", &["source", "external_ref"], Code::AlreadyExists),
    unique("identifiers", &["scheme", "verified_index"], Code::IdentifierTaken),
    unique("evaluations", &["case_id", "ending"], Code::AlreadyEvaluated),
    unique("idempotency_keys", &["scope", "key"], Code::KeyInFlight),
    unique("departments", &["jurisdiction", "code"], Code::AlreadyExists),
    unique("memberships", &["account_id", "department_id", "role"], Code::AlreadyExists),
    unique("service_items", &["jurisdiction", "code", "version"], Code::AlreadyExists),
];

/// The meaning of a database error outside a commit.
pub(super) fn failure(error: Error) -> Failure {
    match error {
        Error::DatabaseError(kind, info) => database(kind, info.as_ref()),
        Error::NotFound => Failure::not_found(),
        Error::BrokenTransactionManager => Failure::Unavailable("the transaction is broken".into()),
        // Values stay out of the log: only what kind of error it is.
        Error::SerializationError(e) | Error::DeserializationError(e) => Failure::Internal(format!("column value: {e}")),
        other => Failure::Internal(format!("database: {other}")),
    }
}

/// The meaning of an error of the statement that commits: a lost connection leaves the outcome unknown.
pub(super) fn after_commit(error: Error) -> Failure {
    match failure(error) {
        Failure::Unavailable(why) => Failure::OutcomeUnknown(why),
        other => other,
    }
}

fn database(kind: DatabaseErrorKind, info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Failure {
    let message = info.message();
    match kind {
        DatabaseErrorKind::UniqueViolation => violated(info),
        DatabaseErrorKind::ForeignKeyViolation => Failure::refused(Code::MissingReference),
        DatabaseErrorKind::SerializationFailure => Failure::Transient("serialization failure".into()),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            Failure::Unavailable("the database connection was lost".into())
        }
        DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
            Failure::Internal(format!("{kind:?} {} {}", name(info), first_line(message)))
        }
        _ if message.contains("deadlock detected") => Failure::Transient("deadlock".into()),
        _ if lost(message) => Failure::Unavailable(first_line(message)),
        _ => Failure::Internal(format!("{kind:?}: {}", first_line(message))),
    }
}

/// Messages of servers that stop, connections that are cut and files that are locked.
fn lost(message: &str) -> bool {
    const SIGNS: &[&str] = &[
        "server closed the connection",
        "no connection to the server",
        "could not connect",
        "connection refused",
        "connection to server",
        "terminating connection",
        "the database system is",
        "SSL SYSCALL",
        "canceling statement due to",
        "too many clients",
        "remaining connection slots",
        "database is locked",
        "disk I/O error",
        "database or disk is full",
        "could not receive data",
        "could not send data",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

fn violated(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Failure {
    let message = info.message();
    let found = UNIQUE.iter().find(|u| {
        info.constraint_name() == Some(postgres_name(u).as_str()) || message.ends_with(&sqlite_list(u))
    });
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

/// `UNIQUE constraint failed: cases.source, cases.external_ref`, as SQLite lists it.
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

/// Whether the connection that met this must be thrown away.
pub(super) fn breaks_connection(failure: &Failure) -> bool {
    matches!(failure, Failure::Unavailable(_) | Failure::OutcomeUnknown(_))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        failure(error)
    }
}
