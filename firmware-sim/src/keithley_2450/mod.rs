//! The Keithley 2450 family in its own SCPI: settings, reading buffers, trigger model, event log.

mod acquisition;
mod buffer;
mod call;
mod code;
mod commands;
mod data;
mod digital;
mod digitize;
mod interactive;
mod limits;
mod lists;
mod log;
mod models;
mod output;
mod ranges;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod timing;
mod trigger;

use scpi_parser::program::Unit;

use self::{
    acquisition::Acquisition,
    buffer::{BufferId, Buffers, Reading},
    call::Call,
    digital::{LINES, Line},
    interactive::Interactive,
    lists::Lists,
    models::Model,
    settings::{Access, Language, Settings},
    status::Status,
    trigger::{Events, Phase},
};
use crate::{
    config::Config,
    engine::{
        channel::Channel, clock::Clock, code::Code, date, disturbance::Disturbances,
        lines::Connector,
    },
    firmware::{Executed, Firmware, Upset},
    terminals::Terminals,
};

/// One instrument of the family with a device on its terminals.
pub(crate) struct Keithley2450 {
    model: Model,
    identity: String,
    settings: Settings,
    channel: Channel,
    acquisition: Acquisition,
    clock: Clock,
    /// Seconds since 1970 at power-on, as the instrument's clock was set.
    epoch: f64,
    /// Hz; found at power-on.
    line_frequency: f64,
    buffers: Buffers,
    lists: Lists,
    /// `:SOUR:LIST`, of voltages and of currents.
    custom_levels: (Vec<f64>, Vec<f64>),
    lines: [Line; LINES],
    events: Events,
    trigger: trigger::Model,
    /// Readings that a query has asked for.
    interactive: Option<Interactive>,
    /// All of them have been made, and not been answered for.
    readings_made: bool,
    status: Status,
    /// `*OPC` waits for the end of what runs.
    completion_asked: bool,
    /// The command set, and the one after the next power-on.
    language: Language,
    next_language: Language,
    access: Access,
    gpib_address: u32,
    /// `:SYST:COMM:LAN:CONF`, as it was written.
    lan: String,
    display: commands::Display,
    connector: Connector,
    /// Something outside says how far a run may go.
    paced: bool,
    /// `*SAV 0` to `*SAV 4`.
    saved: [Option<Settings>; 5],
    disturbances: Disturbances,
}

impl Keithley2450 {
    pub(crate) fn new(config: &Config) -> Self {
        let model = Model::of(config.model);
        let serial = config.serial.clone();
        let serial =
            serial.unwrap_or_else(|| format!("{:08}", 4_000_000 + config.seed % 5_999_999));
        Keithley2450 {
            identity: format!("KEITHLEY INSTRUMENTS,{},{serial},1.7.12b", model.name),
            settings: Settings::reset(&model),
            channel: Channel::new(config, 0, model.spec),
            model,
            acquisition: Acquisition::default(),
            clock: Clock::default(),
            epoch: date::SWITCHED_ON,
            line_frequency: config.line_frequency.0,
            buffers: Buffers::new(),
            lists: Lists::default(),
            custom_levels: Default::default(),
            lines: std::array::from_fn(|_| Line::reset()),
            events: Events::reset(),
            trigger: trigger::Model::default(),
            interactive: None,
            readings_made: false,
            status: Status::new(),
            completion_asked: false,
            language: Language::Scpi,
            next_language: Language::Scpi,
            access: Access::Full,
            gpib_address: 18,
            lan: "AUTO".to_owned(),
            display: commands::Display::default(),
            connector: Connector::default(),
            paced: false,
            saved: Default::default(),
            disturbances: Disturbances::default(),
        }
    }

    fn call(&mut self, unit: &Unit<'_>, resumed: bool, reply: &mut Vec<u8>) -> Executed {
        let (found, guarded) = commands::find(unit, self.model.digitizes)?;
        if self.language != Language::Scpi && !unit.header.is_common() {
            return Err(match self.language {
                Language::Tsp => code::PROGRAM_SYNTAX,
                _ => code::UNDEFINED_HEADER,
            });
        }
        if guarded && !unit.is_query && self.trigger.is_active() {
            return Err(code::PROHIBITED_WHILE_RUNNING);
        }
        if !resumed {
            self.spend(timing::UNIT);
        }
        Call::execute(self, unit, &found, *found.action, resumed, reply)
    }

    /// Lets simulated time pass with the terminals as they are.
    fn spend(&mut self, seconds: f64) {
        self.channel.terminals.pass(seconds);
        self.clock.advance(seconds);
    }

    /// Lets time pass towards `end`; whether that has come. Long times pass in pieces where something
    /// paces the instrument, so that what comes from outside finds it in them.
    fn approach(&mut self, end: f64) -> bool {
        const PIECE: f64 = 1e-3;
        let before = self.clock.now();
        let left = end - before;
        if self.paced && left > PIECE {
            self.spend(PIECE.max(left / 1024.0));
            // After ages a piece is less than a clock of this resolution can show.
            return self.clock.now() == before;
        }
        self.spend(left.max(0.0));
        true
    }

    /// Something runs that commands may have to wait for.
    fn is_busy(&self) -> bool {
        self.trigger.is_active() || self.interactive.is_some()
    }

    /// `*RST`: the settings, the trigger model, lists and buffers; not the log and the enables.
    fn reset(&mut self) {
        self.abort();
        self.output_off();
        self.settings = Settings::reset(&self.model);
        self.acquisition = Acquisition::default();
        self.buffers = Buffers::new();
        self.lists = Lists::default();
        self.custom_levels = Default::default();
        self.lines = std::array::from_fn(|_| Line::reset());
        self.events = Events::reset();
        self.trigger = trigger::Model::default();
        self.completion_asked = false;
        self.apply();
    }

    /// The mains fail for a moment: everything volatile is as new, the device is not.
    fn power_cycle(&mut self) {
        self.reset();
        self.status = Status::new();
        self.language = self.next_language;
        self.access = Access::Full;
        self.display = commands::Display::default();
        self.connector.forget();
    }

    /// `:ABOR` and device clear: what runs ends. The output stays as it is.
    fn abort(&mut self) {
        self.interactive = None;
        self.readings_made = false;
        self.end_model(Phase::Aborted);
        for timer in &mut self.events.timers {
            timer.stop();
        }
        self.note_completion();
    }

    /// Stores a reading.
    fn keep(&mut self, buffer: BufferId, reading: Reading) {
        if self.buffers.store(buffer, reading) {
            let logged = self.buffers.get(buffer).is_some_and(|it| it.logs);
            self.occurs(code::BUFFER_FULL, logged);
        }
    }

    fn clear_buffer(&mut self, buffer: BufferId) {
        if self.buffers.clear(buffer) {
            let logged = self.buffers.get(buffer).is_some_and(|it| it.logs);
            self.occurs(code::BUFFER_CLEARED, logged);
        }
    }
}

impl Firmware for Keithley2450 {
    fn execute(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed {
        self.call(unit, false, reply)
    }

    fn resume(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed {
        self.call(unit, true, reply)
    }

    /// Commands do not wait for a trigger model; those that conflict with it are refused.
    fn defers(&self, _: &Unit<'_>) -> bool {
        false
    }

    fn is_urgent(&self, unit: &Unit<'_>) -> bool {
        commands::is_urgent(unit)
    }

    fn run(&mut self, horizon: f64) {
        self.paced = horizon.is_finite();
        self.read_on(horizon);
        self.run_model(horizon);
        self.note_completion();
    }

    fn is_running(&self) -> bool {
        self.interactive.is_some() || self.model_runs_by_itself()
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
            Upset::ErrorEntry(number) => self.report(Code(number)),
            Upset::PowerCycle => self.power_cycle(),
            Upset::Trip => {
                self.output_off();
                self.report(code::OVER_TEMPERATURE);
            }
            Upset::Interlock { .. } => {
                self.disturbances.note(upset);
                self.mind_interlock();
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
        self.channel.terminals.drive().is_on() || self.settings.output
    }

    fn headers(&self) -> Vec<&'static str> {
        commands::patterns(self.model.digitizes).collect()
    }

    fn connector(&mut self) -> &mut Connector {
        &mut self.connector
    }

    fn terminals(&mut self, channel: usize) -> Option<&mut Terminals> {
        (channel == 0).then_some(&mut self.channel.terminals)
    }
}
