//! The double layer: a capacitance across the junction, charged through the series resistance.

use super::{
    Device,
    law::State,
    source::{Source, Stepper},
};
use crate::terminals::{Drive, Operating};

/// What charges the junction at a moment.
struct Supply {
    operating: Operating,
    /// How much less is supplied for each volt more on the junction, in siemens.
    siemens: f64,
    /// How much more is supplied for each unit that the source's level rises.
    follows: f64,
}

/// How much more a difference in volts counts here than without a capacitance: the terminals carry
/// it divided by the access resistance.
const VOLTS: f64 = 10.0;

/// A try at a far too high voltage stays a number.
const LARGEST: f64 = 1e200;

impl Device {
    /// The operating point with the double layer as it is charged now: the displacement current
    /// flows through the terminals too.
    pub(super) fn charged(&self, drive: Drive) -> Operating {
        self.supply(drive, self.charged).operating
    }

    fn supply(&self, drive: Drive, junction: f64) -> Supply {
        let conductance = 1.0 / self.series;
        match drive {
            Drive::Off => self.supply(drive.shifted(0.0), junction),
            Drive::Voltage { volts, limit } => {
                let amperes = (volts - junction) * conductance;
                if amperes.abs() <= limit {
                    let operating = Operating { volts, amperes, limiting: false };
                    return Supply { operating, siemens: conductance, follows: conductance };
                }
                let amperes = limit.copysign(amperes);
                let volts = junction + self.series * amperes;
                let operating = Operating { volts, amperes, limiting: true };
                Supply { operating, siemens: 0.0, follows: 0.0 }
            }
            Drive::Current { amperes, limit } => {
                let volts = junction + self.series * amperes;
                if volts.abs() <= limit {
                    let operating = Operating { volts, amperes, limiting: false };
                    return Supply { operating, siemens: 0.0, follows: 1.0 };
                }
                let volts = limit.copysign(volts);
                let amperes = (volts - junction) * conductance;
                let operating = Operating { volts, amperes, limiting: true };
                Supply { operating, siemens: conductance, follows: 0.0 }
            }
        }
    }

    /// The junction's voltage and the state move together. Each step solves the circuit linearised
    /// at its middle, with the source settling: exact for a resistor whatever the step.
    pub(super) fn charge(&mut self, mut source: Source, seconds: f64) {
        let mut stepper = Stepper::new(seconds);
        while let Some(step) = stepper.next() {
            let (before, start) = (self.state, self.charged);
            let half = self.linear(source, (0.0, start), 0.5 * step);
            self.flow(start, 0.5 * step);
            let volts = self.linear(source, (0.5 * step, half), step);
            let taken = self.moved(before, half, step);
            // As for a step without a capacitance: indifferent to taking either end.
            let mut difference = 0.0f64;
            for at in [(0.0, start), (step, volts)] {
                let other = self.moved(before, at.1, step);
                self.state = taken;
                let there = self.linear(source, at, step);
                let apart = VOLTS * (volts - there).abs();
                difference = difference.max(taken.distance(&other)).max(apart);
            }
            if stepper.accepts(difference) {
                self.charged = volts;
                source = source.later(step);
                self.turn();
            } else {
                self.state = before;
            }
        }
    }

    /// The state after a step with a constant voltage across the junction.
    fn moved(&mut self, before: State, junction: f64, step: f64) -> State {
        self.state = before;
        self.flow(junction, step);
        self.state
    }

    /// The junction's voltage after `seconds`, with the circuit linearised at a time from now and a
    /// voltage: `dv/dt = −rate·v + constant + swing·e^(−t/τ)`.
    fn linear(&self, source: Source, (time, at): (f64, f64), seconds: f64) -> f64 {
        let supply = self.supply(source.after(time), at);
        let nudge = 1e-6 * (1.0 + at.abs());
        let bounded = |volts: f64| self.junction(volts).clamp(-LARGEST, LARGEST);
        let amperes = bounded(at);
        let device = (bounded(at + nudge) - amperes) / nudge;
        let rate = (supply.siemens + device) / self.capacitance;
        let swing = supply.follows * source.lag / self.capacitance;
        let swung = supply.follows * source.lag_after(time) / self.capacitance;
        // The speed at the beginning, as the linearisation has it, without the swing.
        let there = (supply.operating.amperes - amperes) / self.capacitance - swung;
        let speed = there + rate * (at - self.charged);
        let exponent = rate * seconds;
        let lasting = if exponent < 1e-9 { seconds } else { -(-exponent).exp_m1() / rate };
        let swinging = if swing == 0.0 {
            0.0
        } else {
            let apart = rate - 1.0 / source.time_constant;
            let kept = (-exponent).exp();
            if (apart * seconds).abs() < 1e-6 {
                seconds * kept
            } else {
                ((-seconds / source.time_constant).exp() - kept) / apart
            }
        };
        self.charged + speed * lasting + swing * swinging
    }
}
