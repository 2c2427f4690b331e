//! Everything in which a device differs from its nominal law.

use serde::{Deserialize, Serialize};

use super::{ConfigError, Ohms, Ratio, Seconds, dut::is_default};

/// The constant difference of one device from its nominal law:
/// `I = gain · I_nominal(bend(v_scale · V')) + offset`, with `V'` behind the series resistance and
/// `bend(v) = v · (1 + shape · tanh(v / 1 V))`, which stretches one polarity and compresses the
/// other and never makes a rising current fall.
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
    /// Standard deviation of the series resistance drawn from the seed, as a share of it.
    pub series_resistance_sd: Ratio,
    /// The bend between the polarities.
    pub shape: Ratio,
    /// Standard deviation of a bend drawn from the seed and added.
    pub shape_sd: Ratio,
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
    /// 1 kHz; with another `flicker_exponent`, of the decade around 1 Hz. The integration of a
    /// reading takes out what is faster.
    pub flicker: Ratio,
    /// The exponent a of the spectrum 1/f^a. Ionic channels show 0.5 to 1.5.
    pub flicker_exponent: f64,
    /// Random telegraph noise: half the step between its two levels, as a share of the current.
    pub telegraph: Ratio,
    /// The mean time at either level of the telegraph noise.
    pub telegraph_dwell: Seconds,
    /// Noise that devices share, such as a disturbance of the whole station: rms, as a share of the
    /// current, of a reading integrated over `at_nplc` power-line cycles; falls with the square root
    /// of the integration time. A function of `common_seed` and of the time that the device has been
    /// simulated for, so two devices with the same seed, on whatever instruments, have the same
    /// noise where they are read at the same time.
    #[serde(skip_serializing_if = "is_default")]
    pub common: Ratio,
    /// Which common noise.
    #[serde(skip_serializing_if = "is_default")]
    pub common_seed: u64,
    /// Over which time it changes: readings a tenth of it apart see it alike (correlated by 0.98 or
    /// more), readings twice as far apart see nothing of each other's.
    #[serde(skip_serializing_if = "is_common_time")]
    pub common_time: Seconds,
}

/// Half a power-line cycle at 50 Hz: successive readings of 1 PLC are independent, two instruments
/// within 1 ms of each other read alike.
const COMMON_TIME: Seconds = Seconds(0.01);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_common_time(time: &Seconds) -> bool {
    *time == COMMON_TIME
}

impl Default for Noise {
    fn default() -> Self {
        Noise {
            read: Ratio(0.0),
            at_nplc: 1.0,
            flicker: Ratio(0.0),
            flicker_exponent: 1.0,
            telegraph: Ratio(0.0),
            telegraph_dwell: Seconds(1.0),
            common: Ratio(0.0),
            common_seed: 0,
            common_time: COMMON_TIME,
        }
    }
}

/// A random walk in simulated time: after the time `over` the rms distance from the start is the
/// figure given; it grows with the square root of time.
///
/// Part of it can be common to several devices, such as the laboratory's temperature: two devices
/// with the same figures, the same `common_seed` and a `correlation` have walks so correlated, on
/// whatever instruments they are. The common walk is a function of the seed and the time that the
/// device has been simulated for; the rest is private to the device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drift {
    /// Wander of the gain.
    pub gain: Ratio,
    /// Wander of the offset, as a share of the full scale.
    pub offset: Ratio,
    /// The time for which the figures are stated.
    pub over: Seconds,
    /// The share of the variance that is common.
    pub correlation: Ratio,
    /// Which common walk.
    pub common_seed: u64,
}

impl Default for Drift {
    fn default() -> Self {
        Drift {
            gain: Ratio(0.0),
            offset: Ratio(0.0),
            over: Seconds(60.0),
            correlation: Ratio(0.0),
            common_seed: 0,
        }
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
        let sd = self.series_resistance_sd;
        within("mismatch.series_resistance_sd", sd, 0.0..=0.3, "0 % to 30 %")?;
        within("mismatch.shape", self.shape, -0.5..=0.5, "-50 % to 50 %")?;
        within("mismatch.shape_sd", self.shape_sd, 0.0..=0.1, "0 % to 10 %")?;
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
        if !(0.0..=2.0).contains(&self.flicker_exponent) {
            let key = "noise.flicker_exponent";
            return Err(ConfigError::value(key, self.flicker_exponent, "0 to 2"));
        }
        within("noise.telegraph", self.telegraph, 0.0..=1.0, "0 % to 100 %")?;
        duration("noise.telegraph_dwell", self.telegraph_dwell)?;
        within("noise.common", self.common, 0.0..=1.0, "0 % to 100 %")?;
        duration("noise.common_time", self.common_time)
    }
}

impl Drift {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        within("drift.gain", self.gain, 0.0..=10.0, "0 % to 1000 %")?;
        within("drift.offset", self.offset, 0.0..=10.0, "0 % to 1000 %")?;
        duration("drift.over", self.over)?;
        within("drift.correlation", self.correlation, 0.0..=1.0, "0 % to 100 %")
    }
}

pub(super) fn duration(key: &'static str, time: Seconds) -> Result<(), ConfigError> {
    if (1e-6..=1e9).contains(&time.0) {
        return Ok(());
    }
    Err(ConfigError::value(key, time, "1 us to 1 Gs"))
}

pub(super) fn within(
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
