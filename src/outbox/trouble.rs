//! Why a message did not get through, as a code: what a server says may quote the address.

use std::fmt;

/// What stood in the way 投递失败原因.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The mail server answered with this code (RFC 5321 §4.2): 4xx now, 5xx never.
    Smtp(u16),
    /// The mail server did not answer in time.
    Timeout,
    /// The mail server could not be reached.
    Connection,
    /// No TLS could be agreed on.
    Tls,
    /// The mail server answered what is no SMTP, hung up instead of answering, or offers nothing that we can speak.
    Protocol,
    /// The message could not be written to its folder.
    File,
    /// The recipient's address is none.
    Address,
    /// The template did not render, or the letter is another template's.
    Rendering,
    /// The recipient could not be found out: a defect.
    Resolving,
    /// The sender panicked: a defect.
    Panic,
}

/// Replies that refuse our login, not the recipient (RFC 4954 §6): an operator's fault, which trying again outlasts.
const LOGIN: [u16; 4] = [530, 534, 535, 538];

impl Trouble {
    /// Whether trying again cannot help.
    pub fn is_final(self) -> bool {
        match self {
            Self::Smtp(code) => (500..600).contains(&code) && !LOGIN.contains(&code),
            Self::Address | Self::Rendering => true,
            Self::Timeout | Self::Connection | Self::Tls | Self::Protocol => false,
            Self::File | Self::Resolving | Self::Panic => false,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(code) => write!(f, "smtp_{code}"),
            Self::Timeout => f.write_str("timeout"),
            Self::Connection => f.write_str("connection"),
            Self::Tls => f.write_str("tls"),
            Self::Protocol => f.write_str("protocol"),
            Self::File => f.write_str("file"),
            Self::Address => f.write_str("address"),
            Self::Rendering => f.write_str("rendering"),
            Self::Resolving => f.write_str("resolving"),
            Self::Panic => f.write_str("panic"),
        }
    }
}

impl From<&lettre::transport::smtp::Error> for Trouble {
    fn from(error: &lettre::transport::smtp::Error) -> Self {
        match error.status().and_then(|code| code.to_string().parse().ok()) {
            Some(code) => Self::Smtp(code),
            None if is_timeout(error) => Self::Timeout,
            None if error.is_tls() => Self::Tls,
            None if error.is_response() || error.is_client() => Self::Protocol,
            None => Self::Connection,
        }
    }
}

/// A read that ran out of time is `WouldBlock` on Unix, `TimedOut` elsewhere.
fn is_timeout(error: &lettre::transport::smtp::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        if let Some(io) = source.downcast_ref::<std::io::Error>() {
            return matches!(io.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
        }
        cause = source.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn a_refused_recipient_is_final_and_a_refused_login_is_not() {
        assert!(Trouble::Smtp(550).is_final());
        assert!(!Trouble::Smtp(451).is_final());
        assert!(!Trouble::Smtp(535).is_final());
        assert_eq!(Trouble::Smtp(550).to_string(), "smtp_550");
    }
}
