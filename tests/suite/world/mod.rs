//! What tests stand on.

pub mod app;
pub mod catalogue;
pub mod db;
pub mod door;
pub mod forms;
pub mod process;

pub use app::{Answer, Who, World};
