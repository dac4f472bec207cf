//! Creating and changing departments.

use super::input::{DepartmentInput, NewDepartment};
use super::model::{self, Department};
use super::store;
use super::tree::Tree;
use crate::access::{Call, Permission, Units};
use crate::error::{Code, Failure, FieldError};
use crate::ids::DepartmentId;
use crate::journal::{Entry, Event, Subjects};
use crate::store::{Db, Recorded, Tx};

/// The verbs of this room. Cheap to clone. After a verb was committed, [`Tree::refresh`] makes it known.
#[derive(Clone, Default)]
pub struct Agencies {
    /// Everything there is, from memory.
    pub tree: Tree,
}

impl Agencies {
    /// With a tree.
    pub fn new(tree: Tree) -> Self {
        Self { tree }
    }

    /// A department as it is stored now.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn department(&self, db: &mut impl Db, id: DepartmentId) -> Result<Department, Failure> {
        store::department(db, id)?.ok_or_else(Failure::not_found)
    }

    /// Creates a department below another, or an agency, which needs `department:manage` everywhere.
    ///
    /// # Errors
    /// 403 out of reach of the parent; 400 for an unknown jurisdiction or parent, a parent of another jurisdiction, or a
    /// name that lacks a language; 409 `already_exists` when the code is taken.
    pub fn create(&self, tx: &mut Tx<'_>, call: &Call, new: NewDepartment) -> Result<Recorded<Department>, Failure> {
        call.require(Permission::DepartmentManage)?;
        let mut errors = Vec::new();
        match store::jurisdiction(tx, &new.jurisdiction)? {
            Some((jurisdiction, _)) => errors.extend(model::missing_languages(&new.names, &jurisdiction.languages)),
            None => errors.push(FieldError::new(
                "/jurisdiction",
                "unknown_jurisdiction",
                "give the code of a jurisdiction that exists",
            )),
        }
        let parent = parent(tx, new.parent, &mut errors)?;
        if parent.as_ref().is_some_and(|parent| parent.jurisdiction != new.jurisdiction) {
            errors.push(FieldError::new("/jurisdiction", "other_jurisdiction", "give the jurisdiction of the parent"));
        }
        if !errors.is_empty() {
            return Err(Failure::Invalid(errors));
        }
        match &parent {
            Some(parent) => call.require_in(Permission::DepartmentManage, parent.id)?,
            None => require_everywhere(call)?,
        }
        let id = DepartmentId::new();
        let department = Department {
            id,
            jurisdiction: new.jurisdiction,
            code: new.code,
            parent: new.parent,
            agency: parent.map_or(id, |parent| parent.agency),
            names: new.names,
            division: new.division,
            website: new.website,
            version: 1,
        };
        store::insert_department(tx, &department);
        Ok(tx.record(saved(call, &department)?, department))
    }

    /// Replaces what can change of a department. `expected`: the version of `If-Match`; none: any. A move gives its cases
    /// to whoever works in the department above it, so it takes the right to grant roles at both places as well.
    ///
    /// # Errors
    /// 404; 403 out of reach of the department or of its new parent, and for a move without `role:grant`; 412 `stale`; 400
    /// for an unknown parent, one of another agency (`other_agency`) or below the department itself (`below_itself`), or a
    /// name that lacks a language.
    pub fn change(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        id: DepartmentId,
        expected: Option<i64>,
        input: DepartmentInput,
    ) -> Result<Recorded<Department>, Failure> {
        call.require(Permission::DepartmentManage)?;
        let known = store::department(tx, id)?.ok_or_else(Failure::not_found)?;
        call.require_in(Permission::DepartmentManage, id)?;
        store::hold_agency(tx, known.agency)?;
        let agency = store::departments_of(tx, known.agency)?;
        let before = agency.iter().find(|d| d.id == id).ok_or_else(Failure::not_found)?;
        if expected.is_some_and(|expected| expected != before.version) {
            return Err(Failure::refused(Code::Stale));
        }
        let mut errors = Vec::new();
        let parent = parent(tx, input.parent, &mut errors)?;
        let languages = store::jurisdiction(tx, &before.jurisdiction)?.map(|(j, _)| j.languages).unwrap_or_default();
        errors.extend(model::missing_languages(&input.names, &languages));
        if !errors.is_empty() {
            return Err(Failure::Invalid(errors));
        }
        model::check_move(before, parent.as_ref(), &agency)?;
        if let Some(parent) = parent.filter(|parent| before.parent != Some(parent.id)) {
            call.require_in(Permission::DepartmentManage, parent.id)?;
            for place in [id, parent.id] {
                call.require_in(Permission::RoleGrant, place)?;
            }
        }
        let after = Department {
            parent: input.parent,
            names: input.names,
            division: input.division,
            website: input.website,
            version: before.version.saturating_add(1),
            ..before.clone()
        };
        store::replace_department(tx, &after, before.version)?;
        Ok(tx.record(saved(call, &after)?, after))
    }
}

fn parent(
    db: &mut impl Db,
    id: Option<DepartmentId>,
    errors: &mut Vec<FieldError>,
) -> Result<Option<Department>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let found = store::department(db, id)?;
    if found.is_none() {
        errors.push(FieldError::new("/parent", "unknown_department", "give the id of a department that exists"));
    }
    Ok(found)
}

/// A new agency is in nobody's department.
fn require_everywhere(call: &Call) -> Result<(), Failure> {
    match call.actor.scope(Permission::DepartmentManage).units {
        Units::All => Ok(()),
        Units::Some(_) => {
            let permission = Permission::DepartmentManage.to_string();
            Err(Failure::refused_with(Code::OutOfReach, vec![("permission", permission)]))
        }
    }
}

/// The fact that a department is now as it is.
pub(super) fn saved(call: &Call, department: &Department) -> Result<Entry, Failure> {
    let event = Event::DepartmentSaved { department: department.id, version: department.version };
    let subjects =
        Subjects { agency: Some(department.agency), other: Some(department.id.to_string()), ..Subjects::default() };
    Entry::new(&event, &call.author(), subjects, call.now, call.now)
}
