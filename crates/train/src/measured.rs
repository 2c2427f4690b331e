use std::error::Error;

use futures_util::future::join_all;
use gradient::{Forward, GradientError, Pair, PairedReading};
use ndarray::{Array2, ArrayView2};
use thiserror::Error;

use crate::{Activated, Activation, ConfigError, Mapping};

/// An activation made of device pairs: the base's current is the value, the paired slope is the
/// slope.
///
/// Neuron j is pair j modulo the number of pairs. A batch is one plan for each pair: its levels row
/// by row, and within a row neuron by neuron; all pairs are measured at once. Every batch's
/// readings go to `O` before any of them is used, so that what trained is on disk.
///
/// An absent current (overflow, not a number) is an error: the forward pass has nothing to put in
/// its place. A current in compliance is a current. An absent slope is NaN.
pub struct Measured<O> {
    pairs: Vec<Pair>,
    mapping: Mapping,
    method: Forward,
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
    /// The base device's current is not known.
    #[error(
        "pair \"{pair}\" has no current at {level} V ({reason}): \
         choose a larger sense_range, or a smaller window in [mapping]"
    )]
    NoCurrent {
        /// Which.
        pair: String,
        /// The base device's level, V.
        level: f64,
        /// `overflow` or `not a number`.
        reason: &'static str,
    },
}

impl<O> Measured<O> {
    /// Measures with `pairs`, whose outputs must be on by the time of the first batch.
    ///
    /// # Errors
    /// No pair, a mapping that is not accepted, a step that a source cannot make, or a mapping's
    /// window that leaves an instrument's, the probe's with δV added. Nothing is sent.
    pub fn new(
        pairs: Vec<Pair>,
        mapping: Mapping,
        method: Forward,
        on_readings: O,
    ) -> Result<Measured<O>, MeasuredError> {
        mapping.check()?;
        if pairs.is_empty() {
            return Err(MeasuredError::NoPairs);
        }
        for pair in &pairs {
            check_window(pair, &mapping, &method)
                .map_err(|source| MeasuredError::Pair { pair: pair.name().to_owned(), source })?;
        }
        Ok(Measured { pairs, mapping, method, on_readings })
    }

    /// The pairs, to switch their outputs.
    pub fn pairs_mut(&mut self) -> &mut [Pair] {
        &mut self.pairs
    }

    /// The pairs, for what comes after.
    pub fn into_pairs(self) -> Vec<Pair> {
        self.pairs
    }
}

impl<O, E> Activation for Measured<O>
where
    O: FnMut(&[(usize, Vec<PairedReading>)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Error = MeasuredError;

    async fn activate(&mut self, inputs: ArrayView2<'_, f32>) -> Result<Activated, MeasuredError> {
        let plans = plans(inputs, &self.mapping, self.pairs.len());
        let method = &self.method;
        let measured = self.pairs.iter_mut().zip(&plans).enumerate().map(async |(number, it)| {
            let (pair, levels) = it;
            let found =
                if levels.is_empty() { Ok(Vec::new()) } else { pair.measure(levels, method).await };
            (number, found)
        });

        // Also when a pair fails, the others finish, and what they measured is kept.
        let (mut readings, mut failed) = (Vec::with_capacity(plans.len()), None);
        for (number, found) in join_all(measured).await {
            match found {
                Ok(found) => readings.push((number, found)),
                Err(source) => failed = failed.or(Some((number, source))),
            }
        }
        (self.on_readings)(&readings)
            .map_err(|error| MeasuredError::NotKept { source: error.into() })?;
        if let Some((number, source)) = failed {
            return Err(MeasuredError::Pair { pair: self.pairs[number].name().to_owned(), source });
        }
        activated(inputs, &self.mapping, &readings).map_err(|(number, absent)| {
            let reason = if absent.base.overflow { "overflow" } else { "not a number" };
            let (pair, level) = (self.pairs[number].name().to_owned(), absent.base.level);
            MeasuredError::NoCurrent { pair, level, reason }
        })
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(&self.mapping)
    }
}

fn check_window(pair: &Pair, mapping: &Mapping, method: &Forward) -> Result<(), GradientError> {
    let (base, probe) = (pair.base(), pair.probe());
    method.check(base, probe)?;
    for end in [mapping.window.0, mapping.window.1] {
        let level = base.level_as_sourced(end);
        base.check_level(level)?;
        probe.check_level(probe.level_as_sourced(level + method.delta_v.0))?;
    }
    Ok(())
}

/// The levels of each pair in the order of measurement, V.
fn plans(inputs: ArrayView2<'_, f32>, mapping: &Mapping, pairs: usize) -> Vec<Vec<f64>> {
    let mut plans = vec![Vec::new(); pairs];
    for ((_, neuron), &z) in inputs.indexed_iter() {
        plans[neuron % pairs].push(mapping.level(z));
    }
    plans
}

/// Undoes [`plans`]: gives every input its reading. The error is the first pair's reading that has
/// no current.
fn activated(
    inputs: ArrayView2<'_, f32>,
    mapping: &Mapping,
    readings: &[(usize, Vec<PairedReading>)],
) -> Result<Activated, (usize, Box<PairedReading>)> {
    let mut values = Array2::zeros(inputs.raw_dim());
    let mut slopes = Array2::zeros(inputs.raw_dim());
    let mut next = vec![0; readings.len()];
    for (at, &z) in inputs.indexed_iter() {
        let number = at.1 % readings.len();
        let reading = &readings[number].1[next[number]];
        next[number] += 1;
        let Some(current) = reading.base.current else {
            return Err((number, Box::new(*reading)));
        };
        values[at] = mapping.value(current);
        slopes[at] = match reading.didv {
            Ok(didv) => mapping.slope(z, didv),
            Err(_) => f32::NAN,
        };
    }
    Ok(Activated { values, slopes })
}

#[cfg(test)]
mod tests {
    use gradient::Absent;
    use ndarray::array;
    use smu::{Reading, Side};

    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 0.5, window: (-1.0, 1.0), current_scale: 1e-3, gain: 2.0 };

    /// A reading of a device of 1 mS at the level that was asked of it.
    fn reading(level: f64) -> PairedReading {
        let at = |level: f64| Reading {
            level,
            voltage: None,
            current: Some(1e-3 * level),
            in_compliance: false,
            overflow: false,
            time: 0.0,
            status: 0,
        };
        PairedReading {
            base: at(level),
            probe: at(level + 0.1),
            delta_v: 0.1,
            didv: Ok(1e-3),
            clamped: false,
            skew: None,
        }
    }

    fn readings(inputs: ArrayView2<'_, f32>, pairs: usize) -> Vec<(usize, Vec<PairedReading>)> {
        let plans = plans(inputs, &MAPPING, pairs);
        plans.into_iter().map(|it| it.into_iter().map(reading).collect()).enumerate().collect()
    }

    #[test]
    fn neurons_that_share_a_pair_share_one_plan_row_by_row() {
        let inputs = array![[0.0, 0.2, 0.4], [1.0, 1.2, 9.0]];
        let as_f32 = |plans: Vec<Vec<f64>>| -> Vec<Vec<f32>> {
            plans.into_iter().map(|it| it.into_iter().map(|it| it as f32).collect()).collect()
        };
        let two = as_f32(plans(inputs.view(), &MAPPING, 2));
        assert_eq!(two, [vec![0.0, 0.2, 0.5, 1.0], vec![0.1, 0.6]]);
        let four = as_f32(plans(inputs.view(), &MAPPING, 4));
        assert_eq!(four, [vec![0.0, 0.5], vec![0.1, 0.6], vec![0.2, 1.0], vec![]]);
    }

    #[test]
    fn every_input_gets_its_own_reading_back_for_any_number_of_pairs() {
        let inputs =
            Array2::from_shape_fn((7, 5), |(row, neuron)| row as f32 * 0.2 + neuron as f32 * 0.01);
        for pairs in 1..7 {
            let found =
                activated(inputs.view(), &MAPPING, &readings(inputs.view(), pairs)).unwrap();
            // a = 2 · (1 mS · 0.5 z) / 1 mA = z within the window.
            for (value, z) in found.values.iter().zip(&inputs) {
                assert!((value - z).abs() < 1e-6);
            }
            assert_eq!(found.slopes, Array2::ones((7, 5)));
        }
    }

    #[test]
    fn slopes_are_zero_where_clipped_and_nan_where_absent() {
        let inputs = array![[3.0, 0.5], [-1.0, -9.0]];
        let mut readings = readings(inputs.view(), 2);
        readings[0].1[1].didv = Err(Absent::InCompliance(Side::Probe));
        let found = activated(inputs.view(), &MAPPING, &readings).unwrap();
        assert_eq!(found.values, array![[2.0, 0.5], [-1.0, -2.0]]);
        assert_eq!(found.slopes.row(0), array![0.0, 1.0]);
        assert!(found.slopes[[1, 0]].is_nan() && found.slopes[[1, 1]] == 0.0);
    }

    #[test]
    fn a_reading_without_a_current_is_an_error() {
        let inputs = array![[0.5, 0.5]];
        let mut readings = readings(inputs.view(), 2);
        readings[1].1[0].base.current = None;
        let (pair, reading) = activated(inputs.view(), &MAPPING, &readings).unwrap_err();
        assert_eq!((pair, reading.base.level), (1, 0.25));
    }
}
