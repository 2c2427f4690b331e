use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use scpi_parser::reply::ReplyError;
use serde::{Deserialize, Serialize};
use transport::{Asked, SessionError};

use crate::{
    AutoZero, FilterKind, Identity, Instrument, KillSwitch, Model, Settings, SmuError,
    error::time_limit,
    instrument::link_error,
    limits::Exposure,
    model::{Element, SettingKey},
    template::{Commands, Template, Values},
    units::{Amperes, Hertz, Seconds, Volts},
};

/// Settings as the instrument reports them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadBack {
    /// The source's range; some instruments report its full scale.
    pub source_range: Volts,
    /// The current limit.
    pub compliance: Amperes,
    /// The measure range; some instruments report its full scale.
    pub sense_range: Amperes,
    /// Integration time, power-line cycles.
    pub nplc: f64,
    /// The mains.
    pub line_frequency: Hertz,
    /// From level to measurement.
    pub source_delay: Seconds,
    /// Remote sense.
    pub four_wire: bool,
}

impl ReadBack {
    pub(crate) fn none() -> ReadBack {
        ReadBack {
            source_range: Volts(0.0),
            compliance: Amperes(0.0),
            sense_range: Amperes(0.0),
            nplc: 0.0,
            line_frequency: Hertz(0.0),
            source_delay: Seconds(0.0),
            four_wire: false,
        }
    }

    pub(crate) fn note(&mut self, key: SettingKey, found: f64) {
        match key {
            SettingKey::SourceRange => self.source_range = Volts(found),
            SettingKey::Compliance => self.compliance = Amperes(found),
            SettingKey::SenseRange => self.sense_range = Amperes(found),
            SettingKey::Nplc => self.nplc = found,
            SettingKey::LineFrequency => self.line_frequency = Hertz(found),
            SettingKey::SourceDelay => self.source_delay = Seconds(found),
            SettingKey::FourWire => self.four_wire = found != 0.0,
        }
    }
}

/// A configured channel that sources voltage and measures current.
///
/// Its compliance was set, read back and compared, and its error queue was empty. Dropping it sends
/// nothing; [`Smu::output_off`] or a [`KillSwitch`] switches the output off.
#[derive(Debug)]
pub struct Smu {
    pub(crate) name: String,
    pub(crate) instrument: Instrument,
    pub(crate) channel: usize,
    pub(crate) settings: Settings,
    pub(crate) read_back: ReadBack,
    pub(crate) resolution: Volts,
    pub(crate) state: State,
    /// Bytes said since the last answer, which the instrument has to take first.
    pub(crate) unanswered_bytes: AtomicUsize,
    pub(crate) exposure: Exposure,
    /// The output was verified to be off, and has not been told to go on since.
    pub(crate) seen_off: Arc<AtomicBool>,
    /// The instrument's epoch in which it was configured.
    pub(crate) epoch: u64,
}

/// What the driver knows of the channel between calls; `None` where it does not.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The output was told to go on, and has not been seen off since.
    pub(crate) output_on: bool,
    /// The output was told to go on, and has not been seen on.
    pub(crate) switching: bool,
    pub(crate) mode: Option<Mode>,
    /// Points of a sweep that the instrument was told.
    pub(crate) count: Option<usize>,
    /// The level at the terminals, V.
    pub(crate) level: f64,
    /// The level of fixed mode, V.
    pub(crate) fixed_level: Option<f64>,
    pub(crate) sweep: Sweep,
    /// Points that the instrument was told to measure and has not been seen to have measured: what
    /// is asked waits for them.
    pub(crate) behind: usize,
}

/// Where the source takes its level from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// From a command.
    Fixed,
    /// From the list.
    List,
    /// From start, stop and number of points.
    Staircase,
}

/// The sweep between [`Smu::stage`] and [`Smu::fetch`], with its levels.
#[derive(Debug, Default)]
pub(crate) enum Sweep {
    #[default]
    None,
    Staged(Vec<f64>),
    Started(Vec<f64>),
    /// Started by the message that also asks for the readings.
    Asked {
        levels: Vec<f64>,
        command: String,
        asked: Asked,
    },
}

impl Smu {
    /// As the bench names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instrument that it is a channel of.
    pub fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    /// Which of its channels, from 1.
    pub fn channel(&self) -> usize {
        self.channel
    }

    /// Who it says it is.
    pub fn identity(&self) -> &Identity {
        self.instrument.identity()
    }

    /// What it was told.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it reports of that.
    pub fn read_back(&self) -> &ReadBack {
        &self.read_back
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.instrument.model().name
    }

    /// One code of the source on the configured range.
    pub fn source_resolution(&self) -> Volts {
        self.resolution
    }

    /// The level that the source produces for `level` volts: the nearest code.
    pub fn level_as_sourced(&self, level: f64) -> f64 {
        // Divided by codes per volt, a whole number, so that 0.3 V stays the number 0.3.
        let codes = (1.0 / self.resolution.0).round();
        // Adding zero makes -0 of a small negative level 0.
        (level * codes).round() / codes + 0.0
    }

    /// The most levels of one [`Smu::stage`].
    pub fn max_list_len(&self) -> usize {
        self.file().list.most
    }

    /// What a point of a sweep should take: the instrument's timing law, without the link.
    pub fn seconds_per_point(&self) -> f64 {
        let averaged = match self.settings.filter {
            Some(filter) if filter.kind == FilterKind::Repeat => filter.count,
            _ => 1,
        };
        self.seconds_of(averaged)
    }

    /// What a point takes whose reading is formed of `averaged` readings.
    fn seconds_of(&self, averaged: usize) -> f64 {
        let timing = &self.file().timing;
        let zeroed = !matches!(self.settings.auto_zero, Some(AutoZero::Off | AutoZero::Once));
        let reading = if zeroed { &timing.auto_zeroed } else { &timing.plain };
        let conversions = match self.settings.measure_voltage {
            true => reading.with_voltage,
            false => reading.conversions,
        };
        let conversion =
            self.settings.nplc / self.settings.line_frequency.0 + timing.conversion_overhead.0;
        self.settings.delay() + averaged as f64 * conversions * conversion + reading.overhead.0
    }

    /// Refuses a level outside the window.
    ///
    /// # Errors
    /// [`SmuError::OutsideWindow`].
    pub fn check_level(&self, level: f64) -> Result<(), SmuError> {
        let window = self.settings.window;
        if window.contains(level) {
            return Ok(());
        }
        let smu = self.name.clone();
        Err(SmuError::OutsideWindow { smu, level, low: window.low, high: window.high })
    }

    /// A handle that switches the output off without a question.
    pub fn kill_switch(&self) -> KillSwitch {
        KillSwitch::new(self)
    }

    pub(crate) fn file(&self) -> &Model {
        self.instrument.model()
    }

    /// The elements of a reading, in their order.
    pub(crate) fn elements(&self) -> &[Element] {
        let readings = &self.file().readings;
        match &readings.with_voltage {
            Some(with_voltage) if self.settings.measure_voltage => with_voltage,
            _ => &readings.elements,
        }
    }

    /// What places in commands are filled with, but for levels and the like.
    pub(crate) fn values(&self) -> Values<'static> {
        Values { channel: self.channel, ..Values::default() }
    }

    pub(crate) async fn say(&self, message: &str) -> Result<(), SmuError> {
        self.unanswered_bytes.fetch_add(message.len(), Ordering::Relaxed);
        let said = self.instrument.session().write(message).await;
        said.map_err(|source| link_error(&self.name, message, source))
    }

    /// Sends commands with their places filled.
    pub(crate) async fn tell(
        &self,
        commands: &Commands,
        values: &Values<'_>,
    ) -> Result<(), SmuError> {
        for command in &commands.0 {
            self.say(&command.with(values)).await?;
        }
        Ok(())
    }

    pub(crate) async fn ask(&self, message: &str) -> Result<Vec<u8>, SmuError> {
        let answer = self.instrument.session().query(message, self.limit(message)).await;
        self.heard(message, answer)
    }

    /// Asks for readings that may be a block of so many bytes.
    pub(crate) async fn ask_readings(
        &self,
        message: &str,
        bytes: Option<usize>,
    ) -> Result<Vec<u8>, SmuError> {
        let Some(bytes) = bytes else { return self.ask(message).await };
        let limit = self.limit(message);
        let answer = self.instrument.session().query_block(message, bytes, limit).await;
        self.heard(message, answer)
    }

    /// As [`Smu::ask_readings`], but returns when the link has taken it; [`Smu::heard`] judges the
    /// reply.
    pub(crate) async fn begin_readings(
        &self,
        message: &str,
        bytes: Option<usize>,
    ) -> Result<Asked, SmuError> {
        let limit = self.limit(message);
        let asked = self.instrument.session().begin(message, bytes, limit).await;
        asked.map_err(|source| link_error(&self.name, message, source))
    }

    /// What came in answer to `message`: all that was said before has been taken by then.
    pub(crate) fn heard(
        &self,
        message: &str,
        answer: Result<Vec<u8>, SessionError>,
    ) -> Result<Vec<u8>, SmuError> {
        let answer = answer.map_err(|source| link_error(&self.name, message, source))?;
        self.unanswered_bytes.store(0, Ordering::Relaxed);
        Ok(answer)
    }

    /// How long an answer may take: what is being measured, and what has to be taken off the link.
    pub(crate) fn limit(&self, message: &str) -> Duration {
        let bytes = self.unanswered_bytes.load(Ordering::Relaxed) + message.len();
        let upload = bytes as f64 / self.instrument.carries().bytes_per_second;
        let averaged = self.settings.filter.map_or(1, |it| it.count);
        time_limit(self.state.behind as f64 * self.seconds_of(averaged) + upload)
    }

    /// A query and the error queue in one message: one round trip.
    pub(crate) fn checked(&self, query: &Template, values: &Values<'_>) -> String {
        let next_error = &self.file().operations.next_error;
        format!("{};{}", query.with(values), next_error.as_str())
    }

    pub(crate) fn unreadable(&self, command: &str, source: ReplyError) -> SmuError {
        SmuError::Reply { smu: self.name.clone(), command: command.to_owned(), source }
    }

    pub(crate) fn reported(&self, after: &'static str, errors: Vec<(i32, String)>) -> SmuError {
        SmuError::Reported { smu: self.name.clone(), after, errors }
    }

    /// Reads the error queue until it is empty; it must have been.
    pub(crate) async fn check_errors(&self, after: &'static str) -> Result<(), SmuError> {
        let errors = self.queued_errors().await?;
        if errors.is_empty() { Ok(()) } else { Err(self.reported(after, errors)) }
    }

    /// Reads the error queue until it is empty.
    pub(crate) async fn queued_errors(&self) -> Result<Vec<(i32, String)>, SmuError> {
        self.instrument.queued_errors(self.limit("")).await
    }
}
