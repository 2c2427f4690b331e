//! The firmware-sim server.
fn main() {}
