//! What the app runs beside the requests.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::App;
use crate::access::Call;
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::error::Failure;
use crate::outbox::{self, Mailer};
use crate::workers::Workers;

/// How often another instance's changes to departments and items are looked for.
const FRESH: Duration = Duration::from_secs(5);
/// How often the signing keys are read again: within this, every instance signs with a new key, asked or not.
const KEYS: Duration = Duration::from_secs(60);
/// How often what has expired is removed.
const PURGE: Duration = Duration::from_secs(3600);
/// How often the log is told of years that the calendars do not know.
const DAY: Duration = Duration::from_secs(86_400);

impl App {
    /// Starts everything that runs beside the requests.
    ///
    /// # Errors
    /// Mail settings that cannot be used.
    pub fn start_workers(&self, settings: &Settings) -> Result<Workers, Failure> {
        let door = self.door.clone();
        let mut workers = Workers::new(move |worker| door.worker_died(worker));
        let outbox = self.outbox(Mailer::new(&settings.mail)?, settings)?;
        let (every, stop) = (settings.workers.deliveries, workers.stopping());
        workers.keep("deliveries", move |_| {
            let (outbox, stop) = (outbox.clone(), stop.clone());
            async move { outbox.run(every, stop).await }
        });
        let app = self.clone();
        workers.keep("ledger", move |stopped| app.ledger().run(app.store.clone(), stopped.wait()));
        self.start_checkpoints(&mut workers, settings.checkpoints.clone());
        self.start_sweeper(&mut workers, settings.workers.sweeper);
        self.start_housekeeping(&mut workers);
        Ok(workers)
    }

    fn start_sweeper(&self, workers: &mut Workers, every: Duration) {
        let (sweeper, computed) = (self.sweeper(), Arc::new(AtomicBool::new(false)));
        workers.repeat("sweeper", every, move || {
            let (sweeper, computed) = (sweeper.clone(), computed.clone());
            async move {
                // Calendars may know more years, or others, than at the last start: first of all, since what is drawn from a
                // due day cannot be taken back. What could not be written just now is tried again beside the steps.
                if !computed.load(Ordering::Relaxed) {
                    computed.store(sweeper.recompute().await?.missed == 0, Ordering::Relaxed);
                }
                Ok(sweeper.step().await? > 0)
            }
        });
    }

    fn start_checkpoints(&self, workers: &mut Workers, folder: Option<PathBuf>) {
        let app = self.clone();
        workers.keep("checkpoints", move |stopped| {
            let (app, folder) = (app.clone(), folder.clone());
            async move { app.checkpoints(folder).run(app.store.clone(), stopped.wait()).await }
        });
    }

    fn start_housekeeping(&self, workers: &mut Workers) {
        let app = self.clone();
        workers.repeat("fresh", FRESH, move || {
            let app = app.clone();
            async move {
                app.refresh_tree().await?;
                app.items.refresh(&app.store).await?;
                app.door.flush_refusals().await?;
                app.measure().await?;
                Ok(false)
            }
        });
        let app = self.clone();
        workers.repeat("keys", KEYS, move || {
            let (store, accounts) = (app.store.clone(), app.accounts.clone());
            async move { store.read(move |db| accounts.reload_keys(db)).await.map(|()| false) }
        });
        let app = self.clone();
        workers.repeat("calendars", DAY, move || {
            app.warn_of_missing_years();
            async { Ok(false) }
        });
        self.start_purges(workers);
    }

    /// Each on its own, and in small steps: a failure of one keeps nobody else from ending.
    fn start_purges(&self, workers: &mut Workers) {
        let app = self.clone();
        workers.repeat("expired keys", PURGE, move || {
            let app = app.clone();
            async move { Ok(app.door.purge_keys().await? > 0) }
        });
        let app = self.clone();
        workers.repeat("expired sessions", PURGE, move || {
            let (store, accounts, now) = (app.store.clone(), app.accounts.clone(), app.clock.now());
            async move { Ok(store.write(move |tx| accounts.purge(tx, &Call::system(now))).await? > 0) }
        });
    }

    /// How far the ledger and the deliveries are behind, for the figures.
    ///
    /// # Errors
    /// The database being away.
    pub async fn measure(&self) -> Result<(), Failure> {
        let lag = super::lag_probe(self.clock.clone());
        let (lag, backlog) = self.store.read(move |db| Ok((lag(db)?, outbox::backlog(db)?))).await?;
        self.door.metrics().set_ledger_lag(lag);
        let waited = |since: Timestamp| (self.clock.now().utc() - since.utc()).num_seconds().max(0);
        self.door.metrics().set_outbox(backlog.oldest.map_or(0, waited), backlog.dead);
        Ok(())
    }
}
