//! Who may what 权限: permissions, roles, actors. Below HTTP; knows no routes.
//!
//! Always true: nothing is allowed that no role grants; an [`Actor`] is made only by this room, from a verified token;
//! every permission comes with a reach, and the reach goes into the query.

mod actor;
mod authenticate;
mod permission;

pub use actor::{Actor, Call, Grant, Own, Principal, Scope, Units};
pub use authenticate::Authenticate;
pub use permission::{Permission, Reach};
