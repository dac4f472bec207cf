//! `gcrm migrate`, `openapi`, `check`, `import`, `verify`.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::catalogue::Starter;
use crate::config::Settings;
use crate::error::Failure;
use crate::http;
use crate::journal::{self, Checkpoint};
use crate::store::Migrations;

/// Brings the schema up to date.
///
/// # Errors
/// The database being away; a migration that fails.
pub fn migrate(settings: &Settings) -> Result<ExitCode, Failure> {
    let store = super::store(settings, true)?;
    let ran = Migrations(&store).run()?;
    super::print(&format!("{ran} migrations ran; the schema is up to date"));
    Ok(ExitCode::SUCCESS)
}

/// Prints the OpenAPI document.
///
/// # Errors
/// A document that does not serialize: a defect.
pub fn openapi() -> Result<ExitCode, Failure> {
    let document = http::document(&app::about(), app::document_routes);
    super::print(&serde_json::to_string_pretty(&document).map_err(Failure::internal)?);
    Ok(ExitCode::SUCCESS)
}

/// Opens everything and says that it fits.
///
/// # Errors
/// What does not fit.
pub async fn check(settings: &Settings) -> Result<ExitCode, Failure> {
    let store = super::store(settings, true)?;
    let app = super::app(settings, store).await?;
    let items = app.items.all_in_use().len();
    super::print(&format!("settings, keys and {} fit; {items} service items in use", app.store.url()));
    Ok(ExitCode::SUCCESS)
}

/// Loads catalogues from a folder.
///
/// # Errors
/// Files that do not read, a catalogue the linter finds fault with; the database being away.
pub async fn import(settings: &Settings, folder: &Path) -> Result<ExitCode, Failure> {
    let starter = Starter::load_dir(folder).map_err(Failure::internal)?;
    let store = super::store(settings, true)?;
    let app = super::app(settings, store).await?;
    app.load_catalogues(&starter).await?;
    super::print(&format!("{} service items in use", app.items.all_in_use().len()));
    Ok(ExitCode::SUCCESS)
}

/// Recomputes the journal's chain, and compares it with the checkpoints kept outside the database. Works beside a running
/// service.
///
/// # Errors
/// The database being away; a checkpoint file that does not read.
pub async fn verify(settings: &Settings, checkpoint: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut kept = checkpoint.map(Checkpoint::read_file).transpose()?.unwrap_or_default();
    let store = super::store(settings, false)?;
    if let Some(folder) = &settings.checkpoints
        && let Some(file) = journal::kept_in(folder, &store).await?.filter(|file| file.exists())
    {
        kept.extend(Checkpoint::read_file(&file)?);
    }
    if kept.is_empty() {
        super::tell("no checkpoint was kept outside the database: that its end was cut off would not show");
    }
    let app = super::app(settings, store).await?;
    let report = journal::verify(&app.store, &kept, app.signer().as_ref()).await?;
    match &report.first_problem {
        None => {
            super::print(&format!(
                "ok: {} rows, {} checkpoints, {} rows wait for their position",
                report.rows, report.checkpoints, report.unplaced
            ));
            Ok(ExitCode::SUCCESS)
        }
        Some(problem) => {
            super::print(&format!("not ok after {} good rows: {problem}", report.rows));
            Ok(ExitCode::FAILURE)
        }
    }
}
