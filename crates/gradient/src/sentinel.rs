//! A level that is measured again from time to time: have the two drifted against each other?

use smu::Side;

use crate::{Noise, Plan, Purpose, SentinelConfig, ShotReading, Watched};

/// One look at the sentinel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    /// V, as sent to the base.
    pub(crate) level: f64,
    /// What the value is of.
    pub(crate) watched: Watched,
    /// A.
    pub(crate) value: f64,
    /// Standard uncertainty of the value, of what repeated readings differ by, A.
    pub(crate) uncertainty: f64,
}

/// What the sentinel has shown so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sentinel {
    /// The look that later ones are compared with: the first, or the one of the last calibration.
    pub(crate) reference: Option<Look>,
    /// The session's shots when it was last looked at.
    pub(crate) looked_at: Option<u64>,
}

impl Sentinel {
    /// Whether it is time for another look.
    pub(crate) fn is_due(&self, config: &SentinelConfig, shots: u64) -> bool {
        self.looked_at.is_none_or(|at| shots - at >= config.every)
    }

    /// The look that has moved from the reference by more than `threshold` standard uncertainties of
    /// their difference.
    pub(crate) fn moved(&self, look: &Look, threshold: f64) -> Option<Look> {
        let uncertainty = |it: &Look| it.uncertainty.hypot(look.uncertainty);
        let moved = |it: &Look| (look.value - it.value).abs() > threshold * uncertainty(it);
        self.reference.filter(moved)
    }
}

impl Look {
    /// The mean of the plan's shots at the sentinel that have a current on both sides, or on the one
    /// that acts; none where no shot has.
    pub(crate) fn of(plan: &Plan, rows: &[ShotReading], noise: &Noise) -> Option<Look> {
        let (mut n, mut value, mut variance, mut level) = (0.0, 0.0, 0.0, 0.0);
        let mut watched = Watched::Mismatch;
        let looks = plan.shots.iter().zip(rows).filter(|it| it.0.purpose == Purpose::Sentinel);
        for (shot, row) in looks {
            let base = sound(row, Side::Base);
            let read = match shot.probe {
                None => base.map(|it| (it, noise.private(it))),
                Some(_) => base.zip(sound(row, Side::Probe)).map(|(base, probe)| {
                    (probe - base, noise.private(base).hypot(noise.private(probe)))
                }),
            };
            let Some((found, private)) = read else { continue };
            n += 1.0;
            value += found;
            // What both share leaves its share of the difference, too.
            variance += private.powi(2) + (noise.common * found).powi(2);
            level = shot.base;
            watched = if shot.probe.is_some() { Watched::Mismatch } else { Watched::Base };
        }
        (n > 0.0).then(|| Look {
            level,
            watched,
            value: value / n,
            uncertainty: variance.sqrt() / n,
        })
    }
}

/// The current of a reading that was made at its level.
pub(crate) fn sound(row: &ShotReading, side: Side) -> Option<f64> {
    let reading = row.reading(side)?;
    reading.current.filter(|_| !reading.in_compliance && !reading.overflow)
}
