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
        let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let statement = |insert: &Insert, row: &Vec<Cell>| {
            let slots = row.iter().filter_map(|cell| match cell {
                Cell::Counted(slot) => Some(slot.clone()),
                Cell::Fixed(_) => None,
            });
            let values = values(row, &quote, &|_| "?".to_owned());
            (insert.statement(&[values]), slots.collect())
        };
        self.inserts.iter().flat_map(|i| i.rows.iter().map(move |row| statement(i, row))).collect()
    }

    /// One statement a table for pgbench, where `:n` is the number of the submission.
    pub fn for_pgbench(&self) -> Vec<String> {
        // A colon in a text would begin a variable.
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3a");
        let quote = |text: &str| format!("E'{}'", escaped(text));
        let counted = |slot: &Slot| match slot {
            Slot::Number(beginning, digits) => format!("'{beginning}' || lpad(:n::text, {digits}, '0')"),
            Slot::Key => "md5(:n::text)".to_owned(),
        };
        let all = |insert: &Insert| {
            let rows: Vec<String> = insert.rows.iter().map(|row| values(row, &quote, &counted)).collect();
            insert.statement(&rows)
        };
        self.inserts.iter().map(all).collect()
    }
}

impl Insert {
    fn statement(&self, rows: &[String]) -> String {
        format!("INSERT INTO {} ({}) VALUES {}", self.table, self.columns.join(", "), rows.join(", "))
    }
}

fn values(row: &[Cell], quote: &dyn Fn(&str) -> String, counted: &dyn Fn(&Slot) -> String) -> String {
    let literal = |cell: &Cell| match cell {
        Cell::Counted(slot) => counted(slot),
        Cell::Fixed(Value::Null) => "NULL".to_owned(),
        Cell::Fixed(Value::String(text)) => quote(text),
        Cell::Fixed(number_or_bool) => number_or_bool.to_string(),
    };
    format!("({})", row.iter().map(literal).collect::<Vec<_>>().join(", "))
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
