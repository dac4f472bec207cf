//! From a bearer token to a caller.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::actor::Actor;
use crate::error::Failure;

/// Who can tell a caller by a bearer token. The door holds one; the accounts implement it.
pub trait Authenticate: Send + Sync {
    /// The caller of a token, with the rights they have now.
    ///
    /// # Errors
    /// 401 `unauthenticated` for any token that is not good, without saying why; 503 when that cannot be known.
    fn authenticate<'a>(&'a self, bearer: &'a str) -> LocalBoxFuture<'a, Result<Arc<Actor>, Failure>>;
}
