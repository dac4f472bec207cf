//! From a bearer token to a caller with the rights of this second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;

use super::cache::Key;
use super::model::{AccountKind, ClientStatus, Status};
use super::{Accounts, store};
use crate::access::{Actor, Authenticate, BadToken, Bearer, Holder, Permission, Post};
use crate::clock::{Clock, Timestamp};
use crate::error::{Code, Failure};
use crate::ids::{AccountId, ClientId, SessionId};
use crate::store::{Db, Reader, Store};

/// How old the signing keys in memory may be when a token comes; a worker reads them as often where none does.
const KEYS_FRESH: Duration = Duration::from_secs(60);
/// How often at most a token with an unknown key makes us look for new keys: forgers cost four reads a second, and somebody
/// whose token another instance signed with a new key is hardly ever refused.
const KEYS_LOOK: Duration = Duration::from_millis(250);
/// The keys were not read since the start.
const NEVER: u64 = u64::MAX;

/// Tells callers by their tokens: verified, and then looked up, since a token says who somebody was when it was issued.
pub struct Authenticator {
    accounts: Accounts,
    store: Store,
    clock: Clock,
    started: Instant,
    /// Milliseconds since the start at which the signing keys were last read.
    keys_read: AtomicU64,
}

impl Authenticator {
    /// An authenticator for these accounts.
    pub fn new(accounts: Accounts, store: Store, clock: Clock) -> Self {
        Self { accounts, store, clock, started: Instant::now(), keys_read: AtomicU64::new(NEVER) }
    }

    async fn tell(&self, bearer: &str) -> Result<Arc<Actor>, Failure> {
        let now = self.clock.now();
        let holder = self.holder(bearer, now).await?;
        let key = match &holder {
            Holder::Account { session, .. } => Key::Session(*session),
            Holder::Client { client, scopes } => Key::Client(*client, scopes.clone()),
        };
        if let Some(actor) = self.accounts.0.cache.get(&key).filter(|actor| is_holders(actor, &holder)) {
            return Ok(actor);
        }
        let since = Instant::now();
        let accounts = self.accounts.clone();
        let bearer = self.store.read(move |db| accounts.bearer(db, holder, now)).await?;
        let bearer = bearer.ok_or_else(|| Failure::refused(Code::Unauthenticated))?;
        let inner = &self.accounts.0;
        let actor = Arc::new(inner.roles.actor(&bearer, inner.tree.as_ref()));
        inner.cache.put(key, actor.clone(), since);
        Ok(actor)
    }

    async fn holder(&self, bearer: &str, now: Timestamp) -> Result<Holder, Failure> {
        let tokens = self.accounts.tokens();
        if self.keys_are_older_than(KEYS_FRESH) {
            // Old keys still verify what they signed: no reason to refuse anybody.
            if let Err(failure) = self.reload_keys().await {
                tracing::warn!(%failure, "signing keys could not be read again");
            }
        }
        match tokens.verify(bearer, now) {
            Err(BadToken::UnknownKey) if self.keys_are_older_than(KEYS_LOOK) => {
                self.reload_keys().await?;
                Ok(tokens.verify(bearer, now)?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn reload_keys(&self) -> Result<(), Failure> {
        let accounts = self.accounts.clone();
        self.store.read(move |db| accounts.reload_keys(db)).await
    }

    /// Whether the keys are that old; who is told so has to read them, and is the only one.
    fn keys_are_older_than(&self, age: Duration) -> bool {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let read = self.keys_read.load(Ordering::SeqCst);
        (read == NEVER || now.saturating_sub(read) >= age)
            && self.keys_read.compare_exchange(read, now, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl Authenticate for Authenticator {
    fn authenticate<'a>(&'a self, bearer: &'a str) -> LocalBoxFuture<'a, Result<Arc<Actor>, Failure>> {
        Box::pin(self.tell(bearer))
    }
}

fn is_holders(actor: &Actor, holder: &Holder) -> bool {
    match holder {
        Holder::Account { account, .. } => actor.account() == Some(*account),
        Holder::Client { .. } => true,
    }
}

impl Accounts {
    /// What the database says about the holder of a verified token; none when it has ended.
    fn bearer(&self, db: &mut Reader<'_>, holder: Holder, now: Timestamp) -> Result<Option<Bearer>, Failure> {
        match holder {
            Holder::Account { account, session } => person(db, account, session, now),
            Holder::Client { client, scopes } => system(db, client, &scopes),
        }
    }

    /// Whether an account, by its roles of now, has a permission in a department: may a case be given to it?
    ///
    /// # Errors
    /// The database being away.
    pub fn reaches(
        &self,
        db: &mut impl Db,
        account: AccountId,
        permission: Permission,
        department: crate::ids::DepartmentId,
    ) -> Result<bool, Failure> {
        let found = store::by_id(db, account)?;
        if !found.is_some_and(|a| a.kind == AccountKind::Staff && a.status == Status::Active) {
            return Ok(false);
        }
        let bearer = Bearer::Staff { account, session: SessionId::new(), posts: posts(db, account)? };
        Ok(self.0.roles.actor(&bearer, self.0.tree.as_ref()).may_in(permission, department))
    }
}

fn person(db: &mut impl Db, account: AccountId, session: SessionId, now: Timestamp) -> Result<Option<Bearer>, Failure> {
    let Some(standing) = store::sessions::standing(db, session, account, now)? else { return Ok(None) };
    Ok(Some(match standing.kind {
        AccountKind::Citizen => Bearer::Citizen { account, session, customer: standing.customer },
        AccountKind::Staff => Bearer::Staff { account, session, posts: posts(db, account)? },
    }))
}

pub(super) fn posts(db: &mut impl Db, account: AccountId) -> Result<Vec<Post>, Failure> {
    let memberships = store::memberships::of(db, &[account])?;
    Ok(memberships.into_iter().map(|m| Post { role: m.role, department: m.department }).collect())
}

fn system(db: &mut impl Db, id: ClientId, wanted: &[Permission]) -> Result<Option<Bearer>, Failure> {
    let client = store::clients::by_id(db, id)?.filter(|client| client.status == ClientStatus::Active);
    Ok(client.map(|client| {
        let scopes = wanted.iter().copied().filter(|scope| client.scopes.contains(scope)).collect();
        Bearer::Client { client: id, agency: client.agency, scopes }
    }))
}
