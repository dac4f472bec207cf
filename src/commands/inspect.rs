//! `gcrm migrate`, `openapi`, `check`, `import`.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::catalogue::Starter;
use crate::config::Settings;
use crate::error::Failure;
use crate::http;
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
