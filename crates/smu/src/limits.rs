//! What no device may be exposed to, beyond window and compliance: the one place that everything
//! that is sourced passes.

use serde::{Deserialize, Serialize};

use crate::{
    Reading, Settings, Smu, SmuError,
    units::{Coulombs, Volts, VoltsPerSecond, Watts},
};

/// Limits of one device, each absent or hard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most that the device may turn into heat: the compliance at the window's further end may not
    /// be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power: Option<Watts>,
    /// How fast a level may change: from one level of a list to the next, in the time of a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dv_dt: Option<VoltsPerSecond>,
    /// How much may flow through the device while it is measured, Σ |I|·t in either direction, since
    /// it was configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charge: Option<Coulombs>,
}

/// Rates and sums of decimal levels are off by rounding.
const ROUNDING: f64 = 1.0 + 1e-9;

impl Limits {
    /// Refuses limits that the settings beside them already break.
    pub(crate) fn check(&self, settings: &Settings) -> Result<(), SmuError> {
        let refused = |key, found, accepted| Err(SmuError::Setting { key, found, accepted });
        if let Some(power) = self.power {
            let end = settings.window.high.0.max(-settings.window.low.0);
            let most = Watts(end * settings.compliance.0);
            if !(power.0 > 0.0 && most.0 <= power.0 * ROUNDING) {
                let accepted = format!(
                    "at least {most}, which is compliance {} at {}: or lower the compliance, or the window",
                    settings.compliance,
                    Volts(end)
                );
                return refused("limits.power", power.to_string(), accepted);
            }
        }
        if let Some(dv_dt) = self.dv_dt
            && !(dv_dt.0 > 0.0 && settings.ramp.0 <= dv_dt.0 * ROUNDING)
        {
            let accepted = format!("at least {}, which is the ramp", settings.ramp);
            return refused("limits.dv_dt", dv_dt.to_string(), accepted);
        }
        match self.charge {
            Some(charge) if charge.0 <= 0.0 => {
                refused("limits.charge", charge.to_string(), "a charge above 0 C".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// What has flowed through a device.
#[derive(Debug, Default)]
pub(crate) struct Exposure {
    /// C, of readings that came.
    measured: f64,
    /// C, at most, of points that were begun and whose readings have not come.
    begun: f64,
}

impl Smu {
    /// What has flowed through the device while it was measured, Σ |I|·t in C, since it was
    /// configured: t is what a point takes; points whose readings were lost count with the compliance.
    pub fn charge(&self) -> Coulombs {
        Coulombs(self.exposure.measured + self.exposure.begun)
    }

    /// Refuses levels that may not be sourced one after the other.
    ///
    /// # Errors
    /// [`SmuError::OutsideWindow`], [`SmuError::TooFast`], [`SmuError::TooMuchCharge`].
    pub fn permit(&self, levels: &[f64]) -> Result<(), SmuError> {
        levels.iter().try_for_each(|it| self.check_level(*it))?;
        let Limits { dv_dt, charge, .. } = self.settings.limits;
        if let Some(limit) = dv_dt {
            let step = self.step_at(limit) * ROUNDING;
            if let Some(two) = levels.windows(2).find(|it| (it[1] - it[0]).abs() > step) {
                let (from, to) = (Volts(two[0]), Volts(two[1]));
                let rate = VoltsPerSecond((two[1] - two[0]).abs() / self.seconds_per_point());
                return Err(SmuError::TooFast { smu: self.name.clone(), from, to, rate, limit });
            }
        }
        if let Some(limit) = charge {
            let (passed, more) = (self.charge(), Coulombs(self.most_charge(levels.len())));
            if passed.0 + more.0 > limit.0 {
                return Err(SmuError::TooMuchCharge {
                    smu: self.name.clone(),
                    passed,
                    more,
                    limit,
                });
            }
        }
        Ok(())
    }

    /// Whether levels are left and reached in steps.
    pub(crate) fn steps_softly(&self) -> bool {
        self.settings.limits.dv_dt.is_some()
    }

    /// Takes the level to where a list begins, where a step there would be too fast; the readings of
    /// that are dropped.
    pub(crate) async fn approach(&mut self, level: f64) -> Result<(), SmuError> {
        let Some(limit) = self.settings.limits.dv_dt else { return Ok(()) };
        let from = self.state.level;
        if (level - from).abs() <= self.step_at(limit) * ROUNDING {
            return Ok(());
        }
        self.ramp(level, limit).await
    }

    /// V, by which a level may change in the time of a point.
    pub(crate) fn step_at(&self, rate: VoltsPerSecond) -> f64 {
        rate.0 * self.seconds_per_point()
    }

    fn most_charge(&self, points: usize) -> f64 {
        points as f64 * self.seconds_per_point() * self.settings.compliance.0
    }

    /// So many points are begun.
    pub(crate) fn expose(&mut self, points: usize) {
        self.exposure.begun += self.most_charge(points);
    }

    /// The readings of points that were begun are here.
    pub(crate) fn exposed(&mut self, readings: &[Reading]) {
        let most = self.settings.compliance.0;
        let amperes = readings.iter().map(|it| it.current.map_or(most, f64::abs)).sum::<f64>();
        self.exposure.measured += amperes * self.seconds_per_point();
        self.exposure.begun = (self.exposure.begun - self.most_charge(readings.len())).max(0.0);
    }
}
