//! The shots of one point.

use std::f64::consts::TAU;

use super::Method;
use crate::Dither;

/// What the two devices are sent, relative to the point's level, V.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offsets {
    pub(crate) base: f64,
    pub(crate) probe: Option<f64>,
}

/// The shots of the point of this rank in the sorted plan, in their order.
pub(crate) fn pattern(method: Method, step: f64, rank: usize, dither: Dither) -> Vec<Offsets> {
    let both = |base: f64, probe: f64| Offsets { base, probe: Some(probe) };
    let half = 0.5 * step;
    let (plain, exchanged) = (both(-half, half), both(half, -half));
    match method {
        Method::Forward => vec![both(0.0, step)],
        Method::ChoppedForward => vec![both(0.0, step), both(step, 0.0)],
        Method::Central | Method::BaselineSubtracted | Method::CalibratedPair => vec![plain],
        Method::ChoppedCentral => vec![plain, exchanged],
        Method::AlternatelyChopped => vec![if rank.is_multiple_of(2) { plain } else { exchanged }],
        Method::Abba => vec![plain, exchanged, exchanged, plain],
        Method::OwnDevice => {
            vec![Offsets { base: -half, probe: None }, Offsets { base: half, probe: None }]
        }
        Method::LocalRegression => vec![both(0.0, 0.0)],
        Method::SmallSignal => (0..dither.samples * dither.periods)
            .map(|sample| {
                // Shifted by half a sample, so that no sample is at V itself.
                let phase = (sample as f64 + 0.5) / dither.samples as f64 * TAU;
                both(-half * phase.sin(), half * phase.sin())
            })
            .collect(),
    }
}
