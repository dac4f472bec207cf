//! Threads for what blocks. One that waits for a mail server must not hold up the end of the process, as those of the
//! runtime do; and one that was given up on goes on all the same, so that there must not be ever more of them.

use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

use super::trouble::Trouble;

/// At most so many threads at once.
pub(super) struct Threads(Arc<Semaphore>);

impl Threads {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Runs what blocks in a thread of its own; none when there are as many as may be, and then it does not run at all.
    pub(super) async fn run(
        &self,
        send: impl FnOnce() -> Result<(), Trouble> + Send + 'static,
    ) -> Option<Result<(), Trouble>> {
        let place = self.0.clone().try_acquire_owned().ok()?;
        let (tell, told) = oneshot::channel();
        let thread = std::thread::Builder::new().name("mail".to_owned()).spawn(move || {
            let sent = send();
            drop(place);
            // Whoever gave up does not listen any more.
            let _ = tell.send(sent);
        });
        if let Err(error) = thread {
            tracing::error!(%error, "no thread to send a message with");
        }
        Some(told.await.unwrap_or(Err(Trouble::Panic)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc;

    use futures_util::FutureExt;

    use super::*;

    #[actix_web::test]
    async fn a_thread_that_was_given_up_on_counts_until_it_ends() {
        let threads = Threads::new(1);
        let (end, wait) = mpsc::channel::<()>();
        let given_up = threads.run(move || {
            wait.recv().unwrap();
            Ok(())
        });
        assert_eq!(given_up.now_or_never(), None, "it waits");
        assert_eq!(threads.run(|| Ok(())).await, None, "and nothing else runs meanwhile");
        end.send(()).unwrap();
        while threads.run(|| Ok(())).await.is_none() {
            actix_web::rt::task::yield_now().await;
        }
        assert_eq!(threads.run(|| Err(Trouble::Timeout)).await, Some(Err(Trouble::Timeout)));
    }
}
