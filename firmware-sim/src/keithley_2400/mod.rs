//! The Keithley 2400: settings, trigger model, measurement chain, status model.

mod acquisition;
mod call;
mod code;
mod commands;
mod data;
mod ranges;
mod readings;
mod run;
mod serial;
mod settings;
mod status;
mod sweep;
mod timing;

use scpi_parser::{program::Unit, table::Match};

use self::{
    call::{Call, Handled},
    commands::{Entry, TABLE},
    ranges::SPEC,
    readings::{CAPACITY, Reading, Trace},
    run::{Phase, Run},
    settings::{OffState, Settings},
    status::QUEUE,
};
use crate::{
    config::Config,
    engine::{
        channel::Channel, clock::Clock, code::Code, disturbance::Disturbances, lines::Connector,
        status::StatusModel,
    },
    firmware::{Executed, Firmware, Upset, Wire},
    terminals::{Drive, Terminals},
};

/// One 2400 with a device on its terminals.
pub(crate) struct Keithley2400 {
    identity: String,
    settings: Settings,
    /// `*SAV 0` to `*SAV 4`.
    saved: [Settings; 5],
    channel: Channel,
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
    answers_run: bool,
    status: StatusModel,
    connector: Connector,
    disturbances: Disturbances,
}

/// The time that readings carry starts again from zero here (`:SYST:TIME?`).
const ROLLOVER: f64 = 99_999.999;

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
            channel: Channel::new(config, 0, SPEC),
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
            answers_run: false,
            status: StatusModel::new(QUEUE),
            connector: Connector::default(),
            disturbances: Disturbances::default(),
        };
        unit.refresh_conditions();
        unit
    }

    fn call(&mut self, unit: &Unit<'_>, resumed: bool, reply: &mut Vec<u8>) -> Executed {
        let found: Match<'_, Entry> = TABLE.find(unit)?;
        if !resumed {
            self.spend(timing::UNIT);
        }
        Call::execute(self, unit, &found, found.action.handler, resumed, reply)
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
        self.restore(Settings::reset());
        self.status = StatusModel::new(QUEUE);
        self.trace = Trace::empty();
        self.samples.clear();
        self.latest = None;
        self.line_frequency = self.mains;
        self.line_frequency_auto = true;
        self.display_on = true;
        self.connector.forget();
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
            self.spend(timing::RELAY);
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
        self.apply();
        self.abort();
    }

    fn check_staircase(&self) -> Handled {
        commands::check_sweep(self)
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
        TABLE.find(unit).is_ok_and(|it| it.action.urgent)
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
            Upset::Trip => self.output_off(),
            lasting => self.disturbances.note(lasting),
        }
    }

    fn readings(&self) -> u64 {
        self.disturbances.readings
    }

    fn refuses_on(&self, wire: Wire, unit: &Unit<'_>) -> Option<Code> {
        (wire == Wire::Serial && serial::asks_for_binary(unit)).then_some(serial::ASCII_ONLY)
    }

    fn output_is_on(&self) -> bool {
        self.channel.terminals.drive() != Drive::Off || self.settings.output.on
    }

    fn connector(&mut self) -> &mut Connector {
        &mut self.connector
    }

    fn terminals(&mut self, channel: usize) -> Option<&mut Terminals> {
        (channel == 0).then_some(&mut self.channel.terminals)
    }
}
