//! `gcrm admin`: the first administrators, passwords, keys. Passwords come from standard input, never from arguments.

use std::process::ExitCode;

use secrecy::SecretString;

use crate::access::Call;
use crate::accounts::{AdminKind, Another, Chosen, DisplayName, Login, NewAccount, NewPassword};
use crate::app::App;
use crate::config::Settings;
use crate::error::{Failure, FieldError};
use crate::store::Migrations;

/// Creates the first system or security administrator.
///
/// # Errors
/// 409 when there is one and no other was asked for; a password that the policy refuses; the database being away.
pub async fn create_admin(settings: &Settings, system: bool, login: &str, another: bool) -> Result<ExitCode, Failure> {
    let app = open(settings).await?;
    let (login, password) = credentials(login)?;
    let new = NewAccount {
        display_name: DisplayName::parse(login.as_str()).map_err(wrong)?,
        password: app.accounts.hasher().hash(password).await?,
        chosen: Chosen::ByOwner,
        login,
        locale: settings.locale,
    };
    let kind = if system { AdminKind::System } else { AdminKind::Security };
    let another = if another { Another::Create } else { Another::Refuse };
    let (accounts, now) = (app.accounts.clone(), app.clock.now());
    let id = app.store.write(move |tx| accounts.create_admin(tx, &Call::system(now), kind, &new, another)).await?;
    super::print(&format!("{id} created"));
    Ok(ExitCode::SUCCESS)
}

/// Gives an account a new password and ends its sessions.
///
/// # Errors
/// 404 for an unknown login; a password that the policy refuses; the database being away.
pub async fn password(settings: &Settings, login: &str) -> Result<ExitCode, Failure> {
    let app = open(settings).await?;
    let (login, password) = credentials(login)?;
    let hash = app.accounts.hasher().hash(password).await?;
    let (accounts, now) = (app.accounts.clone(), app.clock.now());
    let set = move |tx: &mut crate::store::Tx<'_>| {
        let (account, _) = accounts.acting(tx, &login)?;
        accounts.replace_password(tx, &Call::system(now), account, &hash)
    };
    app.store.write(set).await?;
    super::print("password set; all sessions of the account ended");
    Ok(ExitCode::SUCCESS)
}

/// Signs tokens and checkpoints with a new key from now on.
///
/// # Errors
/// The database being away.
pub async fn rotate_keys(settings: &Settings) -> Result<ExitCode, Failure> {
    let app = open(settings).await?;
    let (accounts, now) = (app.accounts.clone(), app.clock.now());
    let kid = app.store.write(move |tx| accounts.rotate_keys(tx, &Call::system(now))).await?;
    super::print(&format!("{kid} signs now"));
    Ok(ExitCode::SUCCESS)
}

async fn open(settings: &Settings) -> Result<App, Failure> {
    let store = super::store(settings, true)?;
    if settings.database.migrate_on_start {
        Migrations(&store).run()?;
    }
    super::app(settings, store).await
}

fn credentials(login: &str) -> Result<(Login, NewPassword), Failure> {
    let login = Login::parse(login).map_err(wrong)?;
    super::tell("type the password and press Enter (it is read from standard input):");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(Failure::internal)?;
    let text = SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned());
    let password = NewPassword::parse(&text, &login, "/password").map_err(wrong)?;
    Ok((login, password))
}

fn wrong(error: FieldError) -> Failure {
    super::tell(&error.detail);
    Failure::Invalid(vec![error])
}
