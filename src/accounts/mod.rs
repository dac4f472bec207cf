//! The room of logins 账号: accounts, passwords, sessions, clients, staff memberships, signing keys.
//!
//! Who enters: everybody who logs in, by `routes`; every request with a token, by the [`Authenticator`]; the command line, by
//! the functions that take a `Tx`. Always true: a password is stored only as an Argon2id hash and judged before it is; a
//! refresh token is good once; what is revoked, disabled or taken back has no effect any more within a second; nobody gives a
//! role to themselves nor approves a system that they registered, and no account holds two roles that exclude each other.

mod acting;
mod authenticator;
mod bootstrap;
mod cache;
mod clients;
mod guessable;
mod keys;
mod login;
mod model;
mod password;
mod refresh;
mod registration;
mod routes;
mod sessions;
mod staff;
mod store;
mod throttle;

use std::sync::Arc;

use chrono::TimeDelta;

use crate::access::{Call, DepartmentTree, LIFETIME, Roles, Tokens};
use crate::clock::Clock;
use crate::error::Failure;
use crate::ids::AccountId;
use crate::journal::{Author, Entry, Event, Subjects};
use crate::seal::Keyring;
use crate::store::{Recorded, Store, Tx};

pub use authenticator::Authenticator;
pub use bootstrap::{AdminKind, Another};
pub use clients::{ClientToken, ClientTry, NewClient, Secret};
pub use login::{LoggedIn, LoginTry, Opened};
pub use model::{
    Account, AccountKind, Chosen, Client, ClientStatus, DisplayName, Login, Membership, NewAccount, StaffMember, Status,
};
pub use password::{Attempt, Hasher, NewPassword, PasswordHash, Strength, Verdict};
pub use refresh::Refreshed;
pub use routes::{root_routes, routes};

/// How many rows of a table are removed in one transaction, as of old idempotency keys.
const PURGED: i64 = 2000;

/// How long sessions last (NIST SP 800-63B-4 §2.2.3: 24 hours, 1 hour idle, where personal data can be reached).
#[derive(Clone, Copy, Debug)]
pub struct SessionPolicy {
    /// From the login on, whatever happens.
    pub longest: TimeDelta,
    /// Without a refresh.
    pub idle: TimeDelta,
    /// An access token; 15 minutes at most.
    pub access: TimeDelta,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self { longest: TimeDelta::hours(24), idle: TimeDelta::hours(1), access: LIFETIME }
    }
}

/// What the room is made of.
pub struct Setup {
    /// Seals the signing keys, makes refresh tokens and digests of client secrets.
    pub keys: Arc<Keyring>,
    /// `iss` of tokens: the service's public address.
    pub issuer: String,
    /// `aud` of tokens.
    pub audience: String,
    /// Who may what.
    pub roles: Arc<Roles>,
    /// The department tree, from the agencies' room.
    pub tree: Arc<dyn DepartmentTree>,
    /// Cost of password hashes.
    pub strength: Strength,
    /// How long sessions last.
    pub sessions: SessionPolicy,
}

/// The verbs of this room. Cheap to clone; all clones share the cache of callers and the signing keys.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    keys: Arc<Keyring>,
    tokens: Tokens,
    roles: Arc<Roles>,
    tree: Arc<dyn DepartmentTree>,
    hasher: Hasher,
    sessions: SessionPolicy,
    cache: cache::ActorCache,
}

impl Accounts {
    /// Opens the room: reads the signing keys, and makes the first one in a new database.
    ///
    /// # Errors
    /// The database being away; a signing key sealed with a key the keyring lacks.
    pub async fn open(store: &Store, clock: &Clock, setup: Setup) -> Result<Self, Failure> {
        let Setup { keys, issuer, audience, roles, tree, strength, sessions } = setup;
        let signing = keys::load_or_create(store, &keys, clock.now()).await?;
        let tokens = Tokens::new(signing, issuer, audience).lasting(sessions.access);
        let hasher = Hasher::new(strength)?;
        let cache = cache::ActorCache::default();
        Ok(Self(Arc::new(Inner { keys, tokens, roles, tree, hasher, sessions, cache })))
    }

    /// Hashes and compares passwords, outside any transaction.
    pub fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    /// Access tokens and the keys that sign them.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// The roles there are.
    pub fn roles(&self) -> &Roles {
        &self.0.roles
    }

    /// Removes what nobody needs any more: sessions that expired, and tries that were made, more than 30 days ago; some
    /// thousand rows at a time. How many; 0 when none are left. For a worker, every hour or so.
    ///
    /// # Errors
    /// The database being away.
    pub fn purge(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Recorded<usize>, Failure> {
        let before = call.now.plus(TimeDelta::days(-30));
        let rows =
            store::sessions::purge(tx, before, PURGED)?.saturating_add(store::attempts::purge(tx, before, PURGED)?);
        Ok(tx.unrecorded("expired sessions and old counters of tries tell nobody anything", rows))
    }
}

/// A fact of this room, stated by whoever calls.
fn entry(event: &Event, call: &Call, subjects: Subjects) -> Result<Entry, Failure> {
    Entry::new(event, &call.author(), subjects, call.now, call.now)
}

/// A fact about an account, stated by its owner, who is known only now.
fn own_entry(event: &Event, call: &Call, account: AccountId) -> Result<Entry, Failure> {
    let author = Author { actor: account.to_string(), ..call.author() };
    Entry::new(event, &author, Subjects::account(account), call.now, call.now)
}
