//! What the past of the devices does: up against down, and readings in a row.

use std::f64::consts::PI;

use super::{
    algebra::dot,
    covariance,
    table::{Sight, Table},
};
use crate::{Memory, Noise};

/// Standard deviations over noise at which something is believed: surveys of devices without memory
/// by the hundred stay below.
const BELIEVED: f64 = 4.0;
const SEEN: f64 = 6.0;
/// Hundredths of a state that are tried: more cannot be told from drift.
const HUNDREDTHS: usize = 95;

pub(super) fn learn(table: &Table, noise: &Noise) -> Memory {
    let (hysteresis, hysteresis_noise) = hysteresis(table, noise);
    Memory { hysteresis, hysteresis_noise, kept: kept(table, noise) }
}

/// Mean |I_up − I_down| over the range, and what of it noise and walks explain.
fn hysteresis(table: &Table, noise: &Noise) -> (f64, f64) {
    let (means, count) = (table.means(), table.levels.len());
    let range = means.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - means.iter().copied().fold(f64::INFINITY, f64::min);
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
    let shares = table.sights.iter().map(share);
    let mut covariance =
        covariance::walked(table, &means, shares, |earlier, _| noise.common_walk.powi(2) * earlier);
    for one in &table.sights {
        let current = means[one.place];
        let white = noise.private(current).powi(2) / 2.0 + (noise.common * current).powi(2);
        up_less_down[one.place] += share(one) * one.mean();
        covariance[one.place][one.place] += share(one).powi(2) * white;
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

/// What is kept of a state from one reading to the next: readings in a row at one level come to
/// a + b·keptⁿ, with an a and a b of each run and device. The most likely share of all runs; `None`
/// where no creeping is seen.
fn kept(table: &Table, noise: &Noise) -> Option<f64> {
    let runs = table.recalls.iter().filter(|it| it.len() >= 3);
    let series: Vec<Vec<f64>> = runs
        .flat_map(|run| {
            let (base, probe): (Vec<f64>, Vec<f64>) = run.iter().copied().unzip();
            [base, probe]
        })
        .map(|currents| {
            let last = currents[currents.len() - 1];
            let walk = noise.common_walk.hypot(noise.private_walk / 2.0);
            // A walk moves the last of them that much from the first.
            let walked = walk * (currents.len() as f64).sqrt();
            let deviation = noise.private(last).hypot(noise.common.hypot(walked) * last);
            centred(currents.iter().map(|it| it / deviation).collect())
        })
        .collect();
    let explained = |kept: f64| -> f64 { series.iter().map(|it| creeping(it, kept)).sum() };
    let tried = (0..HUNDREDTHS).map(|it| it as f64 / 100.0);
    let (most, kept) = tried.map(|it| (explained(it), it)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    // Noise alone makes one for each series, with a variance of two.
    let count = series.len() as f64;
    (most > count + SEEN * (2.0 * count).sqrt()).then_some(kept)
}

/// How much of the squares of a centred series b·keptⁿ explains.
fn creeping(series: &[f64], kept: f64) -> f64 {
    let creep = centred((0..series.len()).map(|it| kept.powi(it as i32)).collect());
    dot(&creep, series).powi(2) / dot(&creep, &creep)
}

fn centred(mut values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|it| *it -= mean);
    values
}
