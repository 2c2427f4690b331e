//! Three shapes of devices, pairs of them that differ, and what instruments read off them.

use std::f64::consts::PI;

use gradient::{
    Calibration, Codes, Device, Evidence, GradientConfig, Knowledge, Method, Monotonic, Noise,
    Plan, Purpose, Shot, ShotReading, SourceCodes, Store,
    survey::{self, Study},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use smu::Side;

use crate::reading::reading;

/// A at 1 V.
pub const FULL_SCALE: f64 = 1e-4;
pub const WINDOW: [f64; 2] = [-1.0, 1.0];

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Convex,
    Saturating,
    Filament,
    Ohmic,
}

pub const SHAPES: [Shape; 3] = [Shape::Convex, Shape::Saturating, Shape::Filament];

impl Shape {
    fn current(self, v: f64) -> f64 {
        let saturating = |v: f64| {
            let x = ((v - 0.03) / 0.38).tanh();
            x * (1.0 + 0.08 * x) + 0.05 * (v - 0.03)
        };
        let filament = |v: f64| {
            let closed =
                1.0 / (1.0 + (-(v - 0.38) / 0.07).exp()) + 0.65 / (1.0 + ((v + 0.55) / 0.07).exp());
            let conductance = 0.06 + 0.94 * closed;
            v * conductance / (1.0 + 0.3 * conductance)
        };
        FULL_SCALE
            * match self {
                Shape::Convex => 0.8 * (v / 0.3).sinh() / (1.0 / 0.3f64).sinh() + 0.2 * v,
                Shape::Saturating => {
                    (saturating(v) - saturating(0.0)) / (saturating(1.0) - saturating(0.0))
                }
                Shape::Filament => filament(v) / filament(1.0),
                Shape::Ohmic => v,
            }
    }
}

/// What is added to the currents; shares of the full scale, or of the current.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nuisance {
    pub floor: f64,
    pub relative: f64,
    pub common: f64,
    pub private_walk: f64,
    pub common_walk: f64,
    /// Share of the last state that a reading still shows.
    pub kept: f64,
}

pub const DEFAULT: Nuisance = Nuisance {
    floor: 0.002,
    relative: 0.0,
    common: 0.001,
    private_walk: 1e-4,
    common_walk: 0.0,
    kept: 0.0,
};

/// Two devices that differ by a gain, an offset, a voltage scale and something smooth.
#[derive(Clone, Debug)]
pub struct Pair {
    pub shape: Shape,
    pub gain: f64,
    pub offset: f64,
    pub scale: f64,
    pub series: f64,
    pub waves: [(f64, f64); 3],
    pub nuisance: Nuisance,
}

pub fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}

impl Pair {
    /// The mismatch of the measurements in `docs`: 5 % gain, .5 % offset, 2 % voltage scale, .5 % smooth.
    pub fn new(shape: Shape, nuisance: Nuisance, seed: u64) -> Pair {
        let mut random = random(seed);
        let mut wave = || {
            let amplitude = 0.005 * (2.0f64 / 3.0).sqrt() * normal(&mut random);
            (amplitude, 3.0 * normal(&mut random))
        };
        let waves = [wave(), wave(), wave()];
        Pair {
            shape,
            gain: 0.05 * normal(&mut random),
            offset: 0.005 * normal(&mut random),
            scale: 0.02 * normal(&mut random),
            series: 0.0,
            waves,
            nuisance,
        }
    }

    pub fn alike(shape: Shape, nuisance: Nuisance) -> Pair {
        let waves = [(0.0, 0.0); 3];
        Pair { shape, gain: 0.0, offset: 0.0, scale: 0.0, series: 0.0, waves, nuisance }
    }

    /// One device's current at rest, A.
    pub fn current(&self, side: Side, v: f64) -> f64 {
        let half = if side == Side::Base { -0.5 } else { 0.5 };
        let smooth = |(k, (amplitude, phase)): (usize, &(f64, f64))| {
            amplitude * ((k + 1) as f64 * PI * v + phase).sin()
        };
        let smooth: f64 = self.waves.iter().enumerate().map(smooth).sum();
        let plain = |v: f64| self.shape.current(v * (1.0 + half * self.scale));
        // To first order, which is what a small resistance does.
        let inside = v - half * self.series * plain(v);
        (1.0 + half * self.gain) * plain(inside) + half * FULL_SCALE * (self.offset + smooth)
    }

    pub fn mean(&self, v: f64) -> f64 {
        0.5 * (self.current(Side::Base, v) + self.current(Side::Probe, v))
    }

    pub fn slope(&self, device: Device, v: f64) -> f64 {
        let of = |v| match device {
            Device::Mean => self.mean(v),
            Device::Base => self.current(Side::Base, v),
        };
        (of(v + 1e-5) - of(v - 1e-5)) / 2e-5
    }

    /// What the instruments return.
    pub fn read(&self, shots: &[Shot], random: &mut ChaCha8Rng) -> Vec<ShotReading> {
        let Nuisance { floor, relative, common, private_walk, common_walk, kept } = self.nuisance;
        let (mut apart, mut together) = (0.0, 0.0);
        let mut states = [0.0; 2];
        let row = |shot: &Shot| {
            apart += private_walk * normal(random);
            together += common_walk * normal(random);
            let shared = 1.0 + together + common * normal(random);
            let mut read = |side: Side, level: f64| {
                let state = &mut states[usize::from(side == Side::Probe)];
                *state = kept * *state + (1.0 - kept) * level;
                let remembers = if kept > 0.0 { 1.0 + 0.3 * *state } else { 1.0 };
                let half = if side == Side::Base { -0.5 } else { 0.5 };
                let gain = shared * (1.0 + half * apart) * remembers;
                let current = gain * self.current(side, level);
                let noise = (floor * FULL_SCALE).hypot(relative * current);
                reading(level, current + noise * normal(random))
            };
            ShotReading {
                base: read(Side::Base, shot.base),
                probe: shot.probe.map(|it| read(Side::Probe, it)),
                skew: None,
            }
        };
        shots.iter().map(row).collect()
    }

    pub fn survey(&self, config: &GradientConfig, seed: u64) -> Knowledge {
        self.study(config, seed).knowledge
    }

    pub fn study(&self, config: &GradientConfig, seed: u64) -> Study {
        let shots = survey::plan(config, WINDOW, &codes()).unwrap();
        survey::study(&shots, &self.read(&shots, &mut random(seed))).unwrap()
    }

    /// How far the two gains are apart after that survey, more than before it.
    pub fn walked(&self, config: &GradientConfig, seed: u64) -> f64 {
        // A device of one unit, without all that hides its gain.
        let nuisance = Nuisance { floor: 0.0, relative: 0.0, kept: 0.0, ..self.nuisance };
        let still = Pair::alike(Shape::Ohmic, nuisance);
        let shots = survey::plan(config, WINDOW, &codes()).unwrap();
        let rows = still.read(&shots, &mut random(seed));
        let last = &rows[rows.len() - 1];
        let (base, probe) = (last.base.current.unwrap(), last.probe.unwrap().current.unwrap());
        (probe - base) / (0.5 * (probe + base))
    }

    /// What an estimator is really wrong by: root mean square over levels and draws, S.
    pub fn error(
        &self,
        config: &GradientConfig,
        delta_v: f64,
        knowledge: &Knowledge,
        draws: u64,
    ) -> f64 {
        let truth = |device, v| self.slope(device, v);
        self.error_against(truth, config, delta_v, knowledge, draws)
    }

    /// The same against the curve that the devices have when every reading comes from 0 V.
    pub fn error_of_rested(
        &self,
        config: &GradientConfig,
        delta_v: f64,
        knowledge: &Knowledge,
        draws: u64,
    ) -> f64 {
        let share = 0.3 * (1.0 - self.nuisance.kept);
        let truth = |device, v: f64| {
            let current = match device {
                Device::Mean => self.mean(v),
                Device::Base => self.current(Side::Base, v),
            };
            self.slope(device, v) * (1.0 + share * v) + share * current
        };
        self.error_against(truth, config, delta_v, knowledge, draws)
    }

    fn error_against(
        &self,
        slope: impl Fn(Device, f64) -> f64,
        config: &GradientConfig,
        delta_v: f64,
        knowledge: &Knowledge,
        draws: u64,
    ) -> f64 {
        let method = config.method;
        let levels: Vec<f64> = (0..101).map(|it| -1.0 + 0.02 * f64::from(it)).collect();
        let plan = Plan::new(&levels, delta_v, config, &codes()).unwrap();
        let (mut squares, mut count) = (0.0, 0.0);
        for draw in 0..draws {
            let rows = self.read(&plan.shots, &mut random(1000 + draw));
            let calibration =
                method.is_calibrated().then(|| self.calibration(config, &knowledge.noise, draw));
            let gradients = method.estimate(Evidence {
                plan: &plan,
                rows: &rows,
                knowledge,
                calibration: calibration.as_ref(),
                store: &Store::new(0),
                monotonic: Monotonic::Unknown,
            });
            for gradient in gradients {
                let truth = slope(method.device(), gradient.level);
                squares += (gradient.didv.unwrap().value - truth).powi(2);
                count += 1.0;
            }
        }
        (squares / count).sqrt()
    }

    /// Half as old as it may become.
    fn calibration(&self, config: &GradientConfig, noise: &Noise, draw: u64) -> Calibration {
        let pass: Vec<Shot> = (0..config.calibration.levels)
            .map(|it| -1.1 + 2.2 * it as f64 / (config.calibration.levels - 1) as f64)
            .map(|it| Shot { base: it, probe: Some(it), purpose: Purpose::Calibration })
            .collect();
        let shots = pass.repeat(config.calibration.passes);
        let mut random = random(2000 + draw);
        let age = (config.calibration.refresh as f64 / 2.0).sqrt();
        let mut old = self.clone();
        old.gain +=
            self.nuisance.private_walk * age * if draw.is_multiple_of(2) { 1.0 } else { -1.0 };
        Calibration::learn(&shots, &old.read(&shots, &mut random), noise, 0).unwrap()
    }
}

pub fn codes() -> Codes {
    let source = |smu: &str| SourceCodes {
        smu: smu.to_owned(),
        resolution: 50e-6,
        window: [-1.2, 1.2],
        range: 2.0,
    };
    Codes { base: source("base"), probe: source("probe"), seconds_per_shot: 0.01, most: 100 }
}

pub fn config(method: Method) -> GradientConfig {
    toml::from_str(&format!("method = \"{method}\"\ndelta_v = \"auto\"")).unwrap()
}
