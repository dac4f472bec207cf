//! The command line of gcrm.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use gcrm::commands;

/// Government customer relationship backend.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// A settings file over the defaults (also GCRM_CONFIG); every setting can be given as GCRM__SECTION__KEY.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API until told to stop.
    Serve,
    /// A city's 10,000 real requests through the workflow on a fresh database, then serve it.
    Demo {
        /// Replay only.
        #[arg(long)]
        no_serve: bool,
        /// Print the figures as one JSON object, and nothing else, on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Print the OpenAPI document.
    Openapi,
    /// Check settings, keys and database, and say what is wrong.
    Check,
    /// Load catalogues from a folder: jurisdictions, departments, service items.
    Import {
        /// The folder; one folder a jurisdiction in it.
        folder: PathBuf,
    },
    /// Recompute the journal's chain and name the first row that was altered, inserted, removed or cut off, by the
    /// checkpoints in the folder journal.checkpoints; without one there it is not ok.
    Verify {
        /// Checkpoints kept elsewhere: a copy of a file of that folder, or the answer of GET /api/v1/journal/checkpoint.
        #[arg(long)]
        checkpoint: Option<PathBuf>,
    },
    /// Administrators and keys.
    Admin {
        #[command(subcommand)]
        command: Admin,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Create the first system or security administrator; the password is read from standard input.
    Create {
        /// Which administrator: they are two persons.
        #[arg(value_enum)]
        kind: Kind,
        /// The login.
        login: String,
        /// One more, although there is one.
        #[arg(long)]
        another: bool,
    },
    /// Give an account a new password, read from standard input; its sessions end.
    Password {
        /// The login.
        login: String,
    },
    /// Sign tokens and checkpoints with a new key.
    RotateKeys,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    System,
    Security,
}

fn main() -> ExitCode {
    let system = actix_web::rt::System::new();
    let code = system.block_on(run());
    // Ending the runtime would wait for threads that wait for a database or a mail server; the process need not.
    std::mem::forget(system);
    code
}

async fn run() -> ExitCode {
    let cli = Cli::parse();
    let settings = match commands::settings(cli.config) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let outcome = match cli.command {
        Command::Serve => commands::serve(&settings).await,
        Command::Demo { no_serve, json } => commands::demo(&settings, no_serve, json).await,
        Command::Migrate => commands::migrate(&settings),
        Command::Openapi => commands::openapi(),
        Command::Check => commands::check(&settings).await,
        Command::Import { folder } => commands::import(&settings, &folder).await,
        Command::Verify { checkpoint } => commands::verify(&settings, checkpoint.as_deref()).await,
        Command::Admin { command } => match command {
            Admin::Create { kind, login, another } => {
                commands::create_admin(&settings, matches!(kind, Kind::System), &login, another).await
            }
            Admin::Password { login } => commands::password(&settings, &login).await,
            Admin::RotateKeys => commands::rotate_keys(&settings).await,
        },
    };
    commands::ended(outcome)
}
