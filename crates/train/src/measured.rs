use std::error::Error;

use futures_util::future::join_all;
use gradient::{Absent, Batch, Gradient, GradientError, Service};
use ndarray::{Array2, ArrayView2};
use thiserror::Error;

use crate::{Activated, Activation, ConfigError, Mapping};

/// An activation made of device pairs: the value is the current of the device that the slope belongs
/// to, the base or the mean of the two, as the estimator has it.
///
/// Neuron j is pair j modulo the number of pairs. A batch is one plan for each pair: its levels row
/// by row, and within a row neuron by neuron; all pairs are measured at once. Every batch's
/// readings go to `O` before any of them is used, so that what trained is on disk.
///
/// An absent current (overflow, not a number) is an error: the forward pass has nothing to put in
/// its place. A current in compliance is a current. An absent slope is NaN.
pub struct Measured<O> {
    services: Vec<Service>,
    mapping: Mapping,
    on_readings: O,
}

/// Why a batch could not be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MeasuredError {
    /// There is nothing to measure with.
    #[error("no pair of devices: expected at least one")]
    NoPairs,
    /// The mapping is not accepted.
    #[error(transparent)]
    Mapping(#[from] ConfigError),
    /// A pair cannot be measured.
    #[error("pair \"{pair}\" cannot be measured")]
    Pair {
        /// Which.
        pair: String,
        /// Why.
        source: GradientError,
    },
    /// The receiver of the readings refused them.
    #[error("the readings could not be kept")]
    NotKept {
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A current is not known.
    #[error(
        "pair \"{pair}\" has no current at {level} V ({reason}): \
         choose a larger sense_range, or a smaller window in [mapping]"
    )]
    NoCurrent {
        /// Which.
        pair: String,
        /// V, where the current would belong.
        level: f64,
        /// What is wrong with which reading.
        reason: Absent,
    },
}

impl<O> Measured<O> {
    /// Measures with `services`, whose outputs must be on by the time of the first batch.
    ///
    /// # Errors
    /// No pair, a mapping that is not accepted, a step that a source cannot make, or a mapping's
    /// window whose ends need a level outside an instrument's. Nothing is sent.
    pub fn new(
        services: Vec<Service>,
        mapping: Mapping,
        on_readings: O,
    ) -> Result<Measured<O>, MeasuredError> {
        mapping.check()?;
        if services.is_empty() {
            return Err(MeasuredError::NoPairs);
        }
        let (low, high) = mapping.window;
        for service in &services {
            service.plan(&[low, high]).map_err(|source| failed(service, source))?;
        }
        Ok(Measured { services, mapping, on_readings })
    }

    /// The pairs, to switch their outputs.
    pub fn services_mut(&mut self) -> &mut [Service] {
        &mut self.services
    }

    /// The pairs, for what comes after.
    pub fn into_services(self) -> Vec<Service> {
        self.services
    }
}

fn failed(service: &Service, source: GradientError) -> MeasuredError {
    MeasuredError::Pair { pair: service.pair().name().to_owned(), source }
}

impl<O, E> Activation for Measured<O>
where
    O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Error = MeasuredError;

    async fn activate(&mut self, inputs: ArrayView2<'_, f32>) -> Result<Activated, MeasuredError> {
        let asked = levels(inputs, &self.mapping, self.services.len());
        let of_pairs = self.services.iter_mut().zip(&asked).enumerate();
        let measured = of_pairs
            .filter(|(_, (_, levels))| !levels.is_empty())
            .map(async |(number, (service, levels))| (number, service.measure(levels).await));

        // Also when a pair fails, the others finish, and what they measured is kept.
        let (mut batches, mut refused) = (Vec::with_capacity(asked.len()), None);
        for (number, found) in join_all(measured).await {
            match found {
                Ok(found) => batches.push((number, found)),
                Err(source) => refused = refused.or(Some((number, source))),
            }
        }
        (self.on_readings)(&batches)
            .map_err(|error| MeasuredError::NotKept { source: error.into() })?;
        if let Some((number, source)) = refused {
            return Err(failed(&self.services[number], source));
        }
        let mut answers = vec![Vec::new(); self.services.len()];
        for (number, batch) in &batches {
            answers[*number] = batch.answers().collect();
        }
        activated(inputs, &self.mapping, &answers).map_err(|(number, level, reason)| {
            let pair = self.services[number].pair().name().to_owned();
            MeasuredError::NoCurrent { pair, level, reason }
        })
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(&self.mapping)
    }
}

/// What each pair is asked, V.
fn levels(inputs: ArrayView2<'_, f32>, mapping: &Mapping, pairs: usize) -> Vec<Vec<f64>> {
    let mut levels = vec![Vec::new(); pairs];
    for ((_, neuron), &z) in inputs.indexed_iter() {
        levels[neuron % pairs].push(mapping.level(z));
    }
    levels
}

/// Undoes [`levels`]: gives every input the answer of its pair. The error is the first pair and level
/// without a current, and why.
fn activated(
    inputs: ArrayView2<'_, f32>,
    mapping: &Mapping,
    answers: &[Vec<&Gradient>],
) -> Result<Activated, (usize, f64, Absent)> {
    let mut values = Array2::zeros(inputs.raw_dim());
    let mut slopes = Array2::zeros(inputs.raw_dim());
    let mut next = vec![0; answers.len()];
    for (at, &z) in inputs.indexed_iter() {
        let number = at.1 % answers.len();
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
        let asked = levels(inputs, &MAPPING, pairs);
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
        let two = as_f32(levels(inputs.view(), &MAPPING, 2));
        assert_eq!(two, [vec![0.0, 0.2, 0.5, 1.0], vec![0.1, 0.6]]);
        let four = as_f32(levels(inputs.view(), &MAPPING, 4));
        assert_eq!(four, [vec![0.0, 0.5], vec![0.1, 0.6], vec![0.2, 1.0], vec![]]);
    }

    #[test]
    fn every_input_gets_its_own_answer_back_for_any_number_of_pairs() {
        let inputs =
            Array2::from_shape_fn((7, 5), |(row, neuron)| row as f32 * 0.2 + neuron as f32 * 0.01);
        for pairs in 1..7 {
            let answers = answers(inputs.view(), pairs);
            let found = activated(inputs.view(), &MAPPING, &by_reference(&answers)).unwrap();
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
        let found = activated(inputs.view(), &MAPPING, &by_reference(&answers)).unwrap();
        assert_eq!(found.values, array![[2.0, 0.5], [-1.0, -2.0]]);
        assert_eq!(found.slopes.row(0), array![0.0, 1.0]);
        assert!(found.slopes[[1, 0]].is_nan() && found.slopes[[1, 1]] == 0.0);
    }

    #[test]
    fn an_answer_without_a_current_is_an_error() {
        let inputs = array![[0.5, 0.5]];
        let mut answers = answers(inputs.view(), 2);
        answers[1][0].current = Err(Absent::Overflow(Side::Base));
        let found = activated(inputs.view(), &MAPPING, &by_reference(&answers)).unwrap_err();
        assert_eq!(found, (1, 0.25, Absent::Overflow(Side::Base)));
    }
}
