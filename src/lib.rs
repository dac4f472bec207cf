//! gcrm: a government customer relationship backend. One sentence a room:

pub mod access;
pub mod accounts;
pub mod agencies;
pub mod app;
pub mod calendar;
pub mod cases;
pub mod catalogue;
pub mod checkdigits;
pub mod clock;
pub mod commands;
pub mod config;
pub mod customers;
pub mod demo;
pub mod error;
pub mod http;
pub mod ids;
pub mod journal;
pub mod keys;
pub mod localized;
pub mod outbox;
pub mod recipients;
pub mod seal;
pub mod store;
pub mod workers;
