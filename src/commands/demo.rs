//! `gcrm demo`: the replay with a progress bar, then the service.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::App;
use crate::config::Settings;
use crate::demo::{self, Credential, Report, Settled, invitation};
use crate::error::Failure;

/// Prints credentials, replays what is left of the rows, prints figures, and serves (unless told not to).
///
/// # Errors
/// A database with something else in it; the database being away; an address that is taken.
pub async fn demo(settings: &Settings, no_serve: bool, json: bool) -> Result<ExitCode, Failure> {
    let listener = if no_serve { None } else { Some(super::serve::listen(settings)?) };
    let store = super::store(settings, true)?;
    demo::claim(&store).await?;
    let app = super::app(settings, store).await?;
    // With `--json`, the report alone goes to standard output.
    let say = if json { super::tell } else { super::print };
    let (credentials, settled) = demo::settle(&app).await?;
    tell_credentials(&credentials, say);
    let report = replay(settled, &app, json).await?;
    app.settle_journal(settings.checkpoints.clone()).await?;
    if json {
        super::print(&serde_json::to_string(&report).map_err(Failure::internal)?);
    } else {
        super::print(&summary(&report));
    }
    let Some(listener) = listener else { return Ok(ExitCode::SUCCESS) };
    let listening = listener.local_addr().map_err(Failure::internal)?;
    invite(&settings.server.base_at(listening), &credentials, say);
    super::serve::run(settings, &app, listener).await
}

async fn replay(settled: Settled, app: &App, quiet: bool) -> Result<Report, Failure> {
    let bar = bar(quiet);
    let progress = |done: usize, of: usize| {
        bar.set_length(u64::try_from(of).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    };
    let report = settled.replay(app, &progress).await?;
    bar.finish_and_clear();
    Ok(report)
}

fn bar(hidden: bool) -> ProgressBar {
    let style = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} events, {eta} left");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let (false, Ok(style)) = (hidden, style) {
        bar.set_style(style);
        return bar;
    }
    ProgressBar::hidden()
}

fn summary(report: &Report) -> String {
    let mut text = format!(
        "{} requests of the City of Los Angeles: {} closed, {} withdrawn, {} referred, {} open ({:.1} s).\n",
        report.imported, report.closed, report.withdrawn, report.referred, report.open, report.seconds
    );
    for service in &report.services {
        let hours = service.median_hours_to_close.map_or("-".to_owned(), |h| format!("{h:.1} h"));
        let share = service.on_time_share.map_or("-".to_owned(), |s| format!("{:.1} %", s * 100.0));
        text.push_str(&format!(
            "  {:<28} {:>6} cases, median {hours:>8} to close, {share:>7} on time\n",
            service.name, service.cases
        ));
    }
    for unusual in &report.unusual {
        text.push_str(&format!("  unusual: {} {}\n", unusual.count, unusual.reason.replace('_', " ")));
    }
    text
}

fn tell_credentials(credentials: &[Credential], tell: fn(&str)) {
    if credentials.is_empty() {
        return;
    }
    tell("Synthetic people; these passwords are shown once (a new one: gcrm admin password LOGIN):");
    for c in credentials {
        tell(&format!("  {:<24} {:<36} {}", c.what, c.login, c.password));
    }
}

fn invite(base: &str, credentials: &[Credential], say: fn(&str)) {
    say(&format!("Documentation: {base}/docs   OpenAPI: {base}/openapi.json"));
    say("Try:");
    for line in invitation::lines(base, credentials) {
        say(&format!("  {line}"));
    }
}
