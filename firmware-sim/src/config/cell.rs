//! The liquid cell around the device: its electrodes, its drying, its cycles.

use serde::{Deserialize, Serialize};

use super::{
    ConfigError, Farads, Ohms, Ratio, Seconds, Volts,
    nuisance::{duration, within},
};

/// The electrodes: a voltage of their own, and a double layer that is charged through the liquid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cell {
    /// The voltage between the electrodes at which no current flows.
    pub emf: Volts,
    /// Standard deviation of an emf drawn from the seed and added.
    pub emf_sd: Volts,
    /// Capacitance of the double layer, across the device and behind all series resistance.
    pub capacitance: Farads,
    /// Resistance of the liquid between electrode and device, in series with both; at least
    /// 1 mOhm with a capacitance. Absent: 0 Ohm, with a capacitance 100 Ohm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_resistance: Option<Ohms>,
}

impl Cell {
    /// The access resistance in ohms.
    pub(crate) fn access(&self) -> f64 {
        let default = if self.capacitance.0 > 0.0 { 100.0 } else { 0.0 };
        self.access_resistance.map_or(default, |it| it.0)
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !(-10.0..=10.0).contains(&self.emf.0) {
            return Err(ConfigError::value("cell.emf", self.emf, "-10 V to 10 V"));
        }
        if !(0.0..=10.0).contains(&self.emf_sd.0) {
            return Err(ConfigError::value("cell.emf_sd", self.emf_sd, "0 V to 10 V"));
        }
        if !(0.0..=1e3).contains(&self.capacitance.0) {
            return Err(ConfigError::value("cell.capacitance", self.capacitance, "0 F to 1 kF"));
        }
        let (least, expected) = if self.capacitance.0 > 0.0 {
            (1e-3, "1 mOhm to 1 TOhm with a capacitance")
        } else {
            (0.0, "0 Ohm to 1 TOhm")
        };
        match self.access_resistance {
            Some(it) if !(least..=1e12).contains(&it.0) => {
                Err(ConfigError::value("cell.access_resistance", it, expected))
            }
            _ => Ok(()),
        }
    }
}

/// Drying out: the gain falls as `1 − depth · (1 − e^(−t/over))` since the last refill.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drying {
    /// The share of the current that is lost in the end; negative where the current grows as the
    /// liquid concentrates.
    pub depth: Ratio,
    /// The time constant.
    pub over: Seconds,
    /// Standard deviation of the gain that each refill draws anew: no drop is like the last.
    pub refill_sd: Ratio,
}

impl Default for Drying {
    fn default() -> Self {
        Drying { depth: Ratio(0.0), over: Seconds(3600.0), refill_sd: Ratio(0.0) }
    }
}

impl Drying {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        within("drying.depth", self.depth, -10.0..=1.0, "-1000 % to 100 %")?;
        duration("drying.over", self.over)?;
        within("drying.refill_sd", self.refill_sd, 0.0..=0.3, "0 % to 30 %")
    }
}

/// What is drawn anew in every cycle. A cycle begins where the voltage is driven through zero
/// upwards, from 0 V or below to above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cycle {
    /// Standard deviation of the cycle's factor on the current.
    pub gain_sd: Ratio,
    /// Standard deviation of the cycle's factor on the voltage that the law sees, which moves all
    /// its thresholds.
    pub v_scale_sd: Ratio,
}

impl Cycle {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        within("cycle.gain_sd", self.gain_sd, 0.0..=0.3, "0 % to 30 %")?;
        within("cycle.v_scale_sd", self.v_scale_sd, 0.0..=0.3, "0 % to 30 %")
    }
}
