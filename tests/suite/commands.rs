//! What the command line does, as a process of its own beside a running service.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use gcrm::access::Roles;
use gcrm::accounts::{SessionPolicy, Strength};
use gcrm::app::{App, Parts};
use gcrm::calendar::Calendars;
use gcrm::catalogue::Starter;
use gcrm::clock::Clock;
use gcrm::config::{Settings, Sources};
use gcrm::ids::JournalId;
use gcrm::journal::name;
use gcrm::localized::Lang;
use gcrm::store::{DatabaseUrl, Options, Store};

use crate::world::db::{TestDb, fresh_database};

/// A service over a database, with keys in a folder, that has stated some facts.
async fn service(db: &TestDb, folder: &Path) -> App {
    let file = folder.join("keys");
    let sources = Sources::defaults().variable("GCRM__KEYS__FILE", file.to_str().unwrap());
    let settings = Settings::load(&sources).unwrap();
    let keys = gcrm::keys::open(&settings.keys, &db.store).await.unwrap();
    let app = App::open(Parts {
        store: db.store.clone(),
        clock: Clock::machine(),
        keys: Arc::new(keys),
        roles: Roles::embedded().unwrap(),
        calendars: Calendars::embedded().unwrap(),
        entry_days: 1,
        issuer: "http://127.0.0.1".into(),
        audience: "gcrm".into(),
        sessions: SessionPolicy::default(),
        strength: Strength { memory: 64, passes: 1, lanes: 1 },
        limits: gcrm::http::Limits::default(),
        filing: settings.filing,
        lang: Lang::En,
    })
    .await
    .unwrap();
    app.load_catalogues(&Starter::embedded().unwrap()).await.unwrap();
    app.ledger().drain(&db.store).await.unwrap();
    app
}

fn url(db: &TestDb) -> String {
    match &db.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

fn verify(db: &TestDb, folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gcrm"));
    command.arg("verify").current_dir(folder).env("DATABASE_URL", url(db)).env("GCRM__KEYS__FILE", "keys");
    command.output().unwrap()
}

#[actix_web::test]
async fn the_journal_is_verified_beside_a_running_service_that_holds_the_database() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let app = service(&db, folder.path()).await;
    if !db.is_postgres() {
        assert!(Store::open(&db.url, &Options::default()).is_err(), "the service holds the writer's lock");
    }
    keep(&app, folder.path()).await;
    let verified = verify(&db, folder.path());
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && said.starts_with("ok: "), "{verified:?}");
    assert!(!said.starts_with("ok: 0 rows"), "{said}");

    db.disarm_journal();
    db.execute("UPDATE journal SET facts = '{}' WHERE position = 3");
    let verified = verify(&db, folder.path());
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(!verified.status.success() && said.starts_with("not ok after 2 good rows"), "{verified:?}");
    drop(app);
}

/// Signs the journal's end and keeps it where the settings say; gives the file.
async fn keep(app: &App, folder: &Path) -> PathBuf {
    let folder = folder.join("data/checkpoints");
    app.settle_journal(Some(folder.clone())).await.unwrap();
    let name = app.store.read(|db| name(db)).await.unwrap().unwrap();
    folder.join(format!("{name}.jsonl"))
}

/// What somebody can do who may write to the database: the last row goes, and everything in it that knows of the row.
fn cut(db: &TestDb) {
    db.disarm_journal();
    db.execute("DELETE FROM checkpoints");
    let last = db.text("SELECT position || '' AS value FROM journal_head");
    db.execute(&format!("DELETE FROM journal WHERE position = {last}"));
    db.execute(&format!(
        "UPDATE journal_head SET position = {last} - 1, hash = (SELECT hash FROM journal WHERE position = {last} - 1)"
    ));
}

/// That verifying fails and says this.
fn not_ok(verified: &Output, why: &str) {
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(!verified.status.success() && said.starts_with("not ok") && said.contains(why), "{verified:?}");
}

#[actix_web::test]
async fn a_cut_with_its_checkpoints_shows_by_those_that_were_kept_outside_or_by_their_absence() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let app = service(&db, folder.path()).await;
    let kept = keep(&app, folder.path()).await;
    assert!(verify(&db, folder.path()).status.success());
    cut(&db);
    not_ok(&verify(&db, folder.path()), "a signed checkpoint knows of this row");
    std::fs::remove_file(kept).unwrap();
    not_ok(&verify(&db, folder.path()), "no checkpoint is kept in data/checkpoints");
}

#[actix_web::test]
async fn a_journal_that_is_cut_and_renamed_is_found_by_the_file_of_its_old_name() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let app = service(&db, folder.path()).await;
    let kept = keep(&app, folder.path()).await;
    cut(&db);
    db.execute(&format!("UPDATE meta SET value = '{}' WHERE key = 'journal'", JournalId::new()));
    let why = format!("{} proves the journal", Path::new("data/checkpoints").join(kept.file_name().unwrap()).display());
    not_ok(&verify(&db, folder.path()), &why);
    // The service itself does not notice, and signs and keeps what it finds.
    assert_ne!(keep(&app, folder.path()).await, kept);
    not_ok(&verify(&db, folder.path()), &why);
    db.execute("UPDATE meta SET value = 'x' WHERE key = 'journal'");
    assert!(!verify(&db, folder.path()).status.success());
    db.execute("DELETE FROM meta WHERE key = 'journal'");
    not_ok(&verify(&db, folder.path()), "the database has no name");
}

#[actix_web::test]
async fn a_torn_line_of_the_checkpoints_is_told_and_at_their_end_not_ok_until_the_service_writes_on() {
    let (db, folder) = (fresh_database(), tempfile::tempdir().unwrap());
    let app = service(&db, folder.path()).await;
    let kept = keep(&app, folder.path()).await;
    let whole = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, whole.split_at(whole.len() / 2).0).unwrap();
    not_ok(&verify(&db, folder.path()), "is no whole checkpoint");
    keep(&app, folder.path()).await;
    let verified = verify(&db, folder.path());
    assert!(verified.status.success(), "{verified:?}");
    assert!(String::from_utf8_lossy(&verified.stderr).contains("line 1 of data/checkpoints/"), "{verified:?}");
    cut(&db);
    not_ok(&verify(&db, folder.path()), "a signed checkpoint knows of this row");
}

/// A command over an SQLite file of its own, with a roles file of the operator's.
fn with_roles(folder: &Path, what: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gcrm"));
    command.arg(what).current_dir(folder).env("DATABASE_URL", "sqlite://own.db").env("GCRM__KEYS__FILE", "keys");
    command.env("GCRM__ACCESS__ROLES", "roles.toml").output().unwrap()
}

#[test]
fn a_start_takes_the_operators_roles_and_refuses_a_file_that_is_wrong_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let own = include_str!("../../config/roles.toml");
    let write = |text: &str| std::fs::write(folder.path().join("roles.toml"), text).unwrap();
    write(own);
    assert!(with_roles(folder.path(), "migrate").status.success());
    let good = with_roles(folder.path(), "check");
    assert!(good.status.success(), "{good:?}");
    write(&own.replacen("\"account:self\"", "\"account:fly\"", 1));
    let wrong = with_roles(folder.path(), "check");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && said.contains("roles.toml:") && said.contains("account:fly"), "{wrong:?}");
}
