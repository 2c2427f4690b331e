//! The Keithley 2400: settings, trigger model, measurement chain, status model.

mod calculate;
mod call;
mod choices;
mod code;
mod commands;
mod data;
mod limits;
mod link;
mod measuring;
mod memory;
mod messages;
mod model;
mod panel;
mod ranges;
mod readings;
mod run;
mod serial;
mod settings;
mod sourcing;
mod status;
mod sweep;
mod timing;

use scpi_parser::{error, program::Unit};

use self::{
    call::{Call, Handled},
    limits::{LIMITS, Verdict},
    link::Link,
    memory::{PLACES, SetUp},
    messages::Messages,
    model::Model,
    panel::Panel,
    readings::{CAPACITY, Reading, Trace},
    run::{Phase, Run},
    settings::{OffState, PowerOn, Settings},
    sourcing::Point,
    status::{QUEUE, measurement},
};
use crate::{
    config::Config,
    engine::{
        channel::Channel, clock::Clock, code::Code, disturbance::Disturbances, lines::Connector,
        status::StatusModel,
    },
    firmware::{Executed, Firmware, Upset, Wire},
    terminals::Terminals,
};

/// One instrument of the family with a device on its terminals.
pub(crate) struct Keithley2400 {
    model: &'static Model,
    identity: String,
    link: Link,
    settings: Settings,
    /// `*SAV 0` to `*SAV 4`.
    saved: [Settings; 5],
    /// `:SOUR:MEM:SAVE`, place 1 first.
    memory: Vec<Option<Box<SetUp>>>,
    power_on: PowerOn,
    channel: Channel,
    clock: Clock,
    /// Hz, of the building.
    mains: f64,
    /// Hz, that the integration time is based on.
    line_frequency: f64,
    line_frequency_auto: bool,
    panel: Panel,
    /// The NPLC settings whose zero is kept, newest last (`:SYST:AZER:CACH`).
    zeroes: Vec<f64>,
    phase: Phase,
    run: Run,
    /// What drives the terminals, while anything does.
    sourced: Option<Point>,
    /// Nothing has been measured since the output came on.
    fresh: bool,
    /// What the last run measured, for `:FETC?`.
    samples: Vec<Reading>,
    /// How many of them have travelled to the host already.
    carried: usize,
    latest: Option<Reading>,
    trace: Trace,
    /// A `:READ?` waits for the end of its run.
    answers_run: bool,
    /// How each limit test ended last.
    verdicts: [Verdict; LIMITS],
    /// What the digital outputs show.
    lines: u32,
    status: StatusModel,
    messages: Messages,
    connector: Connector,
    disturbances: Disturbances,
}

/// The time that readings carry starts again from zero here (`:SYST:TIME?`).
const ROLLOVER: f64 = 99_999.999;

impl Keithley2400 {
    pub(crate) fn new(config: &Config) -> Self {
        let model = Model::of(config.model);
        let serial = config.serial.clone();
        let serial =
            serial.unwrap_or_else(|| format!("{:07}", 1_000_000 + config.seed % 8_999_999));
        let fresh = Settings::reset(model);
        let Model { name, firmware, spec, .. } = model;
        let mut unit = Keithley2400 {
            model,
            identity: format!("KEITHLEY INSTRUMENTS INC.,MODEL {name},{serial},{firmware}"),
            link: Link::of(config.link_model),
            saved: std::array::from_fn(|_| fresh.clone()),
            memory: vec![None; PLACES],
            power_on: PowerOn::Reset,
            settings: fresh,
            channel: Channel::new(config, 0, *spec),
            clock: Clock::default(),
            mains: config.line_frequency.0,
            line_frequency: config.line_frequency.0,
            line_frequency_auto: true,
            panel: Panel::default(),
            zeroes: Vec::new(),
            phase: Phase::Idle,
            run: Run::default(),
            sourced: None,
            fresh: false,
            samples: Vec::with_capacity(CAPACITY),
            carried: 0,
            latest: None,
            trace: Trace::empty(),
            answers_run: false,
            verdicts: Default::default(),
            lines: 15,
            status: StatusModel::new(QUEUE),
            messages: Messages::errors(),
            connector: Connector::default(),
            disturbances: Disturbances::default(),
        };
        unit.apply();
        unit.refresh_operation();
        unit
    }

    fn call(&mut self, unit: &Unit<'_>, resumed: bool, reply: &mut Vec<u8>) -> Executed {
        let found = commands::find(unit)?;
        let entry = found.action;
        if entry.digital && !self.model.digital {
            return Err(error::UNDEFINED_HEADER.into());
        }
        if !found.suffixes().iter().all(|it| (1..=entry.most).contains(it)) {
            return Err(error::HEADER_SUFFIX_OUT_OF_RANGE.into());
        }
        if !resumed {
            self.spend(self.link.unit);
        }
        Call::execute(self, unit, &found, entry.handler, resumed, reply)
    }

    /// Lets simulated time pass with the terminals as they are.
    fn spend(&mut self, seconds: f64) {
        self.channel.terminals.pass(seconds);
        self.clock.advance(seconds);
    }

    /// The time that readings carry.
    fn reading_time(&self) -> f64 {
        self.clock.reading() % ROLLOVER
    }

    /// The mains fail for a moment: everything volatile is as new, the device is not.
    fn power_cycle(&mut self) {
        let settings = match self.power_on {
            PowerOn::Reset => Settings::reset(self.model),
            PowerOn::Preset => Settings::preset(self.model),
            saved => {
                let place = saved as usize - PowerOn::Saved0 as usize;
                self.saved[place].clone()
            }
        };
        self.restore(settings);
        self.status = StatusModel::new(QUEUE);
        self.messages = Messages::errors();
        self.trace = Trace::empty();
        self.samples.clear();
        self.latest = None;
        self.line_frequency = self.mains;
        self.line_frequency_auto = true;
        self.panel = Panel::default();
        self.zeroes.clear();
        self.connector.forget();
        self.refresh_buffer();
        self.refresh_operation();
    }

    /// Takes over a whole set of settings, the output off, and goes idle.
    fn restore(&mut self, settings: Settings) {
        self.output_off();
        self.settings = settings;
        self.settings.output.on = false;
        self.clear_verdicts();
        self.apply();
        self.refresh_enable_line();
    }

    /// # Errors
    /// +802: the rear enable line is obeyed, and open.
    fn output_on(&mut self) -> Handled {
        if self.settings.output.enable_line && self.disturbances.interlock_open {
            return Err(code::BLOCKED_BY_ENABLE);
        }
        if !self.settings.output.on {
            tracing::info!(target: "firmware_sim::output", "output on");
            self.fresh = true;
            if self.settings.output.off_state == OffState::HighImpedance {
                self.spend(timing::RELAY);
            }
        }
        self.settings.output.on = true;
        self.apply();
        Ok(())
    }

    /// Off also ends what runs.
    fn output_off(&mut self) {
        if self.settings.output.on {
            tracing::info!(target: "firmware_sim::output", "output off");
            self.settings.output.on = false;
            if self.settings.output.off_state == OffState::HighImpedance {
                self.spend(timing::RELAY);
            }
        }
        self.apply();
        self.abort();
    }
}

impl Firmware for Keithley2400 {
    fn execute(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed {
        self.call(unit, false, reply)
    }

    fn resume(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed {
        self.call(unit, true, reply)
    }

    fn defers(&self, unit: &Unit<'_>) -> bool {
        self.is_busy() && !self.is_urgent(unit)
    }

    /// The commands that are executed also outside of idle (User's Manual, chapter 11).
    fn is_urgent(&self, unit: &Unit<'_>) -> bool {
        commands::find(unit).is_ok_and(|it| it.action.urgent)
    }

    fn run(&mut self, horizon: f64) {
        self.proceed(horizon);
    }

    fn is_running(&self) -> bool {
        self.phase == Phase::Running
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
        self.abort();
    }

    fn suffer(&mut self, upset: Upset) {
        match upset {
            Upset::ErrorEntry(code) => self.report(Code(code)),
            Upset::PowerCycle => self.power_cycle(),
            Upset::Trip => {
                self.output_off();
                self.set_measurement(measurement::OVER_TEMPERATURE, true, code::TEMPERATURE_LIMIT);
                self.set_measurement(measurement::OVER_TEMPERATURE, false, code::TEMPERATURE_LIMIT);
            }
            lasting => {
                self.disturbances.note(lasting);
                self.refresh_enable_line();
            }
        }
    }

    fn disturbances(&self) -> &Disturbances {
        &self.disturbances
    }

    fn readings(&self) -> u64 {
        self.disturbances.readings
    }

    fn refuses_on(&self, wire: Wire, unit: &Unit<'_>) -> Option<Code> {
        (wire == Wire::Serial && serial::asks_for_binary(unit)).then_some(serial::ASCII_ONLY)
    }

    /// A message must end with LF, EOI or both, or "the bus will hang" (User's Manual, section 12).
    fn hangs_unterminated(&self) -> bool {
        true
    }

    fn output_is_on(&self) -> bool {
        self.sourced.is_some() || self.settings.output.on
    }

    fn headers(&self) -> Vec<&'static str> {
        commands::patterns().collect()
    }

    fn connector(&mut self) -> &mut Connector {
        &mut self.connector
    }

    fn terminals(&mut self, channel: usize) -> Option<&mut Terminals> {
        (channel == 0).then_some(&mut self.channel.terminals)
    }
}

#[cfg(test)]
mod tests;
