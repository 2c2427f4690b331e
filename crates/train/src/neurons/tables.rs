//! Currents and slopes of every pair on a grid of levels, and what is interpolated from them.

use std::error::Error;

use gradient::{Absent, Batch, Gradient, fidelity::smoothed_gradient};
use ndarray::{Array2, ArrayView2, Axis, Slice};
use serde::{Deserialize, Serialize};

use super::SlopeSource;
use crate::{Activated, Devices, Mapping, MeasuredError, Table, TableError};

/// Levels that a check for drift reads, of a table's 0 to 1.
const CHECKED: [f64; 3] = [0.125, 0.5, 0.875];

/// What one pair gave on the grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairTable {
    /// V, equally spaced over the mapping's window.
    pub levels: Vec<f64>,
    /// A, one a level.
    pub currents: Vec<f64>,
    /// S, one a level; NaN where no slope could be formed.
    pub slopes: Vec<f64>,
}

/// The tables of all pairs, and their age.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub of_pairs: Vec<PairTable>,
    /// For the batch, one a pair.
    ready: Vec<Table>,
}

impl Tables {
    /// Measures all pairs at `levels` levels.
    ///
    /// # Errors
    /// As [`Devices::measure`]; a level without a current.
    pub async fn measure<O, E>(
        devices: &mut Devices<O>,
        levels: usize,
        slopes: SlopeSource,
    ) -> Result<Tables, MeasuredError>
    where
        O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let grid = grid(devices.mapping().window, levels);
        let asked = vec![grid.clone(); devices.pairs()];
        let batches = devices.measure(&asked).await?;
        let mut of_pairs = Vec::with_capacity(batches.len());
        for (number, batch) in &batches {
            let table = pair_table(&grid, batch.answers());
            of_pairs.push(table.map_err(|(level, why)| devices.no_current(*number, level, why))?);
        }
        Tables::of(of_pairs, devices.mapping(), slopes)
            .map_err(|(pair, why)| devices.no_table(pair, why))
    }

    /// Of tables that were measured before. The error is the first pair that has none, and why.
    pub fn of(
        of_pairs: Vec<PairTable>,
        mapping: &Mapping,
        slopes: SlopeSource,
    ) -> Result<Tables, (usize, TableError)> {
        let ready = of_pairs.iter().enumerate().map(|(number, it)| {
            let table = match slopes {
                SlopeSource::Measured => it.table(mapping, &it.slopes),
                SlopeSource::Numerical => it.table(mapping, &it.numerical_slopes()),
            };
            table.map_err(|why| (number, why))
        });
        Ok(Tables { ready: ready.collect::<Result<_, _>>()?, of_pairs })
    }

    /// Values and slopes of a batch: neuron j is pair `first` + j, modulo their number.
    pub fn activate(&self, inputs: ArrayView2<'_, f32>, first: usize) -> Activated {
        let mut values = Array2::zeros(inputs.raw_dim());
        let mut slopes = Array2::zeros(inputs.raw_dim());
        if let [one] = self.ready.as_slice() {
            one.activate(inputs, &mut values, &mut slopes);
            return Activated { values, slopes };
        }
        let (mut value, mut slope) = (Array2::default((0, 0)), Array2::default((0, 0)));
        for neuron in 0..inputs.ncols() {
            let only = Slice::from(neuron..=neuron);
            let table = &self.ready[(first + neuron) % self.ready.len()];
            table.activate(inputs.slice_axis(Axis(1), only), &mut value, &mut slope);
            values.slice_axis_mut(Axis(1), only).assign(&value);
            slopes.slice_axis_mut(Axis(1), only).assign(&slope);
        }
        Activated { values, slopes }
    }

    /// The largest difference of any pair's current from its table, A, at three levels; levels
    /// without a current are left out.
    ///
    /// # Errors
    /// As [`Devices::measure`].
    pub async fn moved<O, E>(&self, devices: &mut Devices<O>) -> Result<f64, MeasuredError>
    where
        O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let at = |table: &PairTable| {
            let last = (table.levels.len() - 1) as f64;
            CHECKED.map(|share| (share * last).round() as usize)
        };
        let asked: Vec<Vec<f64>> =
            self.of_pairs.iter().map(|it| at(it).map(|index| it.levels[index]).into()).collect();
        let batches = devices.measure(&asked).await?;
        let moved = batches.iter().flat_map(|(number, batch)| {
            let table = &self.of_pairs[*number];
            let expected = at(table).map(|index| table.currents[index]);
            batch.answers().zip(expected).filter_map(|(answer, expected)| {
                answer.current.ok().map(|it| (it.value - expected).abs())
            })
        });
        Ok(moved.fold(0.0, f64::max))
    }
}

impl PairTable {
    fn table(&self, mapping: &Mapping, slopes: &[f64]) -> Result<Table, TableError> {
        Table::new(mapping, &self.levels, &self.currents, slopes)
    }

    /// The numerical slopes of the smoothed currents, S: of the least-squares parabola through the
    /// nearest sixteenth of the levels.
    fn numerical_slopes(&self) -> Vec<f64> {
        let points = (self.levels.len() / 16).max(5) | 1;
        smoothed_gradient(&self.levels, &self.currents, points)
            .unwrap_or_else(|_| vec![f64::NAN; self.levels.len()])
    }
}

/// Equally spaced levels from one end of the window to the other, V.
fn grid((low, high): (f64, f64), levels: usize) -> Vec<f64> {
    let step = (high - low) / (levels - 1) as f64;
    (0..levels).map(|it| if it + 1 == levels { high } else { low + step * it as f64 }).collect()
}

/// The error is the first level without a current, and why.
fn pair_table<'a>(
    grid: &[f64],
    answers: impl Iterator<Item = &'a Gradient>,
) -> Result<PairTable, (f64, Absent)> {
    let mut table = PairTable { levels: grid.to_vec(), currents: Vec::new(), slopes: Vec::new() };
    for answer in answers {
        table.currents.push(answer.current.map_err(|absent| (answer.level, absent))?.value);
        table.slopes.push(answer.didv.map_or(f64::NAN, |it| it.value));
    }
    Ok(table)
}
