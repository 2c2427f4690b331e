use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// How a pre-activation z becomes a level, and the current and slope there an activation.
///
/// V = clip(volts_per_unit · z, window); a = gain · I / current_scale;
/// da/dz = gain · volts_per_unit · (dI/dV) / current_scale, and zero where V was clipped.
/// A slope carried through the clip instead (straight-through) was measured to ruin training on
/// convex and switching devices; the range penalty brings clipped neurons back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// V for each unit of z, above zero.
    pub volts_per_unit: f64,
    /// The lowest and the highest level asked, V; a step reaches beyond them.
    pub window: (f64, f64),
    /// The current that counts as one, A, above zero.
    pub current_scale: f64,
    /// The activation at `current_scale`.
    pub gain: f64,
}

impl Mapping {
    /// Refuses what cannot map.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let (low, high) = self.window;
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let refused = |key, found: String, accepted| Err(ConfigError { key, found, accepted });
        if !positive(self.volts_per_unit) {
            let found = self.volts_per_unit.to_string();
            return refused("mapping.volts_per_unit", found, "a voltage above 0 V");
        }
        if !(low.is_finite() && high.is_finite() && low < high) {
            let found = format!("[{low} V, {high} V]");
            return refused("mapping.window", found, "two voltages, lower first");
        }
        if !positive(self.current_scale) {
            let found = self.current_scale.to_string();
            return refused("mapping.current_scale", found, "a current above 0 A");
        }
        if !(self.gain.is_finite() && self.gain != 0.0) {
            return refused("mapping.gain", self.gain.to_string(), "a number other than 0");
        }
        Ok(())
    }

    /// The level for `z`, V.
    pub fn level(&self, z: f32) -> f64 {
        (self.volts_per_unit * f64::from(z)).clamp(self.window.0, self.window.1)
    }

    /// How far `z` asks beyond the window, V: negative below it, zero inside, positive above.
    pub fn excess(&self, z: f64) -> f64 {
        let volts = self.volts_per_unit * z;
        let (low, high) = self.window;
        (volts - high).max(0.0) + (volts - low).min(0.0)
    }

    /// The level of `z` is not the one it asks for.
    pub fn clips(&self, z: f32) -> bool {
        self.excess(f64::from(z)) != 0.0
    }

    /// The activation of a current in A.
    pub fn value(&self, current: f64) -> f32 {
        (self.gain * current / self.current_scale) as f32
    }

    /// The slope of the activation at `z`, of a device's slope `didv` in S.
    pub fn slope(&self, z: f32, didv: f64) -> f32 {
        if self.clips(z) {
            return 0.0;
        }
        (self.gain * self.volts_per_unit * didv / self.current_scale) as f32
    }

    /// The pre-activations that reach the ends of the window.
    pub fn range(&self) -> (f32, f32) {
        let (low, high) = self.window;
        ((low / self.volts_per_unit) as f32, (high / self.volts_per_unit) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAPER: Mapping =
        Mapping { volts_per_unit: 0.5, window: (-1.0, 0.75), current_scale: 60e-6, gain: 2.0 };

    #[test]
    fn levels_follow_z_and_stop_at_the_ends_of_the_window() {
        let levels: Vec<_> = [-9.0, -2.0, 0.5, 1.5, 1.6].map(|z| PAPER.level(z)).into();
        assert_eq!(levels, [-1.0, -1.0, 0.25, 0.75, 0.75]);
    }

    #[test]
    fn the_excess_is_signed_and_zero_inside() {
        let excess: Vec<_> = [-3.0, -2.0, 0.5, 1.5, 2.0].map(|z| PAPER.excess(z)).into();
        assert_eq!(excess, [-0.5, 0.0, 0.0, 0.0, 0.25]);
    }

    #[test]
    fn a_slope_is_the_derivative_of_the_value_inside_and_zero_where_clipped() {
        let current = |volts: f64| 60e-6 * volts + 10e-6 * volts * volts;
        let didv = |volts: f64| 60e-6 + 20e-6 * volts;
        let value = |z: f32| f64::from(PAPER.value(current(PAPER.level(z))));
        for z in [-2.5, -1.5, -0.25, 0.0, 1.0, 3.0] {
            let numerical = (value(z + 0.0625) - value(z - 0.0625)) / 0.125;
            let slope = f64::from(PAPER.slope(z, didv(PAPER.level(z))));
            assert!((slope - numerical).abs() < 1e-5, "z = {z}: {slope} against {numerical}");
        }
    }

    #[test]
    fn a_level_exactly_at_the_end_of_the_window_is_not_clipped() {
        assert!(!PAPER.clips(1.5) && PAPER.slope(1.5, 60e-6) == 1.0);
        assert!(PAPER.clips(1.500001) && PAPER.slope(1.500001, 60e-6) == 0.0);
    }

    #[test]
    fn what_cannot_map_is_refused_by_its_key() {
        let refusal = |edit: fn(&mut Mapping)| {
            let mut mapping = PAPER;
            edit(&mut mapping);
            mapping.check().unwrap_err().to_string()
        };
        assert_eq!(
            [
                refusal(|it| it.volts_per_unit = 0.0),
                refusal(|it| it.window = (1.0, -1.0)),
                refusal(|it| it.current_scale = f64::NAN),
                refusal(|it| it.gain = 0.0),
            ],
            [
                "mapping.volts_per_unit = 0: accepted is a voltage above 0 V",
                "mapping.window = [1 V, -1 V]: accepted is two voltages, lower first",
                "mapping.current_scale = NaN: accepted is a current above 0 A",
                "mapping.gain = 0: accepted is a number other than 0",
            ]
        );
        assert_eq!(PAPER.check(), Ok(()));
    }
}
