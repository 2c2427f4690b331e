//! The noise of an analogue-to-digital converter: white, 1/f, and mains pick-up.
//!
//! All figures are shares of range, fitted to a bench run on a Keithley 2401, 100 uA into 10 kOhm:
//! 0.006 % rms at 0.01 power-line cycles, 0.001 % at 0.04, less from 0.16 on. A real converter's
//! short apertures are worse than white noise alone makes them, so one term falls as 1/aperture.

use std::f64::consts::{PI, TAU};

use super::channel::Aperture;
use crate::random::Draws;

/// Noise of the shortest apertures, at 1 PLC; falls as 1/PLC.
const SHORT: f64 = 5e-7;
/// White noise at 1 PLC; falls as the root.
const WHITE: f64 = 1e-6;
/// rms of each decade of 1/f noise: about a fifth of the source's 0.1 to 10 Hz figure of 5 ppm
/// peak to peak (SPEC-2400).
const FLICKER: f64 = 5e-7;
/// The corners of its relaxations, in hertz.
const CORNERS: [f64; 4] = [0.01, 0.1, 1.0, 10.0];
/// The amplitude of mains pick-up in an aperture that is short against a cycle.
const MAINS: f64 = 1e-5;
/// What whole cycles leave of it: 60 dB of normal-mode rejection (SPEC-2400).
const REJECTION: f64 = 1e-3;

/// One converter.
pub(crate) struct Converter {
    draws: Draws,
    /// The factor on all noise; 0 for an ideal converter.
    scale: f64,
    /// Hz, of the building.
    mains: f64,
    relaxations: [f64; CORNERS.len()],
    /// The middle of the last aperture, in seconds.
    last: f64,
    /// The steps of the relaxations for one time, kept because runs repeat it.
    step: Step,
}

#[derive(Clone, Copy)]
struct Step {
    elapsed: f64,
    kept: [f64; CORNERS.len()],
    added: [f64; CORNERS.len()],
}

impl Step {
    fn of(elapsed: f64) -> Step {
        let kept = CORNERS.map(|corner| (-TAU * corner * elapsed).exp());
        let added = kept.map(|it| FLICKER * (1.0 - it * it).sqrt());
        Step { elapsed, kept, added }
    }
}

impl Converter {
    pub(crate) fn new(mut draws: Draws, scale: f64, mains: f64) -> Converter {
        let relaxations = std::array::from_fn(|_| FLICKER * draws.normal());
        Converter { draws, scale, mains, relaxations, last: 0.0, step: Step::of(0.0) }
    }

    /// The noise of one conversion as a share of range. Two conversions of one window, voltage and
    /// current, share the slow part.
    pub(crate) fn noise(&mut self, aperture: Aperture) -> f64 {
        if self.scale == 0.0 {
            return 0.0;
        }
        let Aperture { cycles, middle } = aperture;
        let fast = f64::hypot(SHORT / cycles, WHITE / cycles.sqrt()) * self.draws.normal();
        self.scale * (fast + self.slow(middle) + self.pick_up(cycles, middle))
    }

    fn slow(&mut self, middle: f64) -> f64 {
        let elapsed = middle - self.last;
        if elapsed > 0.0 {
            self.last = middle;
            // The middles of a run's apertures are evenly spaced but for their last bits.
            if (elapsed - self.step.elapsed).abs() > 1e-9 * elapsed {
                self.step = Step::of(elapsed);
            }
            let Step { kept, added, .. } = self.step;
            for (index, state) in self.relaxations.iter_mut().enumerate() {
                *state = *state * kept[index] + added[index] * self.draws.normal();
            }
        }
        self.relaxations.iter().sum()
    }

    fn pick_up(&self, cycles: f64, middle: f64) -> f64 {
        let half_turns = PI * cycles;
        let left = (half_turns.sin() / half_turns).abs().max(REJECTION);
        // The phase is taken within a cycle before it becomes an angle, to keep its digits.
        MAINS * left * (TAU * (self.mains * middle).fract()).sin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    /// rms about the mean of conversions that follow each other by `spacing` seconds.
    fn rms(cycles: f64, spacing: f64) -> f64 {
        let draws = Draws::new(3, Purpose::Converter);
        let mut converter = Converter::new(draws, 1.0, 50.0);
        let values: Vec<f64> = (0..2000)
            .map(|it| converter.noise(Aperture { cycles, middle: f64::from(it) * spacing }))
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares = values.iter().map(|it| (it - mean).powi(2)).sum::<f64>();
        (squares / values.len() as f64).sqrt()
    }

    #[test]
    fn noise_against_aperture_is_within_a_factor_of_two_of_a_bench_run() {
        let table = [(0.01, 0.0587, 6e-5), (0.04, 0.0428, 1e-5)];
        for (cycles, spacing, expected) in table {
            let ratio = rms(cycles, spacing) / expected;
            assert!((0.5..2.0).contains(&ratio), "{cycles} {ratio}");
        }
        for (cycles, spacing) in [(0.16, 0.062), (0.63, 0.0934), (2.5, 0.244), (10.0, 0.855)] {
            assert!(rms(cycles, spacing) < 1e-5, "{cycles}");
        }
    }

    #[test]
    fn whole_cycles_reject_the_mains_by_60_db() {
        let draws = Draws::new(3, Purpose::Converter);
        let converter = Converter::new(draws, 1.0, 50.0);
        let peak = |cycles| {
            let phases = (0..100).map(|it| converter.pick_up(cycles, f64::from(it) * 2e-4));
            phases.fold(0.0f64, |most, it| most.max(it.abs()))
        };
        assert!((peak(0.001) / MAINS - 1.0).abs() < 1e-2);
        assert!((peak(1.0) / MAINS / REJECTION - 1.0).abs() < 1e-2);
        // 1 PLC of 60 Hz in a building of 50 Hz rejects next to nothing.
        assert!(peak(50.0 / 60.0) > 100.0 * peak(1.0));
    }

    #[test]
    fn long_apertures_meet_a_floor_that_averaging_does_not_lower() {
        // White noise alone would fall by ten from 1 to 100 cycles.
        let fall = rms(1.0, 0.02) / rms(100.0, 2.0);
        assert!(fall < 3.0, "{fall}");
    }
}
