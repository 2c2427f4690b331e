//! Pre-activations to levels, answers to activations: a layer that is measured in the forward pass.

use gradient::{Absent, Gradient};
use ndarray::{Array2, ArrayView2};

use crate::{Activated, Mapping};

/// What each pair is asked, V: row by row, and within a row neuron by neuron. Neuron j is pair
/// `first` + j, modulo `pairs`.
pub(super) fn levels(
    inputs: ArrayView2<'_, f32>,
    mapping: &Mapping,
    first: usize,
    pairs: usize,
) -> Vec<Vec<f64>> {
    let mut levels = vec![Vec::new(); pairs];
    for ((_, neuron), &z) in inputs.indexed_iter() {
        levels[(first + neuron) % pairs].push(mapping.level(z));
    }
    levels
}

/// Undoes [`levels`]: gives every input the answer of its pair. The error is the first pair and level
/// without a current, and why.
pub(super) fn activated(
    inputs: ArrayView2<'_, f32>,
    mapping: &Mapping,
    first: usize,
    answers: &[Vec<&Gradient>],
) -> Result<Activated, (usize, f64, Absent)> {
    let mut values = Array2::zeros(inputs.raw_dim());
    let mut slopes = Array2::zeros(inputs.raw_dim());
    let mut next = vec![0; answers.len()];
    for (at, &z) in inputs.indexed_iter() {
        let number = (first + at.1) % answers.len();
        let answer = answers[number][next[number]];
        next[number] += 1;
        let current = answer.current.map_err(|absent| (number, answer.level, absent))?;
        values[at] = mapping.value(current.value);
        slopes[at] = match answer.didv {
            Ok(didv) => mapping.slope(z, didv.value),
            Err(_) => f32::NAN,
        };
    }
    Ok(Activated { values, slopes })
}
#[cfg(test)]
mod tests {
    use gradient::{Device, Method, Uncertain};
    use ndarray::array;
    use smu::Side;

    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 0.5, window: (-1.0, 1.0), current_scale: 1e-3, gain: 2.0 };

    /// What a device of 1 mS answers.
    fn answer(level: f64) -> Gradient {
        let exact = |value| Ok(Uncertain { value, uncertainty: 0.0 });
        Gradient {
            level,
            delta_v: 0.1,
            method: Method::Forward,
            device: Device::Base,
            current: exact(1e-3 * level),
            didv: exact(1e-3),
            clamped: false,
            skew: None,
        }
    }

    fn answers(inputs: ArrayView2<'_, f32>, pairs: usize) -> Vec<Vec<Gradient>> {
        let asked = levels(inputs, &MAPPING, 0, pairs);
        asked.into_iter().map(|it| it.into_iter().map(answer).collect()).collect()
    }

    fn by_reference(answers: &[Vec<Gradient>]) -> Vec<Vec<&Gradient>> {
        answers.iter().map(|it| it.iter().collect()).collect()
    }

    #[test]
    fn neurons_that_share_a_pair_share_one_plan_row_by_row() {
        let inputs = array![[0.0, 0.2, 0.4], [1.0, 1.2, 9.0]];
        let as_f32 = |levels: Vec<Vec<f64>>| -> Vec<Vec<f32>> {
            levels.into_iter().map(|it| it.into_iter().map(|it| it as f32).collect()).collect()
        };
        let two = as_f32(levels(inputs.view(), &MAPPING, 0, 2));
        assert_eq!(two, [vec![0.0, 0.2, 0.5, 1.0], vec![0.1, 0.6]]);
        let four = as_f32(levels(inputs.view(), &MAPPING, 0, 4));
        assert_eq!(four, [vec![0.0, 0.5], vec![0.1, 0.6], vec![0.2, 1.0], vec![]]);
    }

    #[test]
    fn every_input_gets_its_own_answer_back_for_any_number_of_pairs() {
        let inputs =
            Array2::from_shape_fn((7, 5), |(row, neuron)| row as f32 * 0.2 + neuron as f32 * 0.01);
        for pairs in 1..7 {
            let answers = answers(inputs.view(), pairs);
            let found = activated(inputs.view(), &MAPPING, 0, &by_reference(&answers)).unwrap();
            // a = 2 · (1 mS · 0.5 z) / 1 mA = z within the window.
            for (value, z) in found.values.iter().zip(&inputs) {
                assert!((value - z).abs() < 1e-6);
            }
            assert_eq!(found.slopes, Array2::<f32>::ones((7, 5)));
        }
    }

    #[test]
    fn slopes_are_zero_where_clipped_and_nan_where_absent() {
        let inputs = array![[3.0, 0.5], [-1.0, -9.0]];
        let mut answers = answers(inputs.view(), 2);
        answers[0][1].didv = Err(Absent::InCompliance(Side::Probe));
        let found = activated(inputs.view(), &MAPPING, 0, &by_reference(&answers)).unwrap();
        assert_eq!(found.values, array![[2.0, 0.5], [-1.0, -2.0]]);
        assert_eq!(found.slopes.row(0), array![0.0, 1.0]);
        assert!(found.slopes[[1, 0]].is_nan() && found.slopes[[1, 1]] == 0.0);
    }

    #[test]
    fn an_answer_without_a_current_is_an_error() {
        let inputs = array![[0.5, 0.5]];
        let mut answers = answers(inputs.view(), 2);
        answers[1][0].current = Err(Absent::Overflow(Side::Base));
        let found = activated(inputs.view(), &MAPPING, 0, &by_reference(&answers)).unwrap_err();
        assert_eq!(found, (1, 0.25, Absent::Overflow(Side::Base)));
    }
}
