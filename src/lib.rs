//! gcrm: a government customer relationship backend, as a library.

pub mod localized;
