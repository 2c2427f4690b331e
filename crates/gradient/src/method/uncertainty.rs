//! How sure a sum of weighted readings is.

use super::{Evidence, covering::covering, linear::share, terms::Term};
use crate::{
    Calibration, Device, Knowledge, Mismatch, Point, calibration::SmoothPiece, knowledge::Piece,
};

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

/// What judges sums of weighted readings, one point after the other.
pub(super) struct Judge<'a> {
    device: Device,
    correction: Correction<'a>,
    evidence: Evidence<'a>,
    /// The curve around the last point.
    at: Piece<4>,
    /// What is known around each of its readings.
    around: Vec<Around>,
    shots: Vec<OfShot>,
}

/// The pieces of what is known that the last reading of its place was on.
#[derive(Clone, Copy)]
struct Around {
    mismatch: Piece<2>,
    calibrated: SmoothPiece,
    curve: Piece<4>,
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

/// Sums over the readings of a point with the weights of current or slope.
#[derive(Clone, Copy, Default)]
struct Sums {
    variance: f64,
    bias: f64,
    subtracted: f64,
    /// Neighbouring levels err together.
    of_bias: f64,
}

/// What a change of both gains, and of one against the other, does to the sums by way of one shot:
/// to current and slope.
#[derive(Clone, Copy)]
struct OfShot {
    shot: usize,
    common: [f64; 2],
    private: [f64; 2],
}

/// What is to be said of a sum.
#[derive(Clone, Copy)]
pub(super) struct Judged {
    /// What a correction takes from it.
    pub(super) subtracted: f64,
    /// Its standard uncertainty.
    pub(super) uncertainty: f64,
}

impl Around {
    const NONE: Around =
        Around { mismatch: Piece::NONE, calibrated: SmoothPiece::NONE, curve: Piece::NONE };
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        device: Device,
        correction: Correction<'a>,
        evidence: Evidence<'a>,
    ) -> Judge<'a> {
        let (around, shots) = (Vec::new(), Vec::new());
        Judge { device, correction, evidence, at: Piece::NONE, around, shots }
    }

    pub(super) fn evidence(&self) -> Evidence<'a> {
        self.evidence
    }

    /// What the correction takes from a point's current and slope, and the standard uncertainty of
    /// each: noise of the readings, what both readings of a shot have in common, what the gains walk
    /// between the shots, and what is left of truncation and mismatch.
    pub(super) fn judge(&mut self, point: &Point, terms: &[Term]) -> [Judged; 2] {
        let Knowledge { noise, curve, .. } = self.evidence.knowledge;
        let local = curve.near(point.level, &mut self.at);
        let (second, third) = (local.second / 2.0, local.third / 6.0);
        let walked = self.walked(point);
        if self.around.len() < terms.len() {
            self.around.resize(terms.len(), Around::NONE);
        }
        self.shots.clear();
        let mut sums = [Sums::default(); 2];
        for (place, term) in terms.iter().enumerate() {
            let away = term.level - point.level;
            // The mean device's current at the reading's level, nearly.
            let current = local.current + local.slope * away;
            let private = noise.private_variance(current);
            let excess = self.excess(place, term, walked * current * current);
            let left = (second + third * away) * away * away + excess.left;
            let weights = [term.current, term.slope];
            for (sums, weight) in sums.iter_mut().zip(weights) {
                sums.variance += weight * weight * private;
                sums.bias += weight * left;
                sums.subtracted += weight * excess.subtracted;
                sums.of_bias += weight * excess.uncertainty;
            }
            self.add_to_shot(term, weights.map(|it| it * current));
        }
        let of_shots = self.of_shots();
        std::array::from_fn(|it| {
            let Sums { variance, bias, subtracted, of_bias } = sums[it];
            let variance = variance + of_shots[it] + of_bias * of_bias;
            Judged { subtracted, uncertainty: covering(bias, variance.sqrt()) }
        })
    }

    fn add_to_shot(&mut self, term: &Term, weighed: [f64; 2]) {
        if self.shots.last().is_none_or(|it| it.shot != term.shot) {
            self.shots.push(OfShot { shot: term.shot, common: [0.0; 2], private: [0.0; 2] });
        }
        let Some(of_shot) = self.shots.last_mut() else { return };
        let half = share(Device::Mean, term.side);
        for (at, weighed) in weighed.into_iter().enumerate() {
            of_shot.common[at] += weighed;
            of_shot.private[at] += half * weighed;
        }
    }

    /// The variances of what changes from shot to shot, in the order of the shots: the factor that both
    /// readings of a shot have in common, and the walks of the gains around their mean over the point.
    fn of_shots(&self) -> [f64; 2] {
        let noise = &self.evidence.knowledge.noise;
        let (mut variance, mut both, mut between) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for of_shot in &self.shots {
            for at in 0..2 {
                both[at] += of_shot.common[at];
                between[at] += of_shot.private[at];
                variance[at] += (noise.common * of_shot.common[at]).powi(2);
            }
        }
        if self.shots.len() < 2 || (noise.common_walk == 0.0 && noise.private_walk == 0.0) {
            return variance;
        }
        let (mut common_sum, mut private_sum) = ([0.0; 2], [0.0; 2]);
        for (before, shots) in self.shots.windows(2).enumerate() {
            let steps = shots[1].shot.abs_diff(shots[0].shot) as f64;
            let share = (before + 1) as f64 / self.shots.len() as f64;
            for at in 0..2 {
                common_sum[at] += shots[0].common[at];
                private_sum[at] += shots[0].private[at];
                let common = noise.common_walk * (share * both[at] - common_sum[at]);
                let private = noise.private_walk * (share * between[at] - private_sum[at]);
                variance[at] += steps * (common * common + private * private);
            }
        }
        variance
    }

    /// What is known of the mismatch.
    fn mismatch(&self) -> &'a Mismatch {
        match self.correction {
            Correction::None => &self.evidence.knowledge.mismatch,
            Correction::Curve(it) | Correction::Line(it) => &it.mismatch,
        }
    }

    /// The variance of what the gains have walked against each other since the mismatch was measured.
    fn walked(&self, point: &Point) -> f64 {
        let before = point.shots.first().copied().unwrap_or_default() as u64;
        let shots = self.evidence.store.shots() + before;
        let age = shots.saturating_sub(self.mismatch().made_at) as f64;
        self.evidence.knowledge.noise.private_walk.powi(2) * age
    }

    /// Of the reading at this place of a point. `walked` is the variance of the mismatch since it was
    /// measured, A².
    fn excess(&mut self, place: usize, term: &Term, walked: f64) -> Excess {
        let share = share(self.device, term.side);
        if share == 0.0 {
            return Excess::default();
        }
        let aged = |uncertainty: f64| (uncertainty * uncertainty + walked).sqrt();
        let around = &mut self.around[place];
        match self.correction {
            Correction::None => {
                let mismatch = &self.evidence.knowledge.mismatch;
                let (difference, uncertainty) = mismatch.near(term.level, &mut around.mismatch);
                let (left, uncertainty) = (share * difference, share * aged(uncertainty));
                Excess { subtracted: 0.0, left, uncertainty }
            }
            Correction::Curve(Calibration { mismatch, .. }) => {
                let (difference, uncertainty) = mismatch.smooth(term.level, &mut around.calibrated);
                let (subtracted, uncertainty) = (share * difference, share * aged(uncertainty));
                Excess { subtracted, left: 0.0, uncertainty }
            }
            Correction::Line(Calibration { mismatch, gain, offset }) => {
                let (difference, uncertainty) = mismatch.smooth(term.level, &mut around.calibrated);
                let curve = &self.evidence.knowledge.curve;
                let base = curve.near(term.level, &mut around.curve).current - difference / 2.0;
                Excess {
                    subtracted: *offset,
                    left: difference - ((gain - 1.0) * base + offset),
                    uncertainty: aged(uncertainty),
                }
            }
        }
    }
}
