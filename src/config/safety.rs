//! Starts that are refused although each setting reads well: what harms only once others can reach the service.

use std::path::Path;

use data_encoding::HEXUPPER_PERMISSIVE;
use secrecy::ExposeSecret;

use super::reader::Reader;
use super::settings::{Keys, LogFormat, LogLevel, Mail, MailBackend, Server, Settings, Smtp, SmtpTls};
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
    // Half a lease to hand a message over, a quarter for the answer, the rest to write down how it ended.
    if settings.deliveries.lease < smtp.timeout.saturating_mul(4) {
        r.refuse("deliveries.lease_s", "must be at least four times mail.timeout_s, or two workers send one message");
    }
}

fn exposed(settings: &Settings, r: &mut Reader) {
    https(&settings.server, &settings.tokens.issuer, &settings.mail, r);
    if settings.log.level > LogLevel::Info {
        r.refuse("log.level", "must be info, warn or error when others can reach the service");
    }
    if settings.log.format == LogFormat::Text {
        r.refuse("log.format", "must be json, or empty, when others can reach the service");
    }
    if let MailBackend::Memory = settings.mail.backend {
        r.refuse("mail.backend", "must be smtp or file when others can reach the service: memory loses every message");
    }
    if settings.mail.from.email.domain() == "localhost" {
        r.refuse("mail.from", "must name a sender of yours when others can reach the service");
    }
    if database_passwords(settings.database.url.expose_secret()).iter().any(|password| is_weak(password)) {
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

/// The passwords in `scheme://user:password@host/…?password=…`: libpq takes them from either place.
fn database_passwords(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = place.split('/').next().and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    let before_host = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    let in_query = query.split('&').filter_map(|pair| pair.strip_prefix("password="));
    before_host.into_iter().chain(in_query).map(decoded).collect()
}

/// A text without its percent-encoding; what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let encoded =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| HEXUPPER_PERMISSIVE.decode(digits).ok());
        rest = after.get(encoded.as_ref().map_or(0, |_| 2)..).unwrap_or_default();
        bytes.extend(encoded.unwrap_or_else(|| vec![*first]));
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
    fn the_passwords_of_a_database_url_stand_before_the_host_and_in_the_query() {
        for (url, passwords) in [
            ("postgres://gcrm:p:w@db:5432/gcrm", vec!["p:w"]),
            ("postgres://gcrm@db/gcrm?x=a:b@c", vec![]),
            ("postgres://gcrm@db/gcrm?sslmode=disable&password=gcrm", vec!["gcrm"]),
            ("postgres://gcrm:one@db/gcrm?password=two", vec!["one", "two"]),
            ("postgres://gcrm:%67crm%2@db/gcrm", vec!["gcrm%2"]),
            ("sqlite://data/gcrm.db", vec![]),
        ] {
            assert_eq!(database_passwords(url), passwords, "{url}");
        }
    }
}
