//! What is measured.

use std::fmt;

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The service, over HTTP.
    Submit {
        /// Its database.
        on: Database,
        /// Connections to it.
        connections: usize,
    },
    /// The loop in this process.
    RawSqlite {
        /// Submissions a transaction.
        group: u64,
    },
    /// `pgbench`.
    Pgbench {
        /// In how many statements.
        form: Form,
        /// Connections to the database.
        clients: usize,
    },
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// In how many statements a submission is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `BEGIN`, one `INSERT` a table, `COMMIT`.
    Separate,
    /// All inserts as one statement with data-modifying CTEs.
    Together,
}

impl Subject {
    /// Everything, in the order of a round: whoever is compared comes one after the other.
    pub fn all(postgres: bool) -> Vec<Self> {
        let mut all = Vec::new();
        for (connections, group) in [(64, 50), (1, 1)] {
            all.push(Self::Submit { on: Database::Sqlite, connections });
            all.push(Self::RawSqlite { group });
        }
        for clients in [64, 1].into_iter().filter(|_| postgres) {
            all.push(Self::Submit { on: Database::Postgres, connections: clients });
            all.push(Self::Pgbench { form: Form::Separate, clients });
            all.push(Self::Pgbench { form: Form::Together, clients });
        }
        all
    }

    /// What the service is compared with, and its short name.
    pub fn limits(self) -> Vec<(&'static str, Self)> {
        match self {
            Self::Submit { on: Database::Sqlite, connections: 1 } => vec![("raw", Self::RawSqlite { group: 1 })],
            Self::Submit { on: Database::Sqlite, .. } => vec![("raw", Self::RawSqlite { group: 50 })],
            Self::Submit { on: Database::Postgres, connections: clients } => vec![
                ("separate", Self::Pgbench { form: Form::Separate, clients }),
                ("one statement", Self::Pgbench { form: Form::Together, clients }),
            ],
            Self::RawSqlite { .. } | Self::Pgbench { .. } => Vec::new(),
        }
    }

    /// Its connections.
    pub fn connections(self) -> usize {
        match self {
            Self::Submit { connections, .. } => connections,
            Self::RawSqlite { .. } => 1,
            Self::Pgbench { clients, .. } => clients,
        }
    }

    /// Whether it is the service.
    pub fn is_service(self) -> bool {
        matches!(self, Self::Submit { .. })
    }

    /// Its name without its connections.
    pub fn name(self) -> String {
        match self {
            Self::Submit { on: Database::Sqlite, .. } => "**gcrm on SQLite**, over HTTP".into(),
            Self::Submit { on: Database::Postgres, .. } => "**gcrm on PostgreSQL**, over HTTP".into(),
            Self::RawSqlite { group } => format!("raw SQLite loop, {group} a transaction"),
            Self::Pgbench { form: Form::Separate, .. } => "pgbench, separate statements".into(),
            Self::Pgbench { form: Form::Together, .. } => "pgbench, one statement".into(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name().replace('*', ""), self.connections())
    }
}
