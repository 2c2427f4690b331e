use ndarray::{Array2, ArrayView2, Zip};

use crate::{Activated, Activation, Mapping};

/// A control: the forward pass of `A`, with one constant for every slope.
///
/// Where the inner activation maps to volts, the slope stays zero where the level was clipped, so
/// that the two differ only in what was measured; everywhere else, also where no slope could be
/// formed, it is the constant.
#[derive(Clone, Copy, Debug)]
pub struct ConstantSlope<A> {
    inner: A,
    slope: f32,
}

impl<A: Activation> ConstantSlope<A> {
    /// With this slope, d activation / d pre-activation.
    pub fn new(inner: A, slope: f32) -> ConstantSlope<A> {
        ConstantSlope { inner, slope }
    }

    /// With the mean slope of the inner activation: `neurons` neurons at `points` pre-activations,
    /// equally spaced from one end of `range` to the other ([`Mapping::range`] is the window).
    /// The activation is evaluated for it, once. Absent slopes are left out.
    ///
    /// # Errors
    /// The activation's.
    pub async fn of_mean(
        mut inner: A,
        layer: usize,
        range: (f32, f32),
        points: usize,
        neurons: usize,
    ) -> Result<ConstantSlope<A>, A::Error> {
        let (low, high) = range;
        let step = (high - low) / points.saturating_sub(1).max(1) as f32;
        let inputs = Array2::from_shape_fn((points, neurons), |(point, _)| {
            (low + step * point as f32).min(high)
        });
        let slopes = inner.activate(layer, inputs.view()).await?.slopes;
        let formed = || slopes.iter().filter(|it| !it.is_nan());
        let sum: f64 = formed().map(|&it| f64::from(it)).sum();
        let slope = (sum / formed().count().max(1) as f64) as f32;
        Ok(ConstantSlope { inner, slope })
    }

    /// The constant.
    pub fn slope(&self) -> f32 {
        self.slope
    }
}

impl<A: Activation> Activation for ConstantSlope<A> {
    type Error = A::Error;

    async fn activate(
        &mut self,
        layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> Result<Activated, A::Error> {
        let activated = self.inner.activate(layer, inputs).await?;
        let Some(mapping) = self.inner.mapping(layer) else { return Ok(activated) };
        let Activated { values, .. } = activated;
        let slopes = Zip::from(inputs).map_collect(|&z| {
            let clipped = mapping.clips(z);
            if clipped { 0.0 } else { self.slope }
        });
        Ok(Activated { values, slopes })
    }

    fn mapping(&self, layer: usize) -> Option<&Mapping> {
        self.inner.mapping(layer)
    }
}
