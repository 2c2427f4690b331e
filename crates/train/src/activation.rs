use std::future::Future;

use ndarray::{Array2, ArrayView2};

use crate::Mapping;

/// What an activation made of a batch: both arrays have the shape of its inputs, batch × neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct Activated {
    /// Activations.
    pub values: Array2<f32>,
    /// Slopes of the activations with respect to the inputs; NaN where no slope could be formed.
    /// An absent slope carries no gradient backwards, and is counted.
    pub slopes: Array2<f32>,
}

/// What a network's layer asks of its nonlinearity.
///
/// Evaluated in order: devices remember, so the order is part of the contract. Rows are samples,
/// columns are neurons; neurons of one row come before those of the next.
pub trait Activation: Send {
    /// Why a batch could not be activated.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Activates one batch of pre-activations, batch × neurons.
    fn activate(
        &mut self,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Self::Error>> + Send;

    /// How inputs become volts, if they do: the range penalty acts on what leaves the window, and
    /// [`ConstantSlope`](crate::ConstantSlope) is zero there.
    fn mapping(&self) -> Option<&Mapping> {
        None
    }
}

impl<A: Activation> Activation for &mut A {
    type Error = A::Error;

    fn activate(
        &mut self,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Self::Error>> + Send {
        (**self).activate(inputs)
    }

    fn mapping(&self) -> Option<&Mapping> {
        (**self).mapping()
    }
}
