//! The catalogue of service items 政务服务事项: what can be asked of which department, and how cases of it behave.
//!
//! Rooms enter through [`ServiceItem`] (a published, versioned definition), [`FormValidator`] (is this form filled in
//! rightly), [`lint`](lint::lint) (may this definition be published) and [`Starter`] (the catalogues a service starts with).
//!
//! Always true here:
//! - what differs per service is data: no number of a law stands in the code, only in `config/catalogue`;
//! - a term names its unit, an item its behaviour; nothing has a silent default;
//! - what nobody has verified against its source says so (`unverified`);
//! - a published version never changes; cases keep the version they were submitted under.

mod behaviour;
mod bundle;
mod codes;
pub mod codeset;
mod embedded;
mod form;
mod items;
pub mod lint;
mod load;
mod model;
mod parts;
pub mod routes;
mod store;

pub use behaviour::{
    AfterCorrection, Audience, ClockStart, CorrectionLapse, DecidedBy, Finish, IntakeLapse, ItemKind, OutcomeEffect,
};
pub use bundle::{Catalogue, Starter};
pub use codes::{
    CalendarCode, CodeError, Currency, DepartmentCode, DivisionCode, FeeCode, ItemCode, JurisdictionCode, Line,
    MaterialCode, NumberRegion, OutcomeCode,
};
pub use form::{FormError, FormSchemaError, FormValidator, FormValidators};
pub use items::{Items, Places, Published};
pub use load::{FileProblem, LoadError};
pub use model::{Department, ItemVersion, Jurisdiction, ServiceItem, VersionError};
pub use parts::{Fee, LegalBasis, Limit, Material, MaterialSource, Money, NationalFields, Outcome};
pub use store::publish;
