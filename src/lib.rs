//! gcrm
