//! gcrm
pub mod checkdigits;
pub mod customers;
pub mod seal;
