//! gcrm: a government customer relationship backend. One sentence a room:

pub mod access;
pub mod clock;
pub mod config;
pub mod error;
pub mod ids;
pub mod journal;
pub mod localized;
pub mod outbox;
pub mod store;
