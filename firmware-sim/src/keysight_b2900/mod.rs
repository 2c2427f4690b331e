//! The Keysight B2900A family: B2901A, B2902A, B2911A, B2912A. One or two channels on one clock,
//! with one error queue.
//!
//! Page numbers of the commands are those of the *SCPI Command Reference*, Edition 2 (B2910-90030);
//! "B2961" before a number means the B2961A/B2962A SCPI Command Reference, Edition 6, whose words
//! the family shares. Where a subsystem is named without a page, that page could not be read: the
//! headers are those that other parts of the manual and released drivers have, and what they do in
//! detail is UNVERIFIED.

mod acquire;
mod actions;
mod call;
mod code;
mod commands;
mod data;
mod machine;
mod model;
mod outputs;
mod power;
mod ranges;
mod readings;
mod run;
mod settings;
mod smu;
mod status;
mod sweep;
mod timing;

use scpi_parser::program::Unit;

use self::{
    call::Call,
    code::QUEUE,
    model::Model,
    readings::Trace,
    settings::{Action, Format, Settings},
    smu::Smu,
};
use crate::{
    config::Config,
    engine::{
        clock::Clock, code::Code, date, disturbance::Disturbances, lines::Connector,
        status::StatusModel,
    },
    firmware::{Executed, Firmware, Upset},
    terminals::Terminals,
};

/// Both actions.
const ALL: &[Action] = &[Action::Transient, Action::Acquire];

/// One B2900 with a device on each channel's terminals.
pub(crate) struct KeysightB2900 {
    model: Model,
    identity: String,
    smus: Vec<Smu>,
    format: Format,
    system: commands::System,
    clock: Clock,
    /// Seconds since 1970 at power-on, as date and time were set; kept without power.
    epoch: f64,
    /// Hz, of the building.
    mains: f64,
    /// Hz, that power-line cycles are counted with.
    line_frequency: f64,
    /// The time of readings starts anew with each run.
    time_reset_auto: bool,
    /// An `*OPC` waits for all actions to end.
    completion_asked: bool,
    status: StatusModel,
    connector: Connector,
    disturbances: Disturbances,
}

impl KeysightB2900 {
    pub(crate) fn new(config: &Config) -> Self {
        let model = Model::of(config.model);
        let serial = config.serial.clone();
        let serial =
            serial.unwrap_or_else(|| format!("MY{:08}", 51_000_000 + config.seed % 8_999_999));
        let mut unit = KeysightB2900 {
            identity: format!("Keysight Technologies,{},{serial},3.4.2011.5100", model.name),
            smus: (0..model.channels).map(|index| Smu::new(config, index, &model)).collect(),
            format: Format::reset(),
            system: commands::System::new(),
            clock: Clock::default(),
            epoch: date::SWITCHED_ON,
            mains: config.line_frequency.0,
            line_frequency: config.line_frequency.0,
            time_reset_auto: false,
            completion_asked: false,
            status: StatusModel::new(QUEUE),
            connector: Connector::default(),
            disturbances: Disturbances::default(),
            model,
        };
        unit.refresh_conditions();
        unit
    }

    fn call(&mut self, unit: &Unit<'_>, resumed: bool, reply: &mut Vec<u8>) -> Executed {
        let found = commands::find(unit)?;
        let entry = found.action;
        if !resumed {
            self.spend(if unit.is_query { entry.ask } else { entry.set });
        }
        Call::execute(self, unit, &found, entry.handler, resumed, reply).map_err(|refused| {
            // A word that is none of a closed choice is an execution error here.
            if refused == code::INVALID_CHARACTER_DATA { code::ILLEGAL_PARAMETER } else { refused }
        })
    }

    /// Lets simulated time pass while what runs goes on.
    fn spend(&mut self, seconds: f64) {
        self.proceed_to(self.clock.now() + seconds);
        self.guard_outputs();
    }

    /// `*RST`: settings of the channels and of the format. Queue, enables, trace buffers, line
    /// frequency and display stay as they are.
    fn reset(&mut self) {
        self.abort([true; 2], ALL);
        for channel in 0..self.smus.len() {
            self.output_off(channel);
            let smu = &mut self.smus[channel];
            smu.settings = Settings::reset(&self.model, self.line_frequency);
            smu.point = None;
            smu.forget_readings();
            smu.tripped = None;
            smu.hot = false;
            smu.apply();
        }
        self.format = Format::reset();
        self.time_reset_auto = false;
        self.completion_asked = false;
        self.refresh_conditions();
    }

    /// The mains fail for a moment: everything volatile is as new, the devices are not.
    fn power_cycle(&mut self) {
        self.reset();
        for smu in &mut self.smus {
            smu.trace = Trace::empty();
        }
        self.system = commands::System::new();
        self.status = StatusModel::new(QUEUE);
        self.clock.restart();
        self.connector.forget();
        self.refresh_conditions();
    }
}

impl Firmware for KeysightB2900 {
    fn execute(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed {
        self.call(unit, false, reply)
    }

    fn resume(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed {
        self.call(unit, true, reply)
    }

    /// Commands are not put off by what runs; those that wait for its end do so themselves.
    fn defers(&self, _unit: &Unit<'_>) -> bool {
        false
    }

    /// What ends a run is not kept waiting by what waits for its end. UNVERIFIED: a real unit may
    /// need a device clear.
    fn is_urgent(&self, unit: &Unit<'_>) -> bool {
        commands::find(unit).is_ok_and(|it| it.action.urgent)
    }

    fn run(&mut self, horizon: f64) {
        self.proceed(horizon);
    }

    fn is_running(&self) -> bool {
        self.is_going_on()
    }

    fn pass(&mut self, seconds: f64) {
        self.spend(seconds);
    }

    fn now(&self) -> f64 {
        self.clock.now()
    }

    fn raise(&mut self, code: Code) {
        self.report(code);
    }

    fn status_byte(&self, message_available: bool) -> u8 {
        self.status.byte(message_available)
    }

    fn clear(&mut self) {
        self.abort([true; 2], ALL);
    }

    fn suffer(&mut self, upset: Upset) {
        match upset {
            Upset::ErrorEntry(code) => self.report(Code(code)),
            Upset::PowerCycle => self.power_cycle(),
            Upset::Trip => {
                for channel in 0..self.smus.len() {
                    self.output_off(channel);
                    self.smus[channel].hot = true;
                }
                self.note_heat();
            }
            Upset::Interlock { open } => {
                self.disturbances.note(upset);
                self.interlock(open);
            }
            lasting => self.disturbances.note(lasting),
        }
    }

    fn disturbances(&self) -> &Disturbances {
        &self.disturbances
    }

    fn readings(&self) -> u64 {
        self.disturbances.readings
    }

    fn output_is_on(&self) -> bool {
        self.smus.iter().any(|it| it.settings.output.on || it.channel.terminals.drive().is_on())
    }

    fn headers(&self) -> Vec<&'static str> {
        commands::patterns().collect()
    }

    fn connector(&mut self) -> &mut Connector {
        &mut self.connector
    }

    fn terminals(&mut self, channel: usize) -> Option<&mut Terminals> {
        self.smus.get_mut(channel).map(|it| &mut it.channel.terminals)
    }
}

#[cfg(test)]
mod tests;
