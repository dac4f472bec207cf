//! gcrm
pub mod cases;
pub mod checkdigits;
pub mod customers;
pub mod seal;
