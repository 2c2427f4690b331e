use ndarray::ArrayView2;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{Activated, Activation, Mapping, Snapshot};

/// A control: the forward pass of `A`, with the slopes of every batch of devices dealt out anew among
/// its rows and neurons.
///
/// The network gets as many large and small slopes as it would, in the wrong places: it ignores its
/// devices. Slopes stay zero where the level was clipped, and only the others are shuffled.
#[derive(Clone, Debug)]
pub struct ShuffledSlope<A> {
    inner: A,
    rng: ChaCha8Rng,
}

impl<A: Activation> ShuffledSlope<A> {
    /// The seed decides how.
    pub fn new(inner: A, seed: u64) -> ShuffledSlope<A> {
        ShuffledSlope { inner, rng: ChaCha8Rng::seed_from_u64(seed) }
    }
}

impl<A: Activation> Activation for ShuffledSlope<A> {
    type Error = A::Error;

    async fn activate(
        &mut self,
        layer: usize,
        inputs: ArrayView2<'_, f32>,
    ) -> Result<Activated, A::Error> {
        let mut activated = self.inner.activate(layer, inputs).await?;
        let Some(mapping) = self.inner.mapping(layer) else { return Ok(activated) };
        let places = activated.slopes.iter_mut().zip(inputs);
        let mut inside: Vec<_> =
            places.filter(|(_, z)| !mapping.clips(**z)).map(|it| it.0).collect();
        let mut dealt: Vec<f32> = inside.iter().map(|it| **it).collect();
        dealt.shuffle(&mut self.rng);
        inside.iter_mut().zip(dealt).for_each(|(place, slope)| **place = slope);
        Ok(activated)
    }

    fn mapping(&self, layer: usize) -> Option<&Mapping> {
        self.inner.mapping(layer)
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let inner = self.inner.snapshot().unwrap_or_default();
        Some(Snapshot { drawn: self.rng.get_word_pos(), ..inner })
    }

    fn restore(&mut self, snapshot: Snapshot) {
        self.rng.set_word_pos(snapshot.drawn);
        self.inner.restore(snapshot);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::FutureExt;
    use ndarray::Array2;

    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 1.0, window: (-1.0, 1.0), current_scale: 1.0, gain: 1.0 };

    /// Slopes that tell their place; every fifth input is clipped, one slope is absent.
    struct Numbered;

    fn inputs() -> Array2<f32> {
        Array2::from_shape_fn(
            (8, 3),
            |(row, neuron)| {
                if (row * 3 + neuron).is_multiple_of(5) { 1.5 } else { 0.5 }
            },
        )
    }

    impl Activation for Numbered {
        type Error = Infallible;

        async fn activate(
            &mut self,
            _: usize,
            inputs: ArrayView2<'_, f32>,
        ) -> Result<Activated, Infallible> {
            let slope = |(row, neuron)| match row * 3 + neuron {
                7 => f32::NAN,
                it if it % 5 == 0 => 0.0,
                it => it as f32,
            };
            let slopes = Array2::from_shape_fn(inputs.raw_dim(), slope);
            Ok(Activated { values: inputs.to_owned(), slopes })
        }

        fn mapping(&self, layer: usize) -> Option<&Mapping> {
            (layer == 0).then_some(&MAPPING)
        }
    }

    fn slopes(of: &mut impl Activation<Error = Infallible>, layer: usize) -> Vec<String> {
        let inputs = inputs();
        let found = of.activate(layer, inputs.view()).now_or_never().unwrap().unwrap();
        assert_eq!(found.values, inputs);
        found.slopes.iter().map(|it| format!("{it:05}")).collect()
    }

    #[test]
    fn the_same_slopes_come_out_elsewhere_and_clipped_ones_stay() {
        let given = slopes(&mut Numbered, 0);
        let mut shuffled = ShuffledSlope::new(Numbered, 3);
        let found = slopes(&mut shuffled, 0);
        let moved = found.iter().zip(&given).filter(|(a, b)| a != b).count();
        assert!(moved > 10, "{moved}");
        assert!((0..24).step_by(5).all(|it| found[it] == given[it]));
        let sorted = |mut it: Vec<String>| {
            it.sort();
            it
        };
        assert_eq!(sorted(found.clone()), sorted(given.clone()));
        assert_ne!(slopes(&mut shuffled, 0), found, "every batch has its own order");
        assert_eq!(slopes(&mut shuffled, 1), given, "layers of software are left alone");
    }

    #[test]
    fn it_goes_on_from_a_snapshot_as_if_there_had_been_none() {
        let mut whole = ShuffledSlope::new(Numbered, 3);
        slopes(&mut whole, 0);
        let mut rest = ShuffledSlope::new(Numbered, 3);
        rest.restore(whole.snapshot().unwrap());
        assert_eq!(slopes(&mut rest, 0), slopes(&mut whole, 0));
    }
}
