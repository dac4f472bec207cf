//! The table.

use crate::database::Backlog;
use crate::figures::{Figures, Measured};

const HEAD: &[&str] = &[
    "submitting a case",
    "connections",
    "a second",
    "of its limit",
    "mean ms",
    "p50 ms",
    "p99 ms",
    "CPU µs each: service",
    "PostgreSQL",
    "load generator",
    "CPU of others",
    "left waiting: journal rows",
    "messages",
    "not 2xx",
];

/// What the columns mean.
const NOTES: &str = "Milliseconds are a request's, or a transaction's (of 50 submissions where it holds 50). The raw loop is \
    its own load generator. PostgreSQL's CPU is that of the whole server, which others may use, too; CPU of others is their \
    share of all processors during the measurement; for pgbench both include its warm-up. Left waiting is counted at the end \
    of the load, warm-up included, with its share of all submissions; a journal row that waits will bring a message.";

/// The table in Markdown, with medians over the rounds.
pub fn render(measured: &[Measured]) -> String {
    let mut lines = vec![line(HEAD.iter().map(|head| (*head).to_owned()))];
    lines.push(line(HEAD.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" }.to_owned())));
    lines.extend(measured.iter().map(|one| line(cells(one, measured).into_iter())));
    format!("{}\n\n{NOTES}\n", lines.join("\n"))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

fn cells(one: &Measured, all: &[Measured]) -> Vec<String> {
    let count = |figure: &dyn Fn(&Figures) -> Option<f64>| one.median(figure).map_or_else(none, thousands);
    let millis = |figure: &dyn Fn(&Figures) -> Option<f64>| one.median(figure).map_or_else(none, |f| format!("{f:.2}"));
    let waiting = |which: fn(&Backlog) -> u64| {
        let share = one.median(|f| f.backlog.as_ref().map(|b| which(b) as f64 / b.cases.max(1) as f64));
        let number = count(&|f| f.backlog.as_ref().map(|b| which(b) as f64));
        share.map_or_else(none, |share| format!("{number} ({:.0} %)", share * 100.0))
    };
    let service = one.subject.is_service();
    vec![
        one.subject.name(),
        one.subject.connections().to_string(),
        count(&|f| Some(f.per_second)),
        limits(one, all),
        millis(&|f| Some(f.mean)),
        millis(&|f| f.p50),
        millis(&|f| f.p99),
        if service { count(&|f| Some(f.app)) } else { none() },
        count(&|f| Some(f.database).filter(|used| *used > 0.0)),
        count(&|f| Some(f.generator)),
        one.median(|f| Some(f.others)).map_or_else(none, |share| format!("{:.0} %", share * 100.0)),
        waiting(|backlog| backlog.unplaced),
        waiting(|backlog| backlog.messages),
        one.refused().to_string(),
    ]
}

/// How the service stands to each of its limits.
fn limits(one: &Measured, all: &[Measured]) -> String {
    let limits = one.subject.limits().into_iter().filter_map(|(name, limit)| {
        let limit = all.iter().find(|other| other.subject == limit)?;
        Some(format!("{:.2} × {name}", one.times(limit)?))
    });
    let limits: Vec<String> = limits.collect();
    if limits.is_empty() { none() } else { limits.join(", ") }
}

fn none() -> String {
    "–".to_owned()
}

/// A whole number, its thousands apart.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
