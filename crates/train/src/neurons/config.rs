use serde::{Deserialize, Serialize};

use crate::ConfigError;

/// How layers of devices are run: the experiment's table `[devices]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DevicesConfig {
    /// Where values and slopes come from; live when absent.
    pub run: Run,
    /// Levels of a table, equally spaced over the mapping's window, 2 to 65537; 257 when absent.
    pub levels: usize,
    /// Tables are measured again after so many mini-batches; never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<u64>,
    /// After so many mini-batches, three levels of every pair are read and compared with
    /// its table; never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<u64>,
    /// How far a current may be from its table before the tables are measured again, as a share of
    /// the mapping's `current_scale`; 0.01 when absent.
    pub drift: f64,
}

/// Where values and slopes of device neurons come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Run {
    /// Every pre-activation is measured in the forward pass, with its slope.
    #[default]
    Live,
    /// Currents and slopes are measured on a grid before training, and interpolated.
    Table,
    /// Values are measured in the forward pass, slopes interpolated.
    Hybrid,
}

impl Default for DevicesConfig {
    fn default() -> DevicesConfig {
        DevicesConfig { run: Run::Live, levels: 257, refresh: None, check: None, drift: 0.01 }
    }
}

impl DevicesConfig {
    /// Whether nothing is read of devices after the tables of the beginning.
    pub fn is_measured_once(&self) -> bool {
        self.run == Run::Table && self.refresh.is_none() && self.check.is_none()
    }

    /// Refuses what cannot be run.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let refused = |key, found: String, accepted| Err(ConfigError { key, found, accepted });
        if !(2..=65537).contains(&self.levels) {
            let accepted = "a whole number from 2 to 65537";
            return refused("devices.levels", self.levels.to_string(), accepted);
        }
        let steps = "a whole number of mini-batches from 1";
        if self.refresh == Some(0) {
            return refused("devices.refresh", "0".into(), steps);
        }
        if self.check == Some(0) {
            return refused("devices.check", "0".into(), steps);
        }
        if !(self.drift.is_finite() && self.drift > 0.0) {
            let accepted = "a share of current_scale above 0";
            return refused("devices.drift", self.drift.to_string(), accepted);
        }
        if self.run == Run::Live && (self.refresh.is_some() || self.check.is_some()) {
            let accepted = "refresh and check only where run is \"table\" or \"hybrid\"";
            return refused("devices.run", "\"live\"".into(), accepted);
        }
        Ok(())
    }
}
