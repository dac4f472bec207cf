//! Column types that mean the same on both databases.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, HasSqlType, SqlType, Text};
use diesel::sqlite::Sqlite;

use super::connection::MultiBackend;
use crate::clock::Timestamp;

/// `timestamptz` on PostgreSQL, fixed-width RFC 3339 text with microseconds on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Instant;

impl HasSqlType<Instant> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<Instant>(lookup)
    }
}

/// Microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
const PG_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<Instant, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.micros().saturating_sub(PG_EPOCH);
        <i64 as ToSql<BigInt, Pg>>::to_sql(&micros, &mut out.reborrow())
    }
}

impl ToSql<Instant, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text());
        Ok(IsNull::No)
    }
}

impl ToSql<Instant, MultiBackend> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Instant, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Instant, Pg> for Timestamp {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(bytes)?;
        Timestamp::from_micros(micros.saturating_add(PG_EPOCH)).ok_or_else(|| "timestamp out of range".into())
    }
}

impl FromSql<Instant, Sqlite> for Timestamp {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let stored = <StoredInstant as FromSql<Instant, Sqlite>>::from_sql(bytes)?;
        stored.instant().ok_or_else(|| "an instant in a foreign notation".into())
    }
}

impl FromSql<Instant, MultiBackend> for Timestamp {
    fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Instant>()
    }
}

/// An instant as the database has it, read or not: in our notation, or in whatever else is there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, diesel::deserialize::FromSqlRow)]
#[serde(transparent)]
pub(crate) struct StoredInstant(String);

impl StoredInstant {
    /// What it means; none where it is in no notation of ours. One notation only: another one of the same instant would sort
    /// elsewhere.
    pub(crate) fn instant(&self) -> Option<Timestamp> {
        self.0.parse().ok().filter(|instant: &Timestamp| instant.text() == self.0)
    }
}

impl FromSql<Instant, Pg> for StoredInstant {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(bytes)?;
        let instant = Timestamp::from_micros(micros.saturating_add(PG_EPOCH));
        Ok(Self(instant.map_or_else(|| format!("{micros} microseconds after 2000"), Timestamp::text)))
    }
}

impl FromSql<Instant, Sqlite> for StoredInstant {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Sqlite>>::from_sql(bytes).map(Self)
    }
}

impl FromSql<Instant, MultiBackend> for StoredInstant {
    fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Instant>()
    }
}

/// Stores a type with `Display` and `FromStr` in a text column of either database.
macro_rules! text_column {
    ($name:ty) => {
        $crate::store::text_column!($name, |text: &str| text.parse::<$name>());
    };
    ($name:ty, $parse:expr) => {
        const _: () = {
            use diesel::backend::Backend;
            use diesel::deserialize::{self, FromSql};
            use diesel::pg::Pg;
            use diesel::serialize::{self, IsNull, Output, ToSql};
            use diesel::sql_types::Text;
            use diesel::sqlite::Sqlite;
            use $crate::store::MultiBackend;

            impl ToSql<Text, Pg> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                    use std::io::Write;
                    write!(out, "{self}")?;
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, Sqlite> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                    out.set_value(self.to_string());
                    Ok(IsNull::No)
                }
            }
            impl ToSql<Text, MultiBackend> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                    out.set_value((Text, self));
                    Ok(IsNull::No)
                }
            }
            impl FromSql<Text, Pg> for $name {
                fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    let text = <String as FromSql<Text, Pg>>::from_sql(bytes)?;
                    Ok(($parse)(text.as_str())?)
                }
            }
            impl FromSql<Text, Sqlite> for $name {
                fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    let text = <String as FromSql<Text, Sqlite>>::from_sql(bytes)?;
                    Ok(($parse)(text.as_str())?)
                }
            }
            impl FromSql<Text, MultiBackend> for $name {
                fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                    bytes.from_sql::<Self, Text>()
                }
            }
        };
    };
}
pub(crate) use text_column;

/// A plain enum with one text code per variant: in JSON, in the schema and in a text column alike. (`tt`, since a `literal`
/// reaches utoipa's derive wrapped, and the schema would then name the variants instead of their codes.)
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:tt,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            utoipa::ToSchema, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $code)] $variant,)* }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];
            /// The stable code.
            pub fn code(self) -> &'static str { match self { $($name::$variant => $code,)* } }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.code()) }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::store::UnknownCode;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($code => Ok($name::$variant),)* _ => Err($crate::store::UnknownCode(text.to_owned())) }
            }
        }
        $crate::store::text_column!($name);
    };
}
pub(crate) use text_enum;

/// A text that is none of an enum's codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown code {0:?}")]
pub struct UnknownCode(pub String);

/// Any serializable value in a text column, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T: std::fmt::Debug>(pub T);

impl<T: std::fmt::Debug + serde::Serialize> ToSql<Text, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: std::fmt::Debug + serde::Serialize> ToSql<Text, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T> ToSql<Text, MultiBackend> for Json<T>
where
    T: std::fmt::Debug + serde::Serialize + Send + Sync + 'static,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Text, self));
        Ok(IsNull::No)
    }
}

impl<T, DB> FromSql<Text, DB> for Json<T>
where
    DB: Backend,
    String: FromSql<Text, DB>,
    T: std::fmt::Debug + serde::de::DeserializeOwned,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Json(serde_json::from_str(&<String as FromSql<Text, DB>>::from_sql(bytes)?)?))
    }
}
