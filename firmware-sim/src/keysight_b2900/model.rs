//! What tells the four models apart: channels, ranges, the fastest timer.

use super::ranges::{self, VOLTAGE, VOLTAGE_COARSE};
use crate::{config::ModelName, engine::channel::Spec};

/// One model of the family.
#[derive(Clone, Copy)]
pub(super) struct Model {
    /// As `*IDN?` has it.
    pub(super) name: &'static str,
    pub(super) channels: usize,
    pub(super) spec: Spec,
    /// The shortest interval of a timer, in seconds (B2900A data sheet page 17).
    pub(super) fastest_timer: f64,
}

/// Source settling in seconds, as of 50 us to 0.1 %. UNVERIFIED: the data sheet's figure was not seen.
const SETTLING: f64 = 7e-6;

const COARSE: Spec =
    Spec { voltage: &VOLTAGE_COARSE, current: &ranges::CURRENT_COARSE, settling: SETTLING };
const FINE: Spec = Spec { voltage: &VOLTAGE, current: &ranges::CURRENT, settling: SETTLING };

impl Model {
    /// The model of that name; for names of other families, which never get here, the largest.
    pub(super) fn of(name: ModelName) -> Model {
        let (name, channels, spec, fastest_timer) = match name {
            ModelName::KeysightB2901a => ("B2901A", 1, COARSE, 20e-6),
            ModelName::KeysightB2902a => ("B2902A", 2, COARSE, 20e-6),
            ModelName::KeysightB2911a => ("B2911A", 1, FINE, 10e-6),
            _ => ("B2912A", 2, FINE, 10e-6),
        };
        Model { name, channels, spec, fastest_timer }
    }
}
