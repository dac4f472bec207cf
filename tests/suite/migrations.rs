//! The schema: what the migrations make is what `schema.rs` says, on either database, and can be taken back.

#![allow(clippy::disallowed_methods, reason = "catalogues are read with raw SQL")]

use std::collections::{BTreeMap, BTreeSet};

use gcrm::store::Migrations;

use crate::world::db::{TestDb, fresh_database};

/// Table → columns: name → (type, nullable); and the primary key.
type Schema = BTreeMap<String, (BTreeMap<String, (String, bool)>, BTreeSet<String>)>;

/// `schema.rs`, read as text: the macro leaves nothing to ask at run time.
fn declared() -> Schema {
    let source = concat!(
        include_str!("../../src/store/schema/people.rs"),
        include_str!("../../src/store/schema/casework.rs"),
        include_str!("../../src/store/schema.rs"),
    );
    let mut schema = Schema::new();
    for block in source.split("diesel::table!").skip(1) {
        let body = block.split("allow_tables_to_appear").next().unwrap();
        let head = body.lines().find(|l| l.trim_end().ends_with(") {")).unwrap().trim();
        let (table, keys) = head.split_once(' ').unwrap();
        let keys = keys.trim_matches(|c| "() {".contains(c)).split(", ").map(str::to_owned).collect();
        let mut columns = BTreeMap::new();
        for line in body.lines().map(str::trim) {
            let Some((name, kind)) = line.split_once(" -> ") else { continue };
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").map(|k| k.trim_end_matches('>'));
            columns.insert(name.to_owned(), (inner.unwrap_or(kind).to_owned(), inner.is_some()));
        }
        schema.insert(table.to_owned(), (columns, keys));
    }
    schema
}

/// What a type of `schema.rs` is on this database.
fn native(db: &TestDb, kind: &str) -> &'static str {
    let (sqlite, postgres) = match kind {
        "Text" => ("TEXT", "text"),
        "BigInt" => ("INTEGER", "bigint"),
        "Integer" => ("INTEGER", "integer"),
        "Bool" => ("INTEGER", "boolean"),
        "Double" => ("REAL", "double precision"),
        "Date" => ("TEXT", "date"),
        "Instant" => ("TEXT", "timestamp with time zone"),
        other => panic!("no mapping for {other}"),
    };
    if db.is_postgres() { postgres } else { sqlite }
}

/// The catalogue, in the same shape.
fn found(db: &TestDb) -> Schema {
    let columns = if db.is_postgres() {
        "SELECT table_name || '|' || column_name || '|' || data_type || '|' || is_nullable AS value
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'"
    } else {
        "SELECT m.name || '|' || c.name || '|' || c.type || '|' ||
           CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 'NO' ELSE 'YES' END AS value
         FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> '__diesel_schema_migrations'"
    };
    let keys = if db.is_postgres() {
        "SELECT c.conrelid::regclass::text || '|' || a.attname AS value FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
         WHERE c.contype = 'p' AND c.connamespace = 'public'::regnamespace
           AND c.conrelid::regclass::text <> '__diesel_schema_migrations'"
    } else {
        "SELECT m.name || '|' || c.name AS value FROM sqlite_master m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.pk > 0 AND m.name NOT LIKE 'sqlite_%' AND m.name <> '__diesel_schema_migrations'"
    };
    let mut schema = Schema::new();
    for row in db.texts(columns) {
        let parts: Vec<_> = row.split('|').collect();
        let table = schema.entry(parts[0].to_owned()).or_default();
        table.0.insert(parts[1].to_owned(), (parts[2].to_owned(), parts[3] == "YES"));
    }
    for row in db.texts(keys) {
        let (table, column) = row.split_once('|').unwrap();
        schema.entry(table.to_owned()).or_default().1.insert(column.to_owned());
    }
    schema
}

#[test]
fn the_database_has_exactly_the_tables_columns_and_keys_of_schema_rs() {
    let db = fresh_database();
    let mut declared = declared();
    assert!(declared.len() > 20, "schema.rs was not understood");
    for (columns, _) in declared.values_mut() {
        for (kind, _) in columns.values_mut() {
            *kind = native(&db, kind).to_owned();
        }
    }
    let found = found(&db);
    for table in declared.keys().chain(found.keys()) {
        assert_eq!(found.get(table), declared.get(table), "table {table}: the database, then schema.rs");
    }
}

/// Everything the migrations made, as text.
fn dump(db: &TestDb) -> Vec<String> {
    let sql = if db.is_postgres() {
        "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||
           coalesce(column_default, '') || ' ' || is_identity AS value
           FROM information_schema.columns WHERE table_schema = 'public'
         UNION ALL SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
           FROM pg_constraint WHERE connamespace = 'public'::regnamespace
         UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
         UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL SELECT 'function ' || proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
         ORDER BY 1"
    } else {
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS value FROM sqlite_master
         WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
    };
    let rows = db.texts(sql);
    rows.into_iter().filter(|row| !row.contains("__diesel_schema_migrations")).collect()
}

#[test]
fn down_takes_back_all_that_up_made_and_up_makes_it_again() {
    let db = fresh_database();
    let migrations = Migrations(&db.store);
    let up = dump(&db);
    assert!(up.len() > 45, "the catalogue was not understood: {} entries", up.len());
    assert!(!migrations.pending().unwrap());
    assert!(migrations.revert_all().unwrap() > 0);
    assert_eq!(dump(&db), Vec::<String>::new());
    assert!(migrations.pending().unwrap());
    assert!(migrations.run().unwrap() > 0);
    assert_eq!(dump(&db), up);
    assert_eq!(migrations.run().unwrap(), 0, "a second run has nothing to do");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |side: &str| -> BTreeSet<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(side);
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn no_foreign_key_is_deferred_since_it_would_fail_its_whole_group_at_commit() {
    let db = fresh_database();
    let deferred = if db.is_postgres() {
        db.texts("SELECT conname::text AS value FROM pg_constraint WHERE condeferrable OR condeferred")
    } else {
        db.texts("SELECT name AS value FROM sqlite_master WHERE upper(sql) LIKE '%DEFERR%'")
    };
    assert_eq!(deferred, Vec::<String>::new());
}

#[test]
fn every_sqlite_table_is_strict_and_no_trigger_ends_a_transaction() {
    let source = include_str!("../../migrations/sqlite/0001_init/up.sql");
    assert_eq!(source.matches("CREATE TABLE").count(), source.matches(") STRICT;").count());
    assert!(!source.to_uppercase().contains("RAISE(ROLLBACK"));
    let db = fresh_database();
    if !db.is_postgres() {
        let loose = "SELECT name AS value FROM pragma_table_list
                     WHERE schema = 'main' AND type = 'table' AND strict = 0
                       AND name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations'";
        assert_eq!(db.texts(loose), Vec::<String>::new());
    }
}
