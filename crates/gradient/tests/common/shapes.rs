//! Three shapes of devices.

use super::Jet;

/// Three assumed shapes in ±1 V, with I(1 V) = 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Convex.
    Sinh,
    /// Saturating.
    Sat,
    /// A filament that switches smoothly, with a dead zone around 0 V.
    Fil,
}

pub const SHAPES: [Shape; 3] = [Shape::Sinh, Shape::Sat, Shape::Fil];

impl Shape {
    pub fn at(self, v: Jet) -> Jet {
        let raw = |v: Jet| match self {
            Shape::Sinh => (v * (1.0 / 0.3)).sinh() * (0.8 / f64::sinh(1.0 / 0.3)) + v * 0.2,
            Shape::Sat => {
                let t = |v: Jet| ((v + -0.03) * (1.0 / 0.38)).tanh();
                let of = |v: Jet| {
                    let u = ((v + -0.03) * (1.0 / 0.38)).tanh();
                    t(v) * (u * 0.08 + 1.0) + v * 0.05
                };
                of(v) - Jet::constant(of(Jet::constant(0.0)).value())
            }
            Shape::Fil => {
                let logistic = |x: Jet| Jet::constant(1.0) / ((x * -1.0).exp() + 1.0);
                let up = logistic((v + -0.38) * (1.0 / 0.07));
                let down = logistic((v + 0.55) * (-1.0 / 0.07)) * 0.65;
                let g = (up + down) * 0.94 + 0.06;
                v * g / (g * 0.3 + 1.0)
            }
        };
        raw(v) * (1.0 / raw(Jet::constant(1.0)).value())
    }
}
