//! gcrm: a government customer relationship backend. One sentence a room:

pub mod access;
pub mod clock;
pub mod error;
pub mod ids;
pub mod journal;
pub mod store;
//! gcrm: a government customer relationship backend, as a library.

pub mod localized;
