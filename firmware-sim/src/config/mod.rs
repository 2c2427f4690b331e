//! What is simulated: one instrument, one device on its terminals, and how imperfect both are.

mod cell;
mod device;
mod dut;
mod link;
pub(crate) mod measured;
mod model;
mod nuisance;
mod preset;
mod quantity;
mod redraw;
mod smooth;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::{Deserialize, Serialize};

use self::dut::is_default;
pub(crate) use self::quantity::Number;
pub use self::{
    cell::{Cell, Cycle, Drying},
    device::DeviceConfig,
    dut::Dut,
    link::LinkModel,
    model::ModelName,
    nuisance::{Drift, Mismatch, Noise},
    preset::{Branch, Column, Curve, Preset, TableQuantity, Window},
    quantity::{
        Amperes, Diffusivity, Farads, Hertz, Metres, Ohms, PerSecond, QuantityError, Ratio,
        Seconds, Siemens, Volts,
    },
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
///     drift = { gain = "0.1 %", over = "60 s", correlation = "70 %", common_seed = 3 }
///     cell = { emf = "2 mV", capacitance = "10 nF", access_resistance = "100 Ohm" }
///     drying = { depth = "40 %", over = "7200 s" }
///     cycle = { gain_sd = "2 %", v_scale_sd = "0.5 %" }
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
    /// The device on the terminals: a table, or the bare name of a preset.
    #[serde(default, deserialize_with = "device::read")]
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
    /// The device's electrodes and double layer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cell: Cell,
    /// The device's drying out and refill.
    #[serde(default, skip_serializing_if = "is_default")]
    pub drying: Drying,
    /// What differs in the device from cycle to cycle.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cycle: Cycle,
    /// The device on a two-channel instrument's second channel, with the same keys; absent, one
    /// like the first, drawn from another seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_2: Option<Box<Dut>>,
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
            cell: Cell::default(),
            drying: Drying::default(),
            cycle: Cycle::default(),
            channel_2: None,
            faults: Vec::new(),
        }
    }
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// The file cannot be read or is not understood; the error names file, line and key.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { file: file.clone(), source })?;
        let read = toml::from_str(&text).map_err(|error| ConfigError::Refused {
            line: error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1),
            message: error.message().trim().replace('\n', "; "),
            file,
        });
        let mut config: Config = read?;
        if let Some(directory) = path.parent() {
            config.relative_to(directory);
        }
        Ok(config)
    }

    /// Takes the files that the configuration names relatively from `directory`. [`Config::load`]
    /// has done so.
    pub fn relative_to(&mut self, directory: &Path) {
        self.device.relative_to(directory);
        if let Some(second) = &mut self.channel_2 {
            second.relative_to(directory);
        }
    }

    /// Files of measured curves whose last line has no line feed, so that its number may be a part of
    /// one. A file that cannot be read is for [`Config::validate`] to tell.
    pub fn tables_without_end(&self) -> Vec<&Path> {
        let second = self.channel_2.as_deref().map(|it| &it.device);
        let devices = [Some(&self.device), second].into_iter().flatten();
        let cut = devices
            .filter(|it| it.preset == Preset::Table && it.measured().is_ok_and(|it| it.is_cut));
        cut.filter_map(|it| it.file.as_deref()).collect()
    }

    /// The device on `channel`, from 0, with its seed.
    pub fn dut(&self, channel: usize) -> Dut {
        if let Some(second) = self.channel_2.as_deref().filter(|_| channel > 0) {
            let seed = Some(second.seed.unwrap_or_else(|| self.seed_of(channel)));
            return Dut { seed, ..second.clone() };
        }
        Dut {
            seed: Some(self.seed_of(channel)),
            device: self.device.clone(),
            mismatch: self.mismatch,
            noise: self.noise,
            drift: self.drift,
            cell: self.cell,
            drying: self.drying,
            cycle: self.cycle,
        }
    }

    /// Channel 0 has the seed of the instrument, the others far ones, so that the channels of
    /// instruments with neighbouring seeds do not meet.
    fn seed_of(&self, channel: usize) -> u64 {
        self.seed ^ (channel as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
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
        if self.channel_2.is_some() && !self.model.has_two_channels() {
            let two = ModelName::ALL.iter().filter(|it| it.has_two_channels());
            let accepted = two.map(|it| it.text()).collect::<Vec<_>>().join(", ");
            return Err(ConfigError::OneChannel { model: self.model, accepted });
        }
        // The device itself is not asked by way of `dut`, which would validate a copy: a table is
        // read once, here, and the copies share it.
        self.device.validate()?;
        self.dut(0).validate()?;
        self.channel_2.as_deref().map_or(Ok(()), Dut::validate)
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
    /// A second device on an instrument with one channel.
    #[error(
        "channel_2 means nothing to the model \"{model}\", which has one channel: {accepted} take it"
    )]
    OneChannel {
        /// The model.
        model: ModelName,
        /// The models that have two.
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
    /// Two keys that say the same.
    #[error("device.{key} and device.{other} say the same: expected one of them")]
    Twice {
        /// The key.
        key: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A `table` without its file.
    #[error("device.file is missing: the preset \"table\" needs the file of a measured curve")]
    NoTable,
}

impl ConfigError {
    pub(crate) fn value(key: &'static str, found: impl ToString, expected: &'static str) -> Self {
        ConfigError::Value { key, found: found.to_string(), expected }
    }
}

fn mains() -> Hertz {
    Hertz(50.0)
}

fn whole() -> Ratio {
    Ratio(1.0)
}
