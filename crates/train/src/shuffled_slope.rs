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
