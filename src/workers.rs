//! What runs beside the requests, until the process stops. A worker that panics is started again, and counted.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::Failure;

/// How long a worker that panicked rests.
const RECOVER: Duration = Duration::from_secs(1);
/// How long after their time workers may still write down how far they came; then they are left behind.
const LAST: Duration = Duration::from_secs(2);

/// Told of each worker that panicked, by its name.
type Died = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Running workers.
pub struct Workers {
    stop: watch::Sender<Option<Instant>>,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
    died: Died,
}

impl Workers {
    /// None yet; `died` is told of each that panics.
    pub fn new(died: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self { stop: watch::channel(None).0, tasks: Vec::new(), died: Arc::new(died) }
    }

    /// Told when it is time to stop: until when whatever is under way may still end.
    pub fn stopping(&self) -> watch::Receiver<Option<Instant>> {
        self.stop.subscribe()
    }

    /// Runs a worker that ends by itself when it is time: `start` makes it, again after each panic. It is given what is
    /// ready when it is time.
    pub fn keep<S, F>(&mut self, name: &'static str, start: S)
    where
        S: Fn(Stopped) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (died, mut stop) = (self.died.clone(), self.stopping());
        let task = tokio::spawn(async move {
            loop {
                let stopped = Stopped(stop.clone());
                if AssertUnwindSafe(async { start(stopped).await }).catch_unwind().await.is_ok() {
                    return;
                }
                tracing::error!(worker = name, "a worker panicked; it starts again");
                died(name);
                if tokio::time::timeout(RECOVER, stop.wait_for(Option::is_some)).await.is_ok() {
                    return;
                }
            }
        });
        self.tasks.push((name, task));
    }

    /// Runs a step again and again: at once while it says that there is more to do, else after `every`.
    pub fn repeat<S, F>(&mut self, name: &'static str, every: Duration, step: S)
    where
        S: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<bool, Failure>> + Send + 'static,
    {
        let step = Arc::new(step);
        self.keep(name, move |stopped| repeat(name, every, step.clone(), stopped));
    }

    /// Tells all to stop, and waits `within` for what they are doing, and a moment longer; whoever is still at it then is
    /// left behind.
    pub async fn stop(self, within: Duration) {
        let until = Instant::now() + within;
        self.stop.send_replace(Some(until));
        for (name, mut task) in self.tasks {
            match tokio::time::timeout_at((until + LAST).into(), &mut task).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => tracing::error!(worker = name, "a worker ended badly"),
                Err(_) => {
                    tracing::warn!(worker = name, "a worker did not end in time and is left behind");
                    task.abort();
                }
            }
        }
    }
}

/// When it is time to stop.
#[derive(Clone)]
pub struct Stopped(watch::Receiver<Option<Instant>>);

impl Stopped {
    /// Ready when it is time to stop.
    pub async fn wait(mut self) {
        // A sender that is gone means the same.
        let _ = self.0.wait_for(Option::is_some).await;
    }
}

async fn repeat<S, F>(name: &'static str, every: Duration, step: Arc<S>, stopped: Stopped)
where
    S: Fn() -> F,
    F: Future<Output = Result<bool, Failure>>,
{
    loop {
        let more = step().await.unwrap_or_else(|failure| {
            tracing::warn!(worker = name, %failure, "a worker's step failed; it will be tried again");
            false
        });
        let wait = if more { Duration::ZERO } else { every };
        if tokio::time::timeout(wait, stopped.clone().wait()).await.is_ok() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[actix_web::test]
    async fn a_worker_that_panics_is_counted_and_starts_again() {
        let (deaths, told) = (Arc::new(Mutex::new(Vec::new())), watch::channel(0_u32));
        let kept = deaths.clone();
        let mut workers = Workers::new(move |name| kept.lock().unwrap().push(name));
        let (starts, steps) = (Arc::new(AtomicU32::new(0)), told.0);
        workers.repeat("unlucky", Duration::from_millis(1), move || {
            let (start, steps) = (starts.fetch_add(1, Ordering::SeqCst), steps.clone());
            async move {
                assert!(start > 0, "the first step panics");
                steps.send_replace(start);
                Ok(false)
            }
        });
        let mut told = told.1;
        told.wait_for(|step| *step > 1).await.unwrap();
        workers.stop(Duration::from_secs(5)).await;
        assert_eq!(*deaths.lock().unwrap(), ["unlucky"]);
    }

    #[actix_web::test]
    async fn a_worker_that_does_not_end_in_time_is_left_behind() {
        let mut workers = Workers::new(|_| {});
        workers.keep("stubborn", |_| std::future::pending());
        let begun = Instant::now();
        workers.stop(Duration::from_millis(10)).await;
        assert!(begun.elapsed() < LAST + Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
