//! Service items and cases.

#![expect(missing_docs, reason = "the columns are documented in the migrations")]

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
