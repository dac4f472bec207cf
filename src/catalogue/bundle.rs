//! A catalogue as it is handed over: one jurisdiction with its departments and its items.

use super::codes::{DepartmentCode, ItemCode, JurisdictionCode};
use super::model::{Department, Jurisdiction, ServiceItem};

/// One jurisdiction with its departments and its service items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// The jurisdiction.
    pub jurisdiction: Jurisdiction,
    /// Its departments, in the order of the file.
    pub departments: Vec<Department>,
    /// Its items, in the order of the files' names.
    pub items: Vec<ServiceItem>,
}

impl Catalogue {
    /// The department of that code.
    #[must_use]
    pub fn department(&self, code: &DepartmentCode) -> Option<&Department> {
        self.departments.iter().find(|department| department.code == *code)
    }

    /// The agency 机关 a department belongs to: the root above it, itself included. `None` when the code, or a parent
    /// on the way, does not resolve, or when the parents run in a circle.
    #[must_use]
    pub fn agency_of(&self, code: &DepartmentCode) -> Option<&Department> {
        let mut department = self.department(code)?;
        for _ in &self.departments {
            match &department.parent {
                None => return Some(department),
                Some(parent) => department = self.department(parent)?,
            }
        }
        None
    }

    /// The item of that code.
    #[must_use]
    pub fn item(&self, code: &ItemCode) -> Option<&ServiceItem> {
        self.items.iter().find(|item| item.code == *code)
    }
}

/// The catalogues a service starts with: those embedded in the program, or an operator's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// One catalogue a jurisdiction.
    pub catalogues: Vec<Catalogue>,
}

impl Starter {
    /// The catalogue of a jurisdiction.
    #[must_use]
    pub fn catalogue(&self, code: &JurisdictionCode) -> Option<&Catalogue> {
        self.catalogues.iter().find(|catalogue| catalogue.jurisdiction.code == *code)
    }
}
