//! Which device is on the terminals.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Amperes, ConfigError, Ohms, Ratio, Seconds};

/// The device on the terminals: a preset, and what is changed about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
    /// The law of the device.
    #[serde(default)]
    pub preset: Preset,
    /// The current at +1 V from rest. Memristors only; default 60 uA, for `cuso4` the fitted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scale: Option<Amperes>,
    /// How far the state moves the non-linear part of the current, up and down from rest.
    /// `liquid-sinh` and `saturating`; default 8 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Ratio>,
    /// The time constant with which the state follows the voltage and returns to rest.
    /// `liquid-sinh` and `saturating`; default 2 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relaxation: Option<Seconds>,
    /// The time that one sample of the fitted sweep took. `cuso4`; default 10 ms, an assumption:
    /// the sweeps were published without their time base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_period: Option<Seconds>,
    /// The resistance. `resistor` only; default 10 kOhm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resistance: Option<Ohms>,
}

/// The laws that can be put on the terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A liquid memristor with a convex current and a modest memory.
    #[default]
    LiquidSinh,
    /// A memristor whose current saturates.
    Saturating,
    /// Aqueous copper sulphate, as fitted to published loops.
    Cuso4,
    /// An ohmic resistor, for tests.
    Resistor,
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Preset::LiquidSinh => "liquid-sinh",
            Preset::Saturating => "saturating",
            Preset::Cuso4 => "cuso4",
            Preset::Resistor => "resistor",
        })
    }
}

impl Preset {
    fn keys(self) -> &'static [&'static str] {
        match self {
            Preset::LiquidSinh | Preset::Saturating => &["full_scale", "memory", "relaxation"],
            Preset::Cuso4 => &["full_scale", "sample_period"],
            Preset::Resistor => &["resistance"],
        }
    }
}

impl DeviceConfig {
    /// The default device under another law.
    pub fn preset(preset: Preset) -> Self {
        DeviceConfig { preset, ..DeviceConfig::default() }
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let given = [
            ("full_scale", self.full_scale.is_some()),
            ("memory", self.memory.is_some()),
            ("relaxation", self.relaxation.is_some()),
            ("sample_period", self.sample_period.is_some()),
            ("resistance", self.resistance.is_some()),
        ];
        let accepted = self.preset.keys();
        for (key, present) in given {
            if present && !accepted.contains(&key) {
                let accepted = accepted.join(", ");
                return Err(ConfigError::NotOfPreset { key, preset: self.preset, accepted });
            }
        }
        self.validate_values()
    }

    fn validate_values(&self) -> Result<(), ConfigError> {
        if let Some(it) = self.full_scale.filter(|it| !(1e-12..=1.0).contains(&it.0)) {
            return Err(ConfigError::value("device.full_scale", it, "1 pA to 1 A"));
        }
        if let Some(it) = self.memory.filter(|it| !(0.0..=0.9).contains(&it.0)) {
            return Err(ConfigError::value("device.memory", it, "0 % to 90 %"));
        }
        if let Some(it) = self.relaxation.filter(|it| !(1e-6..=1e6).contains(&it.0)) {
            return Err(ConfigError::value("device.relaxation", it, "1 us to 1 Ms"));
        }
        if let Some(it) = self.sample_period.filter(|it| !(1e-6..=1e6).contains(&it.0)) {
            return Err(ConfigError::value("device.sample_period", it, "1 us to 1 Ms"));
        }
        if let Some(it) = self.resistance.filter(|it| !(1e-3..=1e12).contains(&it.0)) {
            return Err(ConfigError::value("device.resistance", it, "1 mOhm to 1 TOhm"));
        }
        Ok(())
    }
}
