//! What two devices differ by, read off their mismatch.
//!
//! m = I_probe − I_base is fitted as offset + g·I + s·V·I′ − ΔR·I·I′ with the mean device's I: to first
//! order what a gain, an offset, a voltage scale and a series resistance do to a current.

use serde::Serialize;

use super::differs;
use crate::{Curve, Knowledge, Uncertain, expect::Pretend};

/// A part is told from the others if what they leave of it is at least this share of it.
const TOLD: f64 = 0.03;
/// Of the finer grid of a curve, every so many levels has been measured by itself.
const FINER: usize = 4;

/// The probe against the base.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unlike {
    /// I_probe ≈ gain · I_base: what the current itself is multiplied by.
    pub gain: Uncertain,
    /// What is added to it, A.
    pub offset_amperes: Uncertain,
    /// What the voltage is multiplied by; `None` where the curve does not tell it from a gain.
    pub voltage_scale: Option<Uncertain>,
    /// What is added in series, Ω; `None` where the curve does not tell it.
    pub series_resistance_ohms: Option<Uncertain>,
    /// Root mean square difference of the two slopes over that of the mean slope.
    pub slope_difference_share: f64,
    /// Root mean square mismatch over the current's range.
    pub mismatch_over_range: f64,
    /// The same of what gain, offset, voltage scale and series resistance do not explain.
    pub unexplained_over_range: f64,
    /// Whether a gain of one is excluded, by three uncertainties.
    pub gain_differs: bool,
}

/// A fit of some of the columns.
struct Fit {
    parts: Vec<Uncertain>,
    /// Root mean square, A.
    left: f64,
    /// The least share of a column that the others leave.
    told: f64,
}

impl Unlike {
    /// Of a survey.
    pub fn of(knowledge: &Knowledge) -> Unlike {
        let Knowledge { curve, mismatch, .. } = knowledge;
        let places: Vec<usize> = (0..mismatch.levels.len()).step_by(FINER).collect();
        let pair = Pretend::new(knowledge);
        let slopes = places.iter().map(|it| {
            let level = mismatch.levels[*it];
            (pair.difference(level).1.powi(2), pair.mean(level).1.powi(2))
        });
        let (apart, mean) = slopes.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let columns = columns(curve, &mismatch.levels, &places);
        let values: Vec<f64> = places.iter().map(|it| mismatch.differences[*it]).collect();
        let errors: Vec<f64> = places.iter().map(|it| mismatch.uncertainties[*it]).collect();
        // The most parts that can be told apart; offset and gain always.
        let fits = (2..=columns.len()).rev().map(|count| fit(&columns[..count], &values, &errors));
        let mut fits: Vec<Fit> = fits.collect();
        let place = fits.iter().position(|it| it.told > TOLD).unwrap_or(fits.len() - 1);
        let fit = fits.swap_remove(place);
        let part = |at: usize| fit.parts.get(at).copied();
        let gain = ratio(fit.parts[1]);
        let square = values.iter().map(|it| it * it).sum::<f64>() / values.len() as f64;
        Unlike {
            gain,
            offset_amperes: fit.parts[0],
            voltage_scale: part(2).map(ratio),
            series_resistance_ohms: part(3),
            slope_difference_share: (apart / mean).sqrt(),
            mismatch_over_range: square.sqrt() / curve.range(),
            unexplained_over_range: fit.left / curve.range(),
            gain_differs: differs(gain, 1.0),
        }
    }
}

/// Probe over base, of what the two have half of on either side of their mean.
fn ratio(apart: Uncertain) -> Uncertain {
    let half = apart.value / 2.0;
    Uncertain {
        value: (1.0 + half) / (1.0 - half),
        uncertainty: apart.uncertainty / (1.0 - half).powi(2),
    }
}

/// Offset, gain, voltage scale, series resistance: what one unit of each does at the levels.
fn columns(curve: &Curve, levels: &[f64], places: &[usize]) -> Vec<Vec<f64>> {
    let of = |part: fn(f64, f64, f64) -> f64| {
        let at = |place: &usize| {
            let (level, local) = (levels[*place], curve.at(levels[*place]));
            part(level, local.current, local.slope)
        };
        places.iter().map(at).collect()
    };
    vec![of(|_, _, _| 1.0), of(|_, i, _| i), of(|v, _, g| v * g), of(|_, i, g| -i * g)]
}

/// Weighted least squares by Gram and Schmidt, twice: each part from what the others leave of its
/// column.
fn fit(columns: &[Vec<f64>], values: &[f64], errors: &[f64]) -> Fit {
    let typical = errors.iter().map(|it| it * it).sum::<f64>() / errors.len() as f64;
    let weight = |at: usize| (typical / (errors[at] * errors[at]).max(1e-6 * typical)).sqrt();
    let weigh = |column: &[f64]| -> Vec<f64> {
        column
            .iter()
            .enumerate()
            .map(|(at, it)| it * if typical > 0.0 { weight(at) } else { 1.0 })
            .collect()
    };
    let columns: Vec<Vec<f64>> = columns.iter().map(|it| weigh(it)).collect();
    let values = weigh(values);
    let (mut parts, mut told) = (Vec::new(), f64::INFINITY);
    for own in 0..columns.len() {
        let others: Vec<&Vec<f64>> =
            columns.iter().enumerate().filter(|it| it.0 != own).map(|it| it.1).collect();
        let left = without(&columns[own], &orthogonal(&others));
        let square = dot(&left, &left);
        told = told.min((square / dot(&columns[own], &columns[own])).sqrt());
        parts.push(Uncertain {
            value: dot(&left, &values) / square,
            uncertainty: (typical / square).sqrt(),
        });
    }
    let left = without(&values, &orthogonal(&columns.iter().collect::<Vec<_>>()));
    let free = (values.len() - columns.len()).max(1) as f64;
    let left = (dot(&left, &left) / free).sqrt();
    // What the parts do not explain is an error of theirs too.
    let worse = if typical > 0.0 { (left / typical.sqrt()).max(1.0) } else { 1.0 };
    parts.iter_mut().for_each(|it| it.uncertainty *= worse);
    Fit { parts, left, told }
}

fn orthogonal(columns: &[&Vec<f64>]) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        let left = without(&without(column, &basis), &basis);
        let size = dot(&left, &left).sqrt();
        if size > 0.0 {
            basis.push(left.iter().map(|it| it / size).collect());
        }
    }
    basis
}

fn without(column: &[f64], basis: &[Vec<f64>]) -> Vec<f64> {
    let mut left = column.to_vec();
    for direction in basis {
        let along = dot(&left, direction);
        left.iter_mut().zip(direction).for_each(|(it, of)| *it -= along * of);
    }
    left
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
