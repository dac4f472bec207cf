//! What can go wrong, HTTP-free. [`Code`] is the one table of codes and statuses; the sentences callers read live in
//! `config/locales/*/errors.toml`, keyed by code. Internal sentences are logged and never sent.

use std::fmt;

/// Parameters of an error's sentence, by name, such as `("stage", "in_progress")`. Never personal data.
pub type Params = Vec<(&'static str, String)>;

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer to the field, such as `/applicant/identifiers/0/value`; a query parameter's name without a slash.
    pub pointer: String,
    /// Stable code, such as `required`, `too_long`, `resident_id_check_digit`.
    pub code: String,
    /// What to do, in the caller's language where the code has a sentence in the locale, else as given here (English).
    pub detail: String,
}

impl FieldError {
    /// A wrong field.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $code:literal, $status:literal;)*) => {
        /// Every refusal the service can state: its stable code and its HTTP status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$meta])* $variant,)* }
        impl Code {
            /// All codes; the locale test and the docs pages walk it.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];
            /// The stable code in the body's `code` and the last segment of `type`.
            pub fn code(self) -> &'static str {
                match self { $(Code::$variant => $code,)* }
            }
            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Code::$variant => $status,)* }
            }
        }
    };
}

codes! {
    /// One or more fields are wrong; all of them are listed.
    Invalid = "invalid", 400;
    /// The body is not JSON, or not UTF-8.
    MalformedBody = "malformed_body", 400;
    /// A path or query parameter does not read.
    MalformedParameter = "malformed_parameter", 400;
    /// The cursor `after` was not issued by this list.
    BadCursor = "bad_cursor", 400;
    /// `Idempotency-Key` is not 16–255 visible characters.
    BadIdempotencyKey = "bad_idempotency_key", 400;
    /// A reason is required for this read or act (header `X-Reason`, 4–500 characters, percent-encoded UTF-8 allowed).
    ReasonRequired = "reason_required", 400;
    /// The OAuth request is incomplete or of an unknown grant type.
    BadGrant = "bad_grant", 400;
    /// No, or no valid, credentials.
    Unauthenticated = "unauthenticated", 401;
    /// Login name or password is wrong (never says which).
    BadCredentials = "bad_credentials", 401;
    /// A system's id or secret is wrong (never says which; RFC 6749 §5.2).
    InvalidClient = "invalid_client", 401;
    /// The password is right and was chosen by somebody else: it has to be changed with the login.
    PasswordChangeRequired = "password_change_required", 403;
    /// The caller lacks the permission.
    Forbidden = "forbidden", 403;
    /// The permission is held, but not for this row's department.
    OutOfReach = "out_of_reach", 403;
    /// It takes a second person: whoever registered a system does not approve it.
    SecondPersonRequired = "second_person_required", 403;
    /// Whoever manages the whole platform disabled the account; an agency does not enable it.
    DisabledByPlatform = "disabled_by_platform", 403;
    /// Granting these roles together is not allowed (separation of duties).
    ConflictingRoles = "conflicting_roles", 409;
    /// Nothing here, or nothing the caller may know of.
    NotFound = "not_found", 404;
    /// The case number has a typing error: its check character does not match.
    NumberMistyped = "number_mistyped", 400;
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405;
    /// None of the representations that `Accept` names exists here.
    NotAcceptable = "not_acceptable", 406;
    /// The body did not arrive in time.
    BodyTimeout = "body_timeout", 408;
    /// The case's stage does not allow this step.
    WrongStage = "wrong_stage", 409;
    /// Another step has to come first.
    StepMissing = "step_missing", 409;
    /// The case is suspended; resume it first.
    Suspended = "suspended", 409;
    /// There is no open pause to end.
    NotSuspended = "not_suspended", 409;
    /// The clocks have stood still as often as they may.
    TooManyPauses = "too_many_pauses", 409;
    /// One correction notice a case: everything missing is told once.
    AlreadyCorrected = "already_corrected", 409;
    /// The request is anonymous: nobody could answer a correction notice.
    NobodyToAsk = "nobody_to_ask", 409;
    /// A term is extended once.
    AlreadyExtended = "already_extended", 409;
    /// The item knows no extension.
    NotExtendable = "not_extendable", 409;
    /// An extension must come before the statutory term is over.
    TermOver = "term_over", 409;
    /// One evaluation for each ending.
    AlreadyEvaluated = "already_evaluated", 409;
    /// The case is not ended yet.
    NotEnded = "not_ended", 409;
    /// Required materials are missing; the errors list them.
    MaterialsMissing = "materials_missing", 409;
    /// The service item is not in use.
    ItemNotInUse = "item_not_in_use", 409;
    /// The item does not take anonymous requests.
    AnonymousNotAllowed = "anonymous_not_allowed", 409;
    /// Somebody else is working on the case.
    AssignedToAnother = "assigned_to_another", 409;
    /// The assignee does not work in the case's department.
    AssigneeElsewhere = "assignee_elsewhere", 409;
    /// The same record exists already (source and external reference).
    AlreadyExists = "already_exists", 409;
    /// Another verified customer holds this identifier.
    IdentifierTaken = "identifier_taken", 409;
    /// The account is linked to a customer already.
    AlreadyLinked = "already_linked", 409;
    /// The caller's account is linked to no customer yet.
    NoCustomer = "no_customer", 409;
    /// Something this record refers to does not exist.
    MissingReference = "missing_reference", 409;
    /// Another request changed the record at the same time; read it again.
    Conflict = "conflict", 409;
    /// The same idempotency key is still being worked on.
    KeyInFlight = "key_in_flight", 409;
    /// `If-Match` names an old version.
    Stale = "stale", 412;
    /// The body is larger than this route takes.
    TooLarge = "too_large", 413;
    /// The body is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The same idempotency key came with another request.
    KeyReused = "key_reused", 422;
    /// `If-Match` is required.
    PreconditionRequired = "precondition_required", 428;
    /// Too many attempts; `Retry-After` says when.
    TooManyRequests = "too_many_requests", 429;
    /// Too many connections are open from the caller's address.
    TooManyConnections = "too_many_connections", 429;
    /// The request line and the headers are longer than is taken.
    HeadTooLarge = "head_too_large", 431;
    /// A defect on our side.
    Internal = "internal", 500;
    /// The database, or something else we need, is away or overloaded; try again.
    Unavailable = "unavailable", 503;
    /// The database went away while committing: the effect may or may not exist; repeat with the same idempotency key.
    OutcomeUnknown = "outcome_unknown", 503;
}

/// Why something did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// 400 with every wrong field.
    Invalid(Vec<FieldError>),
    /// A refusal with a code of its own.
    Refused {
        /// Which refusal.
        code: Code,
        /// What its sentence names.
        params: Params,
        /// Wrong or missing parts, where the refusal lists some.
        errors: Vec<FieldError>,
    },
    /// Try again: the sentence is for the log.
    Unavailable(String),
    /// The commit's outcome is unknown: never retried by the service itself.
    OutcomeUnknown(String),
    /// Deadlock or serialization failure: the store retries, at most three times.
    Transient(String),
    /// A defect; the sentence is for the log.
    Internal(String),
}

impl Failure {
    /// A refusal without parameters.
    pub fn refused(code: Code) -> Self {
        Self::Refused { code, params: Vec::new(), errors: Vec::new() }
    }

    /// A refusal whose sentence names something.
    pub fn refused_with(code: Code, params: Params) -> Self {
        Self::Refused { code, params, errors: Vec::new() }
    }

    /// One wrong field.
    pub fn field(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// Nothing here, or nothing the caller may know of.
    pub fn not_found() -> Self {
        Self::refused(Code::NotFound)
    }

    /// A defect; `why` is logged, never sent.
    pub fn internal(why: impl fmt::Display) -> Self {
        Self::Internal(why.to_string())
    }

    /// The code that callers see.
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::Invalid,
            Self::Refused { code, .. } => *code,
            Self::Unavailable(_) | Self::Transient(_) => Code::Unavailable,
            Self::OutcomeUnknown(_) => Code::OutcomeUnknown,
            Self::Internal(_) => Code::Internal,
        }
    }
}

impl fmt::Display for Failure {
    /// The internal sentence: codes and pointers, for the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => {
                write!(f, "invalid:")?;
                errors.iter().try_for_each(|e| write!(f, " {} {};", e.pointer, e.code))
            }
            Self::Refused { code, .. } => write!(f, "refused: {}", code.code()),
            Self::Unavailable(why) => write!(f, "unavailable: {why}"),
            Self::OutcomeUnknown(why) => write!(f, "outcome unknown: {why}"),
            Self::Transient(why) => write!(f, "transient: {why}"),
            Self::Internal(why) => write!(f, "internal: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|c| c.code()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|c| (400..600).contains(&c.status())));
    }
}
