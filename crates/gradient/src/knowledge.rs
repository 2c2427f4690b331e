//! What is known of a pair: noise, curve, mismatch, memory. It sizes steps and uncertainties; no
//! slope is read from it.

mod piece;

use serde::{Deserialize, Serialize};

pub(crate) use self::piece::Piece;

/// What a survey found. Every figure is measured, through the same instruments, in the same protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knowledge {
    /// What repeated readings differ by.
    pub noise: Noise,
    /// The mean device.
    pub curve: Curve,
    /// The difference of the two.
    pub mismatch: Mismatch,
    /// What the past does.
    pub memory: Memory,
}

/// What repeated readings of a device at one level differ by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Standard deviation at no current, A.
    pub floor: f64,
    /// Share of the current that is added to it in squares.
    pub relative: f64,
    /// Standard deviation of what both devices of a shot have in common, as a share of the current.
    pub common: f64,
    /// Standard deviation of the random walk that the gains of the two take against each other, from
    /// one shot to the next.
    pub private_walk: f64,
    /// The same of the walk that both gains take together.
    pub common_walk: f64,
}

/// The mean device on a grid of rising levels: current and derivatives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// V, rising.
    pub levels: Vec<f64>,
    /// A.
    pub currents: Vec<f64>,
    /// A/V.
    pub slopes: Vec<f64>,
    /// A/V².
    pub seconds: Vec<f64>,
    /// A/V³.
    pub thirds: Vec<f64>,
}

/// A curve at one level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// A.
    pub current: f64,
    /// A/V.
    pub slope: f64,
    /// A/V².
    pub second: f64,
    /// A/V³.
    pub third: f64,
}

/// I_probe − I_base at common bias, on a grid of rising levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// V, rising.
    pub levels: Vec<f64>,
    /// A.
    pub differences: Vec<f64>,
    /// Standard uncertainty of each, A.
    pub uncertainties: Vec<f64>,
    /// Shots of this pair when it was measured.
    pub made_at: u64,
}

/// What the past of a device does to its current.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Mean |I_up − I_down| over the current's range, of the survey's passes up and down.
    pub hysteresis: f64,
    /// The most of it that noise and walks explain, with four standard deviations: below this it is
    /// noise.
    pub hysteresis_noise: f64,
    /// Share of the state before a reading that is left after it; `None` where none was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<f64>,
}

impl Memory {
    /// Whether there is more hysteresis than noise makes, or readings in a row creep.
    pub fn is_seen(&self) -> bool {
        self.hysteresis > self.hysteresis_noise || self.kept.is_some()
    }
}

impl Noise {
    /// Standard deviation of one reading of `current` that the other device does not share, A.
    pub fn private(&self, current: f64) -> f64 {
        self.floor.hypot(self.relative * current)
    }

    /// Its square, A².
    pub(crate) fn private_variance(&self, current: f64) -> f64 {
        self.floor * self.floor + self.relative * self.relative * current * current
    }
}

impl Curve {
    /// The curve at a level, between the grid's levels by straight lines; outside as at the end.
    pub fn at(&self, level: f64) -> Local {
        let mut piece = Piece::NONE;
        self.near(level, &mut piece)
    }

    /// The same, with the piece of a level before, which becomes this level's: current, slope, second
    /// and third.
    #[inline]
    pub(crate) fn near(&self, level: f64, piece: &mut Piece<4>) -> Local {
        if !piece.covers(level) {
            let values = [&self.currents, &self.slopes, &self.seconds, &self.thirds];
            piece.seek(level, &self.levels, values.map(Vec::as_slice));
        }
        let [current, slope, second, third] = piece.values(level);
        Local { current, slope, second, third }
    }

    /// The largest less the smallest current, A.
    pub fn range(&self) -> f64 {
        let most = self.currents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most - self.currents.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

impl Mismatch {
    /// I_probe − I_base at a level and its standard uncertainty, A.
    pub fn at(&self, level: f64) -> (f64, f64) {
        let mut piece = Piece::NONE;
        self.near(level, &mut piece)
    }

    /// The same, with the piece of a level before, which becomes this level's.
    #[inline]
    pub(crate) fn near(&self, level: f64, piece: &mut Piece<2>) -> (f64, f64) {
        if !piece.covers(level) {
            piece.seek(level, &self.levels, self.values());
        }
        let [difference, uncertainty] = piece.values(level);
        (difference, uncertainty)
    }

    /// Differences and uncertainties.
    pub(crate) fn values(&self) -> [&[f64]; 2] {
        [&self.differences, &self.uncertainties]
    }

    /// Whether the level is between the outermost levels.
    pub fn covers(&self, level: f64) -> bool {
        let ends = self.levels.first().zip(self.levels.last());
        ends.is_some_and(|(low, high)| (*low..=*high).contains(&level))
    }
}
