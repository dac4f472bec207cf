//! The room of logins, over HTTP.

mod clients;
mod guessing;
mod keys;
mod passwords;
mod rig;
mod roles;
mod sessions;
