//! A measured curve as a law.

use crate::config::{TableQuantity, measured::Measured};

/// A monotone cubic through the measured points (Fritsch and Carlson, SIAM J. Numer. Anal. 17,
/// 1980, with the three-point slopes of Fritsch and Butland): where the points rise, the curve does,
/// and it goes through every point. Beyond the points the current goes on with the last slope.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    volts: Vec<f64>,
    values: Vec<f64>,
    slopes: Vec<f64>,
    conductance: bool,
    factor: f64,
}

impl Table {
    /// `full_scale` is the current at +1 V, where the measured one is not to be taken.
    pub(crate) fn new(measured: &Measured, full_scale: Option<f64>) -> Self {
        let Measured { quantity, volts, values, .. } = measured.clone();
        let slopes = slopes(&volts, &values);
        let conductance = quantity == TableQuantity::Siemens;
        let mut table = Table { volts, values, slopes, conductance, factor: 1.0 };
        let at_one = table.current(1.0);
        if let Some(full_scale) = full_scale.filter(|_| at_one != 0.0) {
            table.factor = full_scale / at_one;
        }
        table
    }

    pub(crate) fn current(&self, volts: f64) -> f64 {
        let (low, high) = (self.volts[0], self.volts[self.volts.len() - 1]);
        let inside = volts.clamp(low, high);
        let (value, slope) = self.interpolated(inside);
        let (amperes, siemens) = if self.conductance {
            (value * inside, value + slope * inside)
        } else {
            (value, slope)
        };
        // No current falls with the voltage beyond what was measured.
        let beyond = if volts == inside { 0.0 } else { siemens.max(0.0) * (volts - inside) };
        self.factor * (amperes + beyond)
    }

    /// Value and slope at a voltage within the points.
    fn interpolated(&self, volts: f64) -> (f64, f64) {
        let above = self.volts.partition_point(|it| *it <= volts).clamp(1, self.volts.len() - 1);
        let at = above - 1;
        let width = self.volts[above] - self.volts[at];
        let t = (volts - self.volts[at]) / width;
        let (y0, y1) = (self.values[at], self.values[above]);
        let (d0, d1) = (self.slopes[at] * width, self.slopes[above] * width);
        if t <= 0.0 {
            return (y0, self.slopes[at]);
        }
        if t >= 1.0 {
            return (y1, self.slopes[above]);
        }
        // Hermite's cubic y0 + d0·t + c·t² + e·t³.
        let c = 3.0 * (y1 - y0) - 2.0 * d0 - d1;
        let e = d0 + d1 - 2.0 * (y1 - y0);
        (y0 + t * (d0 + t * (c + t * e)), (d0 + t * (2.0 * c + 3.0 * t * e)) / width)
    }
}

/// The slope at each point: zero at extremes, else the weighted harmonic mean of its neighbours'.
fn slopes(x: &[f64], y: &[f64]) -> Vec<f64> {
    let widths: Vec<f64> = x.windows(2).map(|it| it[1] - it[0]).collect();
    let secants: Vec<f64> =
        y.windows(2).zip(&widths).map(|(it, width)| (it[1] - it[0]) / width).collect();
    let last = secants.len() - 1;
    let mut slopes = Vec::with_capacity(x.len());
    slopes.push(if last == 0 {
        secants[0]
    } else {
        end(widths[0], widths[1], secants[0], secants[1])
    });
    for at in 1..=last {
        let (before, after) = (secants[at - 1], secants[at]);
        slopes.push(if before * after <= 0.0 {
            0.0
        } else {
            let (a, b) = (2.0 * widths[at] + widths[at - 1], widths[at] + 2.0 * widths[at - 1]);
            (a + b) / (a / before + b / after)
        });
    }
    slopes.push(if last == 0 {
        secants[0]
    } else {
        end(widths[last], widths[last - 1], secants[last], secants[last - 1])
    });
    slopes
}

/// The slope of the parabola through the last three points, kept from overshooting.
fn end(width: f64, next_width: f64, secant: f64, next: f64) -> f64 {
    let slope = ((2.0 * width + next_width) * secant - width * next) / (width + next_width);
    if slope * secant <= 0.0 {
        0.0
    } else if secant * next <= 0.0 && slope.abs() > 3.0 * secant.abs() {
        3.0 * secant
    } else {
        slope
    }
}
