//! The facts of one transaction as one statement. Their order is the order of their ordinals: a multi-row `VALUES` draws
//! the in-database sequence row by row on both databases, while single-row inserts in CTEs would run in reverse on
//! PostgreSQL.

use diesel::Column;
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

use super::schema::journal;
use crate::clock::Timestamp;
use crate::ids::{CaseId, CustomerId, DepartmentId, EventId};

/// One row of the journal before it is written. Rooms make it through the journal's `Entry`.
#[derive(Clone, Debug)]
pub struct FactRow {
    /// The row's id.
    pub id: EventId,
    /// Which fact of its transaction (from 0); set by the transaction.
    pub ordinal: i32,
    /// The event's stable name.
    pub event: &'static str,
    /// The audience's code.
    pub audience: &'static str,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The customer it is about.
    pub customer_id: Option<CustomerId>,
    /// The agency whose systems may follow it.
    pub agency_id: Option<DepartmentId>,
    /// Anything else it is about, by its prefixed id.
    pub subject: Option<String>,
    /// Who stated it.
    pub actor: String,
    /// For whom.
    pub on_behalf_of: Option<CustomerId>,
    /// Ids, enums, numbers and digests, as a JSON object.
    pub facts: String,
    /// When it counts.
    pub effective_at: Timestamp,
    /// When this system learned it.
    pub recorded_at: Timestamp,
    /// The request it came with.
    pub request_id: Option<String>,
}

/// A fact to be written to the journal; implemented by the journal's entry alone.
pub trait Fact {
    /// The row; its ordinal is set by the transaction.
    fn row(self) -> FactRow;
}

/// Rows of one statement.
pub(super) struct Facts(pub(super) Vec<FactRow>);

/// Statements with more rows are prepared anew each time, so that the statement cache stays small.
const CACHED: usize = 8;

impl QueryId for Facts {
    type QueryId = ();
    // Cached by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

macro_rules! facts_insert {
    ($backend:ty: $first:ident, $($column:ident),*) => {
        impl QueryFragment<$backend> for Facts {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                if self.0.len() > CACHED {
                    out.unsafe_to_cache_prepared();
                }
                out.push_sql("INSERT INTO journal (");
                out.push_sql(&[<journal::$first as Column>::NAME, $(<journal::$column as Column>::NAME),*].join(", "));
                out.push_sql(") VALUES ");
                for (i, row) in self.0.iter().enumerate() {
                    out.push_sql(if i == 0 { "(" } else { ", (" });
                    out.push_bind_param::<SqlTypeOf<journal::$first>, _>(&row.$first)?;
                    $(
                        out.push_sql(", ");
                        out.push_bind_param::<SqlTypeOf<journal::$column>, _>(&row.$column)?;
                    )*
                    out.push_sql(")");
                }
                Ok(())
            }
        }
    };
    ($($column:ident),*) => {
        facts_insert!(Pg: $($column),*);
        facts_insert!(Sqlite: $($column),*);
    };
}

facts_insert!(
    id,
    ordinal,
    event,
    audience,
    case_id,
    customer_id,
    agency_id,
    subject,
    actor,
    on_behalf_of,
    facts,
    effective_at,
    recorded_at,
    request_id
);
