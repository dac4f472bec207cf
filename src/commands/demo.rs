//! `gcrm demo`: the replay with a progress bar, then the service.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config::Settings;
use crate::demo::{self, Credential};
use crate::error::Failure;

/// Replays what is left of the rows, prints figures and credentials, and serves (unless told not to).
///
/// # Errors
/// A database with something else in it; the database being away; an address that is taken.
pub async fn demo(settings: &Settings, no_serve: bool, json: bool) -> Result<ExitCode, Failure> {
    let listener = if no_serve { None } else { Some(super::serve::listen(settings)?) };
    let store = super::store(settings, true)?;
    demo::claim(&store).await?;
    let app = super::app(settings, store).await?;
    let bar = bar(json);
    let progress = |done: usize, of: usize| {
        bar.set_length(u64::try_from(of).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    };
    let (credentials, report) = demo::run(&app, &progress).await?;
    bar.finish_and_clear();
    app.settle_journal().await?;
    if json {
        super::print(&serde_json::to_string(&report).map_err(Failure::internal)?);
        tell_credentials(&credentials, super::tell);
    } else {
        super::print(&summary(&report));
        tell_credentials(&credentials, super::print);
    }
    let Some(listener) = listener else { return Ok(ExitCode::SUCCESS) };
    invite(settings);
    super::serve::run(settings, &app, listener).await
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

fn summary(report: &demo::Report) -> String {
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

fn invite(settings: &Settings) {
    let base = &settings.server.public_url;
    super::print(&format!("Documentation: {base}/docs   OpenAPI: {base}/openapi.json"));
    super::print("Try:");
    super::print(&format!("  curl -s '{base}/api/v1/service-items?jurisdiction=us-la&limit=3'"));
    super::print(&format!("  curl -s '{base}/health/ready'"));
    super::print(&format!(
        "  curl -s {base}/api/v1/sessions -H 'Content-Type: application/json' \
         -d '{{\"login\":\"citizen.one\",\"password\":\"the password above\"}}'"
    ));
}
