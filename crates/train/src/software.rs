use std::{convert::Infallible, future};

use ndarray::{ArrayView2, Zip};

use crate::{Activated, Activation};

/// Activations that a computer evaluates: the controls of every measured one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// The hyperbolic tangent.
    Tanh,
    /// max(z, 0), slope zero at and below zero.
    Relu,
    /// 1/(1 + e⁻ᶻ).
    Sigmoid,
    /// z, slope 1.
    Identity,
}

impl Software {
    /// Values and slopes of a batch.
    pub fn of(self, inputs: ArrayView2<'_, f32>) -> Activated {
        match self {
            Software::Tanh => {
                let values = inputs.mapv(f32::tanh);
                let slopes = values.mapv(|it| 1.0 - it * it);
                Activated { values, slopes }
            }
            Software::Relu => {
                // A comparison, not `max`: NaN must come out as NaN.
                let values = inputs.mapv(|z| if z <= 0.0 { 0.0 } else { z });
                let slopes = Zip::from(inputs).map_collect(|&z| if z > 0.0 { 1.0 } else { 0.0 });
                Activated { values, slopes }
            }
            Software::Sigmoid => {
                let values = inputs.mapv(|z| 1.0 / (1.0 + (-z).exp()));
                let slopes = values.mapv(|it| it * (1.0 - it));
                Activated { values, slopes }
            }
            Software::Identity => {
                let slopes = inputs.mapv(|_| 1.0);
                Activated { values: inputs.to_owned(), slopes }
            }
        }
    }
}

impl Activation for Software {
    type Error = Infallible;

    fn activate(
        &mut self,
        _layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Infallible>> + Send {
        future::ready(Ok(self.of(inputs)))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn every_slope_is_the_derivative_of_its_value() {
        let inputs = Array2::from_shape_fn((40, 1), |(row, _)| 0.15 * row as f32 - 2.93);
        let step = 0.01;
        for software in [Software::Tanh, Software::Relu, Software::Sigmoid, Software::Identity] {
            let above = software.of((&inputs + step).view()).values;
            let below = software.of((&inputs - step).view()).values;
            let numerical = (above - below) / (2.0 * step);
            let slopes = software.of(inputs.view()).slopes;
            assert!((slopes - numerical).iter().all(|it| it.abs() < 1e-3), "{software:?}");
        }
    }
}
