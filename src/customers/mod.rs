//! Customers of government 服务对象: citizens, enterprises, non-profits and agencies themselves.
//!
//! Rooms enter through [`Customers`]: register, change, identifiers, contact points, and the questions that other rooms
//! ask ([`Customers::snapshot`], [`Customers::addressee`]).
//!
//! Always true here:
//! - an identifier or a contact point that exists as a value has been checked to its last character, and nothing prints
//!   more of it than its mask;
//! - what identifies or reaches a person (identifiers, contact points, birth date) is stored sealed, and found again only
//!   by the exact value;
//! - an identifier is unique among *verified* identifiers of its scheme only: a claim by a stranger neither blocks nor
//!   reveals its owner;
//! - a customer belongs to no department: one's own record is seen in full, staff whose permission reaches any
//!   department see every record masked, and leave a trace.

mod change;
mod contact;
mod contacts;
mod details;
mod identification;
pub mod identifier;
mod links;
mod model;
mod name;
mod registry;
pub mod routes;
mod search;
mod snapshot;
mod store;
mod view;

pub use change::{CustomerPatch, DetailsPatch};
pub use contact::{
    ContactError, ContactKind, ContactPoint, ContactText, EmailAddress, MobileNumber, PhoneNumber, PostalAddress,
};
pub use details::{AgencyLevel, CustomerDetails, CustomerKind, LegalForm, NonProfitForm};
pub use links::AccountLinks;
pub use model::{Held, NewContact, NewCustomer, NewIdentifier, PreferredChannel, Registration};
pub use name::{CustomerName, NameError};
pub use registry::Customers;
pub use search::{CustomerMatch, CustomerMatches, IdentifierQuery};
pub use snapshot::{Addressee, ApplicantSnapshot, SnapshotContact, SnapshotIdentifier};
pub use view::{ContactView, CustomerView, IdentifierView};
