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
}

impl Activation for Software {
    type Error = Infallible;

    fn activate(
        &mut self,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Infallible>> + Send {
        let activated = match self {
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
        };
        future::ready(Ok(activated))
    }
}
