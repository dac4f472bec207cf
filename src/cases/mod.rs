//! Cases 办件: whatever a customer asks for.
//!
//! Always true here: a case number that exists as a value carries the right check character, and knowing a
//! number opens nothing.

pub mod number;
