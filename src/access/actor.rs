//! The caller, as far as rights go.

use std::collections::BTreeMap;
use std::fmt;

use super::permission::Permission;
use super::place::Place;
use crate::ids::{AccountId, ClientId, CustomerId, DepartmentId, SessionId};

/// Who a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// A person, by their login.
    Account(AccountId),
    /// A system.
    Client(ClientId),
    /// The service itself: sweeper, ledger, deliveries.
    System,
    /// Nobody known: a caller of a public endpoint.
    Anonymous,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::System => f.write_str("system"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// The departments a permission reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Units {
    /// These (possibly none).
    Some(Vec<DepartmentId>),
    /// All.
    All,
}

impl Units {
    /// Whether a department is reached.
    pub fn contain(&self, department: DepartmentId) -> bool {
        match self {
            Self::All => true,
            Self::Some(units) => units.contains(&department),
        }
    }
}

/// One grant of one permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whether one's own things are reached.
    pub own: bool,
    /// Which departments' things are reached.
    pub units: Units,
    /// Names and contacts are shown masked.
    pub masked: bool,
    /// A reason must be given and is recorded.
    pub reason: bool,
}

/// How far a permission of an actor reaches: what a store puts into its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Who is asking.
    pub principal: Principal,
    /// One's own things: the customer one is, if linked.
    pub own: Option<Own>,
    /// Departments.
    pub units: Units,
}

/// What makes a thing one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Submitted by this principal.
    pub principal: Principal,
    /// Of this customer.
    pub customer: Option<CustomerId>,
}

/// A caller with rights. Made only in this room, from a verified token (or as the service itself).
#[derive(Clone, Debug)]
pub struct Actor {
    pub(super) principal: Principal,
    pub(super) session: Option<SessionId>,
    pub(super) customer: Option<CustomerId>,
    pub(super) grants: BTreeMap<Permission, Vec<Grant>>,
}

impl Actor {
    /// A caller whose token was verified, with the grants of today.
    pub(crate) fn new(
        principal: Principal,
        session: Option<SessionId>,
        customer: Option<CustomerId>,
        grants: BTreeMap<Permission, Vec<Grant>>,
    ) -> Self {
        Self { principal, session, customer, grants }
    }

    /// A caller of a public endpoint: may nothing that needs a permission, and owns nothing.
    pub fn anonymous() -> Self {
        Self::new(Principal::Anonymous, None, None, BTreeMap::new())
    }

    /// The service itself: may everything, everywhere, and owns nothing.
    pub fn system() -> Self {
        let grant = Grant { own: false, units: Units::All, masked: false, reason: false };
        let grants = Permission::ALL.iter().map(|p| (*p, vec![grant.clone()])).collect();
        Self { principal: Principal::System, session: None, customer: None, grants }
    }

    /// Who this is.
    pub fn principal(&self) -> Principal {
        self.principal
    }

    /// The session the token belongs to; none for systems.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// The account, if a person.
    pub fn account(&self) -> Option<AccountId> {
        match self.principal {
            Principal::Account(id) => Some(id),
            _ => None,
        }
    }

    /// The customer the account is linked to.
    pub fn customer(&self) -> Option<CustomerId> {
        self.customer
    }

    /// Whether any role grants it, wherever.
    pub fn may(&self, permission: Permission) -> bool {
        self.grants.contains_key(&permission)
    }

    /// Whether the permission reaches things of this department.
    pub fn may_in(&self, permission: Permission, department: DepartmentId) -> bool {
        self.grants(permission).iter().any(|g| g.units.contain(department))
    }

    /// Whether the permission reaches beyond one's own things: the caller acts as staff.
    pub fn beyond_own(&self, permission: Permission) -> bool {
        self.grants(permission).iter().any(|g| g.units != Units::Some(Vec::new()))
    }

    /// All grants of a permission together, as a query takes them.
    pub fn scope(&self, permission: Permission) -> Scope {
        let grants = self.grants(permission);
        let own = grants.iter().any(|g| g.own).then_some(Own { principal: self.principal, customer: self.customer });
        let mut units = Vec::new();
        for grant in grants {
            match &grant.units {
                Units::All => return Scope { principal: self.principal, own, units: Units::All },
                Units::Some(some) => units.extend(some.iter().copied()),
            }
        }
        units.sort_unstable();
        units.dedup();
        Scope { principal: self.principal, own, units: Units::Some(units) }
    }

    /// Whether what is read with this permission in this department is shown masked: only when every grant says so.
    pub fn masked(&self, permission: Permission, department: DepartmentId) -> bool {
        let mut reaching = self.grants(permission).iter().filter(|g| g.units.contain(department)).peekable();
        reaching.peek().is_some() && reaching.all(|g| g.masked)
    }

    /// Whether what belongs to no department (a customer) is shown masked: only when every grant that reaches beyond
    /// one's own says so. Without such a grant it is masked, too.
    pub fn masked_beyond_own(&self, permission: Permission) -> bool {
        self.grants(permission).iter().filter(|g| g.units != Units::Some(Vec::new())).all(|g| g.masked)
    }

    /// Whether a reason must be given whatever the permission is used for: only when every grant says so.
    pub fn needs_reason(&self, permission: Permission) -> bool {
        every(self.grants(permission).iter())
    }

    /// Whether a reason must be given for what stands at this place: only when every grant that reaches it says so. For a
    /// list: when a grant that says so reaches further than those that do not.
    pub fn needs_reason_at(&self, permission: Permission, place: Place) -> bool {
        let grants = self.grants(permission).iter();
        match place {
            Place::In { department, own } => every(grants.filter(|g| (own && g.own) || g.units.contain(department))),
            Place::Nowhere { own } => every(grants.filter(|g| (own && g.own) || g.units != Units::Some(Vec::new()))),
            Place::Everywhere => {
                let (reasoned, free): (Vec<_>, Vec<_>) = grants.partition(|g| g.reason);
                reasoned.into_iter().any(|grant| goes_beyond(grant, &free))
            }
        }
    }

    fn grants(&self, permission: Permission) -> &[Grant] {
        self.grants.get(&permission).map_or(&[], Vec::as_slice)
    }
}

/// Whether there are any, and each of them takes a reason.
fn every<'g>(mut grants: impl Iterator<Item = &'g Grant>) -> bool {
    grants.next().is_some_and(|first| first.reason && grants.all(|g| g.reason))
}

/// Whether a grant reaches something that none of the others does.
fn goes_beyond(grant: &Grant, others: &[&Grant]) -> bool {
    let own = grant.own && !others.iter().any(|g| g.own);
    own || match &grant.units {
        Units::All => !others.iter().any(|g| g.units == Units::All),
        Units::Some(units) => units.iter().any(|unit| !others.iter().any(|g| g.units.contain(*unit))),
    }
}
