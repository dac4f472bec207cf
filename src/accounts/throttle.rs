//! How guessing is slowed down: every failure is counted before the password is looked at, so that parallel tries do not
//! slip through, and taken back when it was right.
//!
//! Counted is the account (known or not: no difference can be seen), and the address. Whoever logged in from a device before
//! holds a device token; their tries count on that device instead, so that nobody can keep them out by guessing.

use std::net::IpAddr;

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::config::network;
use crate::error::{Code, Failure};
use crate::ids::AccountId;
use crate::seal::Keyring;

use super::model::Login;

/// What tries are counted on. Only keyed digests are stored: what is typed as a login may be a password, and addresses are
/// personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub(super) key: String,
    pace: Pace,
}

/// How fast failures slow one down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// One account or device: five tries, then ever slower.
    One,
    /// An address, behind which a whole service hall may sit.
    Many,
}

impl Subject {
    /// An account by the login that was typed, whether there is one or not.
    pub fn login(keys: &Keyring, login: &Login) -> Self {
        Self { key: format!("login:{}", keys.blind_index("login-attempts", login.as_str())), pace: Pace::One }
    }

    /// A device that was logged in before, by the number in its token.
    pub fn device(number: &str) -> Self {
        Self { key: format!("device:{number}"), pace: Pace::One }
    }

    /// The owner of an account, logged in.
    pub fn owner(id: AccountId) -> Self {
        Self { key: format!("owner:{id}"), pace: Pace::One }
    }

    /// The caller's address: whole IPv4 addresses, /64 networks of IPv6. `what` keeps logins and registrations apart.
    pub fn address(keys: &Keyring, what: &str, peer: Option<IpAddr>) -> Self {
        let network = peer.map_or_else(|| "local".to_owned(), |peer| network(peer).to_string());
        Self { key: format!("{what}:{}", keys.blind_index("login-sources", &network)), pace: Pace::Many }
    }

    /// How long the next try has to wait after `failures` in a row; none at first.
    pub fn delay(&self, failures: i64) -> Option<TimeDelta> {
        match self.pace {
            // 100 failures in a row take four days; after that one try a day.
            Pace::One if failures >= 100 => Some(TimeDelta::hours(24)),
            Pace::One => growing(failures.saturating_sub(5), TimeDelta::hours(1)),
            Pace::Many => growing(failures.saturating_sub(50), TimeDelta::minutes(15)),
        }
    }

    /// Failures that are older do not count any more: an address changes hands, an account's row stays until it is right.
    pub fn forgets_after(&self) -> Option<TimeDelta> {
        match self.pace {
            Pace::One => None,
            Pace::Many => Some(TimeDelta::hours(1)),
        }
    }
}

/// 1, 2, 4, 8… seconds, at most `longest`; none while `beyond` is negative.
fn growing(beyond: i64, longest: TimeDelta) -> Option<TimeDelta> {
    let doublings = u32::try_from(beyond).ok()?;
    let seconds = 1_i64.checked_shl(doublings.min(40)).unwrap_or(i64::MAX);
    Some(TimeDelta::seconds(seconds).min(longest))
}

/// 429 with the seconds to wait.
pub(super) fn too_many(now: Timestamp, until: Timestamp) -> Failure {
    let seconds = (until.utc() - now.utc()).num_seconds().saturating_add(1);
    Failure::refused_with(Code::TooManyRequests, vec![("retryAfter", seconds.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(subject: &Subject, failures: i64) -> Option<i64> {
        subject.delay(failures).map(|delay| delay.num_seconds())
    }

    #[test]
    fn the_fifth_failure_on_an_account_begins_to_cost_time_and_every_further_one_twice_as_much() {
        let account = Subject::device("x");
        assert_eq!(seconds(&account, 4), None);
        assert_eq!(seconds(&account, 5), Some(1));
        assert_eq!(seconds(&account, 6), Some(2));
        assert_eq!(seconds(&account, 16), Some(2048));
        assert_eq!(seconds(&account, 17), Some(3600));
        assert_eq!(seconds(&account, 99), Some(3600));
        assert_eq!(seconds(&account, 100), Some(86_400));
        assert_eq!(seconds(&account, i64::MAX), Some(86_400));
    }

    #[test]
    fn no_more_than_a_hundred_tries_fit_into_three_days() {
        let account = Subject::device("x");
        let (mut spent, mut tries) = (0, 0);
        while spent <= 3 * 86_400 {
            tries += 1;
            spent += seconds(&account, tries).unwrap_or(0);
        }
        assert!(tries <= 100, "{tries}");
    }

    #[test]
    fn an_address_has_fifty_failures_an_hour_before_it_waits() {
        let address = Subject::address(&Keyring::generate().unwrap(), "source", None);
        assert_eq!(seconds(&address, 49), None);
        assert_eq!(seconds(&address, 50), Some(1));
        assert_eq!(seconds(&address, 1000), Some(900));
        assert_eq!(address.forgets_after(), Some(TimeDelta::hours(1)));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_and_none_is_readable() {
        let keys = Keyring::generate().unwrap();
        let subject = |text: &str| Subject::address(&keys, "source", Some(text.parse().unwrap()));
        assert_eq!(subject("2001:db8::1"), subject("2001:db8::ffff:1"));
        assert_ne!(subject("2001:db8::1"), subject("2001:db8:0:1::1"));
        assert_eq!(subject("::ffff:192.0.2.1"), subject("192.0.2.1"));
        assert!(!subject("192.0.2.1").key.contains("192"));
    }

    #[test]
    fn the_wait_is_told_in_whole_seconds_and_never_too_short() {
        let now: Timestamp = "2026-02-12T00:00:00Z".parse().unwrap();
        let Failure::Refused { params, .. } = too_many(now, "2026-02-12T00:00:01.5Z".parse().unwrap()) else {
            panic!("a refusal")
        };
        assert_eq!(params, vec![("retryAfter", "2".to_owned())]);
    }
}
