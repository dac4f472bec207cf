//! The worker: takes what is due, sends it outside any transaction, writes down how that ended.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::future::{Either, join_all, select};
use tokio::sync::watch;

use super::email::{Mail, Mailer};
use super::model::Delivery;
use super::recipients::{Nobody, Recipients, Resolved};
use super::retry::{Next, Retry};
use super::store::{self, LeaseId, Outcome};
use super::template::Letters;
use super::threads::Threads;
use super::trouble::Trouble;
use crate::clock::{Clock, Timestamp};
use crate::config::Deliveries;
use crate::error::Failure;
use crate::journal::{Author, Entry, Event, Subjects};
use crate::store::{Recorded, Store, Tx};

/// How long a message rests when the recipient could not be looked up because something was away.
const REST: TimeDelta = TimeDelta::seconds(10);

/// How many times as long as a batch took the worker rests: on a busy machine, where a batch takes longer, it sends less.
const REST_FOR_WORK: u32 = 3;

/// How many times as many threads as messages in a batch there may be: those of tries that were given up linger.
const THREADS_FOR_BATCH: usize = 4;

/// A message that this worker holds.
#[derive(Clone, Debug)]
pub struct Leased {
    /// The message.
    pub delivery: Delivery,
    lease: LeaseId,
}

/// Sends what is due 投递. Any number of these run on one database. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    recipients: Arc<dyn Recipients>,
    letters: Letters,
    mailer: Mailer,
    retry: Retry,
    batch: u32,
    lease: Duration,
    threads: Threads,
}

/// What came of a try.
enum Told {
    Sent,
    Nobody(Nobody),
    /// Not tried at all: something we need was away.
    Away,
}

impl Outbox {
    /// A worker.
    pub fn new(
        store: Store,
        clock: Clock,
        recipients: Arc<dyn Recipients>,
        letters: Letters,
        mailer: Mailer,
        settings: &Deliveries,
    ) -> Self {
        let (retry, batch, lease) = (Retry::from(settings), settings.batch, settings.lease);
        let threads = Threads::new(usize::try_from(batch).unwrap_or(1).saturating_mul(THREADS_FOR_BATCH));
        Self(Arc::new(Inner { store, clock, recipients, letters, mailer, retry, batch, lease, threads }))
    }

    /// Works until `stop` says so (or its sender is gone): nothing new is taken, and what is being sent may end until the
    /// given time; then it is handed back untried, for whoever is there next. While there is something to send, it rests
    /// three times as long as it works: requests come first.
    pub async fn run(&self, every: Duration, mut stop: watch::Receiver<Option<Instant>>) {
        while stop.borrow().is_none() {
            let begun = Instant::now();
            let rest = match self.round(|| over(stop.clone())).await {
                Ok(0) => every,
                Ok(_) => begun.elapsed().saturating_mul(REST_FOR_WORK).min(every),
                Err(failure) => {
                    tracing::warn!(%failure, "deliveries wait");
                    every
                }
            };
            if tokio::time::timeout(rest, stop.wait_for(Option::is_some)).await.is_ok() {
                return;
            }
        }
    }

    /// Takes what is due, at most a batch, and tries it; says how many that were.
    ///
    /// # Errors
    /// The database being away. What was sent and could not be written down is sent again when its lease is over, with
    /// the same Message-ID.
    pub async fn step(&self) -> Result<usize, Failure> {
        self.round(std::future::pending).await
    }

    /// A step whose tries are given up when `over` is ready.
    async fn round<F: Future<Output = ()>>(&self, over: impl Fn() -> F) -> Result<usize, Failure> {
        let taken = self.lease().await?;
        let tries = taken.iter().map(|leased| {
            let over = over();
            async move {
                let outcome = match select(pin!(self.attempt(leased)), pin!(over)).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => Outcome::Released(self.0.clock.now()),
                };
                self.settle(leased, outcome).await
            }
        });
        join_all(tries).await.into_iter().collect::<Result<Vec<bool>, Failure>>()?;
        Ok(taken.len())
    }

    /// Takes what is due, at most a batch: nobody else will for the time of a lease.
    ///
    /// # Errors
    /// The database being away.
    pub async fn lease(&self) -> Result<Vec<Leased>, Failure> {
        let now = self.0.clock.now();
        if !self.0.store.read(move |db| store::any_due(db, now)).await? {
            return Ok(Vec::new());
        }
        let (lease, batch) = (LeaseId::new(), self.0.batch);
        let until = now.plus(TimeDelta::from_std(self.0.lease).map_err(Failure::internal)?);
        let take = move |tx: &mut Tx<'_>| {
            let taken = store::lease(tx, lease, now, until, batch)?;
            Ok(tx.unrecorded("a lease is no fact, only a promise among workers", taken))
        };
        let taken = self.0.store.write(take).await?;
        Ok(taken.into_iter().map(|delivery| Leased { delivery, lease }).collect())
    }

    /// Tries a message once. It is handed over within half its lease or not at all; the answer may take one timeout more,
    /// a quarter of the lease at most (the settings are checked for it). Whoever does not end even then is given up in time
    /// to write that down.
    pub async fn attempt(&self, leased: &Leased) -> Outcome {
        let (delivery, lease) = (&leased.delivery, self.0.lease);
        let tried = tokio::time::timeout(lease - lease / 8, self.tell(delivery, Instant::now() + lease / 2)).await;
        match tried.unwrap_or(Err(Trouble::Timeout)) {
            Ok(Told::Sent) => Outcome::Sent,
            Ok(Told::Nobody(why)) => Outcome::Skipped(why),
            Ok(Told::Away) => Outcome::Released(self.0.clock.now().plus(REST)),
            Err(trouble) => self.after(delivery, trouble),
        }
    }

    /// Writes down how a try ended, unless the lease is no longer ours; says whether it was.
    ///
    /// # Errors
    /// The database being away.
    pub async fn settle(&self, leased: &Leased, outcome: Outcome) -> Result<bool, Failure> {
        let (leased, now) = (leased.clone(), self.0.clock.now());
        let held = self.0.store.write(move |tx| end(tx, &leased, outcome, now)).await?;
        if !held {
            tracing::info!("a delivery was taken over by another worker");
        }
        Ok(held)
    }

    fn after(&self, delivery: &Delivery, trouble: Trouble) -> Outcome {
        let failed = delivery.attempts.saturating_add(1);
        tracing::info!(delivery = %delivery.id, %trouble, failed, "a delivery failed");
        match self.0.retry.after(delivery.id, failed) {
            Next::After(pause) if !trouble.is_final() => Outcome::Again(trouble, self.0.clock.now().plus(pause)),
            _ => Outcome::Dead(trouble),
        }
    }

    async fn tell(&self, delivery: &Delivery, until: Instant) -> Result<Told, Trouble> {
        let (address, lang, letter) = match self.0.recipients.resolve(delivery).await {
            Ok(Resolved::Mail { address, lang, letter }) => (address, lang, letter),
            Ok(Resolved::Nobody(why)) => return Ok(Told::Nobody(why)),
            Err(Failure::Unavailable(why)) => {
                tracing::warn!(%why, "a recipient cannot be looked up now");
                return Ok(Told::Away);
            }
            Err(failure) => {
                tracing::error!(delivery = %delivery.id, %failure, "a recipient cannot be looked up");
                return Err(Trouble::Resolving);
            }
        };
        if letter.template() != delivery.template {
            tracing::error!(delivery = %delivery.id, "the letter is another template's");
            return Err(Trouble::Rendering);
        }
        let rendered = self.0.letters.render(lang, &letter)?;
        let mail = Mail::new(delivery.id, &address, lang, delivery.created_at, rendered)?;
        let mailer = self.0.mailer.clone();
        let Some(sent) = self.0.threads.run(move || mailer.send(&mail, until)).await else {
            tracing::warn!("the mail server keeps too many conversations open; further messages wait");
            return Ok(Told::Away);
        };
        sent.map(|()| Told::Sent)
    }
}

/// Ready when it is time to stop and the time that was left is over.
async fn over(mut stop: watch::Receiver<Option<Instant>>) {
    let until = stop.wait_for(Option::is_some).await.ok().and_then(|until| *until);
    if let Some(until) = until {
        tokio::time::sleep_until(until.into()).await;
    }
}

fn end(tx: &mut Tx<'_>, leased: &Leased, outcome: Outcome, now: Timestamp) -> Result<Recorded<bool>, Failure> {
    let Delivery { id, template, case_id, agency_id, .. } = leased.delivery;
    if !store::settle(tx, id, leased.lease, outcome, now)? {
        return Ok(tx.unrecorded("another worker holds the delivery: it will say how it ends", false));
    }
    let event = match outcome {
        Outcome::Sent => Event::DeliveryDone { delivery: id, template: template.to_string() },
        Outcome::Dead(_) => Event::DeliveryDead { delivery: id, template: template.to_string() },
        Outcome::Skipped(_) | Outcome::Again(..) | Outcome::Released(_) => {
            return Ok(tx.unrecorded("nothing reached anybody yet; the row says why", true));
        }
    };
    let subjects = Subjects { case: case_id, agency: agency_id, other: Some(id.to_string()), customer: None };
    Ok(tx.record(Entry::new(&event, &Author::system(), subjects, now, now)?, true))
}
