//! A reading that nothing is wrong with.

use smu::Reading;

pub fn reading(level: f64, current: f64) -> Reading {
    Reading {
        level,
        voltage: None,
        current: Some(current),
        in_compliance: false,
        overflow: false,
        time: 0.0,
        status: 0,
    }
}
