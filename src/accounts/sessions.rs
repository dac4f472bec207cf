//! Ending sessions, and changing the password, which ends them all.

use super::model::Account;
use super::password::{PasswordHash, Verdict};
use super::store::sessions as rows;
use super::throttle::Subject;
use super::{Accounts, entry, store};
use crate::access::{Call, Principal};
use crate::error::{Code, Failure};
use crate::ids::{AccountId, SessionId};
use crate::journal::{Event, Subjects};
use crate::store::{Db, Recorded, Tx};

impl Accounts {
    /// Ends the caller's session: its access token is refused from now on, too.
    ///
    /// # Errors
    /// 401 for a caller without a session, such as a client.
    pub fn log_out(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Recorded<()>, Failure> {
        let (account, session) = own_session(call)?;
        rows::revoke(tx, session, call.now)?;
        self.0.cache.forget(Principal::Account(account));
        let event = Event::SessionRevoked { session, cause: "logout".to_owned() };
        Ok(tx.record(entry(&event, call, Subjects::account(account))?, ()))
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// 404 for a caller without one, such as a client.
    pub fn me(&self, db: &mut impl Db, call: &Call) -> Result<Account, Failure> {
        let id = call.actor.account().ok_or_else(Failure::not_found)?;
        store::by_id(db, id)?.ok_or_else(Failure::not_found)
    }

    /// First step of a change of password: counts a try, so that a stolen token is no oracle, and gives the account whose
    /// current password the hasher has to compare. `version` is what the caller saw of it.
    ///
    /// # Errors
    /// 429 while too many tries failed; 412 `stale`, which is no try.
    pub fn begin_password_change(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        version: Option<i64>,
    ) -> Result<Recorded<Account>, Failure> {
        let account = self.me(tx, call)?;
        if version.is_some_and(|seen| seen != account.version) {
            return Err(Failure::refused(Code::Stale));
        }
        // Apart from the tries of strangers at the login, so that they cannot keep the owner from changing the password.
        store::attempts::take(tx, &Subject::owner(account.id), call.now)?;
        Ok(tx.unrecorded("tries are counted in their own table", account))
    }

    /// Last step: the new password counts, and every session of the account is over, this one too.
    ///
    /// # Errors
    /// 401 `bad_credentials` when the current password was wrong; 409 `conflict` when it was changed meanwhile.
    pub fn finish_password_change(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        account: &Account,
        verdict: &Verdict,
        new: &PasswordHash,
    ) -> Result<Recorded<()>, Failure> {
        if *verdict == Verdict::Wrong {
            return Err(Failure::refused(Code::BadCredentials));
        }
        store::touch(tx, account.id, None)?;
        if self.me(tx, call)?.password != account.password {
            return Err(Failure::refused(Code::Conflict));
        }
        store::attempts::clear(tx, &Subject::owner(account.id))?;
        self.replace_password(tx, call, account.id, new)
    }

    /// Sets a password and ends every session of the account: for the command line, where the operator answers for it.
    ///
    /// # Errors
    /// The database being away.
    pub fn replace_password(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        account: AccountId,
        new: &PasswordHash,
    ) -> Result<Recorded<()>, Failure> {
        let event = self.set_password(tx, call, account, new)?;
        Ok(tx.record(entry(&event, call, Subjects::account(account))?, ()))
    }

    /// A new password, and the end of every session; the fact that is still to be recorded.
    pub(super) fn set_password(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        account: AccountId,
        new: &PasswordHash,
    ) -> Result<Event, Failure> {
        store::set_password(tx, account, new)?;
        let sessions_ended = rows::revoke_all(tx, account, call.now)?;
        self.0.cache.forget(Principal::Account(account));
        Ok(Event::PasswordChanged { account, sessions_ended })
    }
}

fn own_session(call: &Call) -> Result<(AccountId, SessionId), Failure> {
    let own = call.actor.account().zip(call.actor.session());
    own.ok_or_else(|| Failure::refused(Code::Unauthenticated))
}
