//! Pairs of devices with exact derivatives, and what two noisy sources read of them: no instruments.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unused_imports,
    reason = "helpers of tests, not all used by each"
)]

use std::f64::consts::{PI, TAU};

use gradient::{
    Calibration, Codes, Curve, Evidence, Gradient, Knowledge, Memory, Method, Mismatch, Monotonic,
    Noise, Plan, Purpose, Shot, ShotReading, SourceCodes, Store,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use smu::{Reading, Side};

#[path = "jet.rs"]
mod jet;
#[path = "reading.rs"]
mod reading;
#[path = "shapes.rs"]
mod shapes;

pub use jet::Jet;
pub use reading::reading;
pub use shapes::{SHAPES, Shape};

/// Estimators that are a weighted sum of one point's readings.
pub const OURS: [Method; 9] = [
    Method::Forward,
    Method::Central,
    Method::ChoppedForward,
    Method::ChoppedCentral,
    Method::Abba,
    Method::BaselineSubtracted,
    Method::CalibratedPair,
    Method::OwnDevice,
    Method::SmallSignal,
];

/// Two devices that differ in gain, offset, voltage scale and a smooth rest, half each way.
#[derive(Clone, Copy, Debug)]
pub struct Devices {
    pub shape: Shape,
    gain: f64,
    offset: f64,
    scale: f64,
    rest: [(f64, f64); 3],
}

impl Devices {
    /// The default mismatch of the facts: standard deviations of 5 % gain, 0.5 % of full scale
    /// offset, 2 % voltage scale, 0.5 % smooth rest.
    pub fn drawn(shape: Shape, rng: &mut ChaCha8Rng) -> Devices {
        let mut of = |sd: f64| sd * gaussian(rng);
        let (gain, offset, scale) = (of(0.05), of(0.005), of(0.02));
        let amplitudes: [f64; 3] = std::array::from_fn(|_| of(0.005) * (2.0f64 / 3.0).sqrt());
        let rest = amplitudes.map(|it| (it, rng.random_range(0.0..TAU)));
        Devices { shape, gain, offset, scale, rest }
    }

    /// The same two, one gain moved against the other.
    pub fn moved(self, gain: f64) -> Devices {
        Devices { gain: self.gain + gain, ..self }
    }

    pub fn at(&self, side: Side, level: f64) -> Jet {
        let half = half(side);
        let v = Jet::variable(level);
        let rest = self.rest.iter().zip(1..).fold(Jet::constant(0.0), |sum, ((size, phase), n)| {
            sum + (v * (PI * f64::from(n)) + *phase).sin() * *size
        });
        let own = self.shape.at(v * (1.0 + half * self.scale)) * (1.0 + half * self.gain);
        own + (rest + self.offset) * half
    }

    pub fn mean(&self, level: f64) -> Jet {
        (self.at(Side::Base, level) + self.at(Side::Probe, level)) * 0.5
    }

    /// Of the device that an estimator speaks of.
    pub fn of(&self, gradient: &Gradient) -> Jet {
        match gradient.device {
            gradient::Device::Base => self.at(Side::Base, gradient.level),
            gradient::Device::Mean => self.mean(gradient.level),
        }
    }

    pub fn mismatch(&self, level: f64) -> f64 {
        self.at(Side::Probe, level).value() - self.at(Side::Base, level).value()
    }

    /// What is true of this pair, on a fine grid; of what a survey finds only the noise is missing.
    pub fn knowledge(&self, noise: Noise) -> Knowledge {
        let levels: Vec<f64> = (-120..=120).map(|it| f64::from(it) / 100.0).collect();
        let jets: Vec<Jet> = levels.iter().map(|it| self.mean(*it)).collect();
        let of = |part: fn(Jet) -> f64| jets.iter().map(|it| part(*it)).collect::<Vec<f64>>();
        let curve = Curve {
            levels: levels.clone(),
            currents: of(Jet::value),
            slopes: of(Jet::slope),
            seconds: of(Jet::second),
            thirds: of(Jet::third),
        };
        let mismatch = Mismatch {
            differences: levels.iter().map(|it| self.mismatch(*it)).collect(),
            uncertainties: vec![0.0; levels.len()],
            levels,
            made_at: 0,
        };
        let memory = Memory { hysteresis: 0.0, hysteresis_noise: 0.0, kept: None };
        Knowledge { noise, curve, mismatch, memory }
    }

    /// As a survey of 41 levels and 8 passes finds it: the mismatch with the noise of its readings, noise
    /// within 5 %, second derivatives within 5 % and third within 15 %.
    pub fn surveyed(&self, noise: Noise, rng: &mut ChaCha8Rng) -> Knowledge {
        let mut known = self.knowledge(noise);
        let mut off = |sd: f64| 1.0 + sd * gaussian(rng);
        known.noise.floor *= off(0.05);
        known.noise.common *= off(0.05);
        known.curve.seconds.iter_mut().for_each(|it| *it *= off(0.05));
        known.curve.thirds.iter_mut().for_each(|it| *it *= off(0.15));
        let sd = noise.floor * 0.5;
        let levels = (-24..=24).map(|it| f64::from(it) / 20.0).collect::<Vec<f64>>();
        known.mismatch = Mismatch {
            differences: levels.iter().map(|it| self.mismatch(*it) + sd * gaussian(rng)).collect(),
            uncertainties: vec![sd; levels.len()],
            levels,
            made_at: 0,
        };
        known
    }

    /// One reading of each device for each shot. The gains walk from one shot to the next.
    pub fn shoot(&self, shots: &[Shot], noise: &Noise, rng: &mut ChaCha8Rng) -> Vec<ShotReading> {
        self.walk(shots, noise, rng).0
    }

    /// As [`Devices::shoot`], with the means over the shots of what both gains, and of what one gain
    /// against the other, had walked.
    pub fn walk(
        &self,
        shots: &[Shot],
        noise: &Noise,
        rng: &mut ChaCha8Rng,
    ) -> (Vec<ShotReading>, [f64; 2]) {
        let (mut both, mut between, mut means) = (0.0, 0.0, [0.0; 2]);
        let rows = shots.iter().map(|shot| {
            let common = 1.0 + noise.common * gaussian(rng);
            let row = self.read(shot, |side, current| {
                let sound = current * (1.0 + both + half(side) * between) * common;
                sound + noise.private(sound) * gaussian(rng)
            });
            means[0] += both / shots.len() as f64;
            means[1] += between / shots.len() as f64;
            both += noise.common_walk * gaussian(rng);
            between += noise.private_walk * gaussian(rng);
            row
        });
        let rows = rows.collect();
        (rows, means)
    }

    /// One reading of each device for each shot, changed.
    pub fn read(&self, shot: &Shot, mut change: impl FnMut(Side, f64) -> f64) -> ShotReading {
        let mut of = |side| {
            let level = shot.level(side)?;
            let current = change(side, self.at(side, level).value());
            Some(reading(level, current))
        };
        ShotReading { base: of(Side::Base).unwrap(), probe: of(Side::Probe), skew: None }
    }

    /// A calibration of `levels` levels over ±1.1 V, made in `passes` there and back.
    pub fn calibrated(
        &self,
        levels: i32,
        passes: i32,
        noise: &Noise,
        rng: &mut ChaCha8Rng,
    ) -> Calibration {
        let shots: Vec<Shot> = (0..passes)
            .flat_map(|pass| {
                (0..levels).map(move |it| {
                    let place = if pass % 2 == 0 { it } else { levels - 1 - it };
                    let level = -1.1 + 2.2 * f64::from(place) / f64::from(levels - 1);
                    Shot { base: level, probe: Some(level), purpose: Purpose::Calibration }
                })
            })
            .collect();
        Calibration::learn(&shots, &self.shoot(&shots, noise, rng), noise, 0).unwrap()
    }
}

/// How much of a difference of the two a device has.
pub fn half(side: Side) -> f64 {
    match side {
        Side::Base => -0.5,
        Side::Probe => 0.5,
    }
}

pub fn gaussian(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

pub fn seeded(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub const SILENT: Noise =
    Noise { floor: 0.0, relative: 0.0, common: 0.0, private_walk: 0.0, common_walk: 0.0 };

/// 0.2 % of full scale white, 0.1 % in common.
pub const NOISE: Noise = Noise { floor: 0.002, common: 0.001, ..SILENT };

pub fn codes(resolutions: [f64; 2]) -> Codes {
    let [base, probe] = resolutions.map(|resolution| SourceCodes {
        smu: "smu".to_owned(),
        resolution,
        window: [-1.2, 1.2],
        range: 2.0,
    });
    Codes { base, probe, seconds_per_shot: 0.02, most: 2500 }
}

/// A plan of one method; `more` are further lines of its table.
pub fn plan(method: Method, levels: &[f64], delta_v: f64, more: &str) -> Plan {
    plan_in(codes([1.0 / 8192.0; 2]), method, levels, delta_v, more)
}

pub fn plan_in(codes: Codes, method: Method, levels: &[f64], delta_v: f64, more: &str) -> Plan {
    let config = format!("method = \"{method}\"\ndelta_v = \"100 mV\"\n{more}");
    Plan::new(levels, delta_v, &toml::from_str(&config).unwrap(), &codes).unwrap()
}

/// Levels spread evenly over ±0.95 V.
pub fn levels(count: i32) -> Vec<f64> {
    (0..count).map(|it| -0.95 + 1.9 * (f64::from(it) + 0.5) / f64::from(count)).collect()
}

/// What a plan's readings come to.
pub fn estimate(
    method: Method,
    plan: &Plan,
    rows: &[ShotReading],
    knowledge: &Knowledge,
    calibration: Option<&Calibration>,
) -> Vec<Gradient> {
    let store = Store::new(0);
    let monotonic = Monotonic::Unknown;
    method.estimate(Evidence { plan, rows, knowledge, calibration, store: &store, monotonic })
}

/// Slopes of noiseless readings, changed: by shot, side and current.
pub fn changed(
    method: Method,
    plan: &Plan,
    devices: &Devices,
    change: impl Fn(usize, Side, f64) -> f64,
) -> Vec<Gradient> {
    let shots = plan.shots.iter().enumerate();
    let rows: Vec<_> =
        shots.map(|(n, shot)| devices.read(shot, |side, it| change(n, side, it))).collect();
    let calibration =
        method.is_calibrated().then(|| devices.calibrated(41, 1, &SILENT, &mut seeded(0)));
    estimate(method, plan, &rows, &devices.knowledge(SILENT), calibration.as_ref())
}

pub fn slopes(gradients: &[Gradient]) -> Vec<f64> {
    gradients.iter().map(|it| it.didv.unwrap().value).collect()
}

pub fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Both devices are 3 S, with 0.1 A at 0 V.
pub fn line(shot: &Shot) -> ShotReading {
    let of = |level: f64| reading(level, 3.0 * level + 0.1);
    ShotReading { base: of(shot.base), probe: shot.probe.map(of), skew: None }
}
