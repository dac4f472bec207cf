//! Where a new case goes: the version of its item that is in use, the department that handles it, and the agency whose
//! case it is. Whoever files for others files only where their `case:create` reaches.

use std::sync::Arc;

use super::Cases;
use super::model::{Disclosure, NewCase};
use crate::access::{Call, Permission};
use crate::catalogue::Published;
use crate::error::Failure;
use crate::ids::{CustomerId, DepartmentId};

/// Where a new case goes.
pub(super) struct Placed {
    pub(super) item: Arc<Published>,
    pub(super) department: DepartmentId,
    pub(super) agency: DepartmentId,
}

impl Cases {
    /// The place of a new case; all of it is known without the database.
    ///
    /// # Errors
    /// 409 `item_not_in_use`; 403 `out_of_reach` for whoever files for others beyond the reach of `case:create`, and for
    /// another department than the item's without `case:backdate` there; 400 `reason_required`, and for a department of
    /// another jurisdiction.
    pub(super) fn place(&self, call: &Call, input: &NewCase) -> Result<Placed, Failure> {
        let item = self.items.in_use(&input.jurisdiction, &input.service_item)?;
        let department = input.department.unwrap_or(item.department);
        require_reach(call, for_oneself(call, input.disclosure(), input.customer), department)?;
        if department != item.department {
            call.require_in(Permission::CaseBackdate, department)?;
        }
        let agency = self.agency(&item, department)?;
        Ok(Placed { item, department, agency })
    }

    /// The agency whose case it is: that of the department that handles it, which need not be the item's.
    pub(super) fn agency(&self, item: &Published, department: DepartmentId) -> Result<DepartmentId, Failure> {
        let agency = self.items.agency(&item.jurisdiction.code, department);
        agency.ok_or_else(|| {
            let detail = "give a department of the service item's jurisdiction";
            Failure::field("/department", "department_elsewhere", detail)
        })
    }
}

/// Whether the caller files for the customer they are: that needs no reach beyond what is one's own.
pub(super) fn for_oneself(call: &Call, disclosure: Disclosure, customer: Option<CustomerId>) -> bool {
    let own = call.actor.scope(Permission::CaseCreate).own.and_then(|own| own.customer);
    disclosure == Disclosure::Named && own.is_some() && customer.or(own) == own
}

/// Whoever files for others does so within the reach of `case:create`, and says why where that is asked for.
pub(super) fn require_reach(call: &Call, for_oneself: bool, department: DepartmentId) -> Result<(), Failure> {
    if for_oneself || !call.actor.beyond_own(Permission::CaseCreate) {
        return call.require_reason(Permission::CaseCreate);
    }
    call.require_in(Permission::CaseCreate, department)
}
