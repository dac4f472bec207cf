//! An account as an actor without a login: for the command line, which has no token.

use std::sync::Arc;

use super::authenticator::posts;
use super::model::{AccountKind, Login, Status};
use super::{Accounts, store};
use crate::access::{Actor, Bearer};
use crate::error::Failure;
use crate::ids::{AccountId, SessionId};
use crate::store::Db;

impl Accounts {
    /// The actor that this account is now, with the rights its roles give and no others.
    ///
    /// # Errors
    /// 404 for no active account.
    pub fn acting(&self, db: &mut impl Db, login: &Login) -> Result<(AccountId, Arc<Actor>), Failure> {
        let found = store::by_login(db, login)?.filter(|a| a.status == Status::Active);
        let found = found.ok_or_else(Failure::not_found)?;
        let (account, session) = (found.id, SessionId::new());
        let bearer = match found.kind {
            AccountKind::Citizen => Bearer::Citizen { account, session, customer: found.customer },
            AccountKind::Staff => Bearer::Staff { account, session, posts: posts(db, account)? },
        };
        Ok((account, Arc::new(self.0.roles.actor(&bearer, self.0.tree.as_ref()))))
    }
}
