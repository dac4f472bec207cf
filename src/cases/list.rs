//! Lists of cases: for applicants what is theirs, for staff their departments'. List and count share one predicate, and
//! no list reads what was filed.

use diesel::prelude::*;

use super::Cases;
use super::clocks;
use super::shown::CaseSummary;
use super::sight::is_staff;
use super::store::{CaseRow, Predicate, find, find_external, handed_in, visible};
use super::workflow::Stage;
use crate::access::{Actor, Call, Permission, Scope, Units};
use crate::clock::Timestamp;
use crate::error::{Failure, FieldError};
use crate::ids::{AccountId, CaseId, DepartmentId};
use crate::store::schema::cases;
use crate::store::{Db, text_enum};

/// No count goes beyond this; more is "at least".
pub const COUNT_CAP: i64 = 10_000;

text_enum! {
    /// The order of a list.
    pub enum CaseSort {
        /// The most urgent first.
        DueAt = "dueAt",
        /// The newest first.
        Newest = "-id",
        /// The oldest first.
        Oldest = "id",
    }
}

/// Which cases.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// In this stage.
    pub stage: Option<Stage>,
    /// Of this department.
    pub department: Option<DepartmentId>,
    /// Given to this account; for staff, of what reaches them as staff.
    pub assignee: Option<AccountId>,
    /// Handed in and given to nobody; for staff, of what reaches them as staff.
    pub unassigned: bool,
    /// Due before this instant.
    pub due_before: Option<Timestamp>,
    /// Of this service item.
    pub service_item: Option<String>,
    /// Of this jurisdiction.
    pub jurisdiction: Option<String>,
}

/// Where a list goes on: the sort key and id of the last row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The due instant, where the list is sorted by it.
    pub due_at: Timestamp,
    /// The id.
    pub id: CaseId,
}

impl Cases {
    /// A page of cases this caller may know of; one row more than `limit` says that there is more.
    ///
    /// # Errors
    /// 400 for an applicant or a system that asks who works on what; the database being away.
    pub fn list(
        &self,
        db: &mut impl Db,
        call: &Call,
        filter: &CaseFilter,
        sort: CaseSort,
        after: Option<Position>,
        limit: i64,
    ) -> Result<Vec<CaseSummary>, Failure> {
        let mut query = cases::table.filter(predicate(call, filter)?).select(CaseRow::as_select()).into_boxed();
        query = match (sort, after) {
            (CaseSort::DueAt, Some(p)) => {
                query.filter(cases::due_at.gt(p.due_at).or(cases::due_at.eq(p.due_at).and(cases::id.gt(p.id))))
            }
            (CaseSort::Newest, Some(p)) => query.filter(cases::id.lt(p.id)),
            (CaseSort::Oldest, Some(p)) => query.filter(cases::id.gt(p.id)),
            (_, None) => query,
        };
        query = match sort {
            CaseSort::DueAt => query.order((cases::due_at.asc(), cases::id.asc())),
            CaseSort::Newest => query.order(cases::id.desc()),
            CaseSort::Oldest => query.order(cases::id.asc()),
        };
        let rows: Vec<CaseRow> = query.limit(limit).load(db.conn()?)?;
        Ok(rows.iter().map(|row| self.summary(call, row)).collect())
    }

    /// One case as a list shows it, to tell a repeated request its answer again.
    ///
    /// # Errors
    /// 404 when it is not there, or not for this caller.
    pub fn get_summary(&self, db: &mut impl Db, call: &Call, id: CaseId) -> Result<CaseSummary, Failure> {
        let row = find(db, &call.actor.scope(Permission::CaseRead), id)?;
        Ok(self.summary(call, &row))
    }

    /// A case as it was told when it was filed, to tell whoever filed it its answer again: filing needs no right to read,
    /// and an anonymous case is nobody's own. What of it is shown stays the caller's.
    ///
    /// # Errors
    /// 404 when it is not there.
    pub fn filed_again(&self, db: &mut impl Db, call: &Call, id: CaseId) -> Result<CaseSummary, Failure> {
        let row = find(db, &Actor::system().scope(Permission::CaseRead), id)?;
        Ok(self.summary(call, &row))
    }

    /// Where every case taken over from a source stands: its number there, id and stage.
    ///
    /// # Errors
    /// The database being away.
    pub fn standing(&self, db: &mut impl Db, source: &str) -> Result<Vec<(String, CaseId, Stage)>, Failure> {
        find_external(db, source)
    }

    /// How many such cases there are, up to [`COUNT_CAP`] + 1.
    ///
    /// # Errors
    /// 400 for an applicant or a system that asks who works on what; the database being away.
    pub fn count(&self, db: &mut impl Db, call: &Call, filter: &CaseFilter) -> Result<i64, Failure> {
        let ids = cases::table.filter(predicate(call, filter)?).select(cases::id).limit(COUNT_CAP.saturating_add(1));
        let ids: Vec<CaseId> = ids.load(db.conn()?)?;
        i64::try_from(ids.len()).map_err(Failure::internal)
    }

    pub(super) fn summary(&self, call: &Call, row: &CaseRow) -> CaseSummary {
        let due_at = (row.due_at < clocks::never()).then_some(row.due_at);
        let item = self.items.by_id(row.item_id);
        CaseSummary {
            id: row.id,
            number: row.number.clone(),
            version: row.version,
            stage: row.stage,
            suspended: row.suspended,
            service_item: row.item_code.clone(),
            service_item_names: item.map(|i| i.item.names.clone()),
            jurisdiction: row.jurisdiction.clone(),
            department: row.department_id,
            assignee: row.assignee_id.filter(|_| is_staff(&call.actor, row.department_id)),
            received_at: row.received_at,
            due_at,
            overdue: due_at.is_some_and(|due| call.now >= due),
            ended_at: row.ended_at,
        }
    }
}

/// The one predicate of list and count.
fn predicate(call: &Call, filter: &CaseFilter) -> Result<Predicate, Failure> {
    let mut all = within(&call.actor, filter)?;
    let mut and = |more: Predicate| {
        let before = std::mem::replace(&mut all, Box::new(cases::id.eq(cases::id)));
        all = Box::new(before.and(more));
    };
    if let Some(stage) = filter.stage {
        and(Box::new(cases::stage.eq(stage)));
    }
    if let Some(department) = filter.department {
        and(Box::new(cases::department_id.eq(department)));
    }
    if let Some(assignee) = filter.assignee {
        and(Box::new(cases::assignee_id.is_not_null().and(cases::assignee_id.assume_not_null().eq(assignee))));
    }
    if filter.unassigned {
        and(Box::new(cases::assignee_id.is_null()));
    }
    if let Some(before) = filter.due_before {
        and(Box::new(cases::due_at.lt(before)));
    }
    if let Some(item) = &filter.service_item {
        and(Box::new(cases::item_code.eq(item.clone())));
    }
    if let Some(jurisdiction) = &filter.jurisdiction {
        and(Box::new(cases::jurisdiction.eq(jurisdiction.clone())));
    }
    Ok(all)
}

/// What may be looked through. Who works on a case is told to staff alone, so that nobody else may ask for it, and staff
/// only of what they see as staff: not of drafts, nor of what is their own.
fn within(actor: &Actor, filter: &CaseFilter) -> Result<Predicate, Failure> {
    let scope = actor.scope(Permission::CaseList);
    if filter.assignee.is_none() && !filter.unassigned {
        return Ok(visible(&scope));
    }
    if actor.account().is_none() || scope.units == Units::Some(Vec::new()) {
        let asked = [("assignee", filter.assignee.is_some()), ("unassigned", filter.unassigned)];
        let refuse = |(name, _)| FieldError::new(name, "staff_only", "leave this out; only staff can filter by it");
        return Err(Failure::Invalid(asked.into_iter().filter(|(_, asked)| *asked).map(refuse).collect()));
    }
    Ok(Box::new(handed_in().and(visible(&Scope { own: None, ..scope }))))
}
