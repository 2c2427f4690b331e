//! The Keithley 2400: settings, trigger model, measurement chain, status model.

mod acquisition;
mod calibration;
mod call;
mod code;
mod commands;
mod data;
mod ranges;
mod readings;
mod run;
mod settings;
mod status;
mod sweep;
mod timing;

use scpi_parser::program::Unit;

pub(crate) use self::code::{Code, INPUT_OVERRUN};
use self::{
    calibration::Calibration,
    call::{Call, Handled},
    commands::TABLE,
    readings::{CAPACITY, Reading, Trace},
    run::{Phase, Run},
    settings::{OffState, Settings},
    status::StatusModel,
};
use crate::{
    clock::Clock,
    config::Config,
    random::{Draws, Purpose},
    terminals::Terminals,
};

/// One 2400 with a device on its terminals.
pub(crate) struct Keithley2400 {
    identity: String,
    settings: Settings,
    /// `*SAV 0` to `*SAV 4`.
    saved: [Settings; 5],
    terminals: Terminals,
    calibration: Calibration,
    /// The share of the specification that this unit's errors take.
    accuracy: f64,
    converter: Draws,
    clock: Clock,
    /// Hz, of the building.
    mains: f64,
    /// Hz, that the integration time is based on.
    line_frequency: f64,
    line_frequency_auto: bool,
    display_on: bool,
    display_digits: u32,
    phase: Phase,
    run: Run,
    /// What the last run measured, for `:FETC?`.
    samples: Vec<Reading>,
    latest: Option<Reading>,
    trace: Trace,
    /// A `:READ?` waits for the end of its run.
    fetch_when_idle: bool,
    status: StatusModel,
}

impl Keithley2400 {
    pub(crate) fn new(config: &Config) -> Self {
        let serial = config.serial.clone();
        let serial =
            serial.unwrap_or_else(|| format!("{:07}", 1_000_000 + config.seed % 8_999_999));
        let fresh = Settings::reset();
        let mut unit = Keithley2400 {
            identity: format!(
                "KEITHLEY INSTRUMENTS INC.,MODEL 2400,{serial},C34 Sep 21 2016 15:30:00/A02  /K/J"
            ),
            saved: std::array::from_fn(|_| fresh.clone()),
            settings: fresh,
            terminals: Terminals::new(&config.dut(0), config.seed),
            calibration: Calibration::new(config.seed, config.accuracy.0),
            accuracy: config.accuracy.0,
            converter: Draws::new(config.seed, Purpose::Converter),
            clock: Clock::default(),
            mains: config.line_frequency.0,
            line_frequency: config.line_frequency.0,
            line_frequency_auto: true,
            display_on: true,
            display_digits: 6,
            phase: Phase::Idle,
            run: Run::default(),
            samples: Vec::with_capacity(CAPACITY),
            latest: None,
            trace: Trace::empty(),
            fetch_when_idle: false,
            status: StatusModel::new(),
        };
        unit.refresh_conditions();
        unit
    }

    pub(crate) fn output_is_on(&self) -> bool {
        self.settings.output.on
    }

    pub(crate) fn time(&self) -> f64 {
        self.clock.now()
    }

    /// Executes one unit of a program message; a reply goes behind what the message has answered.
    pub(crate) fn execute(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Handled {
        let command = TABLE.find(unit)?;
        self.pass(timing::UNIT);
        (command.action.handler)(&mut Call::new(self, unit, reply))
    }

    /// Whether a unit is executed at once, also outside of idle (User's Manual, chapter 11).
    pub(crate) fn is_urgent(&self, unit: &Unit<'_>) -> bool {
        TABLE.find(unit).is_ok_and(|it| it.action.urgent)
    }

    /// A `:READ?` has started a run that waits for an event; its readings come when it has ended.
    pub(crate) fn owes_samples(&self) -> bool {
        self.fetch_when_idle && self.is_busy()
    }

    /// Answers the `:READ?` that has waited.
    pub(crate) fn pay_samples(&mut self, reply: &mut Vec<u8>) -> Handled {
        if !std::mem::take(&mut self.fetch_when_idle) {
            return Ok(());
        }
        let mut units = scpi_parser::program::units(b":FETC?");
        match units.next() {
            Some(Ok(unit)) => Call::new(self, &unit, reply).answer_samples(),
            _ => Ok(()),
        }
    }

    /// The mains fail for a moment: everything volatile is as new, the device is not.
    pub(crate) fn power_cycle(&mut self) {
        self.restore(Settings::reset());
        self.status = StatusModel::new();
        self.trace = Trace::empty();
        self.samples.clear();
        self.latest = None;
        self.line_frequency = self.mains;
        self.line_frequency_auto = true;
        self.display_on = true;
        self.refresh_conditions();
    }

    /// Takes over a whole set of settings and goes idle.
    fn restore(&mut self, settings: Settings) {
        self.output_off();
        self.settings = settings;
        self.apply();
    }

    fn output_on(&mut self) {
        if !self.settings.output.on {
            tracing::info!(target: "firmware_sim::output", "output on");
        }
        if self.settings.output.off_state == OffState::HighImpedance {
            self.pass(timing::RELAY);
        }
        self.settings.output.on = true;
        self.apply();
    }

    /// Off also ends what runs.
    fn output_off(&mut self) {
        if self.settings.output.on {
            tracing::info!(target: "firmware_sim::output", "output off");
        }
        self.settings.output.on = false;
        self.fetch_when_idle = false;
        self.apply();
        self.abort();
    }

    fn check_staircase(&self) -> Handled {
        commands::check_sweep(self)
    }
}
