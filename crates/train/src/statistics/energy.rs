use serde::Serialize;

/// A device held at a level while it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dwell {
    /// V across the device.
    pub level: f64,
    /// A; `None` where it is not known: overflow, not a number.
    pub current: Option<f64>,
    /// s, for which the level was on.
    pub duration: f64,
}

/// What devices took up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Energy {
    /// Σ V·I·t over the dwells whose current is known, J.
    pub joules: f64,
    /// Dwells without a known current: they took up energy that is not in `joules`.
    pub unknown: usize,
}

/// Σ V·I·t. The current of the reading stands for the whole dwell: what flowed while a slow device
/// was settling is not in it. A product is negative where the device gave energy back, or where the
/// current's offset has the other sign than its level, and counts as such: taking magnitudes would
/// add up noise.
pub fn energy(dwells: impl IntoIterator<Item = Dwell>) -> Energy {
    dwells.into_iter().fold(Energy::default(), |mut sum, it| {
        match it.current {
            Some(current) => sum.joules += it.level * current * it.duration,
            None => sum.unknown += 1,
        }
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resistor_takes_up_its_square_of_the_voltage_over_the_resistance() {
        let (ohms, seconds) = (20e3, 25e-3);
        let levels = [-1.0, -0.5, 0.0, 0.5, 1.0];
        let dwell = |&level: &f64| Dwell { level, current: Some(level / ohms), duration: seconds };
        let found = energy(levels.iter().map(dwell));
        let exact = 2.5 / ohms * seconds;
        assert!((found.joules - exact).abs() < 1e-12 * exact);
        assert_eq!(found.unknown, 0);
    }

    #[test]
    fn what_is_not_known_is_counted_and_what_comes_back_is_subtracted() {
        let dwells = [(1.0, Some(2e-6)), (1.0, None), (0.5, Some(-1e-6))];
        let dwell = |(level, current)| Dwell { level, current, duration: 2.0 };
        assert_eq!(energy(dwells.map(dwell)), Energy { joules: 3e-6, unknown: 1 });
        assert_eq!(energy([]), Energy::default());
    }
}
