//! Agencies 机构: jurisdictions, and the tree of departments whose roots are agencies.
//!
//! Rooms enter through [`Tree`] (everything there is, from memory) and [`Agencies`] (load, create, change).
//!
//! Always true here:
//! - every department belongs to one agency, the root above it, for ever: what an agency did stays its own;
//! - every agency belongs to one jurisdiction, and its departments to the same;
//! - the tree has no circle;
//! - who works where is nobody's secret: everything here is public.

mod input;
mod load;
mod model;
mod register;
pub mod routes;
mod store;
mod tree;

pub use crate::catalogue::{DepartmentCode, DivisionCode, Jurisdiction, JurisdictionCode};
pub use input::{DepartmentInput, NewDepartment};
pub use load::{Loaded, save_department, save_jurisdiction};
pub use model::Department;
pub use register::Agencies;
pub use tree::{DepartmentFilter, HeldJurisdiction, Tree, keep_fresh};
