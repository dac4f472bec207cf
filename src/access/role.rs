//! Roles: which permissions a membership brings, and how far each reaches.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::actor::{Actor, Grant, Principal, Units};
use super::permission::{Permission, Reach};
use super::tree::DepartmentTree;
use crate::ids::{AccountId, ClientId, CustomerId, DepartmentId, SessionId};
use crate::localized::LocalizedText;

/// Where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// By every citizen's account, without a grant.
    Everyone,
    /// By every system, cut down to its scopes.
    Client,
    /// At any department.
    Department,
    /// At an agency: a root of the department tree.
    Agency,
    /// On the platform: at no department.
    Platform,
}

/// One permission of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// How far it reaches.
    pub reach: Reach,
    /// Names and contacts are shown masked.
    pub masked: bool,
    /// A reason must be given.
    pub reason: bool,
}

/// A role 角色.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// What people call it.
    pub names: LocalizedText,
    /// Where it is held.
    pub held: Held,
    /// What it may.
    pub rights: BTreeMap<Permission, Right>,
}

/// One role of an account, as its membership says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The role's code.
    pub role: String,
    /// Where; none on the platform.
    pub department: Option<DepartmentId>,
}

/// Who holds a verified token, with what the database says about them now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A citizen, or somebody acting for an enterprise.
    Citizen {
        /// The account.
        account: AccountId,
        /// The session of the token.
        session: SessionId,
        /// The customer the account is linked to.
        customer: Option<CustomerId>,
    },
    /// Somebody of the staff.
    Staff {
        /// The account.
        account: AccountId,
        /// The session of the token.
        session: SessionId,
        /// The roles.
        posts: Vec<Post>,
    },
    /// A system.
    Client {
        /// The client.
        client: ClientId,
        /// The agency it is bound to.
        agency: DepartmentId,
        /// The scopes of the token that the client still has.
        scopes: Vec<Permission>,
    },
}

/// All roles, and which of them exclude each other. Made by `role_file.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) conflicts: Vec<[String; 2]>,
}

/// The code of the role every citizen has.
const CITIZEN: &str = "citizen";
/// The code of the role that bounds every system.
const CLIENT: &str = "client";

impl Roles {
    /// A role by its code.
    pub fn get(&self, code: &str) -> Option<&Role> {
        self.roles.get(code)
    }

    /// Every role with its code.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Role)> {
        self.roles.iter().map(|(code, role)| (code.as_str(), role))
    }

    /// The first of the roles held that excludes `new` (separation of duties 职责分离).
    pub fn conflict<'h>(&self, held: impl IntoIterator<Item = &'h str>, new: &str) -> Option<&'h str> {
        held.into_iter()
            .find(|have| self.conflicts.iter().any(|[a, b]| (a == have && b == new) || (a == new && b == have)))
    }

    /// What a system may be given at most.
    pub fn client_rights(&self) -> BTreeMap<Permission, Right> {
        self.get(CLIENT).map(|role| role.rights.clone()).unwrap_or_default()
    }

    /// The caller, with rights. A role this file no longer knows brings nothing; a staff account without memberships
    /// still has its own account.
    pub fn actor(&self, bearer: &Bearer, tree: &dyn DepartmentTree) -> Actor {
        let mut grants = Grants::default();
        match bearer {
            Bearer::Citizen { account, session, customer } => {
                grants.add(self.get(CITIZEN), None, tree);
                Actor::new(Principal::Account(*account), Some(*session), *customer, grants.0)
            }
            Bearer::Staff { account, session, posts } => {
                grants.own(Permission::AccountSelf);
                for post in posts {
                    grants.add(self.get(&post.role), post.department, tree);
                }
                Actor::new(Principal::Account(*account), Some(*session), None, grants.0)
            }
            Bearer::Client { client, agency, scopes } => {
                grants.add(self.get(CLIENT), Some(*agency), tree);
                grants.0.retain(|permission, _| scopes.contains(permission));
                Actor::new(Principal::Client(*client), None, None, grants.0)
            }
        }
    }
}

#[derive(Default)]
struct Grants(BTreeMap<Permission, Vec<Grant>>);

impl Grants {
    fn add(&mut self, role: Option<&Role>, at: Option<DepartmentId>, tree: &dyn DepartmentTree) {
        let Some(role) = role else {
            tracing::warn!("a membership names a role that does not exist; it brings nothing");
            return;
        };
        for (permission, right) in &role.rights {
            let units = reached(right.reach, at, tree);
            let own = right.reach == Reach::Own;
            // A department that is gone reaches nothing.
            if own || units != Units::Some(Vec::new()) {
                let grant = Grant { own, units, masked: right.masked, reason: right.reason };
                self.put(*permission, grant);
            }
        }
    }

    fn own(&mut self, permission: Permission) {
        self.put(permission, Grant { own: true, units: Units::Some(Vec::new()), masked: false, reason: false });
    }

    fn put(&mut self, permission: Permission, grant: Grant) {
        let grants = self.0.entry(permission).or_default();
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
}

fn reached(reach: Reach, at: Option<DepartmentId>, tree: &dyn DepartmentTree) -> Units {
    match (reach, at) {
        (Reach::All, _) => Units::All,
        (Reach::Unit, Some(department)) => Units::Some(tree.subtree(department)),
        (Reach::Agency, Some(department)) => {
            Units::Some(tree.agency_of(department).map(|agency| tree.subtree(agency)).unwrap_or_default())
        }
        (Reach::Own, _) | (Reach::Unit | Reach::Agency, None) => Units::Some(Vec::new()),
    }
}
