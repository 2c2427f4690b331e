//! How sure a sum of weighted readings is.

use smu::Side;

use super::{
    Evidence,
    linear::{Term, share},
};
use crate::{Calibration, Device, Local, Mismatch, Point};

/// What is done about the difference of the two devices.
#[derive(Clone, Copy, Debug)]
pub(super) enum Correction<'a> {
    /// Nothing: it is an error, as large as the survey found it.
    None,
    /// The calibration's mismatch is subtracted.
    Curve(&'a Calibration),
    /// The probe's current is brought to the base's by gain and offset; the weights of the probe are
    /// divided by the gain already.
    Line(&'a Calibration),
}

/// A sum of weighted readings of one point.
pub(super) struct Sum<'a> {
    device: Device,
    terms: &'a [Term],
    correction: Correction<'a>,
    evidence: Evidence<'a>,
    /// Where the point is, V, and the mean device there.
    level: f64,
    local: Local,
    /// Shots of the session before this point.
    shots: u64,
}

/// What one reading has on top of the device that an estimator speaks of, A.
#[derive(Clone, Copy, Default)]
struct Excess {
    /// Subtracted from the sum.
    subtracted: f64,
    /// Known, and left in.
    left: f64,
    /// Standard uncertainty of the two.
    uncertainty: f64,
}

/// What is to be said of a sum.
#[derive(Clone, Copy)]
pub(super) struct Judged {
    /// What a correction takes from it.
    pub(super) subtracted: f64,
    /// Its standard uncertainty.
    pub(super) uncertainty: f64,
}

impl<'a> Sum<'a> {
    pub(super) fn new(
        device: Device,
        point: &Point,
        terms: &'a [Term],
        correction: Correction<'a>,
        evidence: Evidence<'a>,
    ) -> Sum<'a> {
        let local = evidence.knowledge.curve.at(point.level);
        let before = point.shots.first().copied().unwrap_or_default() as u64;
        let shots = evidence.store.shots() + before;
        Sum { device, terms, correction, evidence, level: point.level, local, shots }
    }

    /// What the correction takes from the sums of these weights, and the standard uncertainty of each:
    /// noise of the readings, what both readings of a shot have in common, what the gains walk between
    /// the shots, and what is left of truncation and mismatch.
    pub(super) fn judge<const N: usize>(&self, weights: [fn(&Term) -> f64; N]) -> [Judged; N] {
        let noise = &self.evidence.knowledge.noise;
        let (second, third) = (self.local.second / 2.0, self.local.third / 6.0);
        let (mut variance, mut bias) = ([0.0; N], [0.0; N]);
        let (mut of_bias, mut subtracted) = ([0.0; N], [0.0; N]);
        for term in self.terms {
            let (private, excess) = (noise.private(self.current(term)), self.excess(term));
            let away = term.level - self.level;
            let left = second * away.powi(2) + third * away.powi(3) + excess.left;
            for (place, weight) in weights.iter().enumerate() {
                let weight = weight(term);
                variance[place] += (weight * private).powi(2);
                bias[place] += weight * left;
                subtracted[place] += weight * excess.subtracted;
                // Neighbouring levels err together.
                of_bias[place] += weight * excess.uncertainty;
            }
        }
        std::array::from_fn(|it| {
            let variance = variance[it] + self.of_shots(weights[it]) + of_bias[it].powi(2);
            let uncertainty = covering(bias[it], variance.sqrt());
            Judged { subtracted: subtracted[it], uncertainty }
        })
    }

    /// The variance of what changes from shot to shot, in the order of the shots: the factor that both
    /// readings of a shot have in common, and the walks of the gains around their mean over the point.
    fn of_shots(&self, weight: fn(&Term) -> f64) -> f64 {
        let noise = &self.evidence.knowledge.noise;
        let weighed = |term: &Term| weight(term) * self.current(term);
        // What a change of both gains, and of one against the other, does to each shot.
        let shots = || {
            self.terms.chunk_by(|one, next| one.shot == next.shot).map(|terms| {
                let of = |side| terms.iter().filter(|it| it.side == side).map(weighed).sum::<f64>();
                let (base, probe): (f64, f64) = (of(Side::Base), of(Side::Probe));
                (terms[0].shot, base + probe, (probe - base) / 2.0)
            })
        };
        let (mut count, mut both, mut between, mut variance) = (0.0, 0.0, 0.0, 0.0);
        for (_, common, private) in shots() {
            (count, both, between) = (count + 1.0, both + common, between + private);
            variance += (noise.common * common).powi(2);
        }
        if count < 2.0 || (noise.common_walk == 0.0 && noise.private_walk == 0.0) {
            return variance;
        }
        let (mut before, mut common_sum, mut private_sum) = (0.0, 0.0, 0.0);
        let mut last: Option<usize> = None;
        for (shot, common, private) in shots() {
            if let Some(last) = last {
                let steps = shot.abs_diff(last) as f64;
                let share = before / count;
                let common = noise.common_walk * (share * both - common_sum);
                let private = noise.private_walk * (share * between - private_sum);
                variance += steps * (common * common + private * private);
            }
            (before, common_sum, private_sum) =
                (before + 1.0, common_sum + common, private_sum + private);
            last = Some(shot);
        }
        variance
    }

    /// The mean device's current at a reading's level, nearly.
    fn current(&self, term: &Term) -> f64 {
        self.local.current + self.local.slope * (term.level - self.level)
    }

    fn excess(&self, term: &Term) -> Excess {
        let share = share(self.device, term.side);
        if share == 0.0 {
            return Excess::default();
        }
        match self.correction {
            Correction::None => {
                let mismatch = &self.evidence.knowledge.mismatch;
                let (difference, uncertainty) = mismatch.at(term.level);
                let uncertainty = share * self.aged(mismatch, uncertainty, term);
                Excess { subtracted: 0.0, left: share * difference, uncertainty }
            }
            Correction::Curve(Calibration { mismatch, .. }) => {
                let (difference, uncertainty) = mismatch.smooth(term.level);
                let uncertainty = share * self.aged(mismatch, uncertainty, term);
                Excess { subtracted: share * difference, left: 0.0, uncertainty }
            }
            Correction::Line(Calibration { mismatch, gain, offset }) => {
                let (difference, uncertainty) = mismatch.smooth(term.level);
                let base = self.evidence.knowledge.curve.at(term.level).current - difference / 2.0;
                Excess {
                    subtracted: *offset,
                    left: difference - ((gain - 1.0) * base + offset),
                    uncertainty: self.aged(mismatch, uncertainty, term),
                }
            }
        }
    }

    /// The uncertainty of a mismatch that was measured some shots ago: the gains have walked since.
    fn aged(&self, mismatch: &Mismatch, uncertainty: f64, term: &Term) -> f64 {
        let age = self.shots.saturating_sub(mismatch.made_at) as f64;
        uncertainty
            .hypot(self.evidence.knowledge.noise.private_walk * age.sqrt() * self.current(term))
    }
}

/// Half the width of an interval around zero that holds as much of N(bias, sd²), 68.27 %, as ±sd holds
/// of N(0, sd²). For a small bias it is √(bias² + sd²), for a large one |bias| + 0.4752 sd: a sum in
/// squares would then hold no more than one half.
pub(super) fn covering(bias: f64, sd: f64) -> f64 {
    // What is missing from the sum in squares, in sd², at ratios bias/sd in steps of a quarter.
    // From Φ(u − r) − Φ(−u − r) = 0.6827, solved for u; beyond the table the second term is nothing.
    const STEP: f64 = 0.25;
    const MISSING: [f64; 9] =
        [0.0000, 0.0013, 0.0195, 0.0883, 0.2293, 0.4279, 0.6544, 0.8896, 1.1268];
    let squares = bias * bias + sd * sd;
    let place = bias.abs() / (STEP * sd);
    if !place.is_finite() {
        return squares.sqrt();
    }
    let below = place as usize;
    if below + 1 >= MISSING.len() {
        return bias.abs() + 0.4752 * sd;
    }
    let missing = MISSING[below] + (place - below as f64) * (MISSING[below + 1] - MISSING[below]);
    (squares + missing * sd * sd).sqrt()
}

#[cfg(test)]
mod tests {
    use super::covering;

    /// The share of N(bias, 1) within ±width, by summing the density.
    fn share(bias: f64, width: f64) -> f64 {
        let (steps, density) =
            (20_000, |it: f64| (-0.5 * it * it).exp() / std::f64::consts::TAU.sqrt());
        let step = 2.0 * width / f64::from(steps);
        (0..steps).map(|it| density((f64::from(it) + 0.5) * step - width - bias) * step).sum()
    }

    #[test]
    fn the_interval_holds_as_much_whatever_the_bias() {
        for bias in (0..=60).map(|it| f64::from(it) / 10.0) {
            let held = share(bias, covering(-bias, 1.0));
            assert!((held - 0.6827).abs() < 3e-3, "bias {bias}: {held}");
        }
    }

    #[test]
    fn without_noise_it_reaches_as_far_as_the_bias() {
        assert!((covering(-2.0, 0.0) - 2.0).abs() < f64::EPSILON);
        assert!(covering(0.0, 0.0).abs() < f64::EPSILON);
        assert!((covering(0.0, 3.0) - 3.0).abs() < f64::EPSILON);
    }
}
