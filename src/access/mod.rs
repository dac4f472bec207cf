//! Who may what 权限: permissions, roles, actors, and the tokens they come with. Below HTTP; knows no routes.
//!
//! Always true: nothing is allowed that no role grants; an [`Actor`] is made only by this room, from a verified token;
//! every permission comes with a reach, and the reach goes into the query; whether a
//! reason is needed is asked for the record, not for the permission alone.

mod actor;
mod authenticate;
mod call;
mod keys;
mod permission;
mod place;
mod role;
mod role_file;
mod seen;
mod token;
mod tree;

pub use actor::{Actor, Grant, Own, Principal, Scope, Units};
pub use authenticate::Authenticate;
pub use call::Call;
pub use keys::{GRACE, Jwk, Jwks, KeyMaterial, SigningKeys};
pub use permission::{Permission, Reach};
pub use place::{Looked, Place};
pub use role::{Bearer, Held, Post, Right, Role, Roles};
pub use role_file::BadRoles;
pub use token::{BadToken, Holder, Issued, LIFETIME, Tokens, parse_scope, scope_text};
pub use tree::DepartmentTree;
