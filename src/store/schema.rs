//! The tables, as Diesel sees them on both databases; `tests/suite/migrations.rs` compares them with what is really there.
//! A table is named only by its own room's `store.rs`.

#![expect(missing_docs, reason = "the columns are documented in the migrations")]

mod casework;
mod people;

pub use casework::*;
pub use people::*;

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    jurisdictions (code) {
        code -> Text,
        definition -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    departments (id) {
        id -> Text,
        jurisdiction -> Text,
        code -> Text,
        parent_id -> Nullable<Text>,
        agency_id -> Text,
        names -> Text,
        division_code -> Nullable<Text>,
        website -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    journal (seq) {
        seq -> BigInt,
        id -> Text,
        ordinal -> Integer,
        event -> Text,
        audience -> Text,
        case_id -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        agency_id -> Nullable<Text>,
        subject -> Nullable<Text>,
        actor -> Text,
        on_behalf_of -> Nullable<Text>,
        facts -> Text,
        effective_at -> Instant,
        recorded_at -> Instant,
        request_id -> Nullable<Text>,
        position -> Nullable<BigInt>,
        hash -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    journal_head (id) {
        id -> Integer,
        position -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    reasons (id) {
        id -> Text,
        author -> Text,
        body -> Nullable<Text>,
        digest -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    checkpoints (position) {
        position -> BigInt,
        hash -> Text,
        signed_at -> Instant,
        kid -> Text,
        signature -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    deliveries (id) {
        id -> Text,
        event_id -> Text,
        channel -> Text,
        template -> Text,
        recipient -> Text,
        case_id -> Nullable<Text>,
        agency_id -> Nullable<Text>,
        state -> Text,
        attempts -> BigInt,
        next_at -> Instant,
        lease -> Nullable<Text>,
        last_error -> Nullable<Text>,
        created_at -> Instant,
        done_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        reference -> Text,
        version -> Nullable<BigInt>,
        created_at -> Instant,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    meta,
    jurisdictions,
    departments,
    customers,
    identifiers,
    contact_points,
    accounts,
    sessions,
    clients,
    memberships,
    signing_keys,
    login_attempts,
    refusals,
    service_items,
    number_blocks,
    cases,
    case_contents,
    case_materials,
    clocks,
    clock_rungs,
    pauses,
    case_texts,
    evaluations,
    journal,
    journal_head,
    reasons,
    checkpoints,
    deliveries,
    idempotency_keys,
);
