//! Values with their first three derivatives, for devices whose slopes must be exact.

use std::ops::{Add, Div, Mul, Sub};

/// Taylor coefficients in V: value, first, second and third derivative over their factorials.
#[derive(Clone, Copy, Debug)]
pub struct Jet(pub [f64; 4]);

impl Jet {
    /// The voltage itself, where it is `level`.
    pub fn variable(level: f64) -> Jet {
        Jet([level, 1.0, 0.0, 0.0])
    }

    pub fn constant(value: f64) -> Jet {
        Jet([value, 0.0, 0.0, 0.0])
    }

    pub fn value(self) -> f64 {
        self.0[0]
    }

    pub fn slope(self) -> f64 {
        self.0[1]
    }

    pub fn second(self) -> f64 {
        2.0 * self.0[2]
    }

    pub fn third(self) -> f64 {
        6.0 * self.0[3]
    }

    /// f(self), from f and its three derivatives at the value.
    fn through(self, [f, first, second, third]: [f64; 4]) -> Jet {
        let [_, a, b, c] = self.0;
        Jet([
            f,
            first * a,
            first * b + second * a * a / 2.0,
            first * c + second * a * b + third * a.powi(3) / 6.0,
        ])
    }

    pub fn exp(self) -> Jet {
        self.through([self.0[0].exp(); 4])
    }

    pub fn sinh(self) -> Jet {
        let (sinh, cosh) = (self.0[0].sinh(), self.0[0].cosh());
        self.through([sinh, cosh, sinh, cosh])
    }

    pub fn sin(self) -> Jet {
        let (sin, cos) = self.0[0].sin_cos();
        self.through([sin, cos, -sin, -cos])
    }

    pub fn tanh(self) -> Jet {
        let t = self.0[0].tanh();
        let first = 1.0 - t * t;
        self.through([t, first, -2.0 * t * first, first * (6.0 * t * t - 2.0)])
    }
}

impl Add for Jet {
    type Output = Jet;
    fn add(self, other: Jet) -> Jet {
        Jet(std::array::from_fn(|it| self.0[it] + other.0[it]))
    }
}

impl Sub for Jet {
    type Output = Jet;
    fn sub(self, other: Jet) -> Jet {
        self + other * -1.0
    }
}

impl Mul for Jet {
    type Output = Jet;
    fn mul(self, other: Jet) -> Jet {
        Jet(std::array::from_fn(|n| (0..=n).map(|it| self.0[it] * other.0[n - it]).sum()))
    }
}

impl Div for Jet {
    type Output = Jet;
    fn div(self, other: Jet) -> Jet {
        let mut quotient = [0.0; 4];
        for n in 0..4 {
            let known: f64 = (0..n).map(|it| quotient[it] * other.0[n - it]).sum();
            quotient[n] = (self.0[n] - known) / other.0[0];
        }
        Jet(quotient)
    }
}

impl Mul<f64> for Jet {
    type Output = Jet;
    fn mul(self, factor: f64) -> Jet {
        Jet(self.0.map(|it| it * factor))
    }
}

impl Add<f64> for Jet {
    type Output = Jet;
    fn add(self, offset: f64) -> Jet {
        self + Jet::constant(offset)
    }
}
