//! The demonstration: a city's real requests through the real workflow, on a fresh database, by one command.
//!
//! Always true: nothing is written but by the rooms' own verbs, with their permissions; a database that is not the
//! demonstration's own is left alone.

pub mod invitation;
pub mod people;
pub mod replay;
pub mod report;
pub mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use crate::accounts::Login;
use crate::app::App;
use crate::catalogue::{DepartmentCode, JurisdictionCode, Starter};
use crate::error::Failure;
use crate::journal;
use crate::store::{Migrations, Store, Tx, meta};

pub use people::Credential;
pub use report::Report;

/// The jurisdiction of the rows.
pub const JURISDICTION: &str = "us-la";
/// Marks a database as the demonstration's own.
const INSTANCE: &str = "instance";
const DEMO: &str = "demo";

/// Makes sure that the database is the demonstration's own or nobody's, and brings its schema up to date. Nobody's is one
/// without tables, and one whose tables say nothing yet: an earlier start may have been interrupted before it left its mark.
///
/// # Errors
/// A database with something else in it; the database being away.
pub async fn claim(store: &Store) -> Result<(), Failure> {
    let migrations = Migrations(store);
    if migrations.is_foreign()? {
        return Err(foreign(store));
    }
    migrations.run()?;
    let own = store
        .write(|tx| {
            let own = match meta::get(tx, INSTANCE)? {
                Some(instance) => instance == DEMO,
                None if is_blank(tx)? => {
                    meta::put(tx, INSTANCE, DEMO);
                    true
                }
                None => false,
            };
            Ok(tx.unrecorded("what a database says about itself", own))
        })
        .await?;
    if own { Ok(()) } else { Err(foreign(store)) }
}

/// Whether a database with our tables says nothing: no journal, and so nothing that anybody ever stated, and no word about
/// itself, and so no keys.
fn is_blank(tx: &mut Tx<'_>) -> Result<bool, Failure> {
    Ok(meta::with_prefix(tx, "")?.is_empty() && !journal::has_rows(tx)?)
}

fn foreign(store: &Store) -> Failure {
    Failure::internal(format!(
        "{} holds something else than a demonstration; name an empty database in DATABASE_URL",
        store.url()
    ))
}

/// A demonstration with its catalogues and people; the rows wait to be replayed.
pub struct Settled {
    jurisdiction: JurisdictionCode,
    rows: Arc<Vec<rows::Row>>,
    owners: Vec<String>,
}

/// Loads catalogues and people; gives the people's credentials the first time, none later. To be told before the replay
/// begins, which may be interrupted: nobody learns them again.
///
/// # Errors
/// The database being away.
pub async fn settle(app: &App) -> Result<(Vec<Credential>, Settled), Failure> {
    app.load_catalogues(&Starter::embedded().map_err(Failure::internal)?).await?;
    let jurisdiction: JurisdictionCode = JURISDICTION.parse().map_err(Failure::internal)?;
    let place = app.tree.jurisdiction(&jurisdiction).ok_or_else(|| Failure::internal("no jurisdiction of the rows"))?;
    let rows = Arc::new(rows::read(place.definition.time_zone)?);
    let owners: BTreeSet<String> = rows.iter().map(|r| r.owner.clone()).collect();
    let owners: Vec<String> = owners.into_iter().collect();
    let credentials = people::ensure(app, &owners).await?;
    Ok((credentials, Settled { jurisdiction, rows, owners }))
}

impl Settled {
    /// Replays what is left of the rows. `progress` is told how many events are done, of how many.
    ///
    /// # Errors
    /// The database being away; a row that a verb refuses (a defect).
    pub async fn replay(self, app: &App, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Report, Failure> {
        let replay = replay::Replay {
            store: app.store.clone(),
            cases: app.cases.clone(),
            clock: app.clock.clone(),
            bureaus: bureaus(app, &self.jurisdiction, &self.owners).await?,
            jurisdiction: self.jurisdiction.to_string(),
            rows: self.rows.clone(),
        };
        let started = Instant::now();
        replay.run(progress).await?;
        let seconds = started.elapsed().as_secs_f64();
        let cases = app.cases.clone();
        app.store.read(move |db| report::report(db, &cases, JURISDICTION, &self.rows, seconds)).await
    }
}

async fn bureaus(
    app: &App,
    jurisdiction: &JurisdictionCode,
    owners: &[String],
) -> Result<BTreeMap<String, replay::Bureau>, Failure> {
    let mut bureaus = BTreeMap::new();
    for owner in owners {
        let code: DepartmentCode = owner.parse().map_err(Failure::internal)?;
        let department = app.tree.by_code(jurisdiction, &code);
        let department = department.ok_or_else(|| Failure::internal(format!("no bureau {owner}")))?.id;
        let login = Login::parse(&people::bureau_login(owner)).map_err(|e| Failure::Invalid(vec![e]))?;
        let accounts = app.accounts.clone();
        let (_, officer) = app.store.read(move |db| accounts.acting(db, &login)).await?;
        bureaus.insert(owner.clone(), replay::Bureau { department, officer });
    }
    Ok(bureaus)
}
