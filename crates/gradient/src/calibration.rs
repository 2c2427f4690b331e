//! The mismatch of the two at common bias, as it was last measured.

use serde::{Deserialize, Serialize};
use smu::{Reading, Side};

use crate::{Mismatch, Noise, Purpose, Shot, ShotReading};

mod smooth;

pub(crate) use self::smooth::SmoothPiece;

/// What turns the probe's current into the base's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// I_probe − I_base.
    pub mismatch: Mismatch,
    /// I_probe ≈ gain · I_base + offset.
    pub gain: f64,
    /// A.
    pub offset: f64,
}

/// The mean readings of one level.
struct Level {
    level: f64,
    /// A.
    base: f64,
    /// I_probe − I_base, A.
    difference: f64,
    /// Standard uncertainty of the difference, A.
    uncertainty: f64,
}

impl Calibration {
    /// The fewest levels that a calibration is made of.
    pub const LEAST_LEVELS: usize = 4;

    /// Learns from the shots of [`Purpose::Calibration`], in any order, each level any number of
    /// times; other shots, and readings in compliance or without a number, are left out. `made_at` is
    /// the session's count of shots in the middle of them: from there its age is counted.
    ///
    /// The mismatch is the mean I_probe − I_base of each level, smoothed by local parabolas over as
    /// many levels as lower the expected error (Mallows' C_p). Gain and offset are the weighted
    /// least squares of the measured, not the smoothed, currents.
    ///
    /// None where fewer than [`Calibration::LEAST_LEVELS`] levels have sound readings of both, or all
    /// of them the same current.
    pub fn learn(
        shots: &[Shot],
        rows: &[ShotReading],
        noise: &Noise,
        made_at: u64,
    ) -> Option<Calibration> {
        let levels = levels(shots, rows, noise);
        if levels.len() < Calibration::LEAST_LEVELS {
            return None;
        }
        let (gain, offset) = line(&levels)?;
        let measured = Mismatch {
            levels: levels.iter().map(|it| it.level).collect(),
            differences: levels.iter().map(|it| it.difference).collect(),
            uncertainties: levels.iter().map(|it| it.uncertainty).collect(),
            made_at,
        };
        Some(Calibration { mismatch: measured.smoothed(), gain, offset })
    }
}

fn levels(shots: &[Shot], rows: &[ShotReading], noise: &Noise) -> Vec<Level> {
    let calibrating = shots.iter().zip(rows).filter(|it| it.0.purpose == Purpose::Calibration);
    let mut both: Vec<(f64, f64, f64)> = calibrating
        .filter_map(|(shot, row)| {
            let of = |side| row.reading(side).and_then(sound);
            Some((shot.base, of(Side::Base)?, of(Side::Probe)?))
        })
        .collect();
    both.sort_by(|a, b| a.0.total_cmp(&b.0));
    let alike = both.chunk_by(|one, next| one.0 == next.0);
    let means = alike.map(|of_level| {
        let repeats = of_level.len() as f64;
        let base = of_level.iter().map(|it| it.1).sum::<f64>() / repeats;
        let probe = of_level.iter().map(|it| it.2).sum::<f64>() / repeats;
        let difference = probe - base;
        // What both readings of a shot have in common leaves its share of the difference.
        let of_shot = noise.private(base).hypot(noise.private(probe));
        let uncertainty = of_shot.hypot(noise.common * difference) / repeats.sqrt();
        Level { level: of_level[0].0, base, difference, uncertainty }
    });
    means.collect()
}

fn sound(reading: &Reading) -> Option<f64> {
    reading.current.filter(|_| !reading.in_compliance && !reading.overflow)
}

/// Gain and offset of the probe's current over the base's.
fn line(levels: &[Level]) -> Option<(f64, f64)> {
    // Without noise every level counts alike.
    let noisy = levels.iter().all(|it| it.uncertainty > 0.0);
    let weight = |it: &Level| if noisy { it.uncertainty.powi(-2) } else { 1.0 };
    let sum = |of: &dyn Fn(&Level) -> f64| levels.iter().map(|it| weight(it) * of(it)).sum::<f64>();
    let all = sum(&|_| 1.0);
    let (base, difference) = (sum(&|it| it.base) / all, sum(&|it| it.difference) / all);
    let spread = sum(&|it| (it.base - base).powi(2));
    let slope = sum(&|it| (it.base - base) * it.difference) / spread;
    let gain = 1.0 + slope;
    // A gain that is not positive would say that the two have nothing in common.
    (gain.is_finite() && gain > 0.0).then_some((gain, difference - slope * base))
}
