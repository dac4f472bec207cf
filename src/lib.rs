//! gcrm
pub mod checkdigits;
