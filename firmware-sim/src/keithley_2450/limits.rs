//! Limit tests of readings (2461 Reference Manual, `:CALC2:<fn>:LIM<n>`, pages 6-25 to 6-35).

use super::settings::Sense;
use crate::engine::channel::OVERFLOW;

/// One of the two limit tests of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct LimitTest {
    pub(super) on: bool,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Each reading forgets the failures of the one before it.
    pub(super) clears: bool,
    pub(super) failed_low: bool,
    pub(super) failed_high: bool,
}

impl LimitTest {
    pub(super) fn reset() -> LimitTest {
        LimitTest {
            on: false,
            low: -1.0,
            high: 1.0,
            clears: true,
            failed_low: false,
            failed_high: false,
        }
    }

    /// `:CALC2:<fn>:LIM<n>:FAIL?`.
    pub(super) fn verdict(&self) -> &'static str {
        match (self.failed_low, self.failed_high) {
            (false, false) => "NONE",
            (true, false) => "LOW",
            (false, true) => "HIGH",
            (true, true) => "BOTH",
        }
    }
}

impl Sense {
    /// Tests a reading; answers the bits of its status that show which limits it is beyond.
    pub(super) fn test_limits(&mut self, value: f64) -> u16 {
        // Limit 1: low 64, high 128; limit 2: low 16, high 32.
        const BITS: [(u16, u16); 2] = [(64, 128), (16, 32)];
        let measured = self.function;
        let mut status = 0;
        for (test, (low, high)) in self.of_mut(measured).limits.iter_mut().zip(BITS) {
            if !test.on {
                continue;
            }
            if test.clears {
                (test.failed_low, test.failed_high) = (false, false);
            }
            let below = value < test.low || value <= -OVERFLOW;
            let above = value > test.high || value >= OVERFLOW;
            test.failed_low |= below;
            test.failed_high |= above;
            status |= if below { low } else { 0 } | if above { high } else { 0 };
        }
        status
    }
}
