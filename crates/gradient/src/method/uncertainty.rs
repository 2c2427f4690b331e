//! How sure a sum of weighted readings is.

use std::ops::Range;

use super::{
    Evidence,
    covering::covering,
    linear::share,
    run::{Each, MOST, Run},
    terms::Term,
};
use crate::{Calibration, Device, Knowledge, Mismatch, calibration::SmoothPiece, knowledge::Piece};

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

/// What judges sums of weighted readings, one run of points after the other.
pub(super) struct Judge<'a> {
    device: Device,
    correction: Correction<'a>,
    evidence: Evidence<'a>,
    /// The curve around the last point.
    at: Piece<4>,
    /// What is known around each of its readings.
    around: Vec<Around>,
    shots: Vec<OfShot>,
    near: Near,
    excess: Excess,
    judged: [Judged; 2],
}

/// The pieces of what is known that the last reading of its place was on.
#[derive(Clone, Copy)]
struct Around {
    mismatch: Piece<2>,
    calibrated: SmoothPiece,
    curve: Piece<4>,
}

/// What is known of the mean device at the points of a run.
#[derive(Clone, Copy)]
struct Near {
    current: Each,
    slope: Each,
    /// Half of the second derivative, and a sixth of the third.
    second: Each,
    third: Each,
    /// The variance of what the gains have walked against each other since the mismatch was measured.
    walked: Each,
}

/// What one reading of each point has on top of the device that an estimator speaks of, A.
#[derive(Clone, Copy)]
struct Excess {
    /// Subtracted from the sum.
    subtracted: Each,
    /// Known, and left in.
    left: Each,
    /// Standard uncertainty of the two.
    uncertainty: Each,
}

/// Sums over the readings of each point with the weights of current or slope.
#[derive(Clone, Copy)]
struct Sums {
    variance: Each,
    bias: Each,
    /// Neighbouring levels err together.
    of_bias: Each,
}

/// What a change of both gains, and of one against the other, does to the sums of each point by way of
/// one shot: to current and slope.
#[derive(Clone, Copy)]
struct OfShot {
    /// Shots after the point's first.
    after: usize,
    common: [Each; 2],
    private: [Each; 2],
}

/// What is to be said of a sum, for each point.
#[derive(Clone, Copy)]
pub(super) struct Judged {
    /// What a correction takes from it.
    pub(super) subtracted: Each,
    /// Its standard uncertainty.
    pub(super) uncertainty: Each,
}

const NOTHING: Each = [0.0; MOST];

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
        let [current, slope, second, third, walked] = [NOTHING; 5];
        Judge {
            device,
            correction,
            evidence,
            at: Piece::NONE,
            around: Vec::new(),
            shots: Vec::new(),
            near: Near { current, slope, second, third, walked },
            excess: Excess { subtracted: NOTHING, left: NOTHING, uncertainty: NOTHING },
            judged: [Judged { subtracted: NOTHING, uncertainty: NOTHING }; 2],
        }
    }

    pub(super) fn evidence(&self) -> Evidence<'a> {
        self.evidence
    }

    /// What the correction takes from the current and the slope of points of a run, and the standard
    /// uncertainty of each: noise of the readings, what both readings of a shot have in common, what
    /// the gains walk between the shots, and what is left of truncation and mismatch.
    pub(super) fn judge(&mut self, run: Run<'_>, over: Range<usize>) -> [&Judged; 2] {
        let noise = &self.evidence.knowledge.noise;
        self.look(run, over.clone());
        if self.around.len() < run.terms.len() {
            self.around.resize(run.terms.len(), Around::NONE);
        }
        self.shots.clear();
        let mut sums = [Sums { variance: NOTHING, bias: NOTHING, of_bias: NOTHING }; 2];
        self.judged.iter_mut().for_each(|it| it.subtracted = NOTHING);
        let mut currents = NOTHING;
        for (place, term) in run.terms.iter().enumerate() {
            let levels = &run.levels[place];
            for it in over.clone() {
                // The mean device's current at the reading's level, nearly.
                let away = levels[it] - run.points[it].level;
                currents[it] = self.near.current[it] + self.near.slope[it] * away;
            }
            self.look_beyond(place, term, levels, &currents, over.clone());
            let Near { second, third, .. } = &self.near;
            for (at, weight) in [term.current, term.slope].into_iter().enumerate() {
                let (sums, subtracted) = (&mut sums[at], &mut self.judged[at].subtracted);
                for it in over.clone() {
                    let away = levels[it] - run.points[it].level;
                    let excess = &self.excess;
                    let left = (second[it] + third[it] * away) * away * away + excess.left[it];
                    let private = noise.private_variance(currents[it]);
                    sums.variance[it] += weight * weight * private;
                    sums.bias[it] += weight * left;
                    sums.of_bias[it] += weight * excess.uncertainty[it];
                    subtracted[it] += weight * excess.subtracted[it];
                }
            }
            self.add_to_shot(run.known[place].after, term, &currents, over.clone());
        }
        let of_shots = self.of_shots(over.clone());
        for ((sums, of_shots), judged) in sums.iter().zip(&of_shots).zip(&mut self.judged) {
            for it in over.clone() {
                let of_bias = sums.of_bias[it];
                let variance = sums.variance[it] + of_shots[it] + of_bias * of_bias;
                judged.uncertainty[it] = covering(sums.bias[it], variance.sqrt());
            }
        }
        self.judged.each_ref()
    }

    /// At the levels of points.
    fn look(&mut self, run: Run<'_>, over: Range<usize>) {
        let Knowledge { noise, curve, .. } = self.evidence.knowledge;
        let (walk, made_at) = (noise.private_walk.powi(2), self.mismatch().made_at);
        let before = self.evidence.store.shots();
        for it in over {
            let point = &run.points[it];
            let local = curve.near(point.level, &mut self.at);
            self.near.current[it] = local.current;
            self.near.slope[it] = local.slope;
            self.near.second[it] = local.second / 2.0;
            self.near.third[it] = local.third / 6.0;
            let shots = before + point.first() as u64;
            self.near.walked[it] = walk * shots.saturating_sub(made_at) as f64;
        }
    }

    fn add_to_shot(&mut self, after: usize, term: &Term, currents: &Each, over: Range<usize>) {
        if self.shots.last().is_none_or(|it| it.after != after) {
            self.shots.push(OfShot { after, common: [NOTHING; 2], private: [NOTHING; 2] });
        }
        let Some(of_shot) = self.shots.last_mut() else { return };
        let half = share(Device::Mean, term.side);
        for (at, weight) in [term.current, term.slope].into_iter().enumerate() {
            let (common, private) = (&mut of_shot.common[at], &mut of_shot.private[at]);
            for it in over.clone() {
                let weighed = weight * currents[it];
                common[it] += weighed;
                private[it] += half * weighed;
            }
        }
    }

    /// The variances of what changes from shot to shot, in the order of the shots: the factor that both
    /// readings of a shot have in common, and the walks of the gains around their mean over the point.
    fn of_shots(&self, over: Range<usize>) -> [Each; 2] {
        let noise = &self.evidence.knowledge.noise;
        let mut variances = [NOTHING; 2];
        let still = noise.common_walk == 0.0 && noise.private_walk == 0.0;
        for (at, variance) in variances.iter_mut().enumerate() {
            let (mut both, mut between) = (NOTHING, NOTHING);
            for of_shot in &self.shots {
                for it in over.clone() {
                    both[it] += of_shot.common[at][it];
                    between[it] += of_shot.private[at][it];
                    variance[it] += (noise.common * of_shot.common[at][it]).powi(2);
                }
            }
            if self.shots.len() < 2 || still {
                continue;
            }
            let (mut common_sum, mut private_sum) = (NOTHING, NOTHING);
            for (before, shots) in self.shots.windows(2).enumerate() {
                let steps = shots[1].after.abs_diff(shots[0].after) as f64;
                let share = (before + 1) as f64 / self.shots.len() as f64;
                for it in over.clone() {
                    common_sum[it] += shots[0].common[at][it];
                    private_sum[it] += shots[0].private[at][it];
                    let common = noise.common_walk * (share * both[it] - common_sum[it]);
                    let private = noise.private_walk * (share * between[it] - private_sum[it]);
                    variance[it] += steps * (common * common + private * private);
                }
            }
        }
        variances
    }

    /// What is known of the mismatch.
    fn mismatch(&self) -> &'a Mismatch {
        match self.correction {
            Correction::None => &self.evidence.knowledge.mismatch,
            Correction::Curve(it) | Correction::Line(it) => &it.mismatch,
        }
    }

    /// At the levels of the readings at this place of each point, where the mean device has `currents`.
    fn look_beyond(
        &mut self,
        place: usize,
        term: &Term,
        levels: &Each,
        currents: &Each,
        over: Range<usize>,
    ) {
        let share = share(self.device, term.side);
        let Excess { subtracted, left, uncertainty } = &mut self.excess;
        if share == 0.0 {
            (*subtracted, *left, *uncertainty) = (NOTHING, NOTHING, NOTHING);
            return;
        }
        let around = &mut self.around[place];
        for it in over.clone() {
            let level = levels[it];
            (subtracted[it], left[it], uncertainty[it]) = match self.correction {
                Correction::None => {
                    let mismatch = &self.evidence.knowledge.mismatch;
                    let (difference, uncertainty) = mismatch.near(level, &mut around.mismatch);
                    (0.0, share * difference, uncertainty)
                }
                Correction::Curve(Calibration { mismatch, .. }) => {
                    let (difference, uncertainty) = mismatch.smooth(level, &mut around.calibrated);
                    (share * difference, 0.0, uncertainty)
                }
                Correction::Line(Calibration { mismatch, gain, offset }) => {
                    let (difference, uncertainty) = mismatch.smooth(level, &mut around.calibrated);
                    let curve = &self.evidence.knowledge.curve;
                    let base = curve.near(level, &mut around.curve).current - difference / 2.0;
                    (*offset, difference - ((gain - 1.0) * base + offset), uncertainty)
                }
            };
        }
        // The line brings the probe's current to the base's, whatever its share.
        let share = if matches!(self.correction, Correction::Line(_)) { 1.0 } else { share };
        let walked = &self.near.walked;
        for it in over {
            let (known, current) = (uncertainty[it], currents[it]);
            uncertainty[it] = share * (known * known + walked[it] * current * current).sqrt();
        }
    }
}
