//! A volatile silver filament between two electrodes.

use super::{
    or, sinh,
    state::{MODES, State},
    stretched, vanishing,
};
use crate::{config::DeviceConfig, random::Draws};

/// `I = x·min(G·V, I_max) + (1−x)·I_0·sinh(V/V_1)`, the same for both polarities.
///
/// Above its threshold |V| grows the filament, `dx/dt = (1−x)/τ_set(V)` with
/// `τ_set = t_set·e^(−(|V| − V_th)/V_0)`; below its holding voltage it dissolves as a stretched
/// exponential; between the two it stays. The threshold is drawn anew when a filament has let go
/// and where the voltage is driven through zero upwards, the holding voltage when one has formed.
/// Magnitudes follow diffusive silver devices: sets at 0.61 to 0.89 V, resets at 0.23 to 0.32 V
/// (Sci. Rep. 2019, s41598-019-53720-2).
#[derive(Clone, Debug)]
pub(crate) struct Filament {
    threshold: f64,
    hold: f64,
    pub(crate) threshold_sd: f64,
    set_time: f64,
    set_voltage: f64,
    conductance: f64,
    limit: f64,
    off_current: f64,
    off_voltage: f64,
    weights: [f64; MODES],
    /// 1/s.
    rates: [f64; MODES],
    /// The rate at which a whole filament begins to dissolve, in 1/s.
    dissolving: f64,
}

/// What is redrawn stays between these factors of its mean.
const WIDEST: (f64, f64) = (0.2, 3.0);
/// At more than this part the filament counts as formed.
const FORMED: f64 = 0.5;

enum Motion {
    /// With the rate in 1/s.
    Grows(f64),
    Stays,
    Dissolves,
}

impl Filament {
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        let (weights, rates) = stretched::modes(or(config.stretch, 0.65));
        let relaxation = or(config.relaxation, 0.05);
        let beginning: f64 = rates.iter().zip(weights).map(|(rate, weight)| rate * weight).sum();
        Filament {
            threshold: or(config.threshold, 0.75),
            hold: or(config.hold, 0.28),
            threshold_sd: or(config.threshold_sd, 0.1),
            set_time: or(config.set_time, 1e-3),
            set_voltage: or(config.set_voltage, 0.1),
            conductance: or(config.conductance, 100e-6),
            limit: or(config.filament_limit, 1e-3),
            off_current: or(config.off_current, 1e-9),
            off_voltage: or(config.off_voltage, 0.25),
            weights,
            rates: rates.map(|it| it / relaxation),
            dissolving: beginning / relaxation,
        }
    }

    /// The current of a whole filament.
    pub(crate) fn whole(&self, volts: f64) -> f64 {
        (self.conductance * volts).clamp(-self.limit, self.limit)
    }

    pub(crate) fn current(&self, volts: f64, state: &State) -> f64 {
        let x = formed(state);
        x * self.whole(volts) + (1.0 - x) * self.off_current * sinh(volts / self.off_voltage)
    }

    fn motion(&self, volts: f64, state: &State) -> Motion {
        let height = volts.abs();
        if height > self.threshold * state.set {
            // No faster than an exponent that stays finite.
            let faster = ((height - self.threshold) / self.set_voltage).min(40.0);
            Motion::Grows(faster.exp() / self.set_time)
        } else if height < self.hold * state.hold {
            Motion::Dissolves
        } else {
            Motion::Stays
        }
    }

    pub(crate) fn flow(&self, state: &mut State, volts: f64, seconds: f64) {
        match self.motion(volts, state) {
            Motion::Grows(rate) => {
                let kept = (-rate * seconds).exp();
                for (mode, weight) in state.modes.iter_mut().zip(self.weights) {
                    *mode = weight + (*mode - weight) * kept;
                }
            }
            Motion::Dissolves => {
                for (mode, rate) in state.modes.iter_mut().zip(self.rates) {
                    *mode = vanishing(*mode * (-rate * seconds).exp());
                }
            }
            Motion::Stays => {}
        }
    }

    /// Never less than when it dissolves, which it may do on the way between two voltages that
    /// hold it.
    pub(crate) fn speed(&self, volts: f64, state: &State) -> f64 {
        let grows = if let Motion::Grows(rate) = self.motion(volts, state) { rate } else { 0.0 };
        grows.max(self.dissolving)
    }

    /// Draws the threshold of the next filament.
    pub(crate) fn redraw(&self, state: &mut State, draws: &mut Draws) {
        if !state.formed {
            state.set = self.factor(draws).max(self.hold * state.hold / self.threshold);
        }
    }

    /// Notices that the filament has formed or let go since it was last looked at. Neither draw can
    /// change the motion at the voltage that brought it about, so it does not matter when it is
    /// noticed: a filament forms above any holding voltage and lets go below any threshold.
    pub(crate) fn turn(&self, state: &mut State, draws: &mut Draws) {
        let formed = formed(state) > FORMED;
        if formed == state.formed {
            return;
        }
        state.formed = formed;
        if formed {
            state.hold = self.factor(draws).min(state.set * self.threshold / self.hold);
        } else {
            self.redraw(state, draws);
        }
    }

    fn factor(&self, draws: &mut Draws) -> f64 {
        (1.0 + self.threshold_sd * draws.normal()).clamp(WIDEST.0, WIDEST.1)
    }
}

fn formed(state: &State) -> f64 {
    state.modes.iter().sum()
}
