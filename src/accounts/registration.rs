//! A citizen's own account.
//!
//! That a login is taken is told (409): whoever chooses a name must learn that it is not free, and the next login would tell
//! anyway. What makes a list of accounts expensive is the throttle: fifty refusals an hour from one address, each as slow as
//! a password hash. Logging in never tells whether an account exists.

use std::net::IpAddr;

use super::model::{AccountKind, NewAccount};
use super::throttle::Subject;
use super::{Accounts, own_entry, store};
use crate::access::{Call, Principal};
use crate::error::Failure;
use crate::ids::{AccountId, CustomerId};
use crate::journal::{Event, Subjects};
use crate::store::{Recorded, Tx};

impl Accounts {
    /// First step: counts a registration from this address as refused, until it succeeds.
    ///
    /// # Errors
    /// 429 after too many refused ones.
    pub fn begin_registration(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        peer: Option<IpAddr>,
    ) -> Result<Recorded<()>, Failure> {
        store::attempts::take(tx, &self.registrar(peer), call.now)?;
        Ok(tx.unrecorded("tries are counted in their own table", ()))
    }

    /// Registers a citizen.
    ///
    /// # Errors
    /// 409 `already_exists` for a login that is taken, by a citizen or by staff; it surfaces with the commit.
    pub fn register(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        new: &NewAccount,
        peer: Option<IpAddr>,
    ) -> Result<Recorded<AccountId>, Failure> {
        store::attempts::give_back(tx, &self.registrar(peer))?;
        self.create_citizen(tx, call, new)
    }

    /// A citizen's account, for demonstrations and the takeover of data.
    ///
    /// # Errors
    /// As [`Accounts::register`].
    pub fn create_citizen(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        new: &NewAccount,
    ) -> Result<Recorded<AccountId>, Failure> {
        let account = AccountId::new();
        store::insert(tx, account, AccountKind::Citizen, new, None, call.now);
        Ok(tx.record(own_entry(&Event::AccountRegistered { account }, call, account)?, account))
    }

    /// Links an account to the customer it acts for; from the customers' room, in the transaction that registers the customer.
    ///
    /// # Errors
    /// 409 `already_linked`.
    pub fn link_customer(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        account: AccountId,
        customer: CustomerId,
    ) -> Result<(), Failure> {
        store::link(tx, account, customer)?;
        self.0.cache.forget(Principal::Account(account));
        let subjects = Subjects { customer: Some(customer), ..Subjects::account(account) };
        tx.fact(super::entry(&Event::AccountLinked { account }, call, subjects)?);
        Ok(())
    }

    fn registrar(&self, peer: Option<IpAddr>) -> Subject {
        Subject::address(&self.0.keys, "register", peer)
    }
}
