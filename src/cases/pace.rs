//! How fast the public may file 提交频次: so many times an hour from one account, and without a name from one address. Staff
//! and systems, who file for others, are not held up.
//!
//! What is bounded is the filing, and by it the messages that follow. A bound on the messages themselves would lose notices
//! that the law wants sent; whoever is held up here is told so, and nothing is kept that nobody would then hear of.
//!
//! It is counted in memory, by each instance for itself, so that nothing that is stored ties a request without a name to
//! whoever sent it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use super::model::Disclosure;
use crate::access::{Call, Permission};
use crate::clock::Timestamp;
use crate::config::{Filing, network};
use crate::error::{Code, Failure};
use crate::http::Answer;
use crate::ids::AccountId;

/// The time that a bound is for, from the first filing on.
const WINDOW: TimeDelta = TimeDelta::hours(1);
/// As many are counted at once at most. Whoever comes to a full list is let through: it fills only when the service has more
/// to fear than these requests, and memory stays bounded.
const MOST: usize = 100_000;
/// How often a full list is looked through for windows that are over.
const TIDY: TimeDelta = TimeDelta::minutes(1);

/// Counts who files. Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct Pace {
    bounds: Filing,
    held: Arc<Mutex<Held>>,
}

/// Whoever a filing counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Filer {
    /// One account of the public.
    Account(AccountId),
    /// One network; none: this machine, without an address.
    Network(Option<IpAddr>),
}

#[derive(Default)]
struct Held {
    windows: HashMap<Filer, Window>,
    tidied: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Window {
    begun: Timestamp,
    filed: u32,
}

/// Leave to file once, which counts when it is over; or why there is none. Repetitions of one filing, however many at once,
/// count as the one. As many as the service answers at a time may slip through beyond a bound.
#[must_use]
pub(super) struct Turn {
    granted: Result<(), Failure>,
    /// For whom it counts, and when.
    counts: Option<(Pace, Filer, Timestamp)>,
}

impl Pace {
    /// Within these bounds.
    pub fn new(bounds: Filing) -> Self {
        Self { bounds, held: Arc::default() }
    }

    /// A turn for whoever calls from `address` to begin or hand in a case. A request without a name counts for the address,
    /// whoever is logged in there.
    pub(super) fn turn(&self, call: &Call, address: Option<IpAddr>, disclosure: Disclosure) -> Turn {
        if call.actor.beyond_own(Permission::CaseCreate) {
            return Turn { granted: Ok(()), counts: None };
        }
        let account = call.actor.account().filter(|_| disclosure != Disclosure::Anonymous);
        let (filer, bound) = match account {
            Some(account) => (Filer::Account(account), self.bounds.per_account),
            None => (Filer::Network(address.map(network)), self.bounds.anonymous_per_address),
        };
        let Some(bound) = bound else { return Turn { granted: Ok(()), counts: None } };
        let granted = self.look(filer, bound, call.now);
        let counts = granted.is_ok().then(|| (self.clone(), filer, call.now));
        Turn { granted, counts }
    }

    /// Refuses whoever has filed as often as they may.
    fn look(&self, filer: Filer, bound: u32, now: Timestamp) -> Result<(), Failure> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |window: &&Window| !window.is_over(now) && window.filed >= bound;
        let Some(window) = held.windows.get(&filer).filter(full) else { return Ok(()) };
        let wait = (window.begun.plus(WINDOW).utc() - now.utc()).num_seconds().max(1);
        Err(Failure::refused_with(Code::TooManyRequests, vec![("retryAfter", wait.to_string())]))
    }

    /// Counts one more, where there is room to count.
    fn count(&self, filer: Filer, now: Timestamp) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !held.windows.contains_key(&filer) && !held.has_room(now) {
            return;
        }
        let window = held.windows.entry(filer).or_insert(Window { begun: now, filed: 0 });
        if window.is_over(now) {
            *window = Window { begun: now, filed: 0 };
        }
        window.filed = window.filed.saturating_add(1);
    }
}

impl Held {
    fn has_room(&mut self, now: Timestamp) -> bool {
        let due = self.tidied.is_none_or(|at| at.plus(TIDY) <= now);
        if self.windows.len() >= MOST && due {
            self.windows.retain(|_, window| !window.is_over(now));
            self.tidied = Some(now);
        }
        self.windows.len() < MOST
    }
}

impl Window {
    fn is_over(self, now: Timestamp) -> bool {
        self.begun.plus(WINDOW) <= now
    }
}

impl Turn {
    /// Refuses whoever has none.
    ///
    /// # Errors
    /// 429 with the seconds to wait.
    pub(super) fn granted(&self) -> Result<(), Failure> {
        self.granted.clone()
    }

    /// The answer; where nothing was filed, nothing counts. A caller who goes away before it is answered has had the turn.
    pub(super) fn told(mut self, answer: Answer) -> Answer {
        if !answer.as_ref().is_ok_and(|reply| !reply.is_repetition()) {
            self.counts = None;
        }
        answer
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((pace, filer, now)) = self.counts.take() {
            pace.count(filer, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Reply;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    fn pace() -> Pace {
        Pace::new(Filing { per_account: Some(2), anonymous_per_address: Some(2) })
    }

    fn nobody(now: &str) -> Call {
        Call::new(std::sync::Arc::new(crate::access::Actor::anonymous()), now.parse().unwrap())
    }

    fn files(pace: &Pace, now: &str, address: Option<IpAddr>) -> Result<(), Failure> {
        let turn = pace.turn(&nobody(now), address, Disclosure::Anonymous);
        let granted = turn.granted();
        let _ = turn.told(granted.clone().and_then(|()| Reply::none()));
        granted
    }

    #[test]
    fn an_address_files_so_often_within_an_hour_and_is_told_how_long_to_wait() {
        let pace = pace();
        for now in ["2026-02-12T01:00:00Z", "2026-02-12T01:20:00Z"] {
            assert_eq!(files(&pace, now, HERE), Ok(()));
        }
        let full = files(&pace, "2026-02-12T01:59:00Z", HERE);
        let wait = vec![("retryAfter", "60".to_owned())];
        assert_eq!(full, Err(Failure::refused_with(Code::TooManyRequests, wait)));
        assert_eq!(files(&pace, "2026-02-12T01:59:00Z", Some([192, 0, 2, 2].into())), Ok(()), "others go on");
        assert_eq!(files(&pace, "2026-02-12T02:00:00Z", HERE), Ok(()), "the hour is over");
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let pace = pace();
        let from = |text: &str| files(&pace, "2026-02-12T01:00:00Z", Some(text.parse().unwrap()));
        assert_eq!((from("2001:db8::1"), from("2001:db8::2:1")), (Ok(()), Ok(())));
        assert!(from("2001:db8::3").is_err());
        assert_eq!(from("2001:db8:0:1::1"), Ok(()));
    }

    #[test]
    fn what_came_to_nothing_does_not_count() {
        let pace = pace();
        for _ in 0..5 {
            let turn = pace.turn(&nobody("2026-02-12T01:00:00Z"), HERE, Disclosure::Anonymous);
            assert_eq!(turn.granted(), Ok(()));
            let _ = turn.told(Err(Failure::refused(Code::ItemNotInUse)));
        }
        // One that nobody waited for counts.
        let _ = pace.turn(&nobody("2026-02-12T01:00:00Z"), HERE, Disclosure::Anonymous);
        assert_eq!(files(&pace, "2026-02-12T01:00:00Z", HERE), Ok(()));
        assert!(files(&pace, "2026-02-12T01:00:00Z", HERE).is_err());
    }

    #[test]
    fn repetitions_at_once_count_as_the_one_that_filed() {
        let pace = pace();
        let turns: Vec<_> =
            (0..5).map(|_| pace.turn(&nobody("2026-02-12T01:00:00Z"), HERE, Disclosure::Anonymous)).collect();
        assert!(turns.iter().all(|turn| turn.granted().is_ok()));
        for turn in turns {
            let _ = turn.told(Reply::none().map(Reply::replayed));
        }
        assert_eq!(files(&pace, "2026-02-12T01:00:00Z", HERE), Ok(()));
        assert_eq!(files(&pace, "2026-02-12T01:00:00Z", HERE), Ok(()));
        assert!(files(&pace, "2026-02-12T01:00:00Z", HERE).is_err());
    }

    #[test]
    fn a_full_list_holds_nobody_up_and_is_tidied() {
        let pace = pace();
        let at = |n: usize| Some(IpAddr::from(u32::try_from(n).unwrap().to_be_bytes()));
        for n in 0..MOST {
            assert_eq!(files(&pace, "2026-02-12T01:00:00Z", at(n)), Ok(()));
        }
        for _ in 0..3 {
            assert_eq!(files(&pace, "2026-02-12T01:30:00Z", at(MOST)), Ok(()), "not counted");
        }
        assert_eq!(files(&pace, "2026-02-12T02:30:00Z", at(MOST)), Ok(()));
        assert_eq!(pace.held.lock().unwrap().windows.len(), 1);
    }

    #[test]
    fn staff_and_systems_are_not_held_up() {
        let pace = pace();
        let now = "2026-02-12T01:00:00Z".parse().unwrap();
        for _ in 0..9 {
            assert_eq!(pace.turn(&Call::system(now), HERE, Disclosure::Anonymous).granted(), Ok(()));
        }
    }
}
