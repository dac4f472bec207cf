//! Staff accounts and their roles.

use std::collections::BTreeSet;

use super::model::{Account, AccountKind, Membership, NewAccount, StaffMember, Status};
use super::store::{self, memberships as rows};
use super::{Accounts, entry};
use crate::access::{Call, Held, Permission, Principal, Units};
use crate::error::{Code, Failure};
use crate::ids::{AccountId, DepartmentId, MembershipId};
use crate::journal::{Event, Subjects};
use crate::store::{Db, Recorded, Tx};

impl Accounts {
    /// Creates a staff account, without any role, for an agency: the one that is named, else the caller's own. Its
    /// administrators see and manage it from then on. Whoever manages all staff may leave it to the platform.
    ///
    /// # Errors
    /// 400 for what is no agency, and where a caller with several names none; 403 for one beyond the caller's reach; 409
    /// `already_exists` for a login that is taken; it surfaces with the commit.
    pub fn create_staff(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        new: &NewAccount,
        agency: Option<DepartmentId>,
    ) -> Result<Recorded<AccountId>, Failure> {
        call.require(Permission::StaffManage)?;
        let agency = self.agency_for(call, agency)?;
        let account = AccountId::new();
        store::insert(tx, account, AccountKind::Staff, new, agency, call.now);
        Ok(tx.record(entry(&Event::StaffCreated { account }, call, self.about(account, agency))?, account))
    }

    fn agency_for(&self, call: &Call, named: Option<DepartmentId>) -> Result<Option<DepartmentId>, Failure> {
        let wrong = |code: &str, detail: &str| Err(Failure::field("/agency", code, detail));
        if let Some(agency) = named {
            if self.0.tree.agency_of(agency) != Some(agency) {
                return wrong("not_an_agency", "name an agency: the root of a tree of departments");
            }
            call.require_in(Permission::StaffManage, agency)?;
            return Ok(named);
        }
        let Units::Some(units) = call.actor.scope(Permission::StaffManage).units else { return Ok(None) };
        let agencies: BTreeSet<_> = units.iter().filter_map(|unit| self.0.tree.agency_of(*unit)).collect();
        match agencies.first() {
            Some(agency) if agencies.len() == 1 => Ok(Some(*agency)),
            _ => wrong("required", "you manage the staff of several agencies: name the one that the account is for"),
        }
    }

    /// A staff account that the caller may know of by `permission`.
    ///
    /// # Errors
    /// 404 for a citizen's, an unknown one, or one that neither works within the caller's reach nor was made for an agency
    /// in it.
    pub fn staff_member(
        &self,
        db: &mut impl Db,
        call: &Call,
        permission: Permission,
        id: AccountId,
    ) -> Result<StaffMember, Failure> {
        let found = store::by_id(db, id)?.filter(|account| account.kind == AccountKind::Staff);
        let account = found.ok_or_else(Failure::not_found)?;
        let memberships = rows::of(db, &[id])?;
        let visible = match call.actor.scope(permission).units {
            Units::All => true,
            units => {
                let places = memberships.iter().map(|m| m.department).chain([account.agency]);
                places.flatten().any(|place| units.contain(place))
            }
        };
        if visible { Ok(StaffMember { account, memberships }) } else { Err(Failure::not_found()) }
    }

    /// An account that was just made, to be shown to whoever made it.
    pub(super) fn account(&self, db: &mut impl Db, id: AccountId) -> Result<Account, Failure> {
        store::by_id(db, id)?.ok_or_else(Failure::not_found)
    }

    /// One membership of an account.
    ///
    /// # Errors
    /// 404 when it was taken back.
    pub(super) fn membership(
        &self,
        db: &mut impl Db,
        account: AccountId,
        id: MembershipId,
    ) -> Result<Membership, Failure> {
        rows::of(db, &[account])?.into_iter().find(|m| m.id == id).ok_or_else(Failure::not_found)
    }

    /// Staff within the caller's reach, in the order of their making, at most `limit` after `after`.
    ///
    /// # Errors
    /// The database being away.
    pub fn staff(
        &self,
        db: &mut impl Db,
        call: &Call,
        after: Option<AccountId>,
        limit: i64,
    ) -> Result<Vec<StaffMember>, Failure> {
        let units = call.actor.scope(Permission::StaffRead).units;
        let reach = match &units {
            Units::All => None,
            Units::Some(departments) => Some(departments.as_slice()),
        };
        let accounts = store::staff(db, reach, after, limit)?;
        let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
        let mut memberships = rows::of(db, &ids)?;
        let of = |account: Account| {
            let (own, others) = std::mem::take(&mut memberships).into_iter().partition(|m| m.account == account.id);
            memberships = others;
            StaffMember { account, memberships: own }
        };
        Ok(accounts.into_iter().map(of).collect())
    }

    /// Grants a role, at a department or (none) on the platform.
    ///
    /// # Errors
    /// 400 for a role that does not exist or is not held there; 403 for oneself and beyond one's reach; 404 for an account that
    /// is no staff account; 409 `conflicting_roles` for a role that excludes one the account has (separation of duties).
    pub fn grant(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        account: AccountId,
        role: &str,
        department: Option<DepartmentId>,
    ) -> Result<Recorded<Membership>, Failure> {
        self.check_place(role, department)?;
        self.check_grantor(call, account, department)?;
        if store::by_id(tx, account)?.is_none_or(|a| a.kind != AccountKind::Staff) {
            return Err(Failure::not_found());
        }
        // Two grants at once come one after the other, so that the second one sees the first one's role.
        store::touch(tx, account, None)?;
        let held = rows::of(tx, &[account])?;
        if let Some(other) = self.0.roles.conflict(held.iter().map(|m| m.role.as_str()), role) {
            let params = vec![("roles", format!("{other}, {role}"))];
            return Err(Failure::refused_with(Code::ConflictingRoles, params));
        }
        let id = MembershipId::new();
        let new = Membership { id, account, department, role: role.to_owned(), created_at: call.now };
        rows::insert(tx, &new);
        self.0.cache.forget(Principal::Account(account));
        let event = Event::MembershipGranted { membership: id, account, role: role.to_owned(), department };
        Ok(tx.record(entry(&event, call, self.about(account, department))?, new))
    }

    /// Takes a role back; effective within a second, also for open sessions. `version` is what the caller saw of the account.
    ///
    /// # Errors
    /// 403 beyond the caller's reach; 404 for a membership the account does not have; 412 `stale`.
    pub fn revoke(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        account: AccountId,
        membership: MembershipId,
        version: Option<i64>,
    ) -> Result<Recorded<()>, Failure> {
        let held = rows::of(tx, &[account])?;
        let found = held.into_iter().find(|m| m.id == membership).ok_or_else(Failure::not_found)?;
        require_at(call, Permission::RoleGrant, found.department)?;
        store::touch(tx, account, version)?;
        rows::delete(tx, membership)?;
        self.0.cache.forget(Principal::Account(account));
        let event = Event::MembershipRevoked { membership, account };
        Ok(tx.record(entry(&event, call, self.about(account, found.department))?, ()))
    }

    /// Disables or enables a staff account; disabling ends its sessions. What the platform's security administrators have
    /// disabled they alone enable: an agency undoes no measure against one of its own. `version` is what the caller saw.
    ///
    /// # Errors
    /// 403 for oneself, and for an account with a role beyond one's reach, and `disabled_by_platform` for one that only the
    /// platform enables; 404 for one that is not visible; 412 `stale`.
    pub fn set_status(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: AccountId,
        status: Status,
        version: Option<i64>,
    ) -> Result<Recorded<StaffMember>, Failure> {
        // Held until the end, so that two who disable it at once do not make the platform's word the agency's.
        store::locked(tx, id)?;
        let member = self.staff_member(tx, call, Permission::StaffManage, id)?;
        if call.actor.account() == Some(id) {
            return Err(out_of_reach(Permission::StaffManage));
        }
        for membership in &member.memberships {
            require_at(call, Permission::StaffManage, membership.department)?;
        }
        let by_platform = disabled_by_platform(call, &member.account, status)?;
        store::set_status(tx, id, status, by_platform, version)?;
        let sessions_ended =
            if status == Status::Disabled { store::sessions::revoke_all(tx, id, call.now)? } else { 0 };
        self.0.cache.forget(Principal::Account(id));
        let version = member.account.version.saturating_add(1);
        let changed = Account { status, disabled_by_platform: by_platform, version, ..member.account };
        let event = Event::AccountStatusChanged { account: id, active: status == Status::Active, sessions_ended };
        let entry = entry(&event, call, Subjects::account(id))?;
        Ok(tx.record(entry, StaffMember { account: changed, memberships: member.memberships }))
    }

    /// Whether the role exists and is held at such a place.
    fn check_place(&self, role: &str, department: Option<DepartmentId>) -> Result<(), Failure> {
        let Some(found) = self.0.roles.get(role) else {
            return Err(Failure::field("/role", "unknown_role", "there is no such role; GET /api/v1/roles lists them"));
        };
        let wrong = |code: &str, detail: &str| Err(Failure::field("/department", code, detail));
        let agency = department.map(|d| self.0.tree.agency_of(d));
        match (found.held, agency) {
            (Held::Everyone | Held::Client, _) => Err(Failure::field(
                "/role",
                "not_grantable",
                "nobody grants this role: it comes with the kind of account",
            )),
            (Held::Platform, None) => Ok(()),
            (Held::Platform, Some(_)) => {
                wrong("platform_role", "this role is held on the platform: leave department out")
            }
            (Held::Department | Held::Agency, None) => wrong("required", "say at which department the role is held"),
            (_, Some(None)) => wrong("unknown_department", "there is no such department"),
            (Held::Agency, Some(root)) if root != department => {
                wrong("not_an_agency", "this role is held at an agency: name the root of the department's tree")
            }
            (Held::Department | Held::Agency, Some(_)) => Ok(()),
        }
    }

    /// Nobody gives a role to themselves, nor beyond their reach.
    fn check_grantor(&self, call: &Call, account: AccountId, department: Option<DepartmentId>) -> Result<(), Failure> {
        if call.actor.account() == Some(account) {
            return Err(out_of_reach(Permission::RoleGrant));
        }
        require_at(call, Permission::RoleGrant, department)
    }

    fn about(&self, account: AccountId, department: Option<DepartmentId>) -> Subjects {
        Subjects { agency: department.and_then(|d| self.0.tree.agency_of(d)), ..Subjects::account(account) }
    }
}

/// Whether an account that gets this status now is one that the platform has disabled: it stays so when an agency disables
/// it once more.
fn disabled_by_platform(call: &Call, account: &Account, status: Status) -> Result<bool, Failure> {
    let platform = call.actor.scope(Permission::StaffManage).units == Units::All;
    match status {
        Status::Disabled => Ok(platform || account.disabled_by_platform),
        Status::Active if account.disabled_by_platform && !platform => Err(Failure::refused(Code::DisabledByPlatform)),
        Status::Active => Ok(false),
    }
}

/// At a department: within reach. On the platform: only with a reach without bounds.
fn require_at(call: &Call, permission: Permission, department: Option<DepartmentId>) -> Result<(), Failure> {
    match department {
        Some(department) => call.require_in(permission, department),
        None => {
            call.require(permission)?;
            let everywhere = call.actor.scope(permission).units == Units::All;
            if everywhere { Ok(()) } else { Err(out_of_reach(permission)) }
        }
    }
}

fn out_of_reach(permission: Permission) -> Failure {
    Failure::refused_with(Code::OutOfReach, vec![("permission", permission.to_string())])
}
