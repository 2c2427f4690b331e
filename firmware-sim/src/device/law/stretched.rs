//! A stretched exponential as a state: `e^(−(t/τ)^β)` written as a sum of exponentials.
//!
//! The stretched exponential itself has no state: how it goes on depends on when it began. A sum of
//! positive exponentials has one, is exact for any step, and is within 1 % of it here.

use super::state::MODES;

/// Points in time of the fit.
const GRID: usize = 120;
/// How much more the start, where the sum is 1, weighs than another point.
const START: f64 = 900.0;
/// Rounds of coordinate descent.
const ROUNDS: usize = 4000;

/// Weights, which add up to 1, and rates in units of 1/τ.
pub(crate) fn modes(beta: f64) -> ([f64; MODES], [f64; MODES]) {
    // From well above the local rate of decay at 1 % to that at e^−5.
    let local = |decayed: f64| beta * decayed.powf(1.0 - 1.0 / beta);
    let (fast, slow) = (8.0 * local(0.01), 0.9 * local(5.0));
    let step = (fast / slow).ln() / (MODES - 1) as f64;
    let rates: [f64; MODES] = std::array::from_fn(|mode| slow * (step * mode as f64).exp());
    (weights(beta, &rates), rates)
}

/// Least squares over times from 0.3 % decayed to e^−9, with no weight below zero.
fn weights(beta: f64, rates: &[f64; MODES]) -> [f64; MODES] {
    let mut gram = [[START; MODES]; MODES];
    let mut wanted = [START; MODES];
    for point in 0..GRID {
        let decayed = 0.003 * 3000f64.powf(point as f64 / (GRID - 1) as f64);
        let time = decayed.powf(1.0 / beta);
        let basis = rates.map(|rate| (-rate * time).exp());
        for (a, row) in gram.iter_mut().enumerate() {
            wanted[a] += basis[a] * (-decayed).exp();
            for (b, cell) in row.iter_mut().enumerate() {
                *cell += basis[a] * basis[b];
            }
        }
    }
    let mut weights = [1.0 / MODES as f64; MODES];
    for _ in 0..ROUNDS {
        for mode in 0..MODES {
            let fitted: f64 = gram[mode].iter().zip(weights).map(|(g, w)| g * w).sum();
            weights[mode] = (weights[mode] + (wanted[mode] - fitted) / gram[mode][mode]).max(0.0);
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|it| it / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_stretched_exponential_closely() {
        for beta in [0.5, 0.65, 0.8, 1.0] {
            let (weights, rates) = modes(beta);
            for step in -40..=12 {
                let time = 10f64.powf(f64::from(step) / 8.0);
                let sum: f64 =
                    weights.iter().zip(rates).map(|(w, rate)| w * (-rate * time).exp()).sum();
                let expected = (-time.powf(beta)).exp();
                assert!((sum - expected).abs() < 0.01, "{beta} {time}: {sum} {expected}");
            }
        }
    }
}
