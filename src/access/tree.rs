//! The tree of departments, as far as rights need it.

use crate::ids::DepartmentId;

/// Answers where a department stands in the tree. The agencies' room implements it from memory, so that it costs a
/// request nothing.
pub trait DepartmentTree: Send + Sync {
    /// The department and all below it; empty when there is no such department.
    fn subtree(&self, department: DepartmentId) -> Vec<DepartmentId>;

    /// The agency 机构 the department belongs to: the root above it. `None` when there is no such department.
    fn agency_of(&self, department: DepartmentId) -> Option<DepartmentId>;
}
