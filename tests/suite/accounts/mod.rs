//! The room of logins, over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod clients;
mod guessing;
mod keys;
mod passwords;
mod races;
mod rig;
mod roles;
mod sessions;
