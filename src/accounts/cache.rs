//! Callers known for less than a second, so that a busy session does not cost a query a request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::access::{Actor, Permission, Principal};
use crate::ids::{ClientId, SessionId};

/// How old an answer may be; what other instances changed has its effect by then.
const FRESH: Duration = Duration::from_millis(900);
/// How long nothing is kept about somebody who was changed here: longer than a transaction takes to commit.
const SHUNNED: Duration = Duration::from_secs(3);
/// More callers are not kept.
const MOST: usize = 20_000;

/// What a token says, and nothing of what the database says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Session(SessionId),
    Client(ClientId, Vec<Permission>),
}

#[derive(Default)]
pub(super) struct ActorCache(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    known: HashMap<Key, Known>,
    shunned: HashMap<Principal, Instant>,
}

struct Known {
    actor: Arc<Actor>,
    since: Instant,
}

impl ActorCache {
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Actor>> {
        let inner = self.lock();
        inner.known.get(key).filter(|known| known.since.elapsed() < FRESH).map(|known| known.actor.clone())
    }

    /// Keeps what was read from the database at `since` or later.
    pub(super) fn put(&self, key: Key, actor: Arc<Actor>, since: Instant) {
        let mut inner = self.lock();
        inner.shunned.retain(|_, at| at.elapsed() < SHUNNED);
        if inner.shunned.contains_key(&actor.principal()) {
            return;
        }
        if inner.known.len() >= MOST {
            inner.known.retain(|_, known| known.since.elapsed() < FRESH);
        }
        if inner.known.len() < MOST {
            inner.known.insert(key, Known { actor, since });
        }
    }

    /// Forgets somebody at once and keeps nothing new for a while: may be called before the change is committed.
    pub(super) fn forget(&self, principal: Principal) {
        let mut inner = self.lock();
        inner.known.retain(|_, known| known.actor.principal() != principal);
        inner.shunned.insert(principal, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(cache: &ActorCache, since: Instant) -> Key {
        let key = Key::Session(SessionId::new());
        cache.put(key.clone(), Arc::new(Actor::system()), since);
        key
    }

    #[test]
    fn an_answer_older_than_a_second_is_not_used() {
        let cache = ActorCache::default();
        assert!(cache.get(&known(&cache, Instant::now())).is_some());
        let old = Instant::now().checked_sub(Duration::from_millis(950)).unwrap();
        assert!(cache.get(&known(&cache, old)).is_none());
    }

    #[test]
    fn somebody_who_was_changed_is_forgotten_and_not_kept_for_a_while() {
        let cache = ActorCache::default();
        let key = known(&cache, Instant::now());
        cache.forget(Principal::System);
        assert!(cache.get(&key).is_none());
        // Read before the change was committed, put after.
        assert!(cache.get(&known(&cache, Instant::now())).is_none());
    }
}
