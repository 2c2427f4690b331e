//! Compact models: the current of a device with one state, and how the state moves.
//!
//! In every model the state `x` in 0..=1 relaxes linearly at a fixed voltage,
//! `dx/dt = rate(V) · (target(V) − x)`, so holding a voltage is integrated exactly and the result
//! does not depend on how often the device is asked. At a small |V| all currents are odd or
//! proportional to V: every loop is pinched at the origin.

use crate::config::{DeviceConfig, Preset};

/// The law of one device. Volts, amperes, seconds.
#[derive(Clone, Debug)]
pub(crate) enum Law {
    /// `I = V / R`.
    Resistor { siemens: f64 },
    /// `I = x·a_on·sinh(b_on·V) + (1−x)·a_off·sinh(b_off·V) + leak·V`.
    SinhMix { on: Branch, off: Branch, leak: f64, dynamics: Dynamics },
    /// `I = FS·[s·(1 + m·(2x−1))·(t(V) − t(0)) + 0.05·V] / [s = 1 at +1 V]`, with
    /// `t = tanh((V − 0.03)/0.38)·(1 + 0.08·tanh((V − 0.03)/0.38))`.
    Saturating { scale: f64, memory: f64, dynamics: Dynamics },
}

/// `amplitude · sinh(steepness · V)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) amplitude: f64,
    pub(crate) steepness: f64,
}

/// How the state moves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dynamics {
    /// `target = ½·(1 + tanh(V / v_scale))`, one time constant; rest at ½.
    Relaxing { v_scale: f64, time_constant: f64 },
    /// `dx/dt = [up·(e^(V−v_up) − 1)·(1−x) above v_up, −down·(e^(−V−v_down) − 1)·x below −v_down,
    /// −leak·x] / period`; rest at 0.
    Threshold { up: f64, v_up: f64, down: f64, v_down: f64, leak: f64, period: f64, fresh: f64 },
}

/// Where the state goes and how fast.
pub(crate) struct Relaxation {
    pub(crate) target: f64,
    /// 1/s.
    pub(crate) rate: f64,
}

impl Law {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        let memory = config.memory.map_or(0.08, |it| it.0);
        let full_scale = config.full_scale.map_or(60e-6, |it| it.0);
        let dynamics = Dynamics::Relaxing {
            v_scale: 0.6,
            time_constant: config.relaxation.map_or(2.0, |it| it.0),
        };
        match config.preset {
            Preset::Resistor => {
                Law::Resistor { siemens: 1.0 / config.resistance.map_or(10e3, |it| it.0) }
            }
            Preset::LiquidSinh => Law::liquid_sinh(full_scale, memory, dynamics),
            Preset::Saturating => Law::saturating(full_scale, memory, dynamics),
            Preset::Cuso4 => Law::cuso4(
                config.full_scale.map(|it| it.0),
                config.sample_period.map_or(0.01, |it| it.0),
            ),
        }
    }

    /// At rest exactly `FS·[0.8·sinh(V/0.3)/sinh(1/0.3) + 0.2·V]`; the state moves the first term
    /// by ± `memory`.
    fn liquid_sinh(full_scale: f64, memory: f64, dynamics: Dynamics) -> Self {
        let steepness = 1.0 / 0.3;
        let amplitude = 0.8 * full_scale / f64::sinh(steepness);
        Law::SinhMix {
            on: Branch { amplitude: amplitude * (1.0 + memory), steepness },
            off: Branch { amplitude: amplitude * (1.0 - memory), steepness },
            leak: 0.2 * full_scale,
            dynamics,
        }
    }

    fn saturating(full_scale: f64, memory: f64, dynamics: Dynamics) -> Self {
        let scale = full_scale / (bent(1.0) + 0.05);
        Law::Saturating { scale, memory, dynamics }
    }

    /// The first of three sweeps of an aqueous copper-sulphate memristor (Appl. Phys. A 2016,
    /// 10.1007/s00339-016-0132-6), fitted over ±2.03 V with 1.5 % of range.
    fn cuso4(full_scale: Option<f64>, period: f64) -> Self {
        let fitted = |factor: f64| Law::SinhMix {
            on: Branch { amplitude: 2.489e-3 * factor, steepness: 1.382 },
            off: Branch { amplitude: 0.218e-3 * factor, steepness: 1.770 },
            leak: 0.0,
            dynamics: Dynamics::Threshold {
                up: 0.0882,
                v_up: 1.598,
                down: 0.0578,
                v_down: 0.323,
                leak: 0.0041,
                period,
                fresh: 0.013,
            },
        };
        let unscaled = fitted(1.0);
        match full_scale {
            Some(wanted) => fitted(wanted / unscaled.full_scale()),
            None => unscaled,
        }
    }

    /// The current at `volts` in state `x`.
    pub(crate) fn current(&self, volts: f64, x: f64) -> f64 {
        match self {
            Law::Resistor { siemens } => siemens * volts,
            Law::SinhMix { on, off, leak, .. } => {
                let mixed = if on.steepness == off.steepness {
                    (x * on.amplitude + (1.0 - x) * off.amplitude) * (on.steepness * volts).sinh()
                } else {
                    x * on.at(volts) + (1.0 - x) * off.at(volts)
                };
                mixed + leak * volts
            }
            Law::Saturating { scale, memory, .. } => {
                scale * ((1.0 + memory * (2.0 * x - 1.0)) * bent(volts) + 0.05 * volts)
            }
        }
    }

    /// How the state moves at `volts`; `None` for a device without one.
    pub(crate) fn relaxation(&self, volts: f64) -> Option<Relaxation> {
        match self {
            Law::Resistor { .. } => None,
            Law::SinhMix { dynamics, .. } | Law::Saturating { dynamics, .. } => {
                Some(dynamics.at(volts))
            }
        }
    }

    /// The state of a device that has rested.
    pub(crate) fn rest(&self) -> f64 {
        match self {
            Law::Resistor { .. } => 0.0,
            Law::SinhMix { dynamics, .. } | Law::Saturating { dynamics, .. } => match dynamics {
                Dynamics::Relaxing { .. } => 0.5,
                Dynamics::Threshold { fresh, .. } => *fresh,
            },
        }
    }

    /// The current at +1 V from rest.
    pub(crate) fn full_scale(&self) -> f64 {
        self.current(1.0, self.rest())
    }
}

impl Branch {
    fn at(self, volts: f64) -> f64 {
        self.amplitude * (self.steepness * volts).sinh()
    }
}

impl Dynamics {
    fn at(self, volts: f64) -> Relaxation {
        match self {
            Dynamics::Relaxing { v_scale, time_constant } => Relaxation {
                target: 0.5 * (1.0 + (volts / v_scale).tanh()),
                rate: 1.0 / time_constant,
            },
            Dynamics::Threshold { up, v_up, down, v_down, leak, period, .. } => {
                let rising = if volts > v_up { up * (volts - v_up).exp_m1() } else { 0.0 };
                let falling = if volts < -v_down { down * (-volts - v_down).exp_m1() } else { 0.0 };
                let rate = rising + falling + leak;
                Relaxation { target: rising / rate, rate: rate / period }
            }
        }
    }
}

/// The saturating shape, zero at the origin.
fn bent(volts: f64) -> f64 {
    let shape = |v: f64| {
        let t = ((v - 0.03) / 0.38).tanh();
        t * (1.0 + 0.08 * t)
    };
    shape(volts) - shape(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Amperes, Ratio};

    #[test]
    fn the_default_at_rest_is_the_documented_curve() {
        let law = Law::new(&DeviceConfig::default());
        for step in -22..=22 {
            let v = f64::from(step) * 0.05;
            let expected = 60e-6 * (0.8 * (v / 0.3).sinh() / (1.0f64 / 0.3).sinh() + 0.2 * v);
            assert!((law.current(v, law.rest()) - expected).abs() < 1e-15, "{v}");
        }
    }

    #[test]
    fn every_law_passes_through_the_origin_and_never_falls() {
        let presets = [Preset::LiquidSinh, Preset::Saturating, Preset::Cuso4, Preset::Resistor];
        for preset in presets {
            let law = Law::new(&DeviceConfig::preset(preset));
            for x in [0.0, 0.2, 0.5, 1.0] {
                assert_eq!(law.current(0.0, x), 0.0, "{preset}");
                for step in -200..200 {
                    let v = f64::from(step) * 0.01;
                    assert!(law.current(v + 0.01, x) > law.current(v, x), "{preset} {x} {v}");
                }
            }
        }
    }

    #[test]
    fn the_full_scale_is_the_current_at_one_volt_from_rest() {
        for preset in [Preset::LiquidSinh, Preset::Saturating, Preset::Cuso4] {
            let config =
                DeviceConfig { full_scale: Some(Amperes(2e-6)), ..DeviceConfig::preset(preset) };
            let full_scale = Law::new(&config).full_scale();
            assert!((full_scale - 2e-6).abs() < 1e-18, "{preset}: {full_scale}");
        }
    }

    #[test]
    fn without_memory_the_state_does_not_show() {
        let config = DeviceConfig { memory: Some(Ratio(0.0)), ..DeviceConfig::default() };
        let law = Law::new(&config);
        assert!((law.current(0.7, 0.0) - law.current(0.7, 1.0)).abs() < 1e-20);
    }
}
