//! Cases 办件: whatever a customer asks for.
//!
//! Who enters: HTTP through `routes`, the demonstration and the sweeper through [`Cases`]. Always true: a step is one row
//! of [`workflow::STEPS`], and nothing changes a case but a step, a note or an evaluation; every change is compare-and-swap
//! on the version; a comment never moves a clock; a case number that exists as a value carries the right check character,
//! and knowing a number opens nothing.

mod actions;
mod admission;
mod anonymous;
pub mod asked;
mod clocks;
mod drafts;
mod ending;
mod evaluation;
mod figures;
mod handling;
mod intake;
mod lapse;
mod list;
mod materials;
pub mod model;
pub mod number;
mod numbering;
mod open;
mod placing;
mod possible;
pub mod routes;
pub mod shown;
mod sight;
pub mod statistics;
mod store;
mod submit;
mod sweep;
mod verbs;
mod view;
mod words;
pub mod workflow;

use std::sync::Arc;

use crate::calendar::Calendars;
use crate::catalogue::Items;
use crate::customers::Customers;
use crate::seal::Keyring;

pub use figures::PublicFigures;
pub use handling::WorksIn;
pub use list::{CaseFilter, CaseSort};
pub use numbering::Numbers;
pub use submit::{Applicant, Prepared};
pub use sweep::Sweeper;
pub use words::Outcome;

/// The room: what its verbs need besides the database. Cheap to clone.
#[derive(Clone)]
pub struct Cases {
    /// Seals what was filed and what is written.
    pub keys: Arc<Keyring>,
    /// The published service items.
    pub items: Items,
    /// Working days.
    pub calendars: Arc<Calendars>,
    /// Case numbers.
    pub numbers: Numbers,
    /// The applicant as filed.
    pub customers: Customers,
    /// What the public is told of the service items' figures.
    pub figures: PublicFigures,
}
