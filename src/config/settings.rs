//! The settings, typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use secrecy::SecretString;

use super::proxies::Proxies;
use super::url::PublicUrl;
use crate::localized::Lang;

/// Everything that can be set 配置. Holds secrets, and prints none.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How requests come in.
    pub server: Server,
    /// Where the data lives.
    pub database: Database,
    /// Access and refresh tokens.
    pub tokens: Tokens,
    /// File with roles instead of the embedded ones.
    pub roles: Option<PathBuf>,
    /// Where the master keys come from.
    pub keys: Keys,
    /// Folder for checkpoints of the journal outside the database.
    pub checkpoints: Option<PathBuf>,
    /// How fast the public may file.
    pub filing: Filing,
    /// How mail goes out.
    pub mail: Mail,
    /// How messages are tried.
    pub deliveries: Deliveries,
    /// How often the workers look.
    pub workers: Workers,
    /// Working days after the last one of a term in which what was done within it may still be entered.
    pub entry_days: u32,
    /// The log.
    pub log: Log,
    /// The language where none was stated.
    pub locale: Lang,
    /// Catalogues to load instead of the embedded ones.
    pub catalogue: Option<PathBuf>,
    /// Calendars to read over the embedded ones.
    pub calendars: Option<PathBuf>,
}

/// How requests come in.
#[derive(Clone, Debug)]
pub struct Server {
    /// The address to listen on.
    pub bind: SocketAddr,
    /// How the world reaches this service.
    pub public_url: PublicUrl,
    /// Threads that serve; `None`: one for each processor.
    pub workers: Option<usize>,
    /// Open connections at most.
    pub max_connections: usize,
    /// Open connections from one address, of IPv6 from one /64 network, at most; `None`: no limit.
    pub connections_per_ip: Option<usize>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Proxies,
    /// Largest request body, in bytes.
    pub body_limit: usize,
    /// Time within which a request body must have arrived.
    pub body_deadline: Duration,
    /// Time that an answer may wait for its caller to take some of it.
    pub answer_deadline: Duration,
    /// Time that running requests get to end after the signal to stop.
    pub drain: Duration,
}

impl Server {
    /// Whether others than this machine can reach the service, directly or through a proxy.
    pub fn is_exposed(&self) -> bool {
        !self.bind.ip().is_loopback() || !self.public_url.is_loopback()
    }

    /// The base of links for whoever sits at this machine: the public address where one was set, else the one that the
    /// service listens on.
    pub fn base_at(&self, listening: SocketAddr) -> String {
        if self.public_url.is_default() { format!("http://{listening}") } else { self.public_url.to_string() }
    }
}

/// Where the data lives.
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`, perhaps with a password: a secret.
    pub url: SecretString,
    /// Connections.
    pub connections: u32,
    /// How long a request waits for one.
    pub wait: Duration,
    /// When PostgreSQL cancels a statement.
    pub statement_timeout: Duration,
    /// Whether `serve` brings the schema up to date.
    pub migrate_on_start: bool,
}

/// Access and refresh tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// How long an access token lives: 15 minutes at most.
    pub access: Duration,
    /// How long a login lasts.
    pub refresh: Duration,
}

/// Where the master keys come from.
#[derive(Clone, Debug)]
pub enum Keys {
    /// From a file that only its owner may read.
    File(PathBuf),
    /// From the environment: `id:base64` a line, as such a file holds them.
    Given(SecretString),
}

/// How fast the public may file; each bound is for an hour, `None`: no bound.
#[derive(Clone, Copy, Debug)]
pub struct Filing {
    /// Cases that one account begins or hands in.
    pub per_account: Option<u32>,
    /// Requests without a name from one address.
    pub anonymous_per_address: Option<u32>,
}

/// How mail goes out.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The way out.
    pub backend: MailBackend,
    /// The sender.
    pub from: Mailbox,
    /// The portal that messages point to.
    pub portal: PublicUrl,
}

/// The way out for mail.
#[derive(Clone, Debug)]
pub enum MailBackend {
    /// To an SMTP server.
    Smtp(Smtp),
    /// One `.eml` a message in this folder.
    File(PathBuf),
    /// Kept in memory: tests.
    Memory,
}

/// An SMTP server.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: SmtpTls,
    /// Who logs in, if anybody must.
    pub login: Option<SmtpLogin>,
    /// How long it has to answer a command.
    pub timeout: Duration,
}

/// How the way to an SMTP server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all.
    Plain,
    /// TLS after STARTTLS, or nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// A login at an SMTP server.
#[derive(Clone, Debug)]
pub struct SmtpLogin {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// How messages are tried.
#[derive(Clone, Debug)]
pub struct Deliveries {
    /// Messages one worker takes at a time.
    pub batch: u32,
    /// How long it may hold them.
    pub lease: Duration,
    /// Tries before a message is given up.
    pub tries: u32,
    /// Time until the second try.
    pub first_retry: Duration,
}

/// How often the workers look.
#[derive(Clone, Debug)]
pub struct Workers {
    /// For clocks that warn, run out or lapse.
    pub sweeper: Duration,
    /// For messages that are due.
    pub deliveries: Duration,
}

/// The log.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// What is written at all.
    pub level: LogLevel,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One object a line.
    Json,
    /// For the eye.
    Text,
}

/// What is written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Defects.
    Error,
    /// What an operator should look at.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word, as log filters take it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
