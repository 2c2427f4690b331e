//! The part of the noise that devices share, whatever instruments they are on.

use std::f64::consts::FRAC_PI_2;

use crate::{config::Noise, random::hashed_normals};

/// Keeps the numbers of this noise apart from those of a common drift with the same seed.
const APART: u64 = 0x5348_4152_4544_0001;

/// A relative fluctuation with rms 1 that is a pure function of a seed and of time: independent
/// normal numbers hashed for times `time` apart, and between two of them
/// `a·cos(π/2·part) + b·sin(π/2·part)`, which has the same rms everywhere.
///
/// Values `time`/10 apart are correlated by 0.98 or more, values 2·`time` apart not at all.
#[derive(Clone, Copy)]
pub(crate) struct SharedNoise {
    /// At `at_nplc`, as a share of the current.
    rms: f64,
    at_nplc: f64,
    seed: u64,
    time: f64,
}

impl SharedNoise {
    pub(crate) fn new(noise: &Noise) -> Self {
        SharedNoise {
            rms: noise.common.0,
            at_nplc: noise.at_nplc,
            seed: noise.common_seed ^ APART,
            time: noise.common_time.0,
        }
    }

    /// The fluctuation, as a share of the current, of a reading at `time` integrated over `nplc`
    /// power-line cycles.
    pub(crate) fn at(&self, time: f64, nplc: f64) -> f64 {
        if self.rms == 0.0 {
            return 0.0;
        }
        let cells = time / self.time;
        let cell = cells as u64;
        let (sine, cosine) = (FRAC_PI_2 * (cells - cell as f64)).sin_cos();
        let (a, _) = hashed_normals(self.seed, cell);
        let (b, _) = hashed_normals(self.seed, cell.wrapping_add(1));
        self.rms * (self.at_nplc / nplc).sqrt() * (a * cosine + b * sine)
    }
}
