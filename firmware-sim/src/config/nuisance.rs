//! Everything in which a device differs from its nominal law.

use serde::{Deserialize, Serialize};

use super::{ConfigError, Ohms, Ratio, Seconds};

/// The constant difference of one device from its nominal law:
/// `I = gain · I_nominal((1 + v_scale) · V') + offset`, with `V'` behind the series resistance.
///
/// Each quantity is the value written plus, where a standard deviation is given, a draw from the
/// seed. The difference of two devices drawn with `gain_sd` has a standard deviation √2 times that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mismatch {
    /// Relative excess of the current.
    pub gain: Ratio,
    /// Standard deviation of a gain drawn from the seed and added.
    pub gain_sd: Ratio,
    /// Current added at every voltage, as a share of the full scale.
    pub offset: Ratio,
    /// Standard deviation of an offset drawn from the seed and added, as a share of the full scale.
    pub offset_sd: Ratio,
    /// Relative excess of the voltage that the nominal law sees.
    pub v_scale: Ratio,
    /// Standard deviation of a voltage scale drawn from the seed and added.
    pub v_scale_sd: Ratio,
    /// Resistance in series with the device.
    pub series_resistance: Ohms,
}

/// Noise of the device's current, drawn anew for each reading.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Noise {
    /// White noise, rms, as a share of the full scale, of a reading integrated over `at_nplc`
    /// power-line cycles. It falls with the square root of the integration time.
    pub read: Ratio,
    /// The integration time, in power-line cycles, that `read` is stated for.
    pub at_nplc: f64,
    /// 1/f noise, rms, as a share of the current, of each decade of frequency between 1 mHz and
    /// 1 kHz.
    pub flicker: Ratio,
}

impl Default for Noise {
    fn default() -> Self {
        Noise { read: Ratio(0.0), at_nplc: 1.0, flicker: Ratio(0.0) }
    }
}

/// A random walk in simulated time: after the time `over` the rms distance from the start is the
/// figure given; it grows with the square root of time. Private to the device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drift {
    /// Wander of the gain.
    pub gain: Ratio,
    /// Wander of the offset, as a share of the full scale.
    pub offset: Ratio,
    /// The time for which the figures are stated.
    pub over: Seconds,
}

impl Default for Drift {
    fn default() -> Self {
        Drift { gain: Ratio(0.0), offset: Ratio(0.0), over: Seconds(60.0) }
    }
}

impl Mismatch {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        within("mismatch.gain", self.gain, -0.9..=10.0, "-90 % to 1000 %")?;
        within("mismatch.gain_sd", self.gain_sd, 0.0..=0.3, "0 % to 30 %")?;
        within("mismatch.offset", self.offset, -10.0..=10.0, "-1000 % to 1000 %")?;
        within("mismatch.offset_sd", self.offset_sd, 0.0..=1.0, "0 % to 100 %")?;
        within("mismatch.v_scale", self.v_scale, -0.9..=10.0, "-90 % to 1000 %")?;
        within("mismatch.v_scale_sd", self.v_scale_sd, 0.0..=0.3, "0 % to 30 %")?;
        if !(0.0..=1e12).contains(&self.series_resistance.0) {
            let key = "mismatch.series_resistance";
            return Err(ConfigError::value(key, self.series_resistance, "0 Ohm to 1 TOhm"));
        }
        Ok(())
    }
}

impl Noise {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        within("noise.read", self.read, 0.0..=10.0, "0 % to 1000 %")?;
        within("noise.flicker", self.flicker, 0.0..=1.0, "0 % to 100 %")?;
        if !(1e-4..=1e4).contains(&self.at_nplc) {
            return Err(ConfigError::value("noise.at_nplc", self.at_nplc, "0.0001 to 10000"));
        }
        Ok(())
    }
}

impl Drift {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        within("drift.gain", self.gain, 0.0..=10.0, "0 % to 1000 %")?;
        within("drift.offset", self.offset, 0.0..=10.0, "0 % to 1000 %")?;
        if !(1e-6..=1e9).contains(&self.over.0) {
            return Err(ConfigError::value("drift.over", self.over, "1 us to 1 Gs"));
        }
        Ok(())
    }
}

fn within(
    key: &'static str,
    ratio: Ratio,
    accepted: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), ConfigError> {
    if accepted.contains(&ratio.0) {
        return Ok(());
    }
    Err(ConfigError::value(key, ratio, expected))
}
