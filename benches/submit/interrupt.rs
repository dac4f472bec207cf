//! Ctrl-C ends the run after the measurement it meets, so that processes, databases and files are cleaned up.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::Outcome;

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens for SIGINT and SIGTERM from now on.
pub fn listen() -> Outcome<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            let (interrupted, terminated) = (std::pin::pin!(interrupt.recv()), std::pin::pin!(terminate.recv()));
            futures_util::future::select(interrupted, terminated).await;
        });
        ASKED.store(true, Ordering::SeqCst);
        eprintln!("stopping after this measurement");
    })?;
    Ok(())
}

/// Fails once a signal has come.
pub fn check() -> Outcome<()> {
    if ASKED.load(Ordering::SeqCst) { Err("interrupted".into()) } else { Ok(()) }
}
