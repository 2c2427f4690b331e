use ndarray::{Array2, ArrayView2};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::clipped;
use crate::Mapping;

/// Where the orders of shuffled slopes come from: each batch has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shuffle {
    seed: u64,
    batches: u64,
}

impl Shuffle {
    /// The same seed gives the same orders, batch by batch.
    pub fn new(seed: u64) -> Shuffle {
        Shuffle { seed, batches: 0 }
    }

    /// The generator of the next batch: a stream of the seed's own.
    pub(super) fn next_batch(&mut self) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.batches);
        self.batches += 1;
        rng
    }
}

/// The slopes permuted over rows and neurons, all orders being equally likely.
///
/// Slopes where the level was clipped stay where they are, zero. Absent slopes (NaN) are permuted
/// with the others: as many are absent, elsewhere.
///
/// # Panics
/// Slopes of another shape than the inputs'.
pub fn shuffled(
    inputs: ArrayView2<'_, f32>,
    mapping: Option<&Mapping>,
    mut slopes: Array2<f32>,
    rng: &mut impl Rng,
) -> Array2<f32> {
    assert_eq!(inputs.dim(), slopes.dim(), "slopes have the shape of the inputs");
    let free = || inputs.iter().map(|&z| !clipped(mapping, z));
    let mut permuted: Vec<f32> =
        slopes.iter().zip(free()).filter_map(|(&slope, free)| free.then_some(slope)).collect();
    permuted.shuffle(rng);
    let places = slopes.iter_mut().zip(free()).filter_map(|(place, free)| free.then_some(place));
    for (place, slope) in places.zip(permuted) {
        *place = slope;
    }
    slopes
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 1.0, window: (-1.0, 1.0), current_scale: 1.0, gain: 1.0 };

    /// 8 rows of 3 neurons: every fifth input beyond the window, one slope absent.
    fn batch() -> (Array2<f32>, Array2<f32>) {
        let number = |(row, neuron): (usize, usize)| row * 3 + neuron;
        let inputs =
            Array2::from_shape_fn((8, 3), |at| if number(at) % 5 == 0 { 1.5 } else { 0.5 });
        let slopes = Array2::from_shape_fn((8, 3), |at| match number(at) {
            7 => f32::NAN,
            it if it % 5 == 0 => 0.0,
            it => it as f32,
        });
        (inputs, slopes)
    }

    fn sorted(slopes: &Array2<f32>) -> Vec<String> {
        let mut sorted: Vec<_> = slopes.iter().map(|it| format!("{it:05}")).collect();
        sorted.sort();
        sorted
    }

    #[test]
    fn the_same_slopes_come_out_elsewhere_and_clipped_ones_stay() {
        let (inputs, slopes) = batch();
        let mut rng = Shuffle::new(3).next_batch();
        let found = shuffled(inputs.view(), Some(&MAPPING), slopes.clone(), &mut rng);
        assert_eq!(sorted(&found), sorted(&slopes));
        let moved = found.iter().zip(&slopes).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert!(moved > 12, "{moved} of 19 moved");
        for (slope, &z) in found.iter().zip(&inputs) {
            assert_eq!(*slope == 0.0, MAPPING.clips(z));
        }
        assert_eq!(found.iter().filter(|it| it.is_nan()).count(), 1);
    }

    #[test]
    fn every_batch_has_its_own_order_and_the_seed_repeats_them() {
        let orders = |seed| {
            let mut shuffle = Shuffle::new(seed);
            [(); 3].map(|()| {
                let inputs = Array2::zeros((5, 4));
                let slopes =
                    Array2::from_shape_fn((5, 4), |(row, neuron)| (row * 4 + neuron) as f32);
                shuffled(inputs.view(), None, slopes, &mut shuffle.next_batch())
            })
        };
        let one = orders(1);
        assert_eq!(one, orders(1));
        assert_ne!(one, orders(2));
        assert!(one[0] != one[1] && one[1] != one[2]);
    }

    /// Each of 6 slopes is in each of 6 places in a sixth of 6000 batches: χ² of the 36 counts has
    /// 25 degrees of freedom, and exceeds 52.6 once in a thousand.
    #[test]
    fn all_places_are_equally_likely() {
        let mut shuffle = Shuffle::new(11);
        let mut counts = [[0.0_f64; 6]; 6];
        for _ in 0..6000 {
            let slopes = Array2::from_shape_fn((3, 2), |(row, neuron)| (row * 2 + neuron) as f32);
            let inputs = Array2::zeros((3, 2));
            let found = shuffled(inputs.view(), None, slopes, &mut shuffle.next_batch());
            for (place, slope) in found.iter().enumerate() {
                counts[place][*slope as usize] += 1.0;
            }
        }
        let chi: f64 = counts.iter().flatten().map(|it| (it - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi < 52.6, "χ² = {chi}");
    }
}
