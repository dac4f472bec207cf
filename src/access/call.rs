//! One call, what it may, and what it has to explain.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::actor::Actor;
use super::permission::Permission;
use super::place::Place;
use crate::clock::Timestamp;
use crate::error::{Code, Failure};
use crate::ids::DepartmentId;
use crate::journal::Author;

/// One call: who, when, with which request, and the reason given.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who.
    pub actor: Arc<Actor>,
    /// When this system learned it.
    pub now: Timestamp,
    /// The request, as the journal knows it.
    pub request_id: Option<String>,
    /// The reason from `X-Reason`.
    pub reason: Option<String>,
    explained: Explained,
}

/// What was done only because a reason was given; the copies of a call share it.
#[derive(Clone, Debug, Default)]
struct Explained(Arc<Mutex<BTreeSet<Permission>>>);

impl Call {
    /// A call of nobody's request, without a reason.
    pub fn new(actor: Arc<Actor>, now: Timestamp) -> Self {
        Self { actor, now, request_id: None, reason: None, explained: Explained::default() }
    }

    /// The service itself, at `now`.
    pub fn system(now: Timestamp) -> Self {
        Self::new(Arc::new(Actor::system()), now)
    }

    /// The same, in a request and with what it gives as its reason.
    #[must_use]
    pub fn with(self, request_id: Option<String>, reason: Option<String>) -> Self {
        Self { request_id, reason, ..self }
    }

    /// Who a journal row names.
    pub fn author(&self) -> Author {
        Author { actor: self.actor.principal().to_string(), on_behalf_of: None, request_id: self.request_id.clone() }
    }

    /// Refuses when no role grants the permission, and when a reason must be given whatever it is used for and is not.
    ///
    /// # Errors
    /// 403 `forbidden`; 400 `reason_required`.
    pub fn require(&self, permission: Permission) -> Result<(), Failure> {
        if !self.actor.may(permission) {
            return Err(Failure::refused_with(Code::Forbidden, vec![("permission", permission.to_string())]));
        }
        self.require_reason(permission)
    }

    /// Refuses when the permission, if held, takes a reason whatever it is used for and none is given. Where it takes one
    /// for some records only, [`Call::explain`] tells once the record is known.
    ///
    /// # Errors
    /// 400 `reason_required`.
    pub fn require_reason(&self, permission: Permission) -> Result<(), Failure> {
        self.with_reason(permission, self.actor.needs_reason(permission))
    }

    /// Refuses when a reason must be given to use the permission on a record at this place and none is; what is done then
    /// is recorded with the reason.
    ///
    /// # Errors
    /// 400 `reason_required`.
    pub fn explain(&self, permission: Permission, place: Place) -> Result<(), Failure> {
        self.with_reason(permission, self.actor.needs_reason_at(permission, place))
    }

    /// Refuses when the permission does not reach the department: visible, but not allowed.
    ///
    /// # Errors
    /// 403 `out_of_reach`, or `forbidden` when it is not held at all; 400 `reason_required`.
    pub fn require_in(&self, permission: Permission, department: DepartmentId) -> Result<(), Failure> {
        self.require(permission)?;
        if self.actor.may_in(permission, department) {
            return self.explain(permission, Place::In { department, own: false });
        }
        Err(Failure::refused_with(Code::OutOfReach, vec![("permission", permission.to_string())]))
    }

    /// The permissions that were used so far only because a reason was given.
    pub fn used_with_reason(&self) -> Vec<Permission> {
        self.explained.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    fn with_reason(&self, permission: Permission, needed: bool) -> Result<(), Failure> {
        if !needed {
            return Ok(());
        }
        if self.reason.is_none() {
            return Err(Failure::refused(Code::ReasonRequired));
        }
        self.explained.0.lock().unwrap_or_else(PoisonError::into_inner).insert(permission);
        Ok(())
    }
}
