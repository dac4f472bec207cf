//! Whatever is done to placed rows behind the service's back is found, and the first row of it named.

use gcrm::clock::Clock;
use gcrm::journal::{Checkpoint, Checkpoints, Ledger, Problem, ProblemKind, verify};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;

use super::{TestKey, entry, note, placed, state};
use crate::world::db::{TestDb, fresh_database};

/// Rows of the journal that is tampered with.
const ROWS: i64 = 9;

/// Each changes one column of one row, whatever was there.
const EDITS: &[&str] = &[
    "id = id || 'x'",
    "ordinal = ordinal + 1",
    "event = 'case.accepted'",
    "audience = CASE audience WHEN 'internal' THEN 'public' ELSE 'internal' END",
    "case_id = 'x'",
    "customer_id = ''",
    "agency_id = 'x'",
    "subject = ''",
    "actor = 'acct_x'",
    "on_behalf_of = 'x'",
    "facts = facts || ' '",
    "facts = '{}'",
    "effective_at = '1999-12-31T23:59:59.000000Z'",
    "recorded_at = '2099-12-31T23:59:59.999999Z'",
    "request_id = 'x'",
    "hash = 'f' || hash",
    "hash = NULL",
];

#[derive(Clone, Debug)]
enum Tampering {
    Edit(usize, i64),
    Swap(i64, i64),
    Delete(i64),
    DeleteAndMove(i64),
    Insert(i64),
    Append { gap: i64 },
    Unplace(i64),
    Displace(i64),
    Cut(i64),
    CutWithHead(i64),
    CutWithHeadAndCheckpoints(i64),
}

fn tamperings() -> impl Strategy<Value = Tampering> {
    let row = || 1..=ROWS;
    prop_oneof![
        6 => (0..EDITS.len(), row()).prop_map(|(edit, row)| Tampering::Edit(edit, row)),
        1 => (row(), row()).prop_filter("two rows", |(a, b)| a != b).prop_map(|(a, b)| Tampering::Swap(a, b)),
        1 => row().prop_map(Tampering::Delete),
        1 => row().prop_map(Tampering::DeleteAndMove),
        1 => row().prop_map(Tampering::Insert),
        1 => (1..5_i64).prop_map(|gap| Tampering::Append { gap }),
        1 => row().prop_map(Tampering::Unplace),
        1 => row().prop_map(Tampering::Displace),
        1 => row().prop_map(Tampering::Cut),
        1 => row().prop_map(Tampering::CutWithHead),
        1 => row().prop_map(Tampering::CutWithHeadAndCheckpoints),
    ]
}

/// A placed row that the ledger never saw.
fn foreign(position: i64) -> String {
    format!(
        "INSERT INTO journal (id, ordinal, event, audience, actor, facts, effective_at, recorded_at, position, hash)
         SELECT 'foreign', 0, event, audience, actor, facts, effective_at, recorded_at, {position}, hash
         FROM saved WHERE position = 1;"
    )
}

fn moved(from: i64, by: i64) -> String {
    format!(
        "UPDATE journal SET position = -(position + {by}) WHERE position >= {from};
         UPDATE journal SET position = -position WHERE position < 0;"
    )
}

impl Tampering {
    fn sql(&self) -> String {
        let cut = |from: &i64| format!("DELETE FROM journal WHERE position >= {from};");
        let head = |from: &i64| {
            format!(
                "UPDATE journal_head SET position = {0},
                   hash = coalesce((SELECT hash FROM journal WHERE position = {0}), '');",
                from - 1
            )
        };
        match self {
            Self::Edit(edit, row) => format!("UPDATE journal SET {} WHERE position = {row}", EDITS[*edit]),
            Self::Swap(a, b) => format!(
                "UPDATE journal SET position = -1 WHERE position = {a}; UPDATE journal SET position = {a} WHERE position = {b};
                 UPDATE journal SET position = {b} WHERE position = -1"
            ),
            Self::Delete(row) => format!("DELETE FROM journal WHERE position = {row}"),
            Self::DeleteAndMove(row) => format!("DELETE FROM journal WHERE position = {row}; {}", moved(row + 1, -1)),
            Self::Insert(row) => format!("{}{}", moved(*row, 1), foreign(*row)),
            Self::Append { gap } => foreign(ROWS + gap),
            Self::Unplace(row) => format!("UPDATE journal SET position = NULL, hash = NULL WHERE position = {row}"),
            Self::Displace(row) => format!("UPDATE journal SET position = position + 1000 WHERE position = {row}"),
            Self::Cut(from) => cut(from),
            Self::CutWithHead(from) => cut(from) + &head(from),
            Self::CutWithHeadAndCheckpoints(from) => {
                cut(from) + &head(from) + &format!("DELETE FROM checkpoints WHERE position >= {from};")
            }
        }
    }

    /// The first row that is not as it was, and what may be said of it.
    fn expected(&self) -> (i64, Vec<ProblemKind>) {
        use ProblemKind::{Altered, Cut, Inserted, Missing};
        match self {
            Self::Edit(_, row) => (*row, vec![Altered]),
            // Two neighbours that changed places look like one that was put in before the other.
            Self::Swap(a, b) => (*a.min(b), vec![Altered, Inserted]),
            Self::Unplace(ROWS) | Self::Delete(ROWS) | Self::DeleteAndMove(ROWS) => (ROWS, vec![Cut]),
            Self::Delete(row) | Self::Unplace(row) | Self::Displace(row) => (*row, vec![Missing]),
            // Without a row behind it, a removed row looks like a changed one.
            Self::DeleteAndMove(row) if *row == ROWS - 1 => (*row, vec![Altered]),
            Self::DeleteAndMove(row) => (*row, vec![Missing]),
            Self::Insert(row) => (*row, vec![Inserted]),
            Self::Append { gap } => (ROWS + gap, vec![Inserted]),
            Self::Cut(from) | Self::CutWithHead(from) | Self::CutWithHeadAndCheckpoints(from) => (*from, vec![Cut]),
        }
    }
}

/// A journal with a checkpoint at its end (also kept outside), a copy to restore from, and no guard.
async fn disarmed(db: &TestDb) -> Vec<Checkpoint> {
    placed(db, usize::try_from(ROWS).unwrap()).await;
    let checkpoints = Checkpoints::new(Arc::new(TestKey::new("k")), Clock::machine(), None);
    let kept = checkpoints.write(&db.store).await.unwrap().unwrap();
    db.disarm_journal();
    db.execute(
        "CREATE TABLE saved AS SELECT * FROM journal; CREATE TABLE saved_head AS SELECT * FROM journal_head;
         CREATE TABLE saved_checkpoints AS SELECT * FROM checkpoints",
    );
    vec![kept]
}

fn restore(db: &TestDb) {
    db.execute_either(
        "DELETE FROM journal; INSERT INTO journal SELECT * FROM saved",
        "DELETE FROM journal; INSERT INTO journal OVERRIDING SYSTEM VALUE SELECT * FROM saved",
    );
    db.execute(
        "DELETE FROM journal_head; INSERT INTO journal_head SELECT * FROM saved_head;
         DELETE FROM checkpoints; INSERT INTO checkpoints SELECT * FROM saved_checkpoints",
    );
}

async fn first_problem(db: &TestDb, kept: &[Checkpoint]) -> Option<Problem> {
    verify(&db.store, kept, &TestKey::new("k")).await.unwrap().first_problem
}

#[test]
fn any_tampering_is_found_and_its_first_row_named() {
    let system = actix_web::rt::System::new();
    let db = fresh_database();
    let kept = system.block_on(disarmed(&db));
    assert_eq!(system.block_on(first_problem(&db, &kept)), None);
    let mut runner = TestRunner::new(Config { cases: 200, ..Config::default() });
    let property = |tampering: Tampering| {
        db.execute(&tampering.sql());
        let found = system.block_on(first_problem(&db, &kept));
        restore(&db);
        let (position, kinds) = tampering.expected();
        prop_assert!(
            found.as_ref().is_some_and(|p| p.position == Some(position) && kinds.contains(&p.kind)),
            "expected {kinds:?} at {position}, found {found:?}"
        );
        Ok(())
    };
    runner.run(&tamperings(), property).unwrap();
    assert_eq!(system.block_on(first_problem(&db, &kept)), None, "restoring works, so every finding was real");
}

#[actix_web::test]
async fn every_edit_of_every_row_is_found() {
    let db = fresh_database();
    let kept = disarmed(&db).await;
    for (edit, name) in EDITS.iter().enumerate() {
        for row in 1..=ROWS {
            db.execute(&Tampering::Edit(edit, row).sql());
            let found = first_problem(&db, &kept).await;
            restore(&db);
            let found = found.unwrap_or_else(|| panic!("{name} of row {row} was not found"));
            assert_eq!((found.kind, found.position), (ProblemKind::Altered, Some(row)), "{name}");
        }
    }
}

#[actix_web::test]
async fn a_row_that_does_not_even_read_is_named() {
    let db = fresh_database();
    let kept = disarmed(&db).await;
    // Neither is an instant that the service can have written.
    db.execute_either(
        "UPDATE journal SET recorded_at = 'yesterday' WHERE position = 4",
        "UPDATE journal SET recorded_at = 'infinity' WHERE position = 4",
    );
    let found = first_problem(&db, &kept).await.unwrap();
    assert_eq!((found.kind, found.position), (ProblemKind::Altered, Some(4)));
}

#[actix_web::test]
async fn a_chain_that_was_computed_anew_contradicts_its_checkpoints() {
    let db = fresh_database();
    let kept = disarmed(&db).await;
    db.execute(
        "UPDATE journal SET position = NULL, hash = NULL; UPDATE journal SET actor = 'acct_x' WHERE seq = 3;
         UPDATE journal_head SET position = 0, hash = ''",
    );
    Ledger::silent().drain(&db.store).await.unwrap();
    let found = first_problem(&db, &[]).await.unwrap();
    assert_eq!((found.kind, found.position), (ProblemKind::Rewritten, Some(ROWS)));
    db.execute("DELETE FROM checkpoints");
    assert_eq!(first_problem(&db, &[]).await, None, "nothing is left in the database to tell");
    let found = first_problem(&db, &kept).await.unwrap();
    assert_eq!((found.kind, found.position), (ProblemKind::Rewritten, Some(ROWS)));
}

#[actix_web::test]
async fn a_checkpoint_that_the_key_did_not_sign_is_found() {
    let db = fresh_database();
    let kept = disarmed(&db).await;
    let mut forged = kept[0].clone();
    forged.signed_at = super::at("2020-01-01T00:00:00Z");
    let found = first_problem(&db, &[forged]).await.unwrap();
    assert_eq!((found.kind, found.position), (ProblemKind::Checkpoint, Some(ROWS)));
    let other = verify(&db.store, &kept, &TestKey::new("another key")).await.unwrap();
    assert_eq!(other.first_problem.map(|p| p.kind), Some(ProblemKind::Checkpoint));
}

#[actix_web::test]
async fn a_changed_head_is_found() {
    let db = fresh_database();
    let kept = disarmed(&db).await;
    for (sql, kind) in [
        ("UPDATE journal_head SET hash = 'x'", ProblemKind::Head),
        ("UPDATE journal_head SET position = position - 1", ProblemKind::Inserted),
        ("UPDATE journal_head SET position = position + 1", ProblemKind::Cut),
        ("DELETE FROM journal_head", ProblemKind::Head),
    ] {
        db.execute(sql);
        let found = first_problem(&db, &kept).await;
        restore(&db);
        assert_eq!(found.map(|p| p.kind), Some(kind), "{sql}");
    }
}

#[actix_web::test]
async fn a_journal_that_grows_meanwhile_verifies() {
    let db = fresh_database();
    placed(&db, 50).await;
    let checkpoints = Checkpoints::new(Arc::new(TestKey::new("k")), Clock::machine(), None);
    let growing = async {
        for i in 0..30 {
            state(&db.store, entry(&note(i))).await;
            Ledger::silent().step(&db.store, 200).await.unwrap();
            checkpoints.write(&db.store).await.unwrap();
        }
    };
    let verifying = async {
        for _ in 0..30 {
            assert_eq!(first_problem(&db, &[]).await, None);
        }
    };
    futures_util::future::join(growing, verifying).await;
    let report = verify(&db.store, &[], &TestKey::new("k")).await.unwrap();
    assert_eq!((report.rows, report.checkpoints, report.first_problem), (80, 30, None));
}

#[actix_web::test]
async fn the_hash_is_what_the_documentation_says() {
    use aws_lc_rs::digest::{SHA256, digest};
    let db = fresh_database();
    placed(&db, 2).await;
    let mut previous = String::new();
    for position in 1..=2 {
        let columns = "seq, id, ordinal, event, audience, facts, effective_at, recorded_at, hash";
        let [seq, id, ordinal, event, audience, facts, effective, recorded, hash] =
            columns.split(", ").map(|c| column(&db, c, position)).collect::<Vec<_>>().try_into().unwrap();
        // The nine columns that have a value here; the others are null.
        let facts = facts.replace('"', "\\\"");
        let canonical = format!(
            "[{position},{seq},\"{id}\",{ordinal},\"{event}\",\"{audience}\",null,null,null,null,\"system\",null,\
             \"{facts}\",\"{effective}\",\"{recorded}\",null]"
        );
        let expected = digest(&SHA256, format!("{previous}{canonical}").as_bytes());
        previous = data_encoding::HEXLOWER.encode(expected.as_ref());
        assert_eq!(hash, previous, "{canonical}");
    }
}

fn column(db: &TestDb, column: &str, position: i64) -> String {
    let value = match (column, db.is_postgres()) {
        ("effective_at" | "recorded_at", true) => {
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        _ => format!("{column} || ''"),
    };
    db.text(&format!("SELECT {value} AS value FROM journal WHERE position = {position}"))
}
