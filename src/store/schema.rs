//! The tables, as Diesel sees them on both databases; `tests/suite/migrations.rs` compares them with what is really there.
//! A table is named only by its own room's `store.rs`.

#![expect(missing_docs, reason = "the columns are documented in the migrations")]

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

    customers (id) {
        id -> Text,
        kind -> Text,
        name -> Text,
        name_folded -> Text,
        details -> Text,
        preferred_language -> Text,
        preferred_channel -> Text,
        version -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    identifiers (id) {
        id -> Text,
        customer_id -> Text,
        scheme -> Text,
        sealed -> Text,
        blind_index -> Text,
        verified_index -> Nullable<Text>,
        masked -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    contact_points (id) {
        id -> Text,
        customer_id -> Text,
        kind -> Text,
        sealed -> Text,
        masked -> Text,
        preferred -> Bool,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    accounts (id) {
        id -> Text,
        kind -> Text,
        login -> Text,
        display_name -> Text,
        password_hash -> Text,
        password_temporary -> Bool,
        customer_id -> Nullable<Text>,
        agency_id -> Nullable<Text>,
        status -> Text,
        locale -> Text,
        version -> BigInt,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    sessions (id) {
        id -> Text,
        account_id -> Text,
        generation -> BigInt,
        rotated_at -> Instant,
        created_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    clients (id) {
        id -> Text,
        name -> Text,
        agency_id -> Text,
        secret_hash -> Text,
        scopes -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    memberships (id) {
        id -> Text,
        account_id -> Text,
        department_id -> Nullable<Text>,
        department_key -> Text,
        role -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    signing_keys (kid) {
        kid -> Text,
        public_key -> Text,
        sealed -> Text,
        created_at -> Instant,
        retired_at -> Nullable<Instant>,
        proof -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    login_attempts (subject) {
        subject -> Text,
        failures -> BigInt,
        last_at -> Instant,
        blocked_until -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    refusals (day, operation, principal, code) {
        day -> Date,
        operation -> Text,
        principal -> Text,
        code -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    service_items (id) {
        id -> Text,
        jurisdiction -> Text,
        code -> Text,
        version -> BigInt,
        state -> Text,
        department_id -> Text,
        definition -> Text,
        published_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    number_blocks (region, year) {
        region -> Text,
        year -> BigInt,
        next -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    cases (id) {
        id -> Text,
        number -> Nullable<Text>,
        version -> BigInt,
        stage -> Text,
        item_id -> Text,
        item_code -> Text,
        jurisdiction -> Text,
        agency_id -> Text,
        department_id -> Text,
        assignee_id -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        submitted_by -> Text,
        disclosure -> Text,
        channel -> Text,
        source -> Text,
        external_ref -> Nullable<Text>,
        received_at -> Instant,
        accepted_at -> Nullable<Instant>,
        decided_at -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
        outcome -> Nullable<Text>,
        on_time -> Nullable<Bool>,
        due_at -> Instant,
        suspended -> Bool,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        address -> Nullable<Text>,
        district -> Nullable<Text>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    case_contents (case_id) {
        case_id -> Text,
        form -> Text,
        applicant -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    case_materials (case_id, code) {
        case_id -> Text,
        code -> Text,
        state -> Text,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    clocks (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        budget -> BigInt,
        unit -> Text,
        extension -> Nullable<BigInt>,
        started_at -> Instant,
        due_on -> Date,
        due_at -> Instant,
        provisional -> Bool,
        stopped_at -> Nullable<Instant>,
        next_rung_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    clock_rungs (clock_id, rung) {
        clock_id -> Text,
        rung -> Text,
        fired_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    pauses (id) {
        id -> Text,
        case_id -> Text,
        reason -> Text,
        first_day -> Date,
        last_day -> Nullable<Date>,
        expected_days -> Nullable<BigInt>,
        created_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    case_texts (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        audience -> Text,
        author -> Text,
        body -> Nullable<Text>,
        digest -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::Instant;

    evaluations (id) {
        id -> Text,
        case_id -> Text,
        ending -> BigInt,
        level -> BigInt,
        comment_id -> Nullable<Text>,
        channel -> Text,
        created_at -> Instant,
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
