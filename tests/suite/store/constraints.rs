//! What the database refuses has the same meaning on both.

use std::collections::BTreeSet;

use diesel::sql_query;
use gcrm::error::{Code, Failure};
use gcrm::store::unique_constraints;

use crate::world::db::{TestDb, fresh_database};

const AT: &str = "'2026-02-12T01:30:00.000000Z'";

/// Statements that make what the others refer to.
fn parents() -> Vec<String> {
    vec![
        "INSERT INTO jurisdictions (code, definition, version) VALUES ('J', '{}', 1)".to_owned(),
        "INSERT INTO departments (id, jurisdiction, code, agency_id, names, version)
         VALUES ('dept', 'J', 'D', 'dept', '{}', 1)"
            .to_owned(),
        format!(
            "INSERT INTO customers (id, kind, name, name_folded, details, preferred_language, preferred_channel, version,
               created_at, updated_at) VALUES ('cust', 'individual', 'x', 'x', '{{}}', 'en', 'email', 1, {AT}, {AT})"
        ),
        format!(
            "INSERT INTO accounts (id, kind, login, display_name, password_hash, password_temporary, status,
               disabled_by_platform, locale, version, created_at)
             VALUES ('acct', 'staff', 'taken', 'x', 'x', (0 = 1), 'active', (0 = 1), 'en', 1, {AT})"
        ),
        format!(
            "INSERT INTO service_items (id, jurisdiction, code, version, state, department_id, definition, published_at)
             VALUES ('item', 'J', 'I', 1, 'in_use', 'dept', '{{}}', {AT})"
        ),
        case("case"),
    ]
}

fn case(id: &str) -> String {
    format!(
        "INSERT INTO cases (id, version, stage, item_id, item_code, jurisdiction, agency_id, department_id, submitted_by,
           disclosure, channel, source, external_ref, received_at, due_at, suspended, created_at, updated_at)
         SELECT '{id}', 1, 'submitted', 'item', 'I', 'J', 'dept', 'dept', 'x', 'named', 'x', 'S', 'R', created_at,
           created_at, suspended, created_at, created_at
         FROM (SELECT created_at, (0 = 1) AS suspended FROM customers) AS c"
    )
}

/// A row that can be there once; `{}` is its id.
fn rows(table: &str) -> String {
    match table {
        "accounts" => format!(
            "INSERT INTO accounts (id, kind, login, display_name, password_hash, password_temporary, status,
               disabled_by_platform, locale, version, created_at)
             VALUES ('{{}}', 'staff', 'twice', 'x', 'x', (0 = 1), 'active', (0 = 1), 'en', 1, {AT})"
        ),
        "cases" => case("{}").replace("'R'", "'twice'"),
        "identifiers" => format!(
            "INSERT INTO identifiers (id, customer_id, scheme, sealed, blind_index, verified_index, masked, created_at)
             VALUES ('{{}}', 'cust', 's', 'x', 'x', 'twice', 'x', {AT})"
        ),
        "evaluations" => format!(
            "INSERT INTO evaluations (id, case_id, ending, level, channel, created_at)
             VALUES ('{{}}', 'case', 1, 1, 'x', {AT})"
        ),
        "idempotency_keys" => format!(
            "INSERT INTO idempotency_keys (scope, key, fingerprint, status, reference, created_at)
             VALUES ('s', 'twice', '{{}}', 201, 'x', {AT})"
        ),
        "departments" => "INSERT INTO departments (id, jurisdiction, code, agency_id, names, version)
             VALUES ('{}', 'J', 'twice', 'dept', '{}', 1)"
            .to_owned(),
        "memberships" => format!(
            "INSERT INTO memberships (id, account_id, department_id, department_key, role, created_at)
             VALUES ('{{}}', 'acct', NULL, '-', 'auditor', {AT})"
        ),
        "service_items" => format!(
            "INSERT INTO service_items (id, jurisdiction, code, version, state, department_id, definition, published_at)
             VALUES ('{{}}', 'J', 'twice', 1, 'in_use', 'dept', 'x', {AT})"
        ),
        other => panic!("{other} has a unique constraint that this test does not know: add a row"),
    }
}

async fn insert(db: &TestDb, sql: String) -> Result<(), Failure> {
    db.store
        .write(move |tx| {
            tx.insert(sql_query(sql.clone()));
            Ok(tx.unrecorded("a test", ()))
        })
        .await
}

#[actix_web::test]
async fn every_unique_constraint_of_the_table_really_is_there_and_has_its_meaning() {
    let db = fresh_database();
    for parent in parents() {
        insert(&db, parent).await.unwrap();
    }
    for (table, columns, code) in unique_constraints() {
        let row = rows(table);
        insert(&db, row.replace("{}", "one")).await.unwrap();
        let twice = insert(&db, row.replace("{}", "two")).await;
        assert_eq!(twice, Err(Failure::refused(code)), "{table} {columns:?}");
    }
}

#[test]
fn the_table_names_constraints_as_the_catalogue_does() {
    let db = fresh_database();
    let found: BTreeSet<String> = db
        .texts(if db.is_postgres() {
            "SELECT conname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
               FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) || ')' AS value
             FROM pg_constraint c WHERE contype IN ('u', 'p') AND connamespace = 'public'::regnamespace"
        } else {
            "SELECT name || ' (' || columns || ')' AS value FROM (
               SELECT m.name || '_' || replace(group_concat(c.name), ',', '_') || '_key' AS name,
                      replace(group_concat(c.name), ',', ', ') AS columns
               FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c
               WHERE m.type = 'table' AND i.\"unique\" = 1 GROUP BY m.name, i.name)"
        })
        .into_iter()
        .collect();
    for (table, columns, _) in unique_constraints() {
        let name = format!("{table}_{}_key ({})", columns.join("_"), columns.join(", "));
        assert!(found.contains(&name), "{name} is not among {found:?}");
    }
}

#[actix_web::test]
async fn a_missing_parent_is_a_missing_reference() {
    let db = fresh_database();
    let orphan = insert(&db, rows("identifiers").replace("{}", "one")).await;
    assert_eq!(orphan, Err(Failure::refused(Code::MissingReference)));
}

#[actix_web::test]
async fn a_parent_and_its_child_can_be_inserted_together() {
    let db = fresh_database();
    let both = db.store.write(|tx| {
        parents().into_iter().for_each(|parent| tx.insert(sql_query(parent)));
        Ok(tx.unrecorded("a test", ()))
    });
    // The case selects from customers, which a part of the same statement does not see: no case then.
    assert_eq!(both.await, Ok(()));
    assert_eq!(db.text("SELECT count(*) || '' AS value FROM accounts"), "1");
}

#[actix_web::test]
async fn a_violated_check_is_a_defect_and_its_value_is_not_told() {
    let db = fresh_database();
    for parent in parents() {
        insert(&db, parent).await.unwrap();
    }
    let sql = rows("evaluations").replace("{}", "one").replace("1, 1,", "1, 77,");
    let Err(Failure::Internal(why)) = insert(&db, sql).await else { panic!("expected a defect") };
    assert!(!why.contains("77"), "{why}");
}

#[test]
fn the_journal_refuses_every_change_but_the_one_placing() {
    let db = fresh_database();
    db.execute(&format!(
        "INSERT INTO journal (id, ordinal, event, audience, actor, facts, effective_at, recorded_at)
         VALUES ('a', 0, 'x', 'internal', 'system', '{{}}', {AT}, {AT})"
    ));
    use diesel::connection::SimpleConnection;
    let refused = |sql: &str| {
        let error = db.raw().batch_execute(sql).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    };
    refused("DELETE FROM journal");
    refused("UPDATE journal SET facts = '{\"x\":1}'");
    refused("UPDATE journal SET position = 1");
    let other = "'2026-02-12T01:30:00.000001Z'";
    for (column, value) in [("ordinal", "1"), ("audience", "'public'"), ("effective_at", other), ("recorded_at", other)]
        .into_iter()
        .chain(["id", "event", "case_id", "customer_id", "agency_id", "subject"].map(|column| (column, "'y'")))
        .chain(["actor", "on_behalf_of", "facts", "request_id"].map(|column| (column, "'y'")))
    {
        refused(&format!("UPDATE journal SET position = 1, hash = 'x', {column} = {value}"));
    }
    db.execute("UPDATE journal SET position = 1, hash = 'x'");
    refused("UPDATE journal SET position = 2, hash = 'x'");
    refused("UPDATE journal SET position = NULL, hash = NULL");
    refused("DELETE FROM journal");
    if db.is_postgres() {
        refused("TRUNCATE journal");
    }
}
