//! Starts that are refused although each setting reads well: what harms only once others can reach the service.

use std::path::Path;

use secrecy::ExposeSecret;

use super::reader::Reader;
use super::settings::{Keys, LogLevel, Mail, MailBackend, Server, Settings, Smtp, SmtpTls};
use super::url::{PublicUrl, is_loopback};

/// Passwords that stand in manuals.
const WELL_KNOWN: &[&str] = &["password", "secret", "changeme", "change-me", "admin", "postgres", "gcrm", "12345678"];
/// A password below this is guessed; it is no place to save characters.
const SHORTEST: usize = 12;

/// Checks what only shows when the settings are seen together.
pub(super) fn check(settings: &Settings, r: &mut Reader) {
    times(settings, r);
    secrets_in_files(r);
    master_keys(&settings.keys, r);
    if let MailBackend::Smtp(smtp) = &settings.mail.backend {
        mail_server(smtp, r);
    }
    if settings.server.is_exposed() {
        exposed(settings, r);
    }
}

fn times(settings: &Settings, r: &mut Reader) {
    let MailBackend::Smtp(smtp) = &settings.mail.backend else { return };
    if settings.deliveries.lease < smtp.timeout.saturating_mul(3) {
        r.refuse("deliveries.lease_s", "must be at least three times mail.timeout_s, or two workers send one message");
    }
}

fn exposed(settings: &Settings, r: &mut Reader) {
    https(&settings.server, &settings.tokens.issuer, &settings.mail, r);
    if settings.log.level > LogLevel::Info {
        r.refuse("log.level", "must be info, warn or error when others can reach the service");
    }
    if let MailBackend::Memory = settings.mail.backend {
        r.refuse("mail.backend", "must be smtp or file when others can reach the service: memory loses every message");
    }
    if settings.mail.from.email.domain() == "localhost" {
        r.refuse("mail.from", "must name a sender of yours when others can reach the service");
    }
    if let Some(password) = database_password(settings.database.url.expose_secret())
        && is_weak(password)
    {
        r.refuse("database.url", weak());
    }
}

/// What is not https could be read and changed on the way.
fn https(server: &Server, issuer: &str, mail: &Mail, r: &mut Reader) {
    if !server.public_url.is_https() {
        r.refuse("server.public_url", "must begin with https:// when others can reach the service");
    }
    if PublicUrl::parse(issuer).is_ok_and(|issuer| !issuer.is_https()) {
        r.refuse("tokens.issuer", "must begin with https:// when others can reach the service");
    }
    if !mail.portal.is_https() {
        r.refuse("mail.portal_url", "must begin with https:// when others can reach the service");
    }
}

fn mail_server(smtp: &Smtp, r: &mut Reader) {
    let Some(login) = &smtp.login else { return };
    if smtp.tls == SmtpTls::Plain && !is_loopback(&smtp.host) {
        r.refuse("mail.tls", "must be starttls or tls: the password would cross the network in the clear");
    }
    if is_weak(login.password.expose_secret()) {
        r.refuse("mail.password", weak());
    }
}

fn master_keys(keys: &Keys, r: &mut Reader) {
    let Keys::Given(keys) = keys else { return };
    if r.file_of("keys.master").is_some() {
        r.refuse("keys.master", "must come from the environment, or be a file of its own named by keys.file");
    }
    let readable = keys.expose_secret().lines().all(|line| {
        line.split_once(':').is_some_and(|(id, key)| !id.is_empty() && key.trim_end_matches('=').len() >= 43)
    });
    if !readable {
        r.refuse("keys.master", "must be id:base64 of at least 32 bytes, several separated by commas");
    }
}

/// A settings file with a secret in it is one.
fn secrets_in_files(r: &mut Reader) {
    for name in ["mail.password", "database.url", "keys.master"] {
        let open = r.file_of(name).filter(|path| is_open_to_others(path)).map(|path| path.display().to_string());
        if let Some(path) = open {
            r.refuse(name, format!("stands in {path}, which others may read: chmod 600 it, or use the environment"));
        }
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// Elsewhere access lists decide, which this program does not read.
#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// The password in `scheme://user:password@host/…`.
fn database_password(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (user, _) = rest.split('/').next()?.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

fn is_weak(password: &str) -> bool {
    password.chars().count() < SHORTEST || WELL_KNOWN.iter().any(|word| password.eq_ignore_ascii_case(word))
}

fn weak() -> String {
    format!("holds a password that is well known or shorter than {SHORTEST} characters; choose a long random one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_database_url_is_what_stands_before_the_host() {
        assert_eq!(database_password("postgres://gcrm:p:w@db:5432/gcrm"), Some("p:w"));
        assert_eq!(database_password("postgres://gcrm@db/gcrm?x=a:b@c"), None);
        assert_eq!(database_password("sqlite://data/gcrm.db"), None);
    }
}
