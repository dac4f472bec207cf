//! The first administrators, from the command line: nobody is there yet who could create them.

use super::model::{AccountKind, Membership, NewAccount};
use super::store::{self, memberships as rows};
use super::{Accounts, entry};
use crate::access::Call;
use crate::error::{Code, Failure};
use crate::ids::{AccountId, MembershipId};
use crate::journal::{Event, Subjects};
use crate::store::{Recorded, Tx};

/// Which administrator. They are created one by one, as different persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminKind {
    /// Runs the service 系统管理员.
    System,
    /// Gives rights 安全保密管理员.
    Security,
}

impl AdminKind {
    /// The role's code.
    pub fn role(self) -> &'static str {
        match self {
            Self::System => "system_administrator",
            Self::Security => "security_administrator",
        }
    }
}

/// Whether one more is wanted where there is one already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Another {
    /// Refuse: somebody starts the installation twice.
    Refuse,
    /// Yes: the operator said so.
    Create,
}

impl Accounts {
    /// Creates an administrator's account with its role, and nothing else.
    ///
    /// # Errors
    /// 409 `already_exists` when there is one and no other was asked for, or the login is taken.
    pub fn create_admin(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        kind: AdminKind,
        new: &NewAccount,
        another: Another,
    ) -> Result<Recorded<AccountId>, Failure> {
        let role = kind.role();
        if self.0.roles.get(role).is_none() {
            return Err(Failure::internal(format!("the roles file has no role {role:?}")));
        }
        if another == Another::Refuse && rows::anybody(tx, role)? {
            return Err(Failure::refused(Code::AlreadyExists));
        }
        let account = AccountId::new();
        store::insert(tx, account, AccountKind::Staff, new, None, call.now);
        tx.fact(entry(&Event::StaffCreated { account }, call, Subjects::account(account))?);
        let membership = MembershipId::new();
        let role = role.to_owned();
        let post = Membership { id: membership, account, department: None, role: role.clone(), created_at: call.now };
        rows::insert(tx, &post);
        let event = Event::MembershipGranted { membership, account, role, department: None };
        Ok(tx.record(entry(&event, call, Subjects::account(account))?, account))
    }
}
