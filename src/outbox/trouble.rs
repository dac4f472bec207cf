//! Why a message did not get through, as a code: what a server says may quote the address.

use std::fmt;

use lettre::transport::smtp::Error;

/// What stood in the way 投递失败原因.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The mail server refused with this code (RFC 5321 §4.2), and not because of the recipient: a busy or misconfigured
    /// server, our login, our sender, a policy.
    Smtp(u16),
    /// The mail server refused the recipient's mailbox for good, with this code.
    Mailbox(u16),
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

/// Replies to RCPT that speak of the mailbox when no enhanced code says more: unavailable, not here, no such name.
const MAILBOX: [u16; 3] = [550, 551, 553];
/// Enhanced codes that speak of an address and mean the sender's (RFC 3463 §3.2).
const SENDER: [&str; 2] = ["5.1.7", "5.1.8"];

impl Trouble {
    /// Whether trying again cannot help. What may be an operator's fault is tried until the last try.
    pub fn is_final(self) -> bool {
        match self {
            Self::Mailbox(_) | Self::Address | Self::Rendering => true,
            Self::Smtp(_) | Self::Timeout | Self::Connection | Self::Tls | Self::Protocol => false,
            Self::File | Self::Resolving | Self::Panic => false,
        }
    }

    /// What a refused RCPT means.
    pub(super) fn of_recipient(error: &Error) -> Self {
        match Self::from(error) {
            Self::Smtp(code) if speaks_of_mailbox(code, enhanced(error).as_deref()) => Self::Mailbox(code),
            other => other,
        }
    }

    /// What a message that was refused after DATA means: it may be its words, so only an enhanced code speaks of the mailbox.
    pub(super) fn of_message(error: &Error) -> Self {
        match enhanced(error) {
            Some(enhanced) => match Self::from(error) {
                Self::Smtp(code) if speaks_of_mailbox(code, Some(&enhanced)) => Self::Mailbox(code),
                other => other,
            },
            None => Self::from(error),
        }
    }
}

fn speaks_of_mailbox(code: u16, enhanced: Option<&str>) -> bool {
    match enhanced {
        Some(enhanced) => (500..600).contains(&code) && enhanced.starts_with("5.1.") && !SENDER.contains(&enhanced),
        None => MAILBOX.contains(&code),
    }
}

/// The enhanced status code (RFC 3463) that the server's words begin with.
fn enhanced(error: &Error) -> Option<String> {
    let words = std::error::Error::source(error)?.to_string();
    let first = words.split_whitespace().next()?.to_owned();
    let parts: Vec<&str> = first.split('.').collect();
    let digits = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(digits)).then_some(first)
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(code) | Self::Mailbox(code) => write!(f, "smtp_{code}"),
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

impl From<&Error> for Trouble {
    fn from(error: &Error) -> Self {
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
fn is_timeout(error: &Error) -> bool {
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
    use super::{Trouble, speaks_of_mailbox};

    #[test]
    fn only_what_is_about_the_recipient_is_final() {
        assert!(Trouble::Mailbox(550).is_final());
        assert!(!Trouble::Smtp(554).is_final());
        assert_eq!(Trouble::Mailbox(550).to_string(), "smtp_550");
    }

    #[test]
    fn a_reply_speaks_of_the_mailbox_by_its_enhanced_code_or_without_one_by_its_number() {
        for (code, enhanced, mailbox) in [
            (550, None, true),
            (551, None, true),
            (553, None, true),
            (554, None, false),
            (552, None, false),
            (550, Some("5.1.1"), true),
            (554, Some("5.1.10"), true),
            (550, Some("5.7.1"), false),
            (553, Some("5.1.8"), false),
            (450, Some("4.1.1"), false),
        ] {
            assert_eq!(speaks_of_mailbox(code, enhanced), mailbox, "{code} {enhanced:?}");
        }
    }
}
