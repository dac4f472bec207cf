//! gcrm
pub mod checkdigits;
pub mod customers;
