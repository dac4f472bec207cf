//! `gcrm verify`.

use std::path::Path;
use std::process::ExitCode;

use crate::config::Settings;
use crate::error::Failure;
use crate::ids::JournalId;
use crate::journal::{self, Kept, Report};

/// Recomputes the journal's chain, and compares it with the checkpoints kept outside the database. What contradicts them
/// is not ok, and neither is a database that says to be another journal than they are of, or of which none was kept
/// although the settings name a folder: whoever may write to the database decides what it says. Works beside a running
/// service.
///
/// # Errors
/// The database being away; a folder or file of checkpoints that cannot be read.
pub async fn verify(settings: &Settings, checkpoint: Option<&Path>) -> Result<ExitCode, Failure> {
    // Before the database: a checkpoint is kept after it was written there.
    let folder = settings.checkpoints.as_deref();
    let mut files = folder.map(Kept::all_in).transpose()?.unwrap_or_default();
    files.extend(checkpoint.map(Kept::read).transpose()?);
    let app = super::app(settings, super::store(settings, false)?).await?;
    let name = app.store.read(|db| journal::name(db)).await?;
    tell_torn(&files);
    if let Some(doubt) = files.iter().find_map(|kept| doubt(kept, name)) {
        return Ok(not_ok(&doubt));
    }
    let kept: Vec<_> = files.into_iter().flat_map(|kept| kept.checkpoints).collect();
    let report = journal::verify(&app.store, &kept, app.signer().as_ref()).await?;
    if let Some(problem) = &report.first_problem {
        return Ok(not_ok(&format!(" after {} good rows: {problem}", report.rows)));
    }
    Ok(if kept.is_empty() { unproven(&report, folder) } else { ok(&report) })
}

fn tell_torn(files: &[Kept]) {
    for kept in files {
        for line in &kept.torn {
            let file = kept.file.display();
            super::tell(&format!(
                "line {line} of {file} is no whole checkpoint, as a full disk or a power failure leaves it"
            ));
        }
    }
}

/// Why a file of checkpoints cannot vouch for this journal.
fn doubt(kept: &Kept, journal: Option<JournalId>) -> Option<String> {
    let file = kept.file.display();
    if let Some(other) = kept.checkpoints.iter().map(|checkpoint| checkpoint.journal).find(|of| Some(*of) != journal) {
        let own = journal.map_or("has no name".to_owned(), |own| format!("says to be {own}"));
        return Some(format!(
            ": {file} proves the journal {other}, and the database {own}: if the file is another database's, move it \
             elsewhere; if not, this journal took the place of the one that it proves"
        ));
    }
    kept.ends_torn.then(|| {
        format!(
            ": the last line of {file} is no whole checkpoint, so that it is not known how far it went; a running service \
             writes it again"
        )
    })
}

/// The chain holds in itself, and nobody outside the database knows how it ended.
fn unproven(report: &Report, folder: Option<&Path>) -> ExitCode {
    match folder {
        Some(folder) if report.rows > 0 => not_ok(&format!(
            " after {} good rows: no checkpoint is kept in {}, which a running service does within seconds; if there was \
             one, the journal may have been rewritten or cut off",
            report.rows,
            folder.display()
        )),
        _ => {
            super::tell("no checkpoint was kept outside the database: that its end was cut off would not show");
            ok(report)
        }
    }
}

fn ok(report: &Report) -> ExitCode {
    let Report { rows, checkpoints, unplaced, .. } = report;
    super::print(&format!("ok: {rows} rows, {checkpoints} checkpoints, {unplaced} rows wait for their position"));
    ExitCode::SUCCESS
}

fn not_ok(why: &str) -> ExitCode {
    super::print(&format!("not ok{why}"));
    ExitCode::FAILURE
}
