//! Instruments on a network, played by a test, byte by byte as the standards say.

#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]
#![allow(dead_code, reason = "each test file plays one of the protocols")]

pub mod hislip;
pub mod random;
pub mod vxi11;

use std::time::Duration;

pub const LIMIT: Duration = Duration::from_secs(5);
