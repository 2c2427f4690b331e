//! Yakopcic's generalised memristor model (IEEE EDL 32(10), 2011; TCAD 32(8), 2013).

use super::{
    exponential_integral::{e1, inverse_e1},
    or, sinh, sinh_cosh,
};
use crate::config::DeviceConfig;

/// `I = a_1·x·sinh(b·V)` at V ≥ 0, `a_2·x·sinh(b·V)` below; `dx/dt = η·g(V)·f(x)` with
/// `g = A_p·(e^V − e^V_p)` above V_p, `−A_n·(e^−V − e^V_n)` below −V_n, 0 between.
///
/// Upwards f = 1 below x_p and `e^(−α_p·(x − x_p))·(1 − x)/(1 − x_p)` above; downwards likewise from
/// the other end with x_n. The defaults are the set published as SPICE text for the devices of
/// Oblea et al.
#[derive(Clone, Debug)]
pub(crate) struct Yakopcic {
    a_1: f64,
    a_2: f64,
    b: f64,
    v_p: f64,
    v_n: f64,
    a_p: f64,
    a_n: f64,
    up: Slope,
    down: Slope,
    eta: f64,
    pub(crate) fresh: f64,
}

/// How the motion towards a limit slows down over the last `wide` of its way.
#[derive(Clone, Copy, Debug)]
struct Slope {
    wide: f64,
    alpha: f64,
}

impl Yakopcic {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        Yakopcic {
            a_1: or(config.a_1, 0.17),
            a_2: or(config.a_2, 0.17),
            b: or(config.b, 0.05),
            v_p: or(config.v_p, 0.16),
            v_n: or(config.v_n, 0.15),
            a_p: or(config.a_p, 4000.0),
            a_n: or(config.a_n, 4000.0),
            up: Slope { wide: 1.0 - or(config.x_p, 0.3), alpha: or(config.alpha_p, 1.0) },
            down: Slope { wide: 1.0 - or(config.x_n, 0.5), alpha: or(config.alpha_n, 5.0) },
            eta: or(config.eta, 1.0),
            fresh: or(config.x_0, 0.11),
        }
    }

    pub(crate) fn current(&self, volts: f64, x: f64) -> f64 {
        let amplitude = if volts >= 0.0 { self.a_1 } else { self.a_2 };
        amplitude * x * sinh(self.b * volts)
    }

    /// The current and its derivative.
    pub(crate) fn tangent(&self, volts: f64, x: f64) -> (f64, f64) {
        let amplitude = if volts >= 0.0 { self.a_1 } else { self.a_2 };
        let (sinh, cosh) = sinh_cosh(self.b * volts);
        (amplitude * x * sinh, amplitude * x * self.b * cosh)
    }

    /// `η·g(V)`, in 1/s.
    fn drive(&self, volts: f64) -> f64 {
        let g = if volts > self.v_p {
            self.a_p * (volts.exp() - self.v_p.exp())
        } else if volts < -self.v_n {
            -self.a_n * ((-volts).exp() - self.v_n.exp())
        } else {
            0.0
        };
        self.eta * g
    }

    pub(crate) fn speed(&self, volts: f64) -> f64 {
        let drive = self.drive(volts);
        let slope = if drive > 0.0 { self.up } else { self.down };
        drive.abs() * (1.0 / slope.wide + slope.alpha)
    }

    /// The state `seconds` after it was `x`.
    pub(crate) fn after(&self, x: f64, volts: f64, seconds: f64) -> f64 {
        let way = self.drive(volts) * seconds;
        if way > 0.0 {
            1.0 - self.up.left(1.0 - x, way)
        } else if way < 0.0 {
            self.down.left(x, -way)
        } else {
            x
        }
    }
}

impl Slope {
    /// What is left of `gap` to the limit after going `way`, the integral of |η·g| over time.
    ///
    /// Over the last part du/dway = −e^(−α·(wide − u))·u/wide, of which the integral is
    /// `E₁(α·u) − E₁(α·gap) = way / (wide·e^(α·wide))`.
    fn left(self, gap: f64, way: f64) -> f64 {
        let Slope { wide, alpha } = self;
        if gap - way >= wide {
            return gap - way;
        }
        let way = way - (gap - wide).max(0.0);
        let gap = gap.min(wide);
        if gap < 1e-12 {
            return gap;
        }
        if alpha < 1e-9 {
            return gap * (-way / wide).exp();
        }
        let further = way / (wide * (alpha * wide).exp());
        (inverse_e1(e1(alpha * gap) + further) / alpha).min(gap)
    }
}
