use std::future::Future;

use ndarray::{Array2, ArrayView2};

use crate::{Mapping, Snapshot};

/// What an activation made of a batch: both arrays have the shape of its inputs, batch × neurons.
#[derive(Clone, Debug, PartialEq)]
pub struct Activated {
    /// Activations.
    pub values: Array2<f32>,
    /// Slopes of the activations with respect to the inputs; NaN where no slope could be formed.
    /// An absent slope carries no gradient backwards, and is counted.
    pub slopes: Array2<f32>,
}

/// What a network asks of the nonlinearity behind its hidden layers.
///
/// Evaluated in order: devices remember, so the order is part of the contract. Rows are samples,
/// columns are neurons; neurons of one row come before those of the next.
pub trait Activation: Send {
    /// Why a batch could not be activated.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Activates one batch of pre-activations of hidden layer `layer`, from 0: batch × neurons.
    fn activate(
        &mut self,
        layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Self::Error>> + Send;

    /// How the inputs of a layer become volts, if they do: the range penalty acts on what leaves the
    /// window, and controls leave layers without one alone.
    fn mapping(&self, layer: usize) -> Option<&Mapping> {
        let _ = layer;
        None
    }

    /// What it must be given back to go on after an interruption as if there had been none; `None`
    /// where it keeps nothing between batches, or nothing that can be given back (a device's own
    /// state).
    fn snapshot(&self) -> Option<Snapshot> {
        None
    }

    /// Takes up what [`snapshot`](Activation::snapshot) gave.
    fn restore(&mut self, snapshot: Snapshot) {
        let _ = snapshot;
    }
}

impl<A: Activation> Activation for &mut A {
    type Error = A::Error;

    fn activate(
        &mut self,
        layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> impl Future<Output = Result<Activated, Self::Error>> + Send {
        (**self).activate(layer, inputs)
    }

    fn mapping(&self, layer: usize) -> Option<&Mapping> {
        (**self).mapping(layer)
    }

    fn snapshot(&self) -> Option<Snapshot> {
        (**self).snapshot()
    }

    fn restore(&mut self, snapshot: Snapshot) {
        (**self).restore(snapshot);
    }
}
