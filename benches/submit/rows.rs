//! The rows that one submission puts into the database, taken back out of it, to be put in again without the service.

use serde_json::Value;

use crate::database::{Place, Row};
use crate::{Outcome, keys};

/// The tables that a submission's own transaction fills, and the column that holds the case.
const OWN: &[(&str, &str)] = &[
    ("cases", "id"),
    ("case_contents", "case_id"),
    ("case_materials", "case_id"),
    ("clocks", "case_id"),
    ("journal", "case_id"),
    ("idempotency_keys", "reference"),
];

/// Filled from the case later, by workers.
const LATER: &str = "deliveries";

/// What the database or a worker gives a journal row.
const GIVEN: &[&str] = &["seq", "position", "hash"];

/// The rows of one submission.
pub struct Template {
    inserts: Vec<Insert>,
}

struct Insert {
    table: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

enum Cell {
    /// The same in every submission.
    Fixed(Value),
    /// Another in every submission.
    Counted(Slot),
}

/// A text that differs from submission to submission.
#[derive(Clone)]
pub enum Slot {
    /// A beginning and the number of the submission in so many digits: unique, and later ones sort behind, as real ids do.
    Number(String, usize),
    /// An idempotency key.
    Key,
}

/// Takes the rows of the submission that made a case.
pub fn take(place: &Place, case: &str) -> Outcome<Template> {
    assert_nothing_else(place, case)?;
    let inserts = OWN.iter().map(|(table, column)| take_table(place, table, column, case)).collect::<Outcome<_>>()?;
    Ok(Template { inserts })
}

fn take_table(place: &Place, table: &'static str, column: &str, case: &str) -> Outcome<Insert> {
    // Workers tell the journal about the case, too, but later.
    let at_once = match table {
        "journal" => format!(" AND recorded_at = (SELECT created_at FROM cases WHERE id = '{case}')"),
        _ => String::new(),
    };
    let rows = place.ask(&format!("SELECT * FROM {table} WHERE {column} = '{case}'{at_once}"))?;
    if rows.is_empty() {
        return Err(format!("the submission of {case} left nothing in {table}: its rows are not known any more").into());
    }
    let given = |name: &str| table == "journal" && GIVEN.contains(&name);
    let filled = |name: &str| rows.iter().any(|row| row.get(name).is_some_and(|value| !value.is_null()));
    let first = rows.first().into_iter().flat_map(Row::keys);
    let columns: Vec<String> = first.filter(|name| !given(name) && filled(name)).cloned().collect();
    let cells = |(at, row): (usize, &Row)| columns.iter().map(|name| cell(table, name, at, row, case)).collect();
    let rows = rows.iter().enumerate().map(cells).collect();
    Ok(Insert { table, columns, rows })
}

fn cell(table: &str, column: &str, at: usize, row: &Row, case: &str) -> Cell {
    let value = row.get(column).cloned().unwrap_or_default();
    let Some(text) = value.as_str() else { return Cell::Fixed(value) };
    let slot = match (table, column) {
        _ if text == case => counted(text, "case_1".to_owned()),
        ("cases", "number") => counted(text, text.split_inclusive('-').take(2).collect()),
        // Ids begin with 0 now and for 500 years: these sort behind.
        ("clocks" | "journal", "id") => counted(text, format!("{}_1{at}", text.split('_').next().unwrap_or_default())),
        ("idempotency_keys", "key") => Slot::Key,
        _ => return Cell::Fixed(value),
    };
    Cell::Counted(slot)
}

/// As long as the real one.
fn counted(real: &str, beginning: String) -> Slot {
    let digits = real.len().saturating_sub(beginning.len());
    Slot::Number(beginning, digits)
}

/// A table with rows of a case that is neither listed above nor filled later would make the limit too high.
fn assert_nothing_else(place: &Place, case: &str) -> Outcome<()> {
    let tables = match place {
        Place::Sqlite(_) => {
            "SELECT t.name AS name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.name = 'case_id'"
        }
        Place::Postgres(..) => {
            "SELECT table_name AS name FROM information_schema.columns \
             WHERE table_schema = 'public' AND column_name = 'case_id'"
        }
    };
    for row in place.ask(tables)? {
        let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
        let known = name == LATER || OWN.iter().any(|(table, _)| *table == name);
        if !known && !place.ask(&format!("SELECT 1 AS one FROM {name} WHERE case_id = '{case}' LIMIT 1"))?.is_empty() {
            return Err(format!("a submission fills {name}, too: name it in rows.rs").into());
        }
    }
    Ok(())
}

impl Template {
    /// One statement a row for SQLite, with `?` where submissions differ, and what belongs there.
    pub fn for_sqlite(&self) -> Vec<(String, Vec<Slot>)> {
        let value = |cell: &Cell| match cell {
            Cell::Counted(_) => "?".to_owned(),
            Cell::Fixed(Value::String(text)) => format!("'{}'", text.replace('\'', "''")),
            Cell::Fixed(other) => plain(other),
        };
        let statement = |insert: &Insert, row: &Vec<Cell>| {
            let slots = row.iter().filter_map(|cell| match cell {
                Cell::Counted(slot) => Some(slot.clone()),
                Cell::Fixed(_) => None,
            });
            (insert.statement(&[list(row.iter().map(value))]), slots.collect())
        };
        self.inserts.iter().flat_map(|i| i.rows.iter().map(move |row| statement(i, row))).collect()
    }

    /// Whom the rows name: the customer and the account of one citizen.
    fn names(&self) -> Vec<&str> {
        let cases = self.inserts.iter().find(|insert| insert.table == "cases");
        let columns = cases.into_iter().flat_map(|insert| insert.columns.iter().zip(insert.rows.iter().flatten()));
        let named = columns.filter(|(name, _)| ["customer_id", "submitted_by"].contains(&name.as_str()));
        named.filter_map(|(_, cell)| cell.fixed()).collect()
    }

    fn cell(&self, insert: usize, row: usize, column: usize) -> Option<&Cell> {
        self.inserts.get(insert)?.rows.get(row)?.get(column)
    }
}

/// One statement a table for pgbench, where `:n` is the number of the submission and `:k`, from 1, that of the citizen. One
/// script for all citizens, since every script is prepared anew on every connection; sealed texts are the first citizen's.
pub fn for_pgbench(templates: &[Template]) -> Vec<String> {
    let Some(first) = templates.first() else { return Vec::new() };
    let names = first.names();
    let citizens = |place: (usize, usize, usize)| -> Vec<String> {
        let texts = templates.iter().filter_map(|t| t.cell(place.0, place.1, place.2)?.fixed());
        texts.map(escaped).collect()
    };
    let value = |place: (usize, usize, usize), cell: &Cell| match cell {
        Cell::Counted(Slot::Number(beginning, digits)) => format!("'{beginning}' || lpad(:n::text, {digits}, '0')"),
        Cell::Counted(Slot::Key) => "md5(:n::text)".to_owned(),
        Cell::Fixed(Value::String(text)) if names.iter().any(|name| text.contains(name)) => {
            format!("(ARRAY[{}])[:k::int]", citizens(place).join(", "))
        }
        Cell::Fixed(Value::String(text)) => escaped(text),
        Cell::Fixed(other) => plain(other),
    };
    let statement = |(i, insert): (usize, &Insert)| {
        let row = |(r, row): (usize, &Vec<Cell>)| list(row.iter().enumerate().map(|(c, cell)| value((i, r, c), cell)));
        let rows: Vec<String> = insert.rows.iter().enumerate().map(row).collect();
        insert.statement(&rows)
    };
    first.inserts.iter().enumerate().map(statement).collect()
}

/// A text for pgbench, to which a colon would begin a variable.
fn escaped(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3a"))
}

/// A value that is no text.
fn plain(value: &Value) -> String {
    if value.is_null() { "NULL".to_owned() } else { value.to_string() }
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("({})", values.collect::<Vec<_>>().join(", "))
}

impl Cell {
    /// A text that is the same in every submission of a citizen.
    fn fixed(&self) -> Option<&str> {
        match self {
            Self::Fixed(value) => value.as_str(),
            Self::Counted(_) => None,
        }
    }
}

impl Insert {
    fn statement(&self, rows: &[String]) -> String {
        format!("INSERT INTO {} ({}) VALUES {}", self.table, self.columns.join(", "), rows.join(", "))
    }
}

impl Slot {
    /// What the n-th submission has here; `text` is emptied first.
    pub fn write(&self, n: u64, text: &mut String) {
        text.clear();
        match self {
            Self::Key => text.push_str(&keys::key(n)),
            Self::Number(beginning, digits) => {
                text.push_str(beginning);
                let number = n.to_string();
                (number.len()..*digits).for_each(|_| text.push('0'));
                text.push_str(&number);
            }
        }
    }
}
