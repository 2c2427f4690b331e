//! Pairs of simulated devices whose true curves are known, and readings of them.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use crate::reading::reading;
use gradient::{
    Codes, Curve, Evidence, Gradient, GradientConfig, Knowledge, Memory, Method, Mismatch,
    Monotonic, Noise, Plan, ShotReading, SourceCodes, Store,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// Current over V, in units of the current at 1 V.
pub type Shape = fn(f64) -> f64;

pub fn sinh(v: f64) -> f64 {
    0.8 * (v / 0.3).sinh() / (1.0 / 0.3_f64).sinh() + 0.2 * v
}

pub fn sat(v: f64) -> f64 {
    let raw = |v: f64| {
        let t = ((v - 0.03) / 0.38).tanh();
        t * (1.0 + 0.08 * t) + 0.05 * v
    };
    (raw(v) - raw(0.0)) / (raw(1.0) - raw(0.0))
}

pub fn filament(v: f64) -> f64 {
    let raw = |v: f64| {
        let on =
            1.0 / (1.0 + (-(v - 0.38) / 0.07).exp()) + 0.65 / (1.0 + ((v + 0.55) / 0.07).exp());
        let g = 0.06 + 0.94 * on;
        v * g / (1.0 + 0.3 * g)
    };
    raw(v) / raw(1.0)
}

/// A.
pub const FULL_SCALE: f64 = 50e-6;

/// What changes from reading to reading.
#[derive(Clone, Copy, Debug)]
pub struct Disturbance {
    /// Of full scale.
    pub read: f64,
    /// Of the current, both devices of a shot.
    pub common: f64,
    /// Of the gain from shot to shot, each device.
    pub walk: f64,
}

pub const DEFAULT: Disturbance = Disturbance { read: 0.002, common: 0.001, walk: 1e-4 };
pub const STATIONARY: Disturbance = Disturbance { read: 0.002, common: 0.0, walk: 0.0 };
pub const NONE: Disturbance = Disturbance { read: 0.0, common: 0.0, walk: 0.0 };

fn normal(sd: f64, rng: &mut ChaCha8Rng) -> f64 {
    let drawn: f64 = StandardNormal.sample(rng);
    sd * drawn
}

/// Two devices: half of the mismatch on either side.
#[derive(Clone, Debug)]
pub struct Devices {
    shape: Shape,
    gain: f64,
    offset: f64,
    stretch: f64,
    waves: [(f64, f64); 3],
}

impl Devices {
    /// Two that differ by a gain and an offset, of full scale.
    pub fn differing(shape: Shape, gain: f64, offset: f64) -> Devices {
        Devices { shape, gain, offset, stretch: 0.0, waves: [(0.0, 0.0); 3] }
    }

    /// 5 % gain, 0.5 % offset, 2 % stretch, 0.5 % smooth: standard deviations.
    pub fn drawn(shape: Shape, rng: &mut ChaCha8Rng) -> Devices {
        let (gain, offset, stretch) = (normal(0.05, rng), normal(0.005, rng), normal(0.02, rng));
        let amplitudes = [0; 3].map(|_| normal(0.005 * (2.0 / 3.0_f64).sqrt(), rng));
        let waves = amplitudes.map(|it| (it, rng.random_range(0.0..std::f64::consts::TAU)));
        Devices { shape, gain, offset, stretch, waves }
    }

    /// One of them, A: −1 for the base, +1 for the probe.
    pub fn current(&self, sign: f64, v: f64) -> f64 {
        let half = 0.5 * sign;
        let waves = self.waves.iter().enumerate().map(|(k, (amplitude, phase))| {
            amplitude * ((k + 1) as f64 * std::f64::consts::PI * v + phase).sin()
        });
        let own = (1.0 + half * self.gain) * (self.shape)(v * (1.0 + half * self.stretch));
        FULL_SCALE * (own + half * (self.offset + waves.sum::<f64>()))
    }

    pub fn mean(&self, v: f64) -> f64 {
        0.5 * (self.current(-1.0, v) + self.current(1.0, v))
    }

    pub fn slope(&self, v: f64) -> f64 {
        (self.mean(v + 1e-5) - self.mean(v - 1e-5)) / 2e-5
    }

    pub fn measure(&self, plan: &Plan, it: Disturbance, rng: &mut ChaCha8Rng) -> Vec<ShotReading> {
        let mut gains = [1.0, 1.0];
        let rows = plan.shots.iter().map(|shot| {
            gains = gains.map(|gain| gain + normal(it.walk, rng));
            let common = 1.0 + normal(it.common, rng);
            let mut read = |side: usize, level: f64| {
                let own = self.current([-1.0, 1.0][side], level);
                reading(level, own * gains[side] * common + normal(it.read * FULL_SCALE, rng))
            };
            let base = read(0, shot.base);
            ShotReading { base, probe: shot.probe.map(|level| read(1, level)), skew: None }
        });
        rows.collect()
    }
}

/// What a survey would find of a pair, roughly.
pub fn knowledge(shape: Shape, it: Disturbance) -> Knowledge {
    let levels: Vec<f64> = (0..41).map(|k| -1.0 + 0.05 * f64::from(k)).collect();
    let derivative = |v: f64, of: &dyn Fn(f64) -> f64| (of(v + 1e-3) - of(v - 1e-3)) / 2e-3;
    let current = |v: f64| FULL_SCALE * shape(v);
    let slope = |v: f64| derivative(v, &current);
    let second = |v: f64| derivative(v, &slope);
    let third = |v: f64| derivative(v, &second);
    let over = |of: &dyn Fn(f64) -> f64| levels.iter().map(|v| of(*v)).collect::<Vec<f64>>();
    Knowledge {
        noise: Noise {
            floor: it.read * FULL_SCALE,
            relative: 0.0,
            common: it.common,
            private_walk: 2.0_f64.sqrt() * it.walk,
            common_walk: 0.0,
        },
        curve: Curve {
            currents: over(&current),
            slopes: over(&slope),
            seconds: over(&second),
            thirds: over(&third),
            levels: levels.clone(),
        },
        mismatch: Mismatch {
            differences: over(&|v| 0.05 * current(v) + 0.01 * FULL_SCALE),
            uncertainties: vec![0.001 * FULL_SCALE; 41],
            levels,
            made_at: 0,
        },
        memory: Memory { hysteresis: 0.0, hysteresis_noise: 0.0, kept: None },
    }
}

pub fn codes() -> Codes {
    let source = |smu: &str| SourceCodes {
        smu: smu.to_owned(),
        resolution: 1e-6,
        window: [-1.2, 1.2],
        range: 2.0,
    };
    Codes { base: source("base"), probe: source("probe"), seconds_per_shot: 1e-3, most: 100_000 }
}

pub fn plan(method: Method, levels: &[f64], step: f64) -> Plan {
    let text = format!("method = \"{method}\"\ndelta_v = \"{step} V\"");
    let config: GradientConfig = toml::from_str(&text).unwrap();
    Plan::new(levels, step, &config, &codes()).unwrap()
}

pub fn estimate(
    method: Method,
    plan: &Plan,
    rows: &[ShotReading],
    knowledge: &Knowledge,
    store: &Store,
) -> Vec<Gradient> {
    let monotonic = Monotonic::Unknown;
    method.estimate(Evidence { plan, rows, knowledge, calibration: None, store, monotonic })
}

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// 101 levels from −1 V to 1 V.
pub fn grid() -> Vec<f64> {
    (0..101).map(|it| f64::from(it - 50) / 50.0).collect()
}
