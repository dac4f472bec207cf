//! Loading a jurisdiction and its departments from a starter catalogue, as often as one likes.

use super::model::{self, Department};
use super::register::{self, Agencies};
use super::store;
use crate::access::Call;
use crate::catalogue::{Department as Definition, Jurisdiction, JurisdictionCode};
use crate::error::{Code, Failure};
use crate::ids::DepartmentId;
use crate::journal::{Entry, Event, Subjects};
use crate::store::{Recorded, Tx};

/// What loading changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Jurisdictions that are new or different now.
    pub jurisdictions: usize,
    /// Departments that are new or different now.
    pub departments: usize,
}

impl Agencies {
    /// Saves a jurisdiction and its departments; what is as it was leaves no trace, and departments that are not named
    /// stay. The order does not matter.
    ///
    /// # Errors
    /// 409 `missing_reference` when a parent is neither named nor there, or parents run in a circle; 400 when a
    /// department would leave its agency.
    pub fn load(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        jurisdiction: &Jurisdiction,
        departments: &[Definition],
    ) -> Result<Recorded<Loaded>, Failure> {
        let mut loaded =
            Loaded { jurisdictions: usize::from(save_jurisdiction(tx, call, jurisdiction)?), departments: 0 };
        let mut waiting: Vec<&Definition> = departments.iter().collect();
        while !waiting.is_empty() {
            let known = store::departments_in(tx, &jurisdiction.code)?;
            let named =
                |d: &Definition, among: &[&Definition]| among.iter().any(|w| Some(&w.code) == d.parent.as_ref());
            let (behind, ready): (Vec<_>, Vec<_>) = waiting.iter().partition(|d| named(d, &waiting));
            if ready.is_empty() {
                return Err(Failure::refused(Code::MissingReference));
            }
            for definition in ready {
                let saved = save_among(tx, call, &jurisdiction.code, definition, &known)?;
                loaded.departments = loaded.departments.saturating_add(usize::from(saved.1));
            }
            waiting = behind;
        }
        Ok(tx.unrecorded("each change has recorded its own fact", loaded))
    }
}

/// Saves a jurisdiction; says whether it is new or different now.
///
/// # Errors
/// 409 `conflict` when somebody else saves it at the same time.
pub fn save_jurisdiction(tx: &mut Tx<'_>, call: &Call, definition: &Jurisdiction) -> Result<bool, Failure> {
    let version = match store::jurisdiction(tx, &definition.code)? {
        Some((known, _)) if known == *definition => return Ok(false),
        Some((_, version)) => store::replace_jurisdiction(tx, definition, version)?,
        None => {
            store::insert_jurisdiction(tx, definition);
            1
        }
    };
    let event = Event::JurisdictionLoaded { jurisdiction: definition.code.to_string(), version };
    let subjects = Subjects { other: Some(definition.code.to_string()), ..Subjects::default() };
    tx.fact(Entry::new(&event, &call.author(), subjects, call.now, call.now)?);
    Ok(true)
}

/// Saves a department of a jurisdiction that is there; says which it is, and whether it is new or different now.
///
/// # Errors
/// 409 `missing_reference` when its parent is not there; 400 when it would leave its agency or stand below itself.
pub fn save_department(
    tx: &mut Tx<'_>,
    call: &Call,
    jurisdiction: &JurisdictionCode,
    definition: &Definition,
) -> Result<(DepartmentId, bool), Failure> {
    let known = store::departments_in(tx, jurisdiction)?;
    save_among(tx, call, jurisdiction, definition, &known)
}

fn save_among(
    tx: &mut Tx<'_>,
    call: &Call,
    jurisdiction: &JurisdictionCode,
    definition: &Definition,
    known: &[Department],
) -> Result<(DepartmentId, bool), Failure> {
    let parent = match &definition.parent {
        None => None,
        Some(code) => {
            let found = known.iter().find(|d| d.code == *code);
            Some(found.ok_or_else(|| Failure::refused(Code::MissingReference))?)
        }
    };
    let before = known.iter().find(|d| d.code == definition.code);
    let after = defined(jurisdiction, definition, parent, before);
    match before {
        Some(before) if same(before, &after) => return Ok((before.id, false)),
        Some(before) => {
            model::check_move(before, parent, known)?;
            store::replace_department(tx, &after, before.version)?;
        }
        None => store::insert_department(tx, &after),
    }
    tx.fact(register::saved(call, &after)?);
    Ok((after.id, true))
}

/// The department as its definition says, with the id and agency it has, or new ones.
fn defined(
    jurisdiction: &JurisdictionCode,
    definition: &Definition,
    parent: Option<&Department>,
    before: Option<&Department>,
) -> Department {
    let id = before.map_or_else(DepartmentId::new, |d| d.id);
    Department {
        id,
        jurisdiction: jurisdiction.clone(),
        code: definition.code.clone(),
        parent: parent.map(|d| d.id),
        agency: before.or(parent).map_or(id, |d| d.agency),
        names: definition.names.clone(),
        division: definition.division.clone(),
        website: definition.website.clone(),
        version: before.map_or(1, |d| d.version.saturating_add(1)),
    }
}

fn same(before: &Department, after: &Department) -> bool {
    *before == Department { version: before.version, ..after.clone() }
}
