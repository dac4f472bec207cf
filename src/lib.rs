//! gcrm: a government customer relationship backend. One sentence a room:
pub mod access;
pub mod cases;
pub mod checkdigits;
pub mod calendar;
pub mod clock;
pub mod config;
pub mod error;
pub mod ids;
pub mod journal;
pub mod localized;
pub mod outbox;
pub mod customers;
pub mod error;
pub mod ids;
pub mod journal;
pub mod seal;
pub mod store;
