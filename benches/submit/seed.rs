//! A database with the service's own schema, catalogue and citizens in it, of which every measurement gets a copy.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::Outcome;
use crate::cpu::Watched;
use crate::database::{Backlog, Place};
use crate::figures::Figures;
use crate::load;
use crate::options::Options;
use crate::people::{self, Citizen};
use crate::rows::{self, Template};
use crate::service::Service;

/// How long the few first messages may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database to copy.
pub struct Seed {
    place: Place,
    /// The service's folder; its keys fit the database.
    folder: PathBuf,
    citizens: Vec<Citizen>,
    /// What one submission of each citizen put into the database.
    pub templates: Vec<Template>,
}

impl Seed {
    /// Starts the service once on an empty database, registers everybody, takes the rows of their first submissions.
    pub fn sow(runtime: &Runtime, options: &Options, place: Place, folder: &Path) -> Outcome<Self> {
        let service = Service::start(runtime, &options.binary, folder, &place.url())?;
        let (citizens, cases) = people::register(runtime, &service)?;
        wait_until_idle(&place)?;
        drop(service);
        place.settle()?;
        let templates = cases.iter().map(|case| rows::take(&place, case)).collect::<Outcome<_>>()?;
        Ok(Self { place, folder: folder.to_owned(), citizens, templates })
    }

    /// A copy to measure on.
    pub fn fresh(&self) -> Outcome<Place> {
        self.place.copy()
    }

    /// Submissions over HTTP, on a service and a database of their own.
    pub fn submit(&self, runtime: &Runtime, options: &Options, connections: usize) -> Outcome<Figures> {
        // Mails of the measurement before.
        let _ = std::fs::remove_dir_all(self.folder.join("data").join("mail"));
        let place = self.fresh()?;
        let service = Service::start(runtime, &options.binary, &self.folder, &place.url())?;
        let tokens = people::log_in(runtime, &service, &self.citizens)?;
        let before = place.backlog()?;
        let watched = Watched { app: Some(service.pid()), postmaster: place.postmaster() };
        let load = load::drive(runtime, service.port, &tokens, connections, options.window, watched)?;
        let backlog = place.backlog()?;
        let kept = backlog.cases.saturating_sub(before.cases);
        if kept < load.accepted {
            return Err(format!("{} submissions were acknowledged, {kept} are in the database", load.accepted).into());
        }
        Ok(Figures { backlog: Some(Backlog { cases: kept, ..backlog }), ..load.figures })
    }
}

/// Waits until the seed's own messages are sent, so that a copy begins with nothing put off.
fn wait_until_idle(place: &Place) -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let Backlog { unplaced, messages, .. } = place.backlog()?;
        if (unplaced, messages) == (0, 0) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(format!("after {PATIENCE:?} the service still works on a few submissions: {:?}", place.backlog()?).into())
}
