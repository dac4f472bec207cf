//! Tokens whose signature was verified: a busy session's token comes with every request, and its signature costs more
//! than all else that is asked of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

/// More tokens are not kept; then all are forgotten, and verified once more.
const MOST: usize = 10_000;

/// What tokens with a good signature claim, by the SHA-256 of the whole token, the key's id included. That a key made a
/// signature stays true for ever; whether the key is still in use, and the time good, is asked each time.
pub(super) struct Seen<C>(Mutex<HashMap<[u8; 32], Arc<C>>>);

impl<C> Default for Seen<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C> Seen<C> {
    /// What `token` claims: known, or found out by `verify`, whose refusals are not kept.
    pub(super) fn or_else<E>(&self, token: &str, verify: impl FnOnce() -> Result<C, E>) -> Result<Arc<C>, E> {
        let Ok(key) = <[u8; 32]>::try_from(digest(&SHA256, token.as_bytes()).as_ref()) else {
            return verify().map(Arc::new);
        };
        if let Some(claims) = self.lock().get(&key) {
            return Ok(claims.clone());
        }
        let claims = Arc::new(verify()?);
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, claims.clone());
        Ok(claims)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<C>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_token_is_verified_once_and_a_bad_one_each_time() {
        let seen = Seen::default();
        assert_eq!(seen.or_else("a", || Ok::<_, ()>(1)).map(|c| *c), Ok(1));
        assert_eq!(seen.or_else("a", || Err(())).map(|c| *c), Ok(1));
        assert_eq!(seen.or_else("b", || Err::<i32, _>(())).map(|c| *c), Err(()));
        assert_eq!(seen.or_else("b", || Ok::<_, ()>(2)).map(|c| *c), Ok(2));
    }
}
