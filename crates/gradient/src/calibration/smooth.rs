//! A mismatch that was measured level by level as a smooth curve.

use crate::{Mismatch, knowledge::Piece};

/// Levels that a local parabola may rest on; the first leaves what was measured.
const WIDTHS: [usize; 6] = [1, 5, 7, 9, 11, 15];

/// One level, smoothed.
struct Smoothed {
    value: f64,
    /// Variance of the value from noise alone, A².
    variance: f64,
    /// What the measured value counts in it.
    own: f64,
}

impl Mismatch {
    /// The curve of local parabolas. Of the widths the one is taken that makes
    /// C_p = Σ ((measured − smoothed)/u)² + 2·Σ own − n least (Mallows 1973), an unbiased estimate of
    /// the expected square error: a curve that parabolas of any width distort is left as measured.
    /// What the residuals exceed noise by is added to the uncertainties.
    pub(crate) fn smoothed(self) -> Mismatch {
        if self.uncertainties.iter().any(|it| it.is_nan() || *it <= 0.0) {
            return self;
        }
        let candidates = WIDTHS.iter().filter(|it| **it <= self.levels.len());
        let of_width = |width: &usize| -> Vec<Smoothed> {
            (0..self.levels.len()).map(|place| self.parabola(place, *width)).collect()
        };
        let risk = |curve: &Vec<Smoothed>| -> f64 {
            self.residuals(curve).map(|(square, own, _)| square + 2.0 * own - 1.0).sum()
        };
        let best = candidates.map(of_width).min_by(|a, b| risk(a).total_cmp(&risk(b)));
        let Some(best) = best else { return self };
        // Expected of the squares without distortion: 1 − 2·own + variance/u².
        let excess: f64 = self
            .residuals(&best)
            .map(|(square, own, variance)| square - (1.0 - 2.0 * own + variance))
            .sum();
        let distortion = (excess / best.len() as f64).max(0.0);
        let uncertainty = |(it, u): (&Smoothed, &f64)| (it.variance + distortion * u * u).sqrt();
        Mismatch {
            uncertainties: best.iter().zip(&self.uncertainties).map(uncertainty).collect(),
            differences: best.iter().map(|it| it.value).collect(),
            ..self
        }
    }

    /// For each level: the square of its residual, what it counts itself, and its variance, in units
    /// of its uncertainty.
    fn residuals<'a>(
        &'a self,
        curve: &'a [Smoothed],
    ) -> impl Iterator<Item = (f64, f64, f64)> + 'a {
        let measured = self.differences.iter().zip(&self.uncertainties);
        measured.zip(curve).map(|((difference, u), it)| {
            (((difference - it.value) / u).powi(2), it.own, it.variance / (u * u))
        })
    }

    /// The parabola through the levels around one, weighted alike, at that level.
    fn parabola(&self, place: usize, width: usize) -> Smoothed {
        let count = self.levels.len();
        let start = place.saturating_sub(width / 2).min(count - width);
        if width == 1 {
            let (value, u) = (self.differences[place], self.uncertainties[place]);
            return Smoothed { value, variance: u * u, own: 1.0 };
        }
        let here = self.levels[place];
        let reach = self.levels[start + width - 1] - self.levels[start];
        let x = |it: usize| (self.levels[it] - here) / reach;
        // Orthogonal polynomials over the levels, so that nothing must be solved.
        let (n, over) = (width as f64, start..start + width);
        let sum = |of: &dyn Fn(usize) -> f64| over.clone().map(of).sum::<f64>();
        let mean = sum(&x) / n;
        let first = |it: usize| x(it) - mean;
        let spread = sum(&|it| first(it).powi(2));
        let (skew, square) = (sum(&|it| first(it).powi(3)) / spread, spread / n);
        let second = |it: usize| first(it) * (first(it) - skew) - square;
        let bend = sum(&|it| second(it).powi(2));
        let weight = |it: usize| {
            1.0 / n + first(it) * first(place) / spread + second(it) * second(place) / bend
        };
        Smoothed {
            value: sum(&|it| weight(it) * self.differences[it]),
            variance: sum(&|it| (weight(it) * self.uncertainties[it]).powi(2)),
            own: weight(place),
        }
    }

    /// I_probe − I_base at a level and its standard uncertainty, A: the cubic through the four nearest
    /// levels, which leaves ten times less of a bent curve than straight lines do. With the piece of a
    /// level before, which becomes this level's.
    #[inline]
    pub(crate) fn smooth(&self, level: f64, piece: &mut SmoothPiece) -> (f64, f64) {
        if !piece.straight.covers(level) {
            piece.seek(level, self);
        }
        let [straight, uncertainty] = piece.straight.values(level);
        let difference = piece.cubic.map_or(straight, |it| it.value(level));
        (difference, uncertainty)
    }
}

/// The curve over one interval of the levels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SmoothPiece {
    straight: Piece<2>,
    cubic: Option<Cubic>,
}

impl SmoothPiece {
    /// Of no level.
    pub(crate) const NONE: SmoothPiece = SmoothPiece { straight: Piece::NONE, cubic: None };

    fn seek(&mut self, level: f64, mismatch: &Mismatch) {
        let SmoothPiece { straight, cubic } = self;
        straight.seek(level, &mismatch.levels, mismatch.values());
        let last = mismatch.levels.len().checked_sub(4);
        let start = last.map(|it| straight.above.saturating_sub(2).min(it));
        let through = |it: usize| {
            Cubic::through(
                std::array::from_fn(|at| mismatch.levels[it + at]),
                std::array::from_fn(|at| mismatch.differences[it + at]),
            )
        };
        *cubic = start.map(through);
    }
}

/// A cubic in Newton's form.
#[derive(Clone, Copy, Debug)]
struct Cubic {
    levels: [f64; 4],
    divided: [f64; 4],
}

impl Cubic {
    fn through(levels: [f64; 4], values: [f64; 4]) -> Cubic {
        let mut divided = values;
        for order in 1..4 {
            for at in (order..4).rev() {
                divided[at] = (divided[at] - divided[at - 1]) / (levels[at] - levels[at - order]);
            }
        }
        Cubic { levels, divided }
    }

    #[inline]
    fn value(&self, level: f64) -> f64 {
        let terms = self.levels.iter().zip(&self.divided).rev();
        terms.fold(0.0, |sum, (at, divided)| divided + (level - at) * sum)
    }
}
