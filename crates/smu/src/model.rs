//! Instrument files: what a model can do, and how to say it.

use serde::Deserialize;

use crate::{
    duo::Pairing,
    template::Template,
    units::{Amperes, Seconds, Volts},
};

const BUILT_IN: [(&str, &str); 1] =
    [("keithley-2400", include_str!("../../../instruments/keithley-2400.toml"))];

/// Why an instrument file is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No model of this name comes with memloop.
    #[error("there is no model \"{name}\"; known are {known}, or the path of a .toml file")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The file is not TOML, lacks an operation, or has one too many.
    #[error("{file}:{line}: {message}")]
    Schema {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what would be accepted.
        message: String,
    },
    /// A value contradicts another, or cannot be.
    #[error("{file}: {key}: {reason}")]
    Value {
        /// The file.
        file: String,
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// A model of instrument, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) identity: IdentityPattern,
    pub(crate) source: Source,
    pub(crate) sense: Sense,
    pub(crate) compliance: ComplianceLimits,
    pub(crate) nplc: [f64; 2],
    pub(crate) list: ListLimits,
    pub(crate) timing: Timing,
    pub(crate) readings: Readings,
    pub(crate) operations: Operations,
    pub(crate) settings: SettingCommands,
    #[serde(default)]
    pub(crate) pairing: Pairing,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityPattern {
    pub(crate) query: Template,
    pub(crate) maker: String,
    pub(crate) model: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) ranges: Vec<SourceRange>,
    pub(crate) over_range: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceRange {
    pub(crate) range: Volts,
    pub(crate) resolution: Volts,
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
    pub(crate) conversions: f64,
    pub(crate) conversion_overhead: Seconds,
    pub(crate) point_overhead: Seconds,
    pub(crate) longest_source_delay: Seconds,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Readings {
    pub(crate) elements: Vec<Element>,
    pub(crate) in_compliance: Vec<u32>,
    pub(crate) overflow: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Element {
    Voltage,
    Current,
    Resistance,
    Time,
    Status,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operations {
    pub(crate) prepare: Vec<Template>,
    pub(crate) next_error: Template,
    pub(crate) output_on: Template,
    pub(crate) output_off: Template,
    pub(crate) output_state: Template,
    pub(crate) abort: Template,
    pub(crate) level: Template,
    pub(crate) read: Template,
    pub(crate) list: Template,
    pub(crate) list_append: Template,
    pub(crate) list_mode: Template,
    pub(crate) fixed_mode: Template,
    pub(crate) count: Template,
    pub(crate) start: Template,
    pub(crate) fetch: Template,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingCommands {
    pub(crate) source_range: Setting,
    pub(crate) compliance: Setting,
    pub(crate) sense_range: Setting,
    pub(crate) nplc: Setting,
    pub(crate) line_frequency: Setting,
    pub(crate) source_delay: Setting,
    pub(crate) four_wire: Setting,
}

/// A setting: how it is sent, how it is read back, and which answers mean that it was taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    pub(crate) set: Template,
    pub(crate) get: Template,
    /// The answer may be the value times one of these: ranges answer with their over-range.
    #[serde(default = "itself")]
    pub(crate) answers: Vec<f64>,
}

fn itself() -> Vec<f64> {
    vec![1.0]
}

impl Model {
    /// The model of this name that comes with memloop.
    ///
    /// # Errors
    /// There is none; the error lists those that there are.
    pub fn builtin(name: &str) -> Result<Model, ModelError> {
        let Some((_, text)) = BUILT_IN.iter().find(|it| it.0 == name) else {
            let known: Vec<_> = BUILT_IN.iter().map(|it| it.0).collect();
            return Err(ModelError::Unknown { name: name.to_owned(), known: known.join(", ") });
        };
        Model::from_toml(&format!("instruments/{name}.toml"), text)
    }

    /// Reads the text of an instrument file; `file` names it in errors.
    ///
    /// # Errors
    /// A missing or unknown key, an unknown placeholder, values that contradict each other.
    pub fn from_toml(file: &str, text: &str) -> Result<Model, ModelError> {
        let model: Model = toml::from_str(text).map_err(|error| ModelError::Schema {
            file: file.to_owned(),
            line: error.span().map_or(1, |it| text[..it.start].matches('\n').count() + 1),
            message: error.message().trim().replace('\n', "; "),
        })?;
        model.validate().map_err(|(key, reason)| ModelError::Value {
            file: file.to_owned(),
            key,
            reason,
        })?;
        Ok(model)
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One code of the source on `range`; `None` when the model has no such range.
    pub fn source_resolution(&self, range: Volts) -> Option<Volts> {
        self.source.ranges.iter().find(|it| it.range == range).map(|it| it.resolution)
    }
}
