//! How much the levels of a survey's curves err, and err together.

use super::{algebra::Square, table::Table};
use crate::Noise;

/// The covariance of the levels' means, A²: white noise, and the walks since the survey's end.
pub(super) fn of_means(table: &Table, noise: &Noise) -> Square {
    covariance(table, noise.common_walk, |current| {
        noise.private(current).powi(2) / 2.0 + (noise.common * current).powi(2)
    })
}

/// The same of the levels' differences.
pub(super) fn of_differences(table: &Table, noise: &Noise) -> Square {
    covariance(table, noise.private_walk, |current| 2.0 * noise.private(current).powi(2))
}

fn covariance(table: &Table, walk: f64, white: impl Fn(f64) -> f64) -> Square {
    let (means, shares) = (table.means(), table.shares());
    let weights = || shares.iter().copied();
    let mut covariance = walked(table, &means, weights(), |_, later| table.shots - later);
    for row in &mut covariance {
        row.iter_mut().for_each(|it| *it *= walk * walk);
    }
    for (sight, share) in table.sights.iter().zip(&shares) {
        covariance[sight.place][sight.place] += share * share * white(means[sight.place]);
    }
    covariance
}

/// Σ wᵢ wⱼ Iᵢ Iⱼ together(tᵢ, tⱼ) over all pairs of sights, by the places of the two. `together` is told the
/// earlier and the later time, and must be linear in the earlier one: then the sights so far need not
/// be visited again for each of the next, of which a long survey has a hundred thousand.
pub(super) fn walked(
    table: &Table,
    means: &[f64],
    weights: impl Iterator<Item = f64>,
    together: impl Fn(f64, f64) -> f64,
) -> Square {
    let count = means.len();
    let mut sums = vec![vec![0.0; count]; count];
    // Of each place, the weights so far, and the same times their times.
    let mut before = vec![(0.0, 0.0); count];
    for (sight, weight) in table.sights.iter().zip(weights) {
        let (place, now) = (sight.place, sight.time);
        let at_zero = together(0.0, now);
        let for_each = together(1.0, now) - at_zero;
        for (other, (sum, moment)) in before.iter().enumerate() {
            let share = weight * (sum * at_zero + moment * for_each);
            sums[place][other] += share;
            sums[other][place] += share;
        }
        sums[place][place] += weight * weight * together(now, now);
        before[place].0 += weight;
        before[place].1 += weight * now;
    }
    for (row, one) in sums.iter_mut().zip(means) {
        row.iter_mut().zip(means).for_each(|(it, other)| *it *= one * other);
    }
    sums
}
