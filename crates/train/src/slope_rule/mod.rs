//! What back-propagation is given for a slope: the measured one, or a control in its place.
//!
//! A control leaves the values alone, so that two trainings differ only in what was made of the
//! slopes. All leave the slope at zero where the level was clipped, as [`Mapping::slope`] does.

mod constant;
mod curve;
mod numerical;
mod shuffled;

use ndarray::ArrayView2;

pub use self::{
    constant::constant, curve::CurveSlope, numerical::numerical, shuffled::Shuffle,
    shuffled::shuffled,
};
use crate::{Activated, Mapping};

/// What stands for a slope.
#[derive(Clone, Debug, PartialEq)]
pub enum SlopeRule {
    /// What the activation returned.
    Measured,
    /// One constant, d activation / d pre-activation: nothing is known of the slopes but their size.
    Constant(f32),
    /// The batch's own slopes in another order: their distribution is kept, and which neuron of
    /// which row each belongs to is forgotten.
    Shuffled(Shuffle),
    /// The slope of a measured curve at the level: neuron j has curve j modulo their number. What
    /// the devices answered in this batch is ignored.
    Numerical(Vec<CurveSlope>),
}

impl SlopeRule {
    /// Replaces the slopes of what an activation made of `inputs`, batch × neurons.
    ///
    /// # Panics
    /// Slopes of another shape than the inputs'; no curve where there are neurons.
    pub fn apply(
        &mut self,
        inputs: ArrayView2<'_, f32>,
        mapping: Option<&Mapping>,
        activated: Activated,
    ) -> Activated {
        let Activated { values, slopes } = activated;
        let slopes = match self {
            SlopeRule::Measured => slopes,
            SlopeRule::Constant(slope) => constant(inputs, mapping, *slope),
            SlopeRule::Shuffled(shuffle) => {
                shuffled(inputs, mapping, slopes, &mut shuffle.next_batch())
            }
            SlopeRule::Numerical(curves) => numerical(inputs, mapping, curves),
        };
        Activated { values, slopes }
    }
}

/// Whether the slope at `z` is zero because its level was clipped.
fn clipped(mapping: Option<&Mapping>, z: f32) -> bool {
    mapping.is_some_and(|it| it.clips(z))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 0.5, window: (-1.0, 1.0), current_scale: 1e-3, gain: 2.0 };

    fn activated() -> (Array2<f32>, Activated) {
        let inputs = array![[0.5, -0.5, 3.0], [1.0, 0.0, -1.0]];
        let values = inputs.mapv(|z: f32| z.clamp(-2.0, 2.0));
        let slopes = array![[1.0, 2.0, 0.0], [3.0, f32::NAN, 4.0]];
        (inputs, Activated { values, slopes })
    }

    #[test]
    fn no_rule_changes_a_value_or_a_slope_where_the_level_was_clipped() {
        let levels: Vec<f64> = (0..21).map(|it| -1.0 + 0.1 * f64::from(it)).collect();
        let currents: Vec<f64> = levels.iter().map(|it| 1e-3 * it).collect();
        let curve = CurveSlope::of_sweep(&levels, &currents).unwrap();
        for mut rule in [
            SlopeRule::Measured,
            SlopeRule::Constant(0.7),
            SlopeRule::Shuffled(Shuffle::new(1)),
            SlopeRule::Numerical(vec![curve]),
        ] {
            let (inputs, given) = activated();
            let found = rule.apply(inputs.view(), Some(&MAPPING), given.clone());
            assert_eq!(found.values, given.values);
            assert_eq!(found.slopes[[0, 2]], 0.0);
            let changed = found.slopes[[0, 0]] != given.slopes[[0, 0]]
                || found.slopes[[0, 1]] != given.slopes[[0, 1]]
                || found.slopes[[1, 0]] != given.slopes[[1, 0]];
            assert_eq!(changed, rule != SlopeRule::Measured, "{rule:?}");
        }
    }

    #[test]
    fn the_measured_rule_keeps_absent_slopes_absent() {
        let (inputs, given) = activated();
        let found = SlopeRule::Measured.apply(inputs.view(), Some(&MAPPING), given);
        assert!(found.slopes[[1, 1]].is_nan());
    }
}
