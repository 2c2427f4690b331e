//! The numerical gradient of one sweep, from the five nearest points.

use super::error::{FidelityError, all};

/// Points of the local fit of [`numerical_gradient`].
const FIT: usize = 5;

/// dI/dV of a sweep, S: at each level the slope of the least-squares parabola through the five
/// nearest points (Savitzky-Golay where the levels are equally spaced, and right where they are not;
/// at the ends the outermost five). Truncation error h²·I‴·(3m²+3m−1)/30 with m = 2 inside.
///
/// # Errors
/// Fewer than five points; levels that do not rise or fall strictly; lists of different lengths; a
/// value that is not finite.
pub fn numerical_gradient(levels: &[f64], currents: &[f64]) -> Result<Vec<f64>, FidelityError> {
    smoothed_gradient(levels, currents, FIT)
}

/// As [`numerical_gradient`], from the nearest `points` instead of five (five if it asks fewer): of a
/// sweep with dense levels, where the noise of five neighbours would be most of the slope.
///
/// # Errors
/// As [`numerical_gradient`], with `points` for five.
pub fn smoothed_gradient(
    levels: &[f64],
    currents: &[f64],
    points: usize,
) -> Result<Vec<f64>, FidelityError> {
    let points = points.max(FIT);
    if levels.len() != currents.len() {
        return Err(FidelityError::Lengths { one: levels.len(), other: currents.len() });
    }
    if levels.len() < points {
        return Err(FidelityError::TooFewPoints { least: points, found: levels.len() });
    }
    let finite = levels.iter().zip(currents).map(|it| it.0.is_finite() && it.1.is_finite());
    all(finite)?;
    let rises = levels[1] > levels[0];
    let turned = levels.windows(2).position(|it| it[0] == it[1] || (it[1] > it[0]) != rises);
    if let Some(position) = turned {
        return Err(FidelityError::NotASweep { position: position + 1 });
    }
    let slope = |at: usize| {
        let start = at.saturating_sub(points / 2).min(levels.len() - points);
        let window = start..start + points;
        parabola_slope(&levels[window.clone()], &currents[window], levels[at])
    };
    Ok((0..levels.len()).map(slope).collect())
}

/// The slope at `at` of the least-squares parabola through the points.
fn parabola_slope(levels: &[f64], currents: &[f64], at: f64) -> f64 {
    let scale = (levels[levels.len() - 1] - levels[0]).abs();
    // Sums of powers of x, and of powers of x times y, with x scaled to about one.
    let (mut powers, mut moments) = ([0.0; 5], [0.0; 3]);
    for (level, current) in levels.iter().zip(currents) {
        let x = (level - at) / scale;
        let mut power = 1.0;
        for k in 0..5 {
            powers[k] += power;
            if k < 3 {
                moments[k] += power * current;
            }
            power *= x;
        }
    }
    let [s0, s1, s2, s3, s4] = powers;
    let det = |m: [[f64; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = det([[s0, s1, s2], [s1, s2, s3], [s2, s3, s4]]);
    let slope = det([[s0, moments[0], s2], [s1, moments[1], s3], [s2, moments[2], s4]]);
    slope / whole / scale
}
