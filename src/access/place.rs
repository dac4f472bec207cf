//! Where a record stands, as far as rights go.

use crate::ids::DepartmentId;
use crate::journal::Subjects;

/// Where a record stands: which of a caller's grants reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a department.
    In {
        /// Which.
        department: DepartmentId,
        /// Whether it is the caller's own, too.
        own: bool,
    },
    /// In no department, as a customer: whoever reaches any department reaches it.
    Nowhere {
        /// Whether it is the caller's own.
        own: bool,
    },
    /// Everything that the permission reaches: a list.
    Everywhere,
}

/// A record that was read: what the access row names, and where it stands, which decides whether a reason is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// What the access row names.
    pub about: Subjects,
    /// Where it stands.
    pub place: Place,
}

impl Looked {
    /// A record at a place.
    pub fn at(place: Place, about: Subjects) -> Self {
        Self { about, place }
    }
}
