//! Parts of a mismatch by generalised least squares, beside a bend that no part explains.
//!
//! The errors of the levels are correlated: a gain that walks moves all of them. What the parts do not
//! explain is a smooth curve of unknown size and length, a Gaussian process as in the survey's smooth
//! curves. Every size and length counts as much as the restricted likelihood of the readings is large
//! with it (Patterson & Thompson, Biometrika 58, 545, 1971; Rasmussen & Williams, 2006, eq. 2.45).

use crate::{
    Uncertain,
    survey::{Cholesky, Process, Square, dot},
};

/// Lengths and sizes that are tried, each.
const TRIED: usize = 8;
/// The largest size, in root mean squares of the values, and how many decades of it are tried.
const LARGEST: f64 = 1.0;
const DECADES: f64 = 4.0;
/// The longest length, as a share of the levels' span: a longer bend looks like a part.
const LONGEST: f64 = 0.35;

/// What one process makes of the parts.
struct Fit {
    /// −2 log restricted likelihood.
    deviance: f64,
    parts: Vec<Uncertain>,
}

/// How much of each column the values have, with standard uncertainties. `None` where the columns are
/// not independent.
pub(super) fn parts(
    columns: &[Vec<f64>],
    levels: &[f64],
    values: &[f64],
    covariance: &Square,
) -> Option<Vec<Uncertain>> {
    let n = levels.len();
    let size = (dot(values, values) / n as f64).sqrt();
    let least = (1e-9 * size).powi(2).max(f64::MIN_POSITIVE);
    let span = levels[n - 1] - levels[0];
    let shortest = 2.0 * span / (n - 1) as f64;
    let share = |it: usize| it as f64 / (TRIED - 1) as f64;
    let longest = (LONGEST * span).max(shortest);
    let processes = (0..TRIED).flat_map(|length| {
        (0..TRIED).map(move |decades| Process {
            length: shortest * (longest / shortest).powf(share(length)),
            variance: (LARGEST * size * 10f64.powf(-DECADES * share(decades))).powi(2),
        })
    });
    let fits = processes.filter_map(|process| {
        let mut matrix = process.matrix(levels);
        for (row, (values, error)) in matrix.iter_mut().zip(covariance).enumerate() {
            values.iter_mut().zip(error).for_each(|(it, error)| *it += error);
            values[row] += least;
        }
        fit(columns, values, &Cholesky::of(&matrix)?)
    });
    let fits: Vec<Fit> = fits.collect();
    let best = fits.iter().map(|it| it.deviance).fold(f64::INFINITY, f64::min);
    let weight = |it: &Fit| (-0.5 * (it.deviance - best)).exp();
    let all: f64 = fits.iter().map(weight).sum();
    let average =
        |of: &dyn Fn(&Fit) -> f64| fits.iter().map(|it| weight(it) * of(it)).sum::<f64>() / all;
    let of_part = |part: usize| {
        let value = average(&|it| it.parts[part].value);
        let own = average(&|it| it.parts[part].uncertainty.powi(2));
        let among = average(&|it| (it.parts[part].value - value).powi(2));
        Uncertain { value, uncertainty: (own + among).sqrt() }
    };
    (!fits.is_empty()).then(|| (0..columns.len()).map(of_part).collect())
}

fn fit(columns: &[Vec<f64>], values: &[f64], errors: &Cholesky) -> Option<Fit> {
    let whitened: Vec<Vec<f64>> = columns.iter().map(|it| errors.forward(it)).collect();
    let values = errors.forward(values);
    // Columns of one size: amperes, siemens and their like are many decades apart.
    let sizes: Vec<f64> = whitened.iter().map(|it| dot(it, it).sqrt()).collect();
    let scaled = |one: usize, other: usize| {
        dot(&whitened[one], &whitened[other]) / (sizes[one] * sizes[other])
    };
    let count = columns.len();
    let normal: Square =
        (0..count).map(|one| (0..count).map(|other| scaled(one, other)).collect()).collect();
    let normal = Cholesky::of(&normal)?;
    let right: Vec<f64> =
        whitened.iter().zip(&sizes).map(|(it, size)| dot(it, &values) / size).collect();
    let found = normal.solve(&right);
    let part = |at: usize| {
        let unit: Vec<f64> = (0..count).map(|it| f64::from(u8::from(it == at))).collect();
        let half = normal.forward(&unit);
        Uncertain {
            value: found[at] / sizes[at],
            uncertainty: dot(&half, &half).sqrt() / sizes[at],
        }
    };
    let of_sizes: f64 = sizes.iter().map(|it| 2.0 * it.ln()).sum();
    let deviance =
        errors.log_determinant() + normal.log_determinant() + of_sizes + dot(&values, &values)
            - dot(&right, &found);
    Some(Fit { deviance, parts: (0..count).map(part).collect() })
}
