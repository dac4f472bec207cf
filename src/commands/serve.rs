//! `gcrm serve`: the API and its workers.

use std::future::Future;
use std::net::TcpListener;
#[cfg(unix)]
use std::pin::pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[cfg(unix)]
use futures_util::future::select;
use tokio::sync::oneshot;

use crate::app::App;
use crate::catalogue::Starter;
use crate::config::Settings;
use crate::error::Failure;
use crate::http;
use crate::store::Migrations;

/// Serves until told to stop (SIGTERM, or Ctrl-C), then finishes what is being answered and sent, within `server.drain_s`.
///
/// # Errors
/// An address that is taken, a database that is away at start, keys that do not fit.
pub async fn serve(settings: &Settings) -> Result<ExitCode, Failure> {
    // First of all: an address that is taken is told before anything else happens.
    let listener = listen(settings)?;
    let store = super::store(settings, true)?;
    if settings.database.migrate_on_start {
        Migrations(&store).run()?;
    }
    let app = super::app(settings, store).await?;
    load_catalogues(settings, &app).await?;
    run(settings, &app, listener).await
}

/// The operator's catalogues; without any, the starters where there is nothing yet.
async fn load_catalogues(settings: &Settings, app: &App) -> Result<(), Failure> {
    let starter = match &settings.catalogue {
        Some(folder) => Starter::load_dir(folder),
        None if app.items.all_in_use().is_empty() => Starter::embedded(),
        None => return Ok(()),
    };
    app.load_catalogues(&starter.map_err(Failure::internal)?).await
}

pub(super) fn listen(settings: &Settings) -> Result<TcpListener, Failure> {
    let bind = settings.server.bind;
    TcpListener::bind(bind).map_err(|e| Failure::internal(format!("cannot listen on {bind} (server.bind): {e}")))
}

pub(super) async fn run(settings: &Settings, app: &App, listener: TcpListener) -> Result<ExitCode, Failure> {
    let stop = told_to_stop().map_err(Failure::internal)?;
    let workers = app.start_workers(settings)?;
    tracing::info!(address = %settings.server.bind, database = %app.store.url(), "serving");
    let (tell, told) = oneshot::channel();
    let stop = async move {
        stop.await;
        // Nobody listens after a server that ended by itself.
        let _ = tell.send(Instant::now());
    };
    let server = http::serve(&app.door, app.routes(), listener, stop).map_err(Failure::internal)?;
    server.await.map_err(Failure::internal)?;
    // Workers have what the requests left of the time, which is one for both.
    let spent = told.await.map_or(Duration::ZERO, |at| at.elapsed());
    workers.stop(settings.server.drain.saturating_sub(spent)).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Ready when this process is told to stop: by SIGTERM, or by Ctrl-C (SIGINT).
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        select(pin!(terminate.recv()), pin!(interrupt.recv())).await;
    })
}

/// Ready when this process is told to stop, by Ctrl-C.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // Where it cannot be heard, it ends the process by itself.
        let _ = tokio::signal::ctrl_c().await;
    })
}
