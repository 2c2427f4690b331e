//! What two devices differ by, read off their mismatch.
//!
//! m = I_probe − I_base is fitted as offset + g·I + s·V·I′ − ΔR·I·I′ with the mean device's I: to first
//! order what a gain, an offset, a voltage scale and a series resistance do to a current. Gain and
//! voltage scale are those at the survey's end: until then the gain may have walked.

use serde::Serialize;

use super::{differs, parts::parts};
use crate::{
    Curve, Uncertain,
    expect::Pretend,
    survey::{Study, dot},
};

/// A part is told from the others if what they leave of it is at least this share of it.
const TOLD: f64 = 0.03;

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

/// How well some columns explain the smooth mismatch.
struct Explained {
    columns: usize,
    /// Root mean square, A.
    left: f64,
    /// The least share of a column that the others leave.
    told: f64,
}

impl Unlike {
    /// Of a survey.
    pub fn of(study: &Study) -> Unlike {
        let (knowledge, read) = (&study.knowledge, &study.differences);
        let curve = &knowledge.curve;
        let pair = Pretend::new(knowledge);
        let slopes =
            read.levels.iter().map(|it| (pair.difference(*it).1.powi(2), pair.mean(*it).1.powi(2)));
        let (apart, mean) = slopes.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let columns = columns(curve, &read.levels);
        let smooth: Vec<f64> = read.levels.iter().map(|it| pair.difference(*it).0).collect();
        // The most parts that can be told apart; offset and gain always.
        let mut explained = (2..=columns.len()).rev().map(|it| explained(&columns[..it], &smooth));
        let explained = explained
            .find(|it| it.told > TOLD || it.columns == 2)
            .unwrap_or(Explained { columns: 2, left: 0.0, told: 0.0 });
        let unknown = Uncertain { value: 0.0, uncertainty: f64::INFINITY };
        let parts =
            parts(&columns[..explained.columns], &read.levels, &read.values, &read.covariance)
                .unwrap_or_else(|| vec![unknown; explained.columns]);
        let part = |at: usize| parts.get(at).copied();
        let gain = ratio(parts[1]);
        let square = dot(&smooth, &smooth) / smooth.len() as f64;
        Unlike {
            gain,
            offset_amperes: parts[0],
            voltage_scale: part(2).map(ratio),
            series_resistance_ohms: part(3),
            slope_difference_share: (apart / mean).sqrt(),
            mismatch_over_range: square.sqrt() / curve.range(),
            unexplained_over_range: explained.left / curve.range(),
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
fn columns(curve: &Curve, levels: &[f64]) -> Vec<Vec<f64>> {
    let of = |part: fn(f64, f64, f64) -> f64| {
        let at = |level: &f64| {
            let local = curve.at(*level);
            part(*level, local.current, local.slope)
        };
        levels.iter().map(at).collect()
    };
    vec![of(|_, _, _| 1.0), of(|_, i, _| i), of(|v, _, g| v * g), of(|_, i, g| -i * g)]
}

/// What the columns leave of the values, and of each other.
fn explained(columns: &[Vec<f64>], values: &[f64]) -> Explained {
    let mut told = f64::INFINITY;
    for own in 0..columns.len() {
        let others: Vec<&Vec<f64>> =
            columns.iter().enumerate().filter(|it| it.0 != own).map(|it| it.1).collect();
        let left = without(&columns[own], &orthogonal(&others));
        told = told.min((dot(&left, &left) / dot(&columns[own], &columns[own])).sqrt());
    }
    let left = without(values, &orthogonal(&columns.iter().collect::<Vec<_>>()));
    let free = (values.len() - columns.len()).max(1) as f64;
    Explained { columns: columns.len(), left: (dot(&left, &left) / free).sqrt(), told }
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
