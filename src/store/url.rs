//! Which database: read off the scheme, refused when unknown, so that a typo never opens a new empty file.

use std::path::PathBuf;

/// Where the data lives.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://path/to/file.db`, relative to the working directory, or `sqlite:///absolute/path`.
    Sqlite(PathBuf),
    /// `postgres://user@host:port/database?options`, as libpq reads it.
    Postgres(String),
}

/// A database URL that cannot be used, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Neither scheme.
    #[error("DATABASE_URL must start with sqlite:// or postgres://")]
    UnknownScheme,
    /// No file named.
    #[error("sqlite:// needs a file, such as sqlite://data/gcrm.db; an in-memory database would be lost at exit")]
    NoFile,
    /// TLS was asked for, and this build cannot speak it.
    #[error(
        "sslmode={0} needs TLS, which this build leaves out (it links libpq without OpenSSL); use sslmode=disable on a trusted network"
    )]
    NeedsTls(String),
}

impl DatabaseUrl {
    /// Reads a URL; see [`BadUrl`] for what is refused.
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        if let Some(file) = url.strip_prefix("sqlite://") {
            if file.is_empty() || file.contains(":memory:") {
                return Err(BadUrl::NoFile);
            }
            return Ok(Self::Sqlite(PathBuf::from(file)));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(BadUrl::UnknownScheme);
        }
        match sslmode(url) {
            Some(mode @ ("require" | "verify-ca" | "verify-full")) => Err(BadUrl::NeedsTls(mode.to_owned())),
            _ => Ok(Self::Postgres(url.to_owned())),
        }
    }
}

fn sslmode(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("sslmode="))
}

impl std::fmt::Display for DatabaseUrl {
    /// Without user and password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                write!(f, "postgres://{}", host.split('?').next().unwrap_or(host))
            }
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scheme_is_refused_instead_of_opening_an_empty_file() {
        assert_eq!(DatabaseUrl::parse("postgrs://x/y"), Err(BadUrl::UnknownScheme));
        assert_eq!(DatabaseUrl::parse("data/gcrm.db"), Err(BadUrl::UnknownScheme));
        assert_eq!(DatabaseUrl::parse("sqlite://:memory:"), Err(BadUrl::NoFile));
    }

    #[test]
    fn a_tls_mode_this_build_cannot_speak_is_refused_at_start() {
        let url = "postgres://u@h/d?sslmode=verify-full";
        assert_eq!(DatabaseUrl::parse(url), Err(BadUrl::NeedsTls("verify-full".into())));
        assert!(DatabaseUrl::parse("postgres://u@h/d?sslmode=disable").is_ok());
    }

    #[test]
    fn a_printed_url_holds_no_password() {
        let url = DatabaseUrl::parse("postgres://u:secret@h:5432/d?x=secret").unwrap();
        assert_eq!(url.to_string(), "postgres://h:5432/d");
    }
}
