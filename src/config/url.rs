//! The address under which the world reaches a service.

use std::fmt;
use std::net::IpAddr;

/// `http://` or `https://`, a host, perhaps a port and a path; no user, query, fragment or slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
    https: bool,
}

/// A text that is no [`PublicUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write it as https://host, https://host:port or https://host/path, without a slash at the end")]
pub struct BadUrl;

impl PublicUrl {
    /// Reads one.
    ///
    /// # Errors
    /// [`BadUrl`] says what to write.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let (https, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err(BadUrl),
        };
        let (authority, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
        let host = host(authority)?;
        let path_is_fine = path.is_none_or(|path| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
            !path.is_empty() && !path.ends_with('/') && path.chars().all(plain)
        });
        if !path_is_fine {
            return Err(BadUrl);
        }
        Ok(Self { text: text.to_owned(), host, https })
    }

    /// Stands in for one that does not read, until the problem is reported.
    pub(super) fn local() -> Self {
        Self { text: "http://127.0.0.1".to_owned(), host: "127.0.0.1".to_owned(), https: false }
    }

    /// Whether it is the one of `config/default.toml`, and so says nothing about this installation.
    pub(super) fn is_default(&self) -> bool {
        self.text == "http://127.0.0.1:8080"
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, without port and brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the way to it is encrypted.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether only this machine reaches it.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a host name or address is this machine's own.
pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host of `host`, `host:port`, `[address]` or `[address]:port`.
fn host(authority: &str) -> Result<String, BadUrl> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or(BadUrl)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| BadUrl)?;
            (address, port.strip_prefix(':').or(port.is_empty().then_some("")))
        }
        None => {
            let (name, port) = authority.split_once(':').map_or((authority, ""), |(name, port)| (name, port));
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            if !name.chars().all(plain) || (authority.contains(':') && port.is_empty()) {
                return Err(BadUrl);
            }
            (name, Some(port))
        }
    };
    let port = port.ok_or(BadUrl)?;
    if host.is_empty() || !(port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Err(BadUrl);
    }
    Ok(host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_no_plain_web_address_is_refused() {
        let bad = ["", "gov.test", "ftp://gov.test", "https://", "https://gov.test/", "https://user@gov.test"];
        let worse =
            ["https://gov.test:0", "https://gov.test:x", "https://gov.test:", "https://gov.test/a?b", "https://[::1"];
        for text in bad.iter().chain(&worse) {
            assert_eq!(PublicUrl::parse(text), Err(BadUrl), "{text}");
        }
    }

    #[test]
    fn the_host_tells_whether_only_this_machine_reaches_it() {
        for (text, host, loopback) in [
            ("https://portal.gov.test", "portal.gov.test", false),
            ("https://portal.gov.test:8443/cases", "portal.gov.test", false),
            ("http://LocalHost:8080", "localhost", true),
            ("http://127.0.0.9", "127.0.0.9", true),
            ("http://[::1]:8080", "::1", true),
            ("http://10.0.0.1", "10.0.0.1", false),
        ] {
            let url = PublicUrl::parse(text).unwrap();
            assert_eq!((url.host(), url.is_loopback()), (host, loopback), "{text}");
        }
    }
}
