//! `gcrm serve`: the API and its workers.

use std::net::TcpListener;
use std::process::ExitCode;

use crate::app::App;
use crate::catalogue::Starter;
use crate::config::Settings;
use crate::error::Failure;
use crate::http;
use crate::store::Migrations;

/// Serves until told to stop, then finishes what is being answered.
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
    let workers = app.start_workers(settings)?;
    tracing::info!(address = %settings.server.bind, database = %app.store.url(), "serving");
    let server = http::serve(&app.door, app.routes(), listener).map_err(Failure::internal)?;
    server.await.map_err(Failure::internal)?;
    workers.stop().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}
