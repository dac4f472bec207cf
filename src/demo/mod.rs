//! The demonstration: a city's real requests through the real workflow, on a fresh database, by one command.
//!
//! Always true: nothing is written but by the rooms' own verbs, with their permissions; a database that is not the
//! demonstration's own is left alone.

pub mod replay;
pub mod report;
pub mod rows;
