use ndarray::{Array2, ArrayView2};

use super::CurveSlope;
use crate::Mapping;

/// The slope of a curve at the level of each input: neuron j has curve j modulo their number, as
/// neurons have pairs. Zero where the level was clipped, absent (NaN) where the curve was not
/// measured.
///
/// Without a mapping the curve is taken to be of activations over pre-activations.
///
/// # Panics
/// No curve where there are neurons.
pub fn numerical(
    inputs: ArrayView2<'_, f32>,
    mapping: Option<&Mapping>,
    curves: &[CurveSlope],
) -> Array2<f32> {
    let mut slopes = Array2::zeros(inputs.raw_dim());
    for ((at, &z), slope) in inputs.indexed_iter().zip(&mut slopes) {
        let curve = &curves[at.1 % curves.len()];
        *slope = match mapping {
            Some(it) if it.clips(z) => 0.0,
            Some(it) => curve.at(it.level(z)).map_or(f32::NAN, |didv| it.slope(z, didv)),
            None => curve.at(f64::from(z)).map_or(f32::NAN, |slope| slope as f32),
        };
    }
    slopes
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 0.5, window: (-0.8, 0.8), current_scale: 1e-3, gain: 2.0 };

    /// I = a·V + b·V² from -1 V to 1 V, whose slope is a + 2 b V everywhere.
    fn parabola(a: f64, b: f64, ends: f64) -> CurveSlope {
        let levels: Vec<f64> = (-10..=10).map(|it| ends * f64::from(it) / 10.0).collect();
        let currents: Vec<f64> = levels.iter().map(|v| a * v + b * v * v).collect();
        CurveSlope::of_sweep(&levels, &currents).unwrap()
    }

    #[test]
    fn each_neuron_gets_the_slope_of_its_own_curve_at_its_level() {
        let curves = [parabola(1e-3, 0.2e-3, 1.0), parabola(3e-3, 0.0, 1.0)];
        let inputs = array![[0.5, 0.5, -1.0], [1.5, -1.7, 9.0]];
        let found = numerical(inputs.view(), Some(&MAPPING), &curves);
        // da/dz = 2 · 0.5 · didv / 1 mS, of didv = 1 + 0.4 V and 3.
        let expected = array![[1.1, 3.0, 0.8], [1.3, 0.0, 0.0]];
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "{found} against {expected}");
        }
    }

    #[test]
    fn where_the_curve_was_not_measured_the_slope_is_absent() {
        let curves = [parabola(1e-3, 0.0, 0.4)];
        let inputs = array![[0.5, 1.5, 2.0]];
        let found = numerical(inputs.view(), Some(&MAPPING), &curves);
        assert!((found[[0, 0]] - 1.0).abs() < 1e-5);
        assert!(found[[0, 1]].is_nan());
        assert_eq!(found[[0, 2]], 0.0, "clipped, whatever is there");
    }

    #[test]
    fn without_a_mapping_the_curve_is_of_activations() {
        let levels: Vec<f64> = (-200..=200).map(|it| 0.02 * f64::from(it)).collect();
        let currents: Vec<f64> = levels.iter().map(|it| it.tanh()).collect();
        let curve = [CurveSlope::of_sweep(&levels, &currents).unwrap()];
        let inputs = array![[0.0, 0.33], [-1.1, 3.9]];
        let found = numerical(inputs.view(), None, &curve);
        for (found, z) in found.iter().zip(&inputs) {
            assert!((found - (1.0 - z.tanh().powi(2))).abs() < 1e-3);
        }
    }
}
