//! Customers of government 服务对象: citizens, enterprises, non-profits and agencies themselves.
//!
//! Always true here: an identifier that exists as a value has been checked to its last character, and nothing
//! prints more of it than its mask.

pub mod identifier;
