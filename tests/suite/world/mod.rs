//! What tests stand on.

pub mod app;
pub mod db;

pub use app::{Answer, Who, World};
