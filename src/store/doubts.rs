//! What there is to doubt of a PostgreSQL server: whether it keeps what it acknowledged, and whether it speaks our language.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error;

use super::connection::AnyConnection;

/// Settings of a database server to doubt, each as a sentence; empty is good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// An acknowledged write could be lost.
    pub lossy: Vec<String>,
    /// Damage of the disk could go unnoticed.
    pub blind: Vec<String>,
    /// Errors are told in words that mean nothing here: a deadlock would not be tried again, and a full disk or a statement
    /// that took too long would pass for a defect.
    pub foreign: Vec<String>,
}

impl Doubts {
    /// Asks the server. SQLite's settings are asserted whenever a file is opened.
    pub(super) fn of(conn: &mut AnyConnection) -> QueryResult<Self> {
        match conn {
            AnyConnection::Sqlite(_) => Ok(Self::default()),
            AnyConnection::Postgres(conn) => Self::of_server(conn),
        }
    }

    fn of_server(conn: &mut PgConnection) -> QueryResult<Self> {
        // Asked first: where the connection is lost meanwhile, the next question fails, and nothing is taken for a language.
        let foreign = foreign(conn)?;
        let (blind, lossy): (Vec<_>, Vec<_>) =
            switched_off(conn)?.into_iter().partition(|s| s.name == "data_checksums");
        let sentence = |s: &Setting| format!("PostgreSQL runs with {} = {}", s.name, s.setting);
        Ok(Self {
            lossy: lossy.iter().map(sentence).collect(),
            blind: blind.iter().map(sentence).collect(),
            foreign: foreign.into_iter().collect(),
        })
    }
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    setting: String,
}

#[expect(clippy::disallowed_methods, reason = "server settings have no typed form; raw SQL lives in store only")]
fn switched_off(conn: &mut PgConnection) -> QueryResult<Vec<Setting>> {
    diesel::sql_query(
        "SELECT name, setting FROM pg_settings WHERE setting = 'off' AND name IN \
         ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums') ORDER BY name",
    )
    .load(conn)
}

/// In which other language than English the server tells errors to this role. An error is made and looked at: the name of a
/// locale does not say whether the server has its translations. (Diesel tells a deadlock by its words alone.)
#[expect(clippy::disallowed_methods, reason = "an error on purpose has no typed form; raw SQL lives in store only")]
fn foreign(conn: &mut PgConnection) -> QueryResult<Option<String>> {
    match diesel::sql_query("SELECT 1 / 0 AS gcrm_asks_for_the_language_of_errors").execute(conn) {
        Err(Error::DatabaseError(_, told)) if told.message() == "division by zero" => Ok(None),
        Err(Error::DatabaseError(_, told)) => {
            Ok(Some(format!("PostgreSQL tells errors in another language than English ({:?})", told.message())))
        }
        Err(error) => Err(error),
        Ok(_) => Ok(Some("PostgreSQL divides by zero".into())),
    }
}
