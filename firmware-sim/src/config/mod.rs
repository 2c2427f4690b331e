//! What is simulated: one instrument, one device on its terminals, and how imperfect both are.

mod device;
mod link;
mod model;
mod nuisance;
mod quantity;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::{
    device::{DeviceConfig, Preset},
    link::LinkModel,
    model::ModelName,
    nuisance::{Drift, Mismatch, Noise},
    quantity::{Amperes, Hertz, Ohms, QuantityError, Ratio, Seconds},
};
use crate::fault::FaultPlan;

/// One simulated instrument with one simulated device on its terminals.
///
/// Written in TOML as a file of its own, or as a table `[simulated.<name>]` of a bench:
///
/// ```
/// let config: firmware_sim::Config = toml::from_str(
///     r#"
///     model = "keithley-2400"
///     seed = 7
///     line_frequency = "50 Hz"
///     device = { preset = "liquid-sinh", full_scale = "60 uA" }
///     mismatch = { gain = "+2.5 %", offset = "0.5 %" }   # and "gain_sd" for a drawn part
///     noise = { read = "0.2 %" }                         # of full scale, rms, at 1 PLC
///     drift = { gain = "0.1 %", over = "60 s" }
///     "#,
/// )?;
/// # let _ = firmware_sim::Instrument::new(&config);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which instrument.
    #[serde(default)]
    pub model: ModelName,
    /// The serial number in `*IDN?`. Derived from the seed where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Everything random is drawn from this number: two instruments with the same configuration
    /// and the same commands answer the same bytes.
    #[serde(default)]
    pub seed: u64,
    /// The mains, which the integration time follows: 50 Hz or 60 Hz.
    #[serde(default = "mains")]
    pub line_frequency: Hertz,
    /// What carrying readings to the host takes. The 2400 family only.
    #[serde(default)]
    pub link_model: LinkModel,
    /// The share of the specified one-year accuracy that this unit's source and measure errors
    /// take: at `"100 %"` they are drawn with three standard deviations at the specification's
    /// limit, at `"0 %"` only quantisation remains.
    #[serde(default = "whole")]
    pub accuracy: Ratio,
    /// The device on the terminals.
    #[serde(default)]
    pub device: DeviceConfig,
    /// How this device differs from its nominal law.
    #[serde(default)]
    pub mismatch: Mismatch,
    /// Noise of the device's current.
    #[serde(default)]
    pub noise: Noise,
    /// Slow wander of the device.
    #[serde(default)]
    pub drift: Drift,
    /// What goes wrong, and when: `faults = ["silence after 120 replies"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultPlan>,
}

impl Default for Config {
    /// A Keithley 2400 on 50 Hz mains with the default device, matched, noiseless and stable.
    fn default() -> Self {
        Config {
            model: ModelName::Keithley2400,
            serial: None,
            seed: 0,
            line_frequency: mains(),
            link_model: LinkModel::default(),
            accuracy: whole(),
            device: DeviceConfig::default(),
            mismatch: Mismatch::default(),
            noise: Noise::default(),
            drift: Drift::default(),
            faults: Vec::new(),
        }
    }
}

/// One device.
#[derive(Clone, Debug)]
pub struct Dut {
    /// device
    pub device: DeviceConfig,
    /// mismatch
    pub mismatch: Mismatch,
    /// noise
    pub noise: Noise,
    /// drift
    pub drift: Drift,
}

impl Config {
    /// The device on the terminals of a channel, from zero.
    pub fn dut(&self, _channel: usize) -> Dut {
        Dut { device: self.device, mismatch: self.mismatch, noise: self.noise, drift: self.drift }
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// The file cannot be read or is not understood; the error names file, line and key.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { file: file.clone(), source })?;
        toml::from_str(&text).map_err(|error| ConfigError::Refused {
            line: error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1),
            message: error.message().trim().replace('\n', "; "),
            file,
        })
    }

    /// Checks what the types alone cannot.
    ///
    /// # Errors
    /// The first key whose value cannot be simulated, and what would be accepted.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if ![50.0, 60.0].contains(&self.line_frequency.0) {
            return Err(ConfigError::value(
                "line_frequency",
                self.line_frequency,
                "50 Hz or 60 Hz",
            ));
        }
        if !(0.0..=10.0).contains(&self.accuracy.0) {
            return Err(ConfigError::value("accuracy", self.accuracy, "0 % to 1000 %"));
        }
        if let Some(serial) = &self.serial
            && (serial.is_empty() || !serial.bytes().all(|it| it.is_ascii_alphanumeric()))
        {
            return Err(ConfigError::value("serial", serial, "ASCII letters and digits"));
        }
        self.device.validate()?;
        self.mismatch.validate()?;
        self.noise.validate()?;
        self.drift.validate()
    }
}

/// A configuration that cannot be simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file's text was refused.
    #[error("{file}:{line}: {message}")]
    Refused {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there and what would be accepted.
        message: String,
    },
    /// A key has a value outside what can be simulated.
    #[error("{key} = \"{found}\" cannot be simulated: expected {expected}")]
    Value {
        /// The key, as `table.key`.
        key: &'static str,
        /// Its value.
        found: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// An instrument that is not simulated.
    #[error("\"{found}\" is not simulated: expected one of {accepted}")]
    UnknownModel {
        /// The name given.
        found: String,
        /// The names known.
        accepted: String,
    },
    /// A key that the preset has no use for.
    #[error("device.{key} means nothing to the preset \"{preset}\", which takes {accepted}")]
    NotOfPreset {
        /// The key.
        key: &'static str,
        /// The preset.
        preset: Preset,
        /// The keys that it takes.
        accepted: String,
    },
}

impl ConfigError {
    fn value(key: &'static str, found: impl ToString, expected: &'static str) -> Self {
        ConfigError::Value { key, found: found.to_string(), expected }
    }
}

fn mains() -> Hertz {
    Hertz(50.0)
}

fn whole() -> Ratio {
    Ratio(1.0)
}
