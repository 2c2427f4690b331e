//! VTEAM, the voltage threshold adaptive memristor (Kvatinsky et al., IEEE TCAS-II 62(8), 2015).

use super::or;
use crate::config::{Curve, DeviceConfig, Window};

/// `dw/dt = k_off·(V/v_off − 1)^α_off·f(w)` above v_off, `k_on·(V/v_on − 1)^α_on·f(w)` below v_on,
/// 0 between; `I = V/R(w)`, from r_on at w = 0 to r_off at w = 1. The defaults are the simulator's:
/// the paper fits a set for each device.
#[derive(Clone, Debug)]
pub(crate) struct Vteam {
    v_on: f64,
    v_off: f64,
    k_on: f64,
    k_off: f64,
    alpha_on: f64,
    alpha_off: f64,
    r_on: f64,
    r_off: f64,
    window: Window,
    curve: Curve,
    pub(crate) fresh: f64,
}

impl Vteam {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        Vteam {
            v_on: or(config.v_on, -0.3),
            v_off: or(config.v_off, 0.3),
            k_on: or(config.k_on, -1.0),
            k_off: or(config.k_off, 1.0),
            alpha_on: or(config.alpha_on, 3.0),
            alpha_off: or(config.alpha_off, 3.0),
            r_on: or(config.r_on, 10e3),
            r_off: or(config.r_off, 100e3),
            window: config.window.unwrap_or_default(),
            curve: config.curve.unwrap_or_default(),
            fresh: or(config.x_0, 0.5),
        }
    }

    pub(crate) fn current(&self, volts: f64, w: f64) -> f64 {
        let ohms = match self.curve {
            Curve::Linear => self.r_on + (self.r_off - self.r_on) * w,
            Curve::Exponential => self.r_on * (self.r_off / self.r_on).powf(w),
        };
        volts / ohms
    }

    /// The signed speed before the window, in 1/s.
    fn drive(&self, volts: f64) -> f64 {
        if volts > self.v_off {
            self.k_off * (volts / self.v_off - 1.0).powf(self.alpha_off)
        } else if volts < self.v_on {
            self.k_on * (volts / self.v_on - 1.0).powf(self.alpha_on)
        } else {
            0.0
        }
    }

    pub(crate) fn speed(&self, volts: f64) -> f64 {
        let steepest = match self.window {
            Window::None | Window::Linear => 1.0,
            Window::Biolek => 2.0,
            Window::Joglekar => 4.0,
        };
        steepest * self.drive(volts).abs()
    }

    /// The state `seconds` after it was `w`. Downwards is upwards seen from the other end.
    pub(crate) fn after(&self, w: f64, volts: f64, seconds: f64) -> f64 {
        let way = self.drive(volts) * seconds;
        if way >= 0.0 { self.risen(w, way) } else { 1.0 - self.risen(1.0 - w, -way) }
    }

    fn risen(&self, w: f64, way: f64) -> f64 {
        let risen = match self.window {
            Window::None => w + way,
            Window::Linear => w - (1.0 - w) * (-way).exp_m1(),
            Window::Joglekar => w / (w + (1.0 - w) * (-4.0 * way).exp()),
            Window::Biolek => {
                let gained = way.tanh();
                (w + gained) / (1.0 + w * gained)
            }
        };
        // Not a number only where nothing moves: at a limit that the window locks.
        if risen.is_nan() { w } else { risen.clamp(0.0, 1.0) }
    }
}
