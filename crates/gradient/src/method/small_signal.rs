//! A dither of several periods, opposite on the two devices, demodulated by least squares.

use smu::Side;

use super::{Evidence, Method, linear::weighed, terms::Term};
use crate::{Gradient, Point};

/// The share of a column's square that must be left when the others are taken out of it; with less
/// it cannot be told from them.
const DISTINCT: f64 = 0.01;
/// The least that taking drift out may leave of the dither's square: what it costs is noise.
const WORTH: f64 = 0.5;

/// Current and slope at every point: for each device least squares of
/// I = a + b·x + c·x² + e·t, where x is the level as sent less V and t the place of the shot; the
/// slope is the mean of the two b, the current of the two a.
///
/// For a sine, 1, x and x² span the same as mean, fundamental and second harmonic, and are exact for
/// levels that were rounded to codes. Curvature and drift in proportion to time leak into neither
/// slope nor current. Four samples a period have two levels only: there x² is left out, and the
/// current is the mean of the readings. A single period cannot tell drift from slope without much
/// more noise: where the noise would rise by more than √2, t is left out.
pub(super) fn estimate(evidence: Evidence<'_>) -> Vec<Gradient> {
    weighed(Method::SmallSignal, evidence, |point, terms| {
        [Side::Base, Side::Probe].into_iter().for_each(|side| weigh(side, point, terms));
    })
}

/// The weights of one device's readings, for half of the mean of the two.
fn weigh(side: Side, point: &Point, terms: &mut [Term]) {
    let column = |of: fn(&Term, &Point) -> f64| -> Vec<f64> {
        terms.iter().filter(|it| it.side == side).map(|it| of(it, point)).collect()
    };
    let ones = column(|_, _| 1.0);
    let away = column(|it, point| it.level - point.level);
    let squares = column(|it, point| (it.level - point.level).powi(2));
    let middle = point.places().sum::<usize>() as f64 / point.shots.len() as f64;
    let mut time = column(|it, _| it.shot as f64);
    time.iter_mut().for_each(|it| *it -= middle);

    // Two levels have no curvature, however they were rounded.
    let bend = rest(&squares, &orthogonal([&ones, &away]));
    let bends = square(&bend) > DISTINCT * square(&squares);
    let curved = |columns: &[&Vec<f64>]| {
        orthogonal(columns.iter().copied().chain(bends.then_some(&squares)))
    };

    let without_drift = rest(&away, &curved(&[&ones]));
    let with_drift = rest(&away, &curved(&[&ones, &time]));
    let worth = square(&with_drift) >= WORTH * square(&without_drift);
    let (slope, others) = if worth {
        (with_drift, curved(&[&away, &time]))
    } else {
        (without_drift, curved(&[&away]))
    };
    let current = rest(&ones, &others);

    let (of_slope, of_current) = (0.5 / square(&slope), 0.5 / square(&current));
    let own = terms.iter_mut().filter(|it| it.side == side);
    for ((term, slope), current) in own.zip(&slope).zip(&current) {
        (term.slope, term.current) = (slope * of_slope, current * of_current);
    }
}

/// Columns made orthogonal, without those that are nearly a sum of others.
fn orthogonal<'a>(columns: impl IntoIterator<Item = &'a Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis = Vec::with_capacity(3);
    for column in columns {
        let new = rest(column, &basis);
        if square(&new) > DISTINCT * square(column) {
            basis.push(new);
        }
    }
    basis
}

/// A column less its projections on orthogonal columns.
fn rest(column: &[f64], basis: &[Vec<f64>]) -> Vec<f64> {
    let mut rest = column.to_vec();
    for direction in basis {
        let along = rest.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>() / square(direction);
        rest.iter_mut().zip(direction).for_each(|(it, of)| *it -= along * of);
    }
    rest
}

fn square(column: &[f64]) -> f64 {
    column.iter().map(|it| it * it).sum()
}
