//! The output: what is put on the terminals, the source delay, the interlock.

use super::{
    Keithley2450, code,
    settings::{OffState, SourceQuantity},
    timing,
};
use crate::{
    engine::channel::{Programme, Quantity},
    terminals::Drive,
};

/// Volts that an open interlock leaves (2450 Reference Manual, "Interlock").
const WITHOUT_INTERLOCK: f64 = 42.0;
/// Volts above which an open interlock is worth an event.
const HAZARDOUS: f64 = 21.0;

impl Keithley2450 {
    /// What the terminals carry with the settings as they are and the output on.
    fn drive(&self) -> Drive {
        let source = &self.settings.source;
        let (quantity, function) = (source.quantity(), source.present());
        let protection = source.protection.volts();
        let interlock =
            if self.disturbances.interlock_open { WITHOUT_INTERLOCK } else { protection };
        self.channel.drive(Programme {
            quantity,
            level: function.level,
            range: function.range,
            limit: function.limit,
            over_voltage: protection.min(interlock),
        })
    }

    /// Puts the level on the terminals, or takes it off.
    pub(super) fn apply(&mut self) {
        let drive = match self.settings.source.present().off_state {
            _ if self.settings.output => self.drive(),
            // The other states end at 0 V within their small limits.
            OffState::HighImpedance => Drive::Open,
            _ => Drive::Off,
        };
        self.channel.terminals.set(drive);
    }

    /// The level has changed, or the output has come on: the source delay begins.
    pub(super) fn begin_settling(&mut self) {
        self.begin_settling_for(self.source_delay());
    }

    pub(super) fn begin_settling_for(&mut self, delay: f64) {
        self.acquisition.settled_at = self.clock.now() + delay;
    }

    fn source_delay(&self) -> f64 {
        let function = self.settings.source.present();
        if function.delay_auto { self.auto_delay() } else { function.delay }
    }

    /// The automatic delay for the present current range.
    pub(super) fn auto_delay(&self) -> f64 {
        let source = &self.settings.source;
        let quantity = source.quantity();
        let range = match quantity {
            Quantity::Voltage => self.settings.sense.current.range,
            Quantity::Current => source.current.range,
        };
        let nominal = self.model.spec.current[range].nominal;
        timing::auto_delay(quantity, nominal, source.present().high_capacitance)
    }

    pub(super) fn output_on(&mut self) {
        if self.settings.output {
            return;
        }
        if self.settings.needs_interlock && self.disturbances.interlock_open {
            self.report(code::LIMITED_BY_INTERLOCK);
            return;
        }
        tracing::info!(target: "firmware_sim::output", "output on");
        let off_state = self.settings.source.present().off_state;
        if off_state == OffState::HighImpedance {
            self.spend(timing::RELAY);
        }
        self.settings.output = true;
        self.note_interlock();
        self.apply();
        self.begin_settling();
    }

    pub(super) fn output_off(&mut self) {
        if self.settings.output {
            tracing::info!(target: "firmware_sim::output", "output off");
        }
        self.settings.output = false;
        self.acquisition.limiting = false;
        self.apply();
    }

    /// Says so where an open interlock keeps the output from a voltage that was asked for.
    pub(super) fn note_interlock(&mut self) {
        let source = &self.settings.source;
        let asked = match source.function {
            SourceQuantity::Voltage => source.voltage.level,
            SourceQuantity::Current => source.current.limit,
        };
        let hazardous = asked.abs() > HAZARDOUS * (1.0 + 1e-12);
        if self.settings.output && self.disturbances.interlock_open && hazardous {
            self.report(code::LIMITED_BY_INTERLOCK);
        }
    }

    /// The interlock has opened or closed: an output that is hazardous without it goes off.
    pub(super) fn mind_interlock(&mut self) {
        if self.disturbances.interlock_open && self.settings.output {
            let at = self.channel.operating();
            if self.settings.needs_interlock || at.volts.abs() > HAZARDOUS {
                self.report(code::LIMITED_BY_INTERLOCK);
                self.output_off();
            }
        }
        self.apply();
    }
}
