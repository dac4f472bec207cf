//! Customers, and everybody who logs in.

#![expect(missing_docs, reason = "the columns are documented in the migrations")]

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
        disabled_by_platform -> Bool,
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
        registered_by -> Nullable<Text>,
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
