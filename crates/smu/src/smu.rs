use serde::{Deserialize, Serialize};
use transport::Session;

use crate::{
    KillSwitch, Settings, SmuError,
    error::time_limit,
    model::Model,
    template::Template,
    units::{Amperes, Hertz, Seconds, Volts},
};

/// Who an instrument says it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// First field of `*IDN?`.
    pub maker: String,
    /// Second field.
    pub model: String,
    /// Third field.
    pub serial: String,
    /// The rest.
    pub firmware: String,
}

/// Settings as the instrument reports them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadBack {
    /// The source's range; instruments report its full scale.
    pub source_range: Volts,
    /// The current limit.
    pub compliance: Amperes,
    /// The measure range; instruments report its full scale.
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

/// A configured instrument that sources voltage and measures current.
///
/// Its compliance was set, read back and compared, and its error queue was empty. Dropping it sends
/// nothing; [`Smu::output_off`] or a [`KillSwitch`] switches the output off.
#[derive(Debug)]
pub struct Smu {
    pub(crate) name: String,
    pub(crate) session: Session,
    pub(crate) model: Model,
    pub(crate) settings: Settings,
    pub(crate) identity: Identity,
    pub(crate) read_back: ReadBack,
    pub(crate) resolution: Volts,
    pub(crate) state: State,
}

/// What the driver knows of the instrument between calls; `None` where it does not.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The output was told to go on, and has not been seen off since.
    pub(crate) output_on: bool,
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
}

/// The sweep between [`Smu::stage`] and [`Smu::fetch`], with its levels.
#[derive(Debug, Default)]
pub(crate) enum Sweep {
    #[default]
    None,
    Staged(Vec<f64>),
    Started(Vec<f64>),
}

impl Smu {
    /// As the bench names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who it says it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
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
        &self.model.name
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
        self.model.list.most
    }

    /// What a point of a sweep should take: the instrument's timing law, without the link.
    pub fn seconds_per_point(&self) -> f64 {
        let timing = &self.model.timing;
        let conversion =
            self.settings.nplc / self.settings.line_frequency.0 + timing.conversion_overhead.0;
        self.settings.source_delay.0 + timing.conversions * conversion + timing.point_overhead.0
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
        KillSwitch::new(&self.name, self.session.clone(), &self.model.operations)
    }

    pub(crate) async fn say(&self, message: &str) -> Result<(), SmuError> {
        self.session.write(message).await.map_err(|source| self.link(message, source))
    }

    pub(crate) async fn ask(&self, message: &str) -> Result<Vec<u8>, SmuError> {
        let limit = time_limit(self.state.behind, self.seconds_per_point());
        self.session.query(message, limit).await.map_err(|source| self.link(message, source))
    }

    fn link(&self, message: &str, source: transport::SessionError) -> SmuError {
        let mut command: String = message.chars().take(60).collect();
        if command.len() < message.len() {
            command.push('…');
        }
        SmuError::Link { smu: self.name.clone(), command, source: Box::new(source) }
    }

    /// A query and the error queue in one message: one round trip.
    pub(crate) fn checked(&self, query: &Template) -> String {
        format!("{};{}", query.as_str(), self.model.operations.next_error.as_str())
    }
}
