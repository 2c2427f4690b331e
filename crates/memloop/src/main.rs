//! The memloop binary.
fn main() {}
