//! What runs beside the requests, until the process stops.

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::Failure;

/// Running workers.
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Default for Workers {
    fn default() -> Self {
        Self { stop: watch::channel(false).0, tasks: Vec::new() }
    }
}

impl Workers {
    /// Told `true` when it is time to stop.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Ready when it is time to stop.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.stopping();
        async move {
            // A sender that is gone means the same.
            let _ = stop.wait_for(|stop| *stop).await;
        }
    }

    /// Runs a task that ends by itself when it is time.
    pub fn run(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(tokio::spawn(task));
    }

    /// Runs a step again and again: at once while it says that there is more to do, else after `every`.
    pub fn repeat<S, F>(&mut self, name: &'static str, every: Duration, step: S)
    where
        S: Fn() -> F + Send + 'static,
        F: Future<Output = Result<bool, Failure>> + Send,
    {
        let mut stop = self.stopping();
        self.run(async move {
            loop {
                let more = step().await.unwrap_or_else(|failure| {
                    tracing::warn!(worker = name, %failure, "a worker's step failed; it will be tried again");
                    false
                });
                let wait = if more { Duration::ZERO } else { every };
                if tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await.is_ok() {
                    return;
                }
            }
        });
    }

    /// Runs a task to its end once: tried again after `every` as long as it fails.
    pub fn once<S, F>(&mut self, name: &'static str, every: Duration, task: S)
    where
        S: Fn() -> F + Send + 'static,
        F: Future<Output = Result<(), Failure>> + Send,
    {
        let mut stop = self.stopping();
        self.run(async move {
            while let Err(failure) = task().await {
                tracing::warn!(worker = name, %failure, "a task failed; it will be tried again");
                if tokio::time::timeout(every, stop.wait_for(|stop| *stop)).await.is_ok() {
                    return;
                }
            }
        });
    }

    /// Tells all to stop, and waits for what they are doing.
    pub async fn stop(self) {
        // Without a receiver there is nobody to tell.
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker ended badly");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[actix_web::test]
    async fn a_task_that_fails_is_tried_again_until_it_is_done_once() {
        let (mut workers, tries) = (Workers::default(), Arc::new(AtomicU32::new(0)));
        let counted = tries.clone();
        workers.once("test", Duration::ZERO, move || {
            let third = counted.fetch_add(1, Ordering::SeqCst) >= 2;
            async move { if third { Ok(()) } else { Err(Failure::internal("not yet")) } }
        });
        for task in std::mem::take(&mut workers.tasks) {
            assert!(task.await.is_ok());
        }
        assert_eq!(tries.load(Ordering::SeqCst), 3);
    }
}
