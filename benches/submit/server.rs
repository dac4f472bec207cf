//! The PostgreSQL server that lends its databases.

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::{Outcome, cpu};

/// A server, by the URL of one of its databases.
#[derive(Clone)]
pub struct Server {
    url: String,
    /// Its first process, if it runs on this machine.
    pub postmaster: Option<u32>,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

impl Server {
    /// The server of this URL.
    pub fn find(url: &str) -> Outcome<Self> {
        let mut connection = PgConnection::establish(url)?;
        let own = ask(&mut connection, "SELECT pg_backend_pid()::text AS value")?;
        let postmaster = cpu::parent(&own, "postgres");
        Ok(Self { url: url.to_owned(), postmaster })
    }

    /// The URL of another of its databases.
    pub fn database(&self, name: &str) -> String {
        let (address, parameters) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let host = address.find("://").map_or(0, |at| at.saturating_add(3));
        let end =
            address.get(host..).and_then(|rest| rest.find('/')).map_or(address.len(), |at| host.saturating_add(at));
        let server = address.get(..end).unwrap_or(address);
        let parameters = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        format!("{server}/{name}{parameters}")
    }

    /// Its version, and the settings that decide what a commit costs.
    pub fn about(&self) -> Outcome<String> {
        text(
            &self.url,
            "SELECT format('PostgreSQL %s, fsync=%s, full_page_writes=%s, shared_buffers=%s', \
             current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes'), \
             current_setting('shared_buffers')) AS value",
        )
    }

    /// Runs one statement.
    pub fn run(&self, statement: &str) -> Outcome<()> {
        Ok(PgConnection::establish(&self.url)?.batch_execute(statement)?)
    }
}

/// Asks the database of `url` for one text, named `value`.
pub fn text(url: &str, query: &str) -> Outcome<String> {
    ask(&mut PgConnection::establish(url)?, query)
}

#[expect(clippy::disallowed_methods, reason = "a question to the catalogues and of any table has no typed form")]
fn ask(connection: &mut PgConnection, query: &str) -> Outcome<String> {
    let answer: Text = diesel::sql_query(query).get_result(connection)?;
    Ok(answer.value)
}
