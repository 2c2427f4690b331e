//! What a device remembers.

/// As many relaxations as any law has.
pub(crate) const MODES: usize = 8;

/// The state of a device. Laws with one state variable keep it in the first mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) modes: [f64; MODES],
    /// This cycle's factors on the thresholds of a filament.
    pub(crate) set: f64,
    pub(crate) hold: f64,
    /// The filament has formed and not yet let go.
    pub(crate) formed: bool,
}

impl State {
    pub(crate) fn of(x: f64) -> Self {
        let mut modes = [0.0; MODES];
        modes[0] = x;
        State { modes, set: 1.0, hold: 1.0, formed: false }
    }

    /// The only state variable of most laws.
    pub(crate) fn x(&self) -> f64 {
        self.modes[0]
    }

    /// The largest difference of any mode.
    pub(crate) fn distance(&self, other: &State) -> f64 {
        let differences = self.modes.iter().zip(other.modes).map(|(a, b)| (a - b).abs());
        differences.fold(0.0, f64::max)
    }
}
