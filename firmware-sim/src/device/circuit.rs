//! The device in its circuit: a source with a limit and a settling time, a series resistance, the
//! junction.

use super::{
    Device,
    law::State,
    source::{Source, Stepper, TOLERANCE},
};
use crate::{
    solve,
    terminals::{Drive, Operating},
};

/// A settling source is followed in steps of this share of its time constant.
const SETTLING_STEP: f64 = 0.25;
/// With a smaller lag, relative to the level, the differences of a step tell how long it may be.
const NEARLY: f64 = 1e-2;
/// A difference in the state that moves no junction by the tolerance: a law whose whole range spans
/// a factor of 30 in current moves by tens of volts per unit of state at most.
const NOTHING: f64 = 1e-2 * TOLERANCE;

impl Device {
    pub(crate) fn remembers(&self) -> bool {
        self.law.remembers()
    }

    pub(crate) fn is_bare(&self) -> bool {
        self.series == 0.0 && self.capacitance == 0.0
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn restore(&mut self, state: State) {
        self.state = state;
    }

    /// Time passes that moves no state.
    pub(crate) fn rest(&mut self, seconds: f64) {
        self.since_reading += seconds;
        self.age(seconds);
    }

    /// Where `drive` and the device meet now.
    pub(crate) fn operating(&self, drive: Drive) -> Operating {
        if self.capacitance > 0.0 { self.charged(drive) } else { self.meet(drive).0 }
    }

    /// The operating point without a capacitance, and the voltage across the junction.
    fn meet(&self, drive: Drive) -> (Operating, f64) {
        match drive {
            Drive::Off | Drive::Open => self.meet(drive.shifted(0.0)),
            Drive::Voltage { volts, limit } => {
                if let Some(limiting) = self.still_limiting(volts, limit) {
                    return limiting;
                }
                let junction = self.behind(volts);
                let amperes = self.through(volts, junction);
                if amperes.abs() <= limit {
                    return (Operating { volts, amperes, limiting: false }, junction);
                }
                let amperes = limit.copysign(amperes);
                // A device with an offset current can exceed the limit at its own level of 0 V;
                // the source then leaves 0 V on the far side, by no more than this.
                let junction = self.carrying(amperes, volts.abs().max(1.0));
                let volts = junction + self.series * amperes;
                (Operating { volts, amperes, limiting: true }, junction)
            }
            Drive::Current { amperes, limit } => {
                let junction = self.carrying(amperes, limit);
                let volts = junction + self.series * amperes;
                let short =
                    (self.junction(junction) - amperes).abs() > 1e-6 * amperes.abs() + 1e-15;
                // Behind a series resistance the search may end beyond the limit, without one at it.
                let reach = limit * if short { 1.0 - 1e-9 } else { 1.0 + 1e-9 };
                if volts.abs() < reach {
                    return (Operating { volts, amperes, limiting: false }, junction);
                }
                let volts = limit.copysign(volts);
                let junction = self.behind(volts);
                let amperes = self.through(volts, junction);
                (Operating { volts, amperes, limiting: true }, junction)
            }
        }
    }

    /// Where a voltage source limits whose junction was last at a lower voltage. No current falls with
    /// the voltage, so a root below the level says that the level would exceed the limit.
    fn still_limiting(&self, volts: f64, limit: f64) -> Option<(Operating, f64)> {
        let guess = self.guess.abs();
        if guess == 0.0 || guess >= volts.abs() {
            return None;
        }
        let amperes = limit.copysign(volts);
        let within = if volts > 0.0 { (0.0, volts) } else { (volts, 0.0) };
        let junction = solve::near_crossing(guess.copysign(volts), within, |junction| {
            let (current, slope) = self.tangent(junction)?;
            Some((current - amperes, slope))
        })?;
        let carried = junction + self.series * amperes;
        let operating = Operating { volts: carried, amperes, limiting: true };
        (carried.abs() < volts.abs()).then_some((operating, junction))
    }

    /// The voltage across the junction with `volts` on the terminals.
    fn behind(&self, volts: f64) -> f64 {
        if self.series == 0.0 {
            return volts;
        }
        let guess = self.guess.clamp(-volts.abs(), volts.abs());
        let quick = solve::near_crossing(guess, (f64::NEG_INFINITY, f64::INFINITY), |junction| {
            let (current, slope) = self.tangent(junction)?;
            Some((junction + self.series * current - volts, 1.0 + self.series * slope))
        });
        quick.unwrap_or_else(|| {
            solve::steep_crossing(guess, 1e-13, |junction| {
                junction + self.series * self.junction(junction) - volts
            })
        })
    }

    /// The current with these voltages, taken where it is known better.
    fn through(&self, volts: f64, junction: f64) -> f64 {
        let dropped = volts - junction;
        if dropped.abs() > 0.5 * volts.abs() {
            dropped / self.series
        } else {
            self.junction(junction)
        }
    }

    /// The voltage across the junction at which `amperes` flow, with at most `limit` volts on the
    /// terminals either way.
    fn carrying(&self, amperes: f64, limit: f64) -> f64 {
        let reach = limit + (self.series * amperes).abs();
        let quick = solve::near_crossing(self.guess, (-reach, reach), |volts| {
            let (current, slope) = self.tangent(volts)?;
            Some((current - amperes, slope))
        });
        quick.unwrap_or_else(|| {
            let excess = |volts| self.junction(volts) - amperes;
            solve::crossing(self.guess, (-reach, reach), 1e-13, excess)
        })
    }

    /// A voltage source follows its way to its level, with the device alone on its terminals: at
    /// constant voltage the law's own motion is exact.
    pub(crate) fn follow(&mut self, source: Source, seconds: f64) {
        let volts = source.drive.level();
        if source.lag == 0.0 {
            return self.flow(volts, seconds);
        }
        let speed = self.speed(volts + source.lag).max(self.speed(volts));
        match source.nodes(speed, seconds).filter(|_| !self.law.is_abrupt()) {
            None => self.follow_in_steps(source, seconds),
            Some(nodes) => {
                let mut left = seconds;
                for (lag, spent) in nodes {
                    self.flow(volts + lag, spent);
                    left -= spent;
                }
                self.flow(volts, left.max(0.0));
            }
        }
    }

    fn follow_in_steps(&mut self, mut source: Source, mut seconds: f64) {
        while source.lag != 0.0 && seconds > 0.0 {
            // As the lag falls, so does what a step's length does to the voltage in it.
            let coarser = (source.lag.abs() / 0.1).clamp(1e-12, 1.0).sqrt();
            let step = (0.125 * source.time_constant / coarser).min(seconds);
            self.flow(source.after(0.5 * step).level(), step);
            source = source.later(step);
            seconds -= step;
        }
        self.flow(source.drive.level(), seconds);
    }

    /// Notices what the state did.
    pub(crate) fn turn(&mut self) {
        self.law.turn(&mut self.state, &mut self.cycles.draws);
    }

    /// Time passes in a circuit in which the junction's voltage moves with the state: behind a
    /// series resistance, in limitation, or under a current. It moves with the device's age too, so
    /// that is followed in pieces.
    pub(crate) fn walk(&mut self, mut source: Source, seconds: f64) {
        self.since_reading += seconds;
        let pieces = (seconds / self.ages_in()).ceil().clamp(1.0, 1000.0);
        let piece = seconds / pieces;
        for _ in 0..pieces as usize {
            self.age(0.5 * piece);
            if self.capacitance > 0.0 {
                self.charge(source, piece);
            } else if self.remembers() {
                self.settle(source, piece);
            }
            self.age(0.5 * piece);
            source = source.later(piece);
        }
    }

    /// Where the state moves so little while the source settles that the junction does not notice,
    /// the settling is taken at once; answers the time that was spent on it.
    fn settle_quickly(&mut self, source: Source, seconds: f64) -> Option<f64> {
        let before = self.state;
        let (_, early) = self.meet(source.after(0.0));
        let (_, late) = self.meet(source.drive);
        // A source that limits all the way leaves the junction where it is.
        if (early - late).abs() <= NOTHING {
            return Some(0.0);
        }
        let speed = self.speed(early).max(self.speed(late));
        let mut total = 0.0;
        let nodes = source.nodes(speed, seconds).filter(|_| !self.law.is_abrupt())?;
        for (lag, spent) in nodes {
            let (_, junction) = self.meet(source.drive.shifted(lag));
            self.flow(junction, spent);
            total += spent;
        }
        if total > 0.0 && (self.meet(source.drive).1 - late).abs() > TOLERANCE {
            self.state = before;
            return None;
        }
        Some(total)
    }

    /// Exact motion at the voltage of each step's middle, which is of second order.
    fn settle(&mut self, mut source: Source, mut seconds: f64) {
        if source.lag != 0.0
            && let Some(spent) = self.settle_quickly(source, seconds)
        {
            source.lag = 0.0;
            seconds -= spent;
        }
        let mut stepper = Stepper::new(seconds);
        let (_, mut first) = self.meet(source.after(0.0));
        loop {
            if source.lag.abs() > NEARLY * source.drive.level().abs().max(1e-6) {
                stepper.shorten(SETTLING_STEP * source.time_constant);
            }
            let Some(step) = stepper.next() else { break };
            let before = self.state;
            self.flow(first, 0.5 * step);
            let (_, middle) = self.meet(source.after(0.5 * step));
            let end = source.after(step);
            self.state = before;
            self.flow(middle, step);
            let (taken, volts) = (self.state, self.meet(end).1);
            // A step is as good as it is indifferent to taking the voltage of either end instead:
            // of the end too, for a limit that is reached only in its second half.
            let mut difference = 0.0f64;
            for junction in [first, volts] {
                self.state = before;
                self.flow(junction, step);
                let apart = taken.distance(&self.state);
                difference = difference.max(apart);
                // Next to the same state has next to the same voltage.
                if apart > NOTHING || self.law.is_abrupt() {
                    difference = difference.max((volts - self.meet(end).1).abs());
                }
            }
            if stepper.accepts(difference) {
                self.state = taken;
                source = source.later(step);
                first = volts;
                self.guess = volts;
                self.turn();
            } else {
                self.state = before;
            }
        }
    }
}
