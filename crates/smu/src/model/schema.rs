//! The shape of an instrument file. What is optional is what a model may lack.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    duo::{self, Pairing},
    options::{AutoZero, FilterKind, OutputOffMode},
    template::{Commands, Template},
    units::{Amperes, Seconds, Volts},
};

/// A model of instrument, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) channels: usize,
    pub(crate) identity: IdentityPattern,
    pub(crate) source: Source,
    pub(crate) sense: Sense,
    pub(crate) compliance: ComplianceLimits,
    pub(crate) nplc: [f64; 2],
    pub(crate) list: ListLimits,
    pub(crate) timing: Timing,
    pub(crate) readings: Readings,
    pub(crate) binary: Option<Binary>,
    pub(crate) operations: Operations,
    pub(crate) staircase: Option<Staircase>,
    pub(crate) settings: SettingCommands,
    #[serde(default, deserialize_with = "duo::pairing")]
    pub(crate) pairing: Pairing,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityPattern {
    pub(crate) query: Template,
    pub(crate) makers: Vec<String>,
    pub(crate) model: String,
    /// A question whose answer tells that the instrument speaks this file's language.
    pub(crate) language: Option<Language>,
    #[serde(default)]
    pub(crate) firmware: Vec<FirmwareNote>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Language {
    pub(crate) query: Template,
    pub(crate) answer: String,
}

/// What the maker's release notes say of firmware below a version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirmwareNote {
    pub(crate) below: String,
    pub(crate) warning: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Ranges with their programming resolution.
    pub(crate) ranges: Vec<(Volts, Volts)>,
    pub(crate) over_range: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sense {
    pub(crate) ranges: Vec<Amperes>,
    pub(crate) over_range: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComplianceLimits {
    pub(crate) least: Amperes,
    pub(crate) most: Amperes,
    pub(crate) least_share_of_sense_range: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListLimits {
    pub(crate) most: usize,
    pub(crate) per_command: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Timing {
    /// A reading while auto-zero is on.
    pub(crate) auto_zeroed: ReadingTime,
    /// A reading while it is off.
    pub(crate) plain: ReadingTime,
    pub(crate) conversion_overhead: Seconds,
    pub(crate) longest_source_delay: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadingTime {
    pub(crate) conversions: f64,
    /// Conversions of a reading with the voltage.
    pub(crate) with_voltage: f64,
    pub(crate) overhead: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Readings {
    pub(crate) elements: Vec<Element>,
    /// The elements when the voltage is measured too; absent where it cannot be.
    pub(crate) with_voltage: Option<Vec<Element>>,
    pub(crate) in_compliance: Vec<u32>,
    pub(crate) overflow: Vec<u32>,
}

/// One number of a reading, by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Element {
    /// V, measured.
    Voltage,
    Current,
    Resistance,
    /// s, on the instrument's clock.
    Time,
    /// The whole seconds of its clock.
    Seconds,
    /// What its clock has beyond them.
    Fraction,
    Status,
    /// V, what the source was told: compared with what was asked.
    Level,
    /// Anything else.
    Other,
}

/// Readings as a block of floating-point numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Binary {
    pub(crate) prepare: Commands,
    pub(crate) layout: BlockLayout,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockLayout {
    pub(crate) block: Block,
    /// Bytes of a number.
    pub(crate) width: usize,
    pub(crate) order: ByteOrder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Block {
    /// `#3808...`: tells its length.
    Definite,
    /// `#0...`: ends with the message.
    Indefinite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ByteOrder {
    BigEndian,
    LittleEndian,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operations {
    pub(crate) prepare: Commands,
    #[serde(default)]
    pub(crate) prepare_channel: Commands,
    pub(crate) measure_voltage: Option<Commands>,
    pub(crate) zero_once: Option<Commands>,
    pub(crate) next_error: Template,
    pub(crate) event_status: Template,
    pub(crate) output_on: Template,
    pub(crate) output_off: Template,
    pub(crate) output_state: Template,
    pub(crate) abort: Template,
    pub(crate) level: Template,
    pub(crate) read: Template,
    pub(crate) list: Template,
    pub(crate) list_append: Template,
    pub(crate) list_mode: Commands,
    pub(crate) fixed_mode: Commands,
    pub(crate) count: Commands,
    pub(crate) start: Template,
    pub(crate) fetch: Template,
    /// `start` and `fetch` in one, for instruments that send readings while they measure the next.
    pub(crate) sweep: Option<Template>,
}

/// Equally spaced levels that the instrument computes itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Staircase {
    pub(crate) levels: Commands,
    pub(crate) mode: Commands,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingCommands {
    /// In which order they are sent.
    pub(crate) order: Vec<SettingKey>,
    pub(crate) source_range: Setting,
    pub(crate) compliance: Setting,
    pub(crate) sense_range: Setting,
    pub(crate) nplc: Setting,
    pub(crate) line_frequency: Setting,
    pub(crate) source_delay: Setting,
    pub(crate) four_wire: Setting,
    pub(crate) auto_zero: Option<Choice<AutoZero>>,
    pub(crate) filter: Option<FilterCommands>,
    pub(crate) output_off_mode: Option<Choice<OutputOffMode>>,
}

/// The settings that every model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SettingKey {
    SourceRange,
    Compliance,
    SenseRange,
    Nplc,
    LineFrequency,
    SourceDelay,
    FourWire,
}

impl SettingKey {
    pub(crate) const ALL: [SettingKey; 7] = [
        SettingKey::SourceRange,
        SettingKey::Compliance,
        SettingKey::SenseRange,
        SettingKey::Nplc,
        SettingKey::LineFrequency,
        SettingKey::SourceDelay,
        SettingKey::FourWire,
    ];

    /// As bench files name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            SettingKey::SourceRange => "source_range",
            SettingKey::Compliance => "compliance",
            SettingKey::SenseRange => "sense_range",
            SettingKey::Nplc => "nplc",
            SettingKey::LineFrequency => "line_frequency",
            SettingKey::SourceDelay => "source_delay",
            SettingKey::FourWire => "four_wire",
        }
    }
}

impl SettingCommands {
    pub(crate) fn get(&self, key: SettingKey) -> &Setting {
        match key {
            SettingKey::SourceRange => &self.source_range,
            SettingKey::Compliance => &self.compliance,
            SettingKey::SenseRange => &self.sense_range,
            SettingKey::Nplc => &self.nplc,
            SettingKey::LineFrequency => &self.line_frequency,
            SettingKey::SourceDelay => &self.source_delay,
            SettingKey::FourWire => &self.four_wire,
        }
    }
}

/// A setting: how it is sent, how it is read back, and which answers mean that it was taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    /// Absent for what the instrument finds out by itself: it is read back and compared all the same.
    pub(crate) set: Option<Template>,
    pub(crate) get: Template,
    /// The answer may be the value times one of these: ranges answer with their over-range.
    #[serde(default = "itself")]
    pub(crate) answers: Vec<f64>,
}

fn itself() -> Vec<f64> {
    vec![1.0]
}

/// A setting with a few words, each sent and answered alike.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "T: Deserialize<'de> + Ord")]
pub(crate) struct Choice<T> {
    pub(crate) set: Template,
    pub(crate) get: Template,
    pub(crate) words: BTreeMap<T, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterCommands {
    pub(crate) most: usize,
    pub(crate) kind: Choice<FilterKind>,
    pub(crate) count: Setting,
    pub(crate) state: Setting,
}
