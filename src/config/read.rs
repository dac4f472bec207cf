//! How each section is read: its names, its bounds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};

use super::proxies::Proxies;
use super::reader::{ConfigError, Reader};
use super::safety;
use super::settings::{
    Database, Deliveries, Filing, Keys, Log, LogFormat, LogLevel, Mail, MailBackend, Server, Settings,
};
use super::settings::{Smtp, SmtpLogin, SmtpTls, Tokens, Workers};
use super::sources::Sources;
use super::url::PublicUrl;
use crate::localized::Lang;

impl Settings {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// Every problem there is, not only the first.
    pub fn load(sources: &Sources) -> Result<Self, Vec<ConfigError>> {
        let mut r = Reader::new(sources);
        let server = Server::read(&mut r);
        let settings = Self {
            database: Database::read(&mut r),
            tokens: Tokens::read(&mut r, &server.public_url),
            keys: Keys::read(&mut r),
            roles: some_path(&mut r, "access.roles"),
            checkpoints: some_path(&mut r, "journal.checkpoints"),
            filing: Filing::read(&mut r, server.is_exposed()),
            mail: Mail::read(&mut r, &server.public_url),
            deliveries: Deliveries::read(&mut r),
            workers: Workers::read(&mut r),
            entry_days: r.number("cases.entry_days", 0..=10),
            log: Log::read(&mut r, server.is_exposed()),
            locale: r.choice("locale.default", &Lang::ALL.map(|lang| (lang.tag(), lang)), Lang::ZhCn),
            catalogue: some_path(&mut r, "catalogue.directory"),
            calendars: some_path(&mut r, "calendars.directory"),
            server,
        };
        safety::check(&settings, &mut r);
        let problems = r.finish();
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}

impl Server {
    fn read(r: &mut Reader) -> Self {
        let local = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            bind: r.parsed("server.bind", local, |text| {
                text.parse().map_err(|_| "must be an address with a port, such as 127.0.0.1:8080 or [::]:8080")
            }),
            public_url: public_url(r, "server.public_url"),
            workers: some_count(r.number("server.workers", 0..=256)),
            max_connections: count(r.number("server.max_connections", 16..=100_000)),
            connections_per_ip: some_count(r.number("server.connections_per_ip", 0..=100_000)),
            trusted_proxies: r.parsed("server.trusted_proxies", Proxies::default(), Proxies::parse),
            body_limit: count(r.number("server.body_limit", 4_096..=16_777_216)),
            body_deadline: r.seconds("server.body_deadline_s", 1..=120),
            answer_deadline: r.seconds("server.answer_deadline_s", 1..=300),
            drain: r.seconds("server.drain_s", 1..=300),
        }
    }
}

impl Database {
    fn read(r: &mut Reader) -> Self {
        let url = r.parsed("database.url", String::new(), |text| {
            let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
            known.then(|| text.to_owned()).ok_or("must start with sqlite:// or postgres://")
        });
        Self {
            url: url.into(),
            connections: r.number("database.connections", 1..=64),
            wait: r.millis("database.wait_ms", 10..=1_000),
            statement_timeout: r.millis("database.statement_timeout_ms", 100..=60_000),
            migrate_on_start: r.switch("database.migrate_on_start"),
        }
    }
}

impl Tokens {
    fn read(r: &mut Reader, public: &PublicUrl) -> Self {
        let issuer = r.parsed("tokens.issuer", public.clone(), |text| {
            if text.is_empty() { Ok(public.clone()) } else { PublicUrl::parse(text) }
        });
        Self {
            issuer: issuer.as_str().to_owned(),
            audience: r.some_text("tokens.audience"),
            access: times(60, r.number("tokens.access_minutes", 1..=15)),
            refresh: times(86_400, r.number("tokens.refresh_days", 1..=90)),
        }
    }
}

impl Keys {
    fn read(r: &mut Reader) -> Self {
        let master = r.text("keys.master");
        let file = r.text("keys.file");
        if !master.is_empty() {
            return Self::Given(master.split(',').map(str::trim).collect::<Vec<_>>().join("\n").into());
        }
        if file.is_empty() {
            r.refuse("keys.file", "name a file, or give the keys themselves in keys.master");
        }
        Self::File(file.into())
    }
}

impl Filing {
    fn read(r: &mut Reader, exposed: bool) -> Self {
        let mut bound = |name: &str| Some(r.number(name, 0..=1_000_000)).filter(|bound| exposed && *bound > 0);
        Self { per_account: bound("filing.per_account"), anonymous_per_address: bound("filing.anonymous_per_address") }
    }
}

impl Mail {
    fn read(r: &mut Reader, public: &PublicUrl) -> Self {
        let nobody = Mailbox::new(None, lettre::Address::new_dangerous("noreply", "localhost"));
        Self {
            backend: MailBackend::read(r),
            from: r.parsed("mail.from", nobody, |text| {
                text.parse().map_err(|_| "must be an address, or a name with the address in angle brackets")
            }),
            portal: r.parsed("mail.portal_url", public.clone(), |text| {
                if text.is_empty() { Ok(public.clone()) } else { PublicUrl::parse(text) }
            }),
        }
    }
}

impl MailBackend {
    fn read(r: &mut Reader) -> Self {
        // All of them are read whatever the backend, so that a problem is told before the backend is changed.
        let smtp = Smtp::read(r);
        let directory = r.text("mail.directory");
        match r.choice("mail.backend", &[("smtp", 0), ("file", 1), ("memory", 2)], 2) {
            0 => {
                if smtp.host.is_empty() {
                    r.refuse("mail.host", "must name the SMTP server");
                }
                Self::Smtp(smtp)
            }
            1 => {
                if directory.is_empty() {
                    r.refuse("mail.directory", "must name the folder that messages go to");
                }
                Self::File(directory.into())
            }
            _ => Self::Memory,
        }
    }
}

impl Smtp {
    fn read(r: &mut Reader) -> Self {
        let username = r.text("mail.username");
        let password = SecretString::from(r.text("mail.password"));
        let has_password = !password.expose_secret().is_empty();
        if username.is_empty() && has_password {
            r.refuse("mail.username", "must name who logs in, since mail.password is set");
        }
        if !username.is_empty() && !has_password {
            r.refuse("mail.password", "must not be empty, since mail.username is set");
        }
        let modes = [("starttls", SmtpTls::StartTls), ("tls", SmtpTls::Tls), ("none", SmtpTls::Plain)];
        Self {
            host: r.text("mail.host"),
            port: u16::try_from(r.number("mail.port", 1..=65_535)).unwrap_or(587),
            tls: r.choice("mail.tls", &modes, SmtpTls::StartTls),
            login: (!username.is_empty() && has_password).then_some(SmtpLogin { username, password }),
            timeout: r.seconds("mail.timeout_s", 1..=120),
        }
    }
}

impl Deliveries {
    fn read(r: &mut Reader) -> Self {
        Self {
            batch: r.number("deliveries.batch", 1..=64),
            lease: r.seconds("deliveries.lease_s", 3..=3_600),
            tries: r.number("deliveries.tries", 1..=50),
            first_retry: r.seconds("deliveries.first_retry_s", 1..=3_600),
        }
    }
}

impl Workers {
    fn read(r: &mut Reader) -> Self {
        Self {
            sweeper: r.seconds("workers.sweeper_s", 1..=3_600),
            deliveries: r.millis("workers.deliveries_ms", 10..=60_000),
        }
    }
}

impl Log {
    fn read(r: &mut Reader, exposed: bool) -> Self {
        use LogLevel::{Debug, Error, Info, Trace, Warn};
        let levels = [Error, Warn, Info, Debug, Trace].map(|level| (level.word(), level));
        Self {
            format: r.parsed("log.format", LogFormat::Text, |text| match text {
                "json" => Ok(LogFormat::Json),
                "text" => Ok(LogFormat::Text),
                "" => Ok(if exposed { LogFormat::Json } else { LogFormat::Text }),
                _ => Err("must be json or text, or empty"),
            }),
            level: r.choice("log.level", &levels, Info),
        }
    }
}

/// A file or folder, if one is named.
fn some_path(r: &mut Reader, name: &str) -> Option<PathBuf> {
    Some(r.text(name)).filter(|text| !text.is_empty()).map(PathBuf::from)
}

fn public_url(r: &mut Reader, name: &str) -> PublicUrl {
    let local = PublicUrl::local();
    r.parsed(name, local, PublicUrl::parse)
}

fn times(seconds: u64, number: u32) -> Duration {
    Duration::from_secs(seconds.saturating_mul(number.into()))
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn some_count(number: u32) -> Option<usize> {
    Some(count(number)).filter(|count| *count > 0)
}
