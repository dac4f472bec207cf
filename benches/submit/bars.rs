//! The bars, and whether they are met.

use crate::figures::Measured;
use crate::subject::{Database, Form, Subject};

const SQLITE: Subject = Subject::Submit { on: Database::Sqlite, connections: 64 };
const POSTGRES: Subject = Subject::Submit { on: Database::Postgres, connections: 64 };

/// One line a bar.
pub fn render(measured: &[Measured]) -> String {
    let find = |subject: Subject| measured.iter().find(|one| one.subject == subject);
    let times = |subject, limit| find(subject)?.times(find(limit)?);
    let grouped = Subject::RawSqlite { group: 50 };
    let separate = Subject::Pgbench { form: Form::Separate, clients: 64 };
    let refused: u64 = measured.iter().filter(|one| one.subject.is_service()).map(Measured::refused).sum();
    let samples = measured.iter().flat_map(|one| &one.rounds).filter_map(|figures| figures.sample.as_deref());
    let mut lines = vec![
        at_least("SQLite, 64 connections: 0.4 × the raw loop with 50 a transaction", times(SQLITE, grouped), 0.4),
        at_least("PostgreSQL, 64 connections: 0.8 × pgbench with separate statements", times(POSTGRES, separate), 0.8),
        steady("SQLite, 64 connections: p99 at most 5 × p50", find(SQLITE)),
        steady("PostgreSQL, 64 connections: p99 at most 5 × p50", find(POSTGRES)),
        verdict("no answer but 2xx", refused == 0, &format!("{refused} others")),
    ];
    lines.extend(samples.take(3).map(|sample| format!("  - for example: {sample}")));
    lines.join("\n")
}

fn at_least(bar: &str, ratio: Option<f64>, least: f64) -> String {
    let Some(ratio) = ratio else { return unmeasured(bar) };
    verdict(bar, ratio >= least, &format!("{ratio:.3}"))
}

fn steady(bar: &str, one: Option<&Measured>) -> String {
    let ratio = one.and_then(|one| one.median(|figures| Some(figures.p99? / figures.p50?)));
    let Some(ratio) = ratio else { return unmeasured(bar) };
    verdict(bar, ratio <= 5.0, &format!("{ratio:.1}"))
}

fn unmeasured(bar: &str) -> String {
    format!("- not measured: {bar}")
}

fn verdict(bar: &str, met: bool, found: &str) -> String {
    format!("- {}: {bar} ({found})", if met { "met" } else { "MISSED" })
}
