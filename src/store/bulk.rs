//! Rows of one table, inserted together. On SQLite each is one run of a prepared statement; on PostgreSQL all of them, also
//! those of several transactions that are committed together, are one statement over arrays, whose text does not depend on
//! how many they are: it is prepared once a connection, and planned and started once for all rows.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Array, HasSqlType, SingleValue};
use diesel::sqlite::SqliteConnection;

use super::tx::Deferred;

/// A row of a table that is written often; made by [`bulk_row!`].
pub trait BulkRow: Send + Sync + Sized + 'static {
    /// The statement up to its first array.
    const INTO: &'static str;
    /// What follows its last array.
    const END: &'static str;
    /// Inserts one row.
    ///
    /// # Errors
    /// A violated constraint; the database being away.
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize>;
    /// The arrays, in the order of the statement's columns.
    fn columns(rows: &Arc<Vec<Self>>) -> Vec<Box<dyn Column>>;
}

/// One column of several rows.
pub trait Column: Send {
    #[doc(hidden)]
    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

/// One column of several rows, as an array of `ST`.
pub(crate) struct Values<ST, R, V> {
    rows: Arc<Vec<R>>,
    value: fn(&R) -> &V,
    sql_type: PhantomData<fn() -> ST>,
}

impl<ST, R, V> Values<ST, R, V> {
    pub(crate) fn new(rows: &Arc<Vec<R>>, value: fn(&R) -> &V) -> Self {
        Self { rows: rows.clone(), value, sql_type: PhantomData }
    }
}

impl<ST, R, V> fmt::Debug for Values<ST, R, V> {
    /// Values are nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.rows.len())
    }
}

impl<ST, R, V> ToSql<Array<ST>, Pg> for Values<ST, R, V>
where
    ST: 'static,
    V: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let values: Vec<&V> = self.rows.iter().map(self.value).collect();
        <[&V] as ToSql<Array<ST>, Pg>>::to_sql(&values, &mut out.reborrow())
    }
}

impl<ST, R, V> Column for Values<ST, R, V>
where
    ST: SingleValue + 'static,
    R: Send + Sync,
    V: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<Array<ST>, _>(self)
    }
}

/// Rows that wait for the end of their transaction.
pub struct Bulk<R> {
    rows: Vec<R>,
    /// What the statement holds instead of the rows, once it is made.
    columns: Vec<Box<dyn Column>>,
}

impl<R: BulkRow> Bulk<R> {
    /// One row.
    pub fn of(row: R) -> Self {
        Self::all(vec![row])
    }

    /// Several rows, in their order.
    pub fn all(rows: Vec<R>) -> Self {
        Self { rows, columns: Vec::new() }
    }
}

impl<R: BulkRow> Deferred for Bulk<R> {
    fn on_sqlite(&self, conn: &mut SqliteConnection) -> QueryResult<usize> {
        self.rows.iter().try_fold(0_usize, |done, row| Ok(done.saturating_add(row.on_sqlite(conn)?)))
    }

    fn join(&mut self, other: &mut dyn Deferred) -> bool {
        let other: &mut dyn Any = other;
        let Some(other) = other.downcast_mut::<Self>() else { return false };
        self.rows.append(&mut other.rows);
        true
    }

    fn ready(&mut self) {
        self.columns = R::columns(&Arc::new(std::mem::take(&mut self.rows)));
    }

    fn walk_pg<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(R::INTO);
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                out.push_sql(", ");
            }
            column.push(&mut out)?;
        }
        out.push_sql(R::END);
        Ok(())
    }
}

/// Makes a row of a table a [`BulkRow`]: the row's type, the table, and its columns, which the fields are named after. With
/// `or_keep` a row that is there already stays as it is.
macro_rules! bulk_row {
    ($row:ty: $table:ident ($($column:ident),+ $(,)?)) => {
        $crate::store::bulk_row!(@ $row: $table ($($column),+), ")", |insert| insert);
    };
    ($row:ty: $table:ident ($($column:ident),+ $(,)?) or_keep) => {
        $crate::store::bulk_row!(@ $row: $table ($($column),+), ") ON CONFLICT DO NOTHING",
            |insert| insert.on_conflict_do_nothing());
    };
    (@ $row:ty: $table:ident ($first:ident $(, $column:ident)*), $end:literal, |$insert:ident| $whole:expr) => {
        impl $crate::store::BulkRow for $row {
            const INTO: &'static str = concat!(
                "INSERT INTO ", stringify!($table), " (", stringify!($first), $(", ", stringify!($column),)*
                ") SELECT * FROM unnest("
            );
            const END: &'static str = $end;

            fn on_sqlite(&self, conn: &mut diesel::SqliteConnection) -> diesel::QueryResult<usize> {
                let $insert = diesel::insert_into($table::table).values(self);
                diesel::RunQueryDsl::execute($whole, conn)
            }

            fn columns(rows: &std::sync::Arc<Vec<Self>>) -> Vec<Box<dyn $crate::store::Column>> {
                use diesel::dsl::SqlTypeOf;
                use $crate::store::Values;
                vec![
                    Box::new(Values::<SqlTypeOf<$table::$first>, _, _>::new(rows, |row| &row.$first)),
                    $(Box::new(Values::<SqlTypeOf<$table::$column>, _, _>::new(rows, |row| &row.$column)),)*
                ]
            }
        }
    };
}
pub(crate) use bulk_row;
