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
    let mut covariance = vec![vec![0.0; means.len()]; means.len()];
    for (one, share) in table.sights.iter().zip(&shares) {
        let current = means[one.place];
        covariance[one.place][one.place] += share * share * white(current);
        for (other, its) in table.sights.iter().zip(&shares) {
            let together = table.shots - one.time.max(other.time);
            covariance[one.place][other.place] +=
                share * its * walk * walk * together * current * means[other.place];
        }
    }
    covariance
}
