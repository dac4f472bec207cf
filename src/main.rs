//! gcrm
fn main() {}
