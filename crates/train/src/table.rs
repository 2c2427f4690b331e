use ndarray::{ArrayView2, ArrayViewMut2, Zip};

use crate::Mapping;

/// A device's currents and slopes on a grid, as activations and slopes of pre-activations.
#[derive(Clone, Debug)]
pub struct Table {
    low: f32,
    high: f32,
    per_unit: f32,
    values: Vec<f32>,
    slopes: Vec<f32>,
}

impl Table {
    /// Of currents in A and slopes in S at equally spaced levels from one end of the mapping's window
    /// to the other.
    pub fn new(mapping: &Mapping, currents: &[f64], slopes: &[f64]) -> Table {
        let (low, high) = mapping.range();
        Table {
            low,
            high,
            per_unit: (currents.len() - 1) as f32 / (high - low),
            values: currents.iter().map(|it| mapping.value(*it)).collect(),
            slopes: slopes.iter().map(|it| mapping.slope(0.5 * (low + high), *it)).collect(),
        }
    }

    /// Interpolates values and slopes linearly; the slope is zero outside of the window.
    pub fn activate(
        &self,
        inputs: ArrayView2<'_, f32>,
        values: ArrayViewMut2<'_, f32>,
        slopes: ArrayViewMut2<'_, f32>,
    ) {
        let last = self.values.len() - 2;
        Zip::from(inputs).and(values).and(slopes).for_each(|&z, value, slope| {
            let at = (z.clamp(self.low, self.high) - self.low) * self.per_unit;
            let index = (at as usize).min(last);
            let share = at - index as f32;
            let between = |of: &[f32]| of[index] + share * (of[index + 1] - of[index]);
            *value = between(&self.values);
            *slope = if z < self.low || z > self.high { 0.0 } else { between(&self.slopes) };
        });
    }
}
