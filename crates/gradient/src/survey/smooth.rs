//! A smooth curve through noisy levels, with its derivatives.
//!
//! The curve is a straight line plus a Gaussian process with the Matérn covariance of order 9/2,
//! whose length and size are those under which the readings are most likely (Rasmussen & Williams,
//! Gaussian Processes for Machine Learning, 2006, eqs. 2.25, 4.14 and 5.8). A five-point stencil's third
//! derivative is noise over the cube of the spacing; here a derivative that the noise hides is small,
//! not large.

use super::algebra::{Cholesky, Square, dot};

/// Lengths and sizes that are tried, each.
const TRIED: usize = 14;
/// Noise that is always assumed, as a share of the range: keeps the matrices positive.
const LEAST: f64 = 3e-6;

#[derive(Clone, Debug)]
pub(super) struct Smooth {
    levels: Vec<f64>,
    weights: Vec<f64>,
    factor: Cholesky,
    /// Of the straight line.
    offset: f64,
    slope: f64,
    process: Process,
}

/// A covariance: A² against V.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pub(crate) variance: f64,
    pub(crate) length: f64,
}

impl Smooth {
    /// Through values at rising levels whose errors have this covariance.
    pub(super) fn of(levels: &[f64], values: &[f64], noise: &Square) -> Smooth {
        let (offset, slope) = line(levels, values, noise);
        let bent: Vec<f64> =
            levels.iter().zip(values).map(|(v, i)| i - offset - slope * v).collect();
        let range = values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            - values.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = bent.iter().fold(0.0, |most: f64, it| most.max(it.abs()));
        let least = (LEAST * range).powi(2).max(f64::MIN_POSITIVE);
        let span = levels[levels.len() - 1] - levels[0];
        let spacing = span / (levels.len() - 1) as f64;
        let share = |it: usize| it as f64 / (TRIED - 1) as f64;
        let candidates = (0..TRIED).flat_map(|length| {
            (0..TRIED).map(move |size| Process {
                length: spacing * (3.0 * span / spacing).powf(share(length)),
                variance: (largest * largest + least) * 10f64.powf(6.0 * share(size) - 3.5),
            })
        });
        let fitted = candidates.filter_map(|process| {
            let mut matrix = process.matrix(levels);
            for (row, (values, noise)) in matrix.iter_mut().zip(noise).enumerate() {
                values.iter_mut().zip(noise).for_each(|(it, noise)| *it += noise);
                values[row] += least;
            }
            let factor = Cholesky::of(&matrix)?;
            let whitened = factor.forward(&bent);
            // Of two lengths that are as likely the longer: noise must earn its curvature.
            let short = 2.0 * (span / process.length).ln();
            let deviance = dot(&whitened, &whitened) + factor.log_determinant() + short;
            Some((deviance, process, factor))
        });
        let best = fitted.min_by(|a, b| a.0.total_cmp(&b.0));
        let (_, process, factor) = best.unwrap_or_else(|| {
            let identity =
                |row: usize| (0..levels.len()).map(|it| f64::from(u8::from(it == row))).collect();
            let identity: Square = (0..levels.len()).map(identity).collect();
            let flat = Process { variance: 0.0, length: span };
            (0.0, flat, Cholesky::of(&identity).expect("the identity is positive"))
        });
        let weights = factor.solve(&bent);
        Smooth { levels: levels.to_vec(), weights, factor, offset, slope, process }
    }

    /// The curve, or its derivative of an order up to four, at a level.
    pub(super) fn at(&self, level: f64, order: usize) -> f64 {
        let straight = match order {
            0 => self.offset + self.slope * level,
            1 => self.slope,
            _ => 0.0,
        };
        let from = |(it, weight): (&f64, &f64)| weight * self.process.derivative(level - it, order);
        straight + self.levels.iter().zip(&self.weights).map(from).sum::<f64>()
    }

    /// The standard uncertainty of the curve at a level; the straight line's is left out.
    pub(super) fn uncertainty(&self, level: f64) -> f64 {
        let seen: Vec<f64> =
            self.levels.iter().map(|it| self.process.derivative(level - it, 0)).collect();
        let seen = self.factor.forward(&seen);
        (self.process.variance - dot(&seen, &seen)).max(0.0).sqrt()
    }
}

impl Process {
    /// The covariances of the curve's values at the levels.
    pub(crate) fn matrix(&self, levels: &[f64]) -> Square {
        let row = |one: &f64| levels.iter().map(|other| self.derivative(one - other, 0)).collect();
        levels.iter().map(row).collect()
    }

    /// The covariance at a distance, differentiated.
    fn derivative(&self, distance: f64, order: usize) -> f64 {
        let rate = 3.0 / self.length;
        let z = rate * distance.abs();
        let mut polynomial = [1.0, 1.0, 3.0 / 7.0, 2.0 / 21.0, 1.0 / 105.0];
        for _ in 0..order {
            let before = polynomial;
            for (power, it) in polynomial.iter_mut().enumerate() {
                let risen = before.get(power + 1).map_or(0.0, |it| (power + 1) as f64 * it);
                *it = risen - before[power];
            }
        }
        let value = polynomial.iter().rev().fold(0.0, |sum, it| sum * z + it);
        let sign = if distance < 0.0 && !order.is_multiple_of(2) { -1.0 } else { 1.0 };
        sign * self.variance * rate.powi(order as i32) * value * (-z).exp()
    }
}

/// Offset and slope of the straight line through values, weighed by their variances.
fn line(levels: &[f64], values: &[f64], noise: &Square) -> (f64, f64) {
    let typical =
        noise.iter().enumerate().map(|(at, it)| it[at]).sum::<f64>() / levels.len() as f64;
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (at, (x, y)) in levels.iter().zip(values).enumerate() {
        let weight = if typical > 0.0 { 1.0 / (1.0 + noise[at][at] / typical) } else { 1.0 };
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    let slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
    ((wy - slope * wx) / w, slope)
}
