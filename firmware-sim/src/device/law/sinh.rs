//! Memristors with one linearly relaxing state: the sinh mixes and the saturating law.

use super::{Relaxation, or, sinh, sinh_cosh};
use crate::config::{DeviceConfig, Number};

/// `I = x·a_on·sinh(b_on·V) + (1−x)·a_off·sinh(b_off·V) + leak·V`.
#[derive(Clone, Debug)]
pub(crate) struct SinhMix {
    on: Branch,
    off: Branch,
    leak: f64,
    dynamics: Dynamics,
}

/// `amplitude · sinh(steepness · V)`.
#[derive(Clone, Copy, Debug)]
struct Branch {
    amplitude: f64,
    steepness: f64,
}

/// How the state moves.
#[derive(Clone, Copy, Debug)]
enum Dynamics {
    /// `target = ½·(1 + tanh(V / v_scale))`, one time constant; rest at ½.
    Relaxing { v_scale: f64, time_constant: f64 },
    /// `dx/dt = [up·(e^(V−v_up) − 1)·(1−x) above v_up, −down·(e^(−V−v_down) − 1)·x below −v_down,
    /// −leak·x] / period`; rest at 0.
    Threshold { up: f64, v_up: f64, down: f64, v_down: f64, leak: f64, period: f64, fresh: f64 },
}

/// One fitted sweep: a_on and a_off in A, b in 1/V, rates per sample, thresholds in V.
struct Fit {
    on: (f64, f64),
    off: (f64, f64),
    up: (f64, f64),
    down: (f64, f64),
    fresh: f64,
    leak: f64,
}

/// Three consecutive sweeps of an aqueous copper-sulphate memristor over ±2.03 V (Appl. Phys. A
/// 2016, 10.1007/s00339-016-0132-6), each fitted with 1.4 to 1.6 % of its range.
const CUSO4: [Fit; 3] = [
    Fit {
        on: (2.489e-3, 1.382),
        off: (0.218e-3, 1.770),
        up: (0.0882, 1.598),
        down: (0.0578, 0.323),
        fresh: 0.013,
        leak: 0.0041,
    },
    Fit {
        on: (2.509e-3, 1.278),
        off: (0.144e-3, 1.844),
        up: (0.0748, 1.658),
        down: (0.0816, 0.175),
        fresh: 0.062,
        leak: 0.0044,
    },
    Fit {
        on: (2.476e-3, 1.196),
        off: (0.139e-3, 1.774),
        up: (0.1019, 1.674),
        down: (0.1053, 0.281),
        fresh: 0.077,
        leak: 0.0062,
    },
];

impl SinhMix {
    /// At rest exactly `FS·[0.8·sinh(V/0.3)/sinh(1/0.3) + 0.2·V]`; the state moves the first term
    /// by ± `memory`.
    pub(crate) fn liquid(config: &DeviceConfig) -> Self {
        let memory = or(config.memory, 0.08);
        let full_scale = or(config.full_scale, 60e-6);
        let steepness = 1.0 / 0.3;
        let amplitude = 0.8 * full_scale / f64::sinh(steepness);
        SinhMix {
            on: Branch { amplitude: amplitude * (1.0 + memory), steepness },
            off: Branch { amplitude: amplitude * (1.0 - memory), steepness },
            leak: 0.2 * full_scale,
            dynamics: Dynamics::relaxing(config),
        }
    }

    pub(crate) fn cuso4(config: &DeviceConfig) -> Self {
        let fit = &CUSO4[(config.sweep.unwrap_or(1).clamp(1, 3) - 1) as usize];
        let period = or(config.sample_period, 0.01);
        let fitted = |factor: f64| SinhMix {
            on: Branch { amplitude: fit.on.0 * factor, steepness: fit.on.1 },
            off: Branch { amplitude: fit.off.0 * factor, steepness: fit.off.1 },
            leak: 0.0,
            dynamics: Dynamics::Threshold {
                up: fit.up.0,
                v_up: fit.up.1,
                down: fit.down.0,
                v_down: fit.down.1,
                leak: fit.leak,
                period,
                fresh: fit.fresh,
            },
        };
        let unscaled = fitted(1.0);
        match config.full_scale.map(Number::number) {
            Some(wanted) => fitted(wanted / unscaled.current(1.0, unscaled.rest())),
            None => unscaled,
        }
    }

    pub(crate) fn current(&self, volts: f64, x: f64) -> f64 {
        let SinhMix { on, off, leak, .. } = self;
        let mixed = if on.steepness == off.steepness {
            (x * on.amplitude + (1.0 - x) * off.amplitude) * sinh(on.steepness * volts)
        } else {
            x * on.at(volts) + (1.0 - x) * off.at(volts)
        };
        mixed + leak * volts
    }

    /// The current and its derivative.
    pub(crate) fn tangent(&self, volts: f64, x: f64) -> (f64, f64) {
        let SinhMix { on, off, leak, .. } = self;
        let (current, slope) = if on.steepness == off.steepness {
            let amplitude = x * on.amplitude + (1.0 - x) * off.amplitude;
            Branch { amplitude, ..*on }.tangent(volts)
        } else {
            let ((on, on_slope), (off, off_slope)) = (on.tangent(volts), off.tangent(volts));
            (x * on + (1.0 - x) * off, x * on_slope + (1.0 - x) * off_slope)
        };
        (current + leak * volts, slope + leak)
    }

    pub(crate) fn relaxation(&self, volts: f64) -> Relaxation {
        self.dynamics.at(volts)
    }

    pub(crate) fn rest(&self) -> f64 {
        match self.dynamics {
            Dynamics::Relaxing { .. } => 0.5,
            Dynamics::Threshold { fresh, .. } => fresh,
        }
    }
}

impl Branch {
    fn at(self, volts: f64) -> f64 {
        self.amplitude * sinh(self.steepness * volts)
    }

    fn tangent(self, volts: f64) -> (f64, f64) {
        let (sinh, cosh) = sinh_cosh(self.steepness * volts);
        (self.amplitude * sinh, self.amplitude * self.steepness * cosh)
    }
}

impl Dynamics {
    fn relaxing(config: &DeviceConfig) -> Self {
        Dynamics::Relaxing { v_scale: 0.6, time_constant: or(config.relaxation, 2.0) }
    }

    fn at(self, volts: f64) -> Relaxation {
        match self {
            Dynamics::Relaxing { v_scale, time_constant } => Relaxation {
                target: 0.5 * (1.0 + (volts / v_scale).tanh()),
                rate: 1.0 / time_constant,
            },
            Dynamics::Threshold { up, v_up, down, v_down, leak, period, .. } => {
                // Far beyond any device's voltage the rate stays a number.
                let volts = volts.clamp(-300.0, 300.0);
                let rising = if volts > v_up { up * (volts - v_up).exp_m1() } else { 0.0 };
                let falling = if volts < -v_down { down * (-volts - v_down).exp_m1() } else { 0.0 };
                let rate = rising + falling + leak;
                Relaxation { target: rising / rate, rate: rate / period }
            }
        }
    }
}

/// `I = FS·[s·(1 + m·(2x−1))·(t(V) − t(0)) + 0.05·V] / [s = 1 at +1 V]`, with
/// `t = tanh((V − 0.03)/0.38)·(1 + 0.08·tanh((V − 0.03)/0.38))`.
#[derive(Clone, Debug)]
pub(crate) struct Saturating {
    scale: f64,
    memory: f64,
    dynamics: Dynamics,
}

impl Saturating {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        Saturating {
            scale: or(config.full_scale, 60e-6) / (bent(1.0) + 0.05),
            memory: or(config.memory, 0.08),
            dynamics: Dynamics::relaxing(config),
        }
    }

    pub(crate) fn current(&self, volts: f64, x: f64) -> f64 {
        self.scale * ((1.0 + self.memory * (2.0 * x - 1.0)) * bent(volts) + 0.05 * volts)
    }

    pub(crate) fn relaxation(&self, volts: f64) -> Relaxation {
        self.dynamics.at(volts)
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
