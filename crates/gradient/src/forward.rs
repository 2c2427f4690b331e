use serde::Serialize;
use smu::{DuoReading, Reading, Side, Skew, Smu, units::Volts};

use crate::{Absent, GradientError, Monotonic};

/// The paper's estimator: dI/dV ≈ (I_probe(V+δV) − I_base(V)) / δV.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forward {
    /// The step asked; the slope is formed with the step that the source makes of it.
    pub delta_v: Volts,
}

/// The two readings of one requested level, and the slope that they make.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairedReading {
    /// At V.
    pub base: Reading,
    /// At V+δV.
    pub probe: Reading,
    /// V between the levels as sourced.
    pub delta_v: f64,
    /// S, or why there is none.
    pub didv: Result<f64, Absent>,
    /// The slope came out negative on a device known to be monotonic and was raised to zero; the
    /// readings tell what it was.
    pub clamped: bool,
    /// How much later the probe was measured than the base; `None` where nobody can tell.
    pub skew: Option<Skew>,
}

/// The levels of one plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Levels {
    pub(crate) base: Vec<f64>,
    pub(crate) probe: Vec<f64>,
}

impl Forward {
    /// Refuses a step that the sources of a pair cannot make.
    ///
    /// # Errors
    /// [`GradientError::StepBelowCode`], naming the resolution.
    pub fn check(&self, base: &Smu, probe: &Smu) -> Result<(), GradientError> {
        for smu in [base, probe] {
            let resolution = smu.source_resolution();
            if self.delta_v.0.is_nan() || self.delta_v.0.abs() < resolution.0 {
                return Err(GradientError::StepBelowCode {
                    delta_v: self.delta_v,
                    resolution,
                    range: smu.settings().source_range,
                    smu: smu.name().to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Rounds every level and its probe level to source codes and checks them all.
    pub(crate) fn plan(
        &self,
        base: &Smu,
        probe: &Smu,
        levels: &[f64],
    ) -> Result<Levels, GradientError> {
        self.check(base, probe)?;
        let mut plan = Levels {
            base: Vec::with_capacity(levels.len()),
            probe: Vec::with_capacity(levels.len()),
        };
        for &level in levels {
            let at = base.level_as_sourced(level);
            let beyond = probe.level_as_sourced(at + self.delta_v.0);
            base.check_level(at)?;
            probe.check_level(beyond)?;
            plan.base.push(at);
            plan.probe.push(beyond);
        }
        Ok(plan)
    }
}

impl PairedReading {
    /// Forms the slope of two readings whose levels lie δV apart.
    pub fn new(base: Reading, probe: Reading, monotonic: Monotonic) -> PairedReading {
        let delta_v = probe.level - base.level;
        let raw = slope(&base, &probe, delta_v);
        let clamped = monotonic == Monotonic::Yes && raw.is_ok_and(|it| it < 0.0);
        let didv = if clamped { Ok(0.0) } else { raw };
        PairedReading { base, probe, delta_v, didv, clamped, skew: None }
    }

    /// The same of two readings that were made together.
    pub(crate) fn of(row: DuoReading, monotonic: Monotonic) -> PairedReading {
        PairedReading { skew: row.skew, ..PairedReading::new(row.base, row.probe, monotonic) }
    }
}

fn slope(base: &Reading, probe: &Reading, delta_v: f64) -> Result<f64, Absent> {
    if base.overflow {
        return Err(Absent::Overflow(Side::Base));
    }
    if probe.overflow {
        return Err(Absent::Overflow(Side::Probe));
    }
    if base.in_compliance {
        return Err(Absent::InCompliance(Side::Base));
    }
    if probe.in_compliance {
        return Err(Absent::InCompliance(Side::Probe));
    }
    let at = base.current.ok_or(Absent::NotANumber(Side::Base))?;
    let beyond = probe.current.ok_or(Absent::NotANumber(Side::Probe))?;
    Ok((beyond - at) / delta_v)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(level: f64, current: f64) -> Reading {
        Reading {
            level,
            voltage: None,
            current: Some(current),
            in_compliance: false,
            overflow: false,
            time: 0.0,
            status: 0,
        }
    }

    #[test]
    fn the_slope_is_the_difference_over_the_step_as_sent() {
        let row = PairedReading::new(reading(0.5, 10e-6), reading(0.6, 14e-6), Monotonic::Unknown);
        assert!((row.didv.unwrap() - 4e-5).abs() < 1e-12 && !row.clamped);
    }

    #[test]
    fn a_negative_slope_of_a_monotonic_device_is_raised_to_zero_and_flagged() {
        let (base, probe) = (reading(0.0, 2e-6), reading(0.1, 1e-6));
        let raised = PairedReading::new(base, probe, Monotonic::Yes);
        assert_eq!((raised.didv, raised.clamped), (Ok(0.0), true));
        let kept = PairedReading::new(base, probe, Monotonic::Unknown);
        assert!(kept.didv.unwrap() < -9e-6 && !kept.clamped);
    }

    #[test]
    fn a_slope_that_cannot_be_formed_is_absent_with_its_reason() {
        let good = reading(0.0, 1e-6);
        let absent = |edit: fn(&mut Reading)| {
            let mut bad = good;
            edit(&mut bad);
            [(bad, good), (good, bad)].map(|(base, probe)| {
                PairedReading::new(base, probe, Monotonic::Yes).didv.unwrap_err()
            })
        };
        assert_eq!(
            absent(|it| it.in_compliance = true),
            [Absent::InCompliance(Side::Base), Absent::InCompliance(Side::Probe)]
        );
        assert_eq!(
            absent(|it| it.overflow = true),
            [Absent::Overflow(Side::Base), Absent::Overflow(Side::Probe)]
        );
        assert_eq!(
            absent(|it| it.current = None),
            [Absent::NotANumber(Side::Base), Absent::NotANumber(Side::Probe)]
        );
    }
}
