//! One device under test: everything about it that is not the instrument's.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Cell, ConfigError, Cycle, DeviceConfig, Drift, Drying, Mismatch, Noise};

/// A device and its imperfections: what is on one channel's terminals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dut {
    /// Everything random about this device is drawn from this number; absent, from the
    /// instrument's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The law: a table, or the bare name of a preset.
    #[serde(deserialize_with = "super::device::read")]
    pub device: DeviceConfig,
    /// How this device differs from its nominal law.
    pub mismatch: Mismatch,
    /// Noise of the device's current.
    pub noise: Noise,
    /// Slow wander.
    pub drift: Drift,
    /// Electrodes and double layer.
    #[serde(skip_serializing_if = "is_default")]
    pub cell: Cell,
    /// Drying out and refill.
    #[serde(skip_serializing_if = "is_default")]
    pub drying: Drying,
    /// What differs from cycle to cycle.
    #[serde(skip_serializing_if = "is_default")]
    pub cycle: Cycle,
}

impl Dut {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.device.validate()?;
        self.mismatch.validate()?;
        self.noise.validate()?;
        self.drift.validate()?;
        self.cell.validate()?;
        self.drying.validate()?;
        self.cycle.validate()
    }

    pub(super) fn relative_to(&mut self, directory: &Path) {
        self.device.relative_to(directory);
    }
}

pub(super) fn is_default<T: Default + PartialEq>(it: &T) -> bool {
    *it == T::default()
}
