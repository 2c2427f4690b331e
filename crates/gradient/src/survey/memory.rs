//! What the past of the devices does: up against down, and readings in a row.

use std::f64::consts::PI;

use super::table::{Sight, Table};
use crate::{Memory, Noise};

/// Standard deviations over noise at which something is believed.
const BELIEVED: f64 = 2.0;
const SEEN: f64 = 4.0;

pub(super) fn learn(table: &Table, noise: &Noise, range: f64) -> Memory {
    let (hysteresis, hysteresis_noise) = hysteresis(table, noise, range);
    Memory { hysteresis, hysteresis_noise, kept: kept(table, noise) }
}

/// Mean |I_up − I_down| over the range, and what of it noise and walks explain.
fn hysteresis(table: &Table, noise: &Noise, range: f64) -> (f64, f64) {
    let (means, count) = (table.means(), table.levels.len());
    let mut ways = vec![[0.0_f64; 2]; count];
    table.sights.iter().for_each(|it| ways[it.place][usize::from(it.rising)] += 1.0);
    let seen: Vec<usize> = (0..count).filter(|it| ways[*it].iter().all(|it| *it > 0.0)).collect();
    if seen.is_empty() || range <= 0.0 {
        return (0.0, 0.0);
    }
    let share = |it: &Sight| {
        let sign = if it.rising { 1.0 } else { -1.0 };
        sign / ways[it.place][usize::from(it.rising)]
    };
    let mut up_less_down = vec![0.0; count];
    let mut covariance = vec![vec![0.0; count]; count];
    for one in &table.sights {
        let current = means[one.place];
        let white = noise.private(current).powi(2) / 2.0 + (noise.common * current).powi(2);
        up_less_down[one.place] += share(one) * one.mean();
        covariance[one.place][one.place] += share(one).powi(2) * white;
        for other in &table.sights {
            let walked = noise.common_walk.powi(2) * one.time.min(other.time);
            covariance[one.place][other.place] +=
                share(one) * share(other) * walked * current * means[other.place];
        }
    }
    let n = seen.len() as f64;
    let mean = seen.iter().map(|it| up_less_down[*it].abs()).sum::<f64>() / n;
    let deviation = |it: usize| covariance[it][it].sqrt();
    let expected = seen.iter().map(|it| (2.0 / PI).sqrt() * deviation(*it)).sum::<f64>() / n;
    // Of the absolute values of two normal variables: about the square of their correlation.
    let pairs = seen.iter().flat_map(|one| seen.iter().map(move |other| (*one, *other)));
    let together = pairs.map(|(one, other)| {
        let size = deviation(one) * deviation(other);
        if size > 0.0 { covariance[one][other].powi(2) / size } else { 0.0 }
    });
    let scatter = ((1.0 - 2.0 / PI) * together.sum::<f64>()).sqrt() / n;
    (mean / range, (expected + BELIEVED * scatter) / range)
}

/// How much of a difference of two readings in a row is left in the next difference.
fn kept(table: &Table, noise: &Noise) -> Option<f64> {
    let (mut first, mut next, mut count) = (0.0, 0.0, 0.0);
    for run in &table.recalls {
        let devices: [fn(&(f64, f64)) -> f64; 2] = [|it| it.0, |it| it.1];
        for of in devices {
            for three in run.windows(3) {
                let [one, two, three] = [of(&three[0]), of(&three[1]), of(&three[2])];
                let shared = (noise.common * two).hypot(noise.common_walk * two / 2f64.sqrt());
                let variance = noise.private(two).powi(2) + shared.powi(2);
                first += (one - two).powi(2) / variance;
                next += (one - two) * (two - three) / variance;
                count += 1.0;
            }
        }
    }
    // Noise alone makes the first sum 2 and the second −1 for each difference.
    let (over, rest) = (first - 2.0 * count, next + count);
    let believed = count > 0.0 && over > SEEN * (8.0 * count).sqrt();
    believed.then(|| (rest / over).clamp(0.0, 1.0))
}
