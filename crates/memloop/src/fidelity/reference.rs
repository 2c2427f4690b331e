//! The numerical gradient of both devices of a pair: a dense sweep, averaged, half of it before the
//! estimators and half after.

use anyhow::{Error, Result, anyhow};
use gradient::{
    Codes, Device, GradientConfig, Method, Pair, Plan, ShotReading,
    fidelity::{LocalPolynomial, Slope},
};
use indicatif::ProgressBar;
use smu::{Side, Smu, units::Volts};

use crate::{
    gradient_experiment::ReferenceConfig,
    levels,
    recorder::Recorder,
    shooting::{self, Order},
    shutdown::Stop,
};

/// Currents of both devices on a dense grid, summed over sweeps.
#[derive(Clone)]
pub struct Half {
    levels: Vec<f64>,
    base: Vec<f64>,
    probe: Vec<f64>,
    sweeps: f64,
}

/// A curve and what is sought in it.
pub(super) struct Reference {
    pub(super) before: Half,
    pub(super) after: Half,
    pub(super) fit: LocalPolynomial,
}

/// How sure the reference is, S.
#[derive(Clone, Copy)]
pub(super) struct Doubt {
    /// Of the readings' noise.
    pub(super) noise: f64,
    /// Of the fit's stiffness.
    pub(super) truncation: f64,
    /// Of the devices' drift while the slopes were measured: half of the difference of its halves.
    pub(super) drift: f64,
}

/// The dense grid: `points` over the window, going on at the same distance for the fit's reach where
/// the devices' windows allow it.
pub(super) fn grid(config: &ReferenceConfig, window: [f64; 2], allowed: [f64; 2]) -> Vec<f64> {
    let half_width = config.fit(window).half_width;
    let [low, high] = window;
    let step = (high - low) / (config.points - 1) as f64;
    let spare = |room: f64| (room.min(half_width).max(0.0) / step * (1.0 + 1e-9)).floor();
    let (below, above) = (spare(low - allowed[0]), spare(allowed[1] - high));
    let window = [Volts(low - below * step), Volts(high + above * step)];
    levels::grid(window, config.points + (below + above) as usize)
}

/// How the dense sweep is made: rising as the slopes are measured, and under the same discipline.
pub(super) fn discipline(config: &GradientConfig) -> GradientConfig {
    GradientConfig {
        method: Method::LocalRegression,
        repeats: 1,
        sentinel: None,
        check_state: false,
        ..config.clone()
    }
}

/// A step for its plan, which makes none, V.
pub(super) fn no_step(codes: &Codes) -> f64 {
    codes.base.resolution.max(codes.probe.resolution)
}

impl Half {
    /// Sweeps both devices of a pair, whose outputs are on, at common bias.
    pub(super) async fn measure(
        (number, pair): (usize, &mut Pair),
        plan: &Plan,
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Half> {
        let mut rows = Vec::with_capacity(plan.shots.len());
        let keep = |_, shots: &[gradient::Shot], read: Vec<ShotReading>| {
            recorder.shots("iv", number, shots, &read)?;
            bar.inc(shots.iter().map(gradient::Shot::operations).sum());
            rows.extend(read);
            Ok(())
        };
        shooting::shoot(&mut [Order::of(pair, &plan.shots)], stop, keep).await?;
        let of = |side: Side| -> Result<Vec<f64>> {
            let current = |point: &gradient::Point| {
                let row = point.places().next().map(|it| &rows[it]);
                let Some(current) = row.and_then(|it| it.current(side)) else {
                    let smu = match side {
                        Side::Base => pair.base(),
                        Side::Probe => pair.probe(),
                    };
                    return Err(no_current(smu, point.level));
                };
                Ok(current)
            };
            plan.points.iter().map(current).collect()
        };
        let (base, probe) = (of(Side::Base)?, of(Side::Probe)?);
        let levels = plan.points.iter().map(|it| it.level).collect();
        Ok(Half { levels, base, probe, sweeps: 1.0 })
    }

    /// Another sweep of the same.
    pub(super) fn add(&mut self, other: &Half) {
        let sum = |to: &mut [f64], from: &[f64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        sum(&mut self.base, &other.base);
        sum(&mut self.probe, &other.probe);
        self.sweeps += other.sweeps;
    }

    /// A, of one device, averaged.
    fn currents(&self, of: Whose) -> Vec<f64> {
        let both = self.base.iter().zip(&self.probe);
        let current = |(base, probe): (&f64, &f64)| match of {
            Whose::Device(Device::Base) => *base / self.sweeps,
            Whose::Device(Device::Mean) => 0.5 * (base + probe) / self.sweeps,
            Whose::Probe => *probe / self.sweeps,
        };
        both.map(current).collect()
    }
}

/// Whose current.
#[derive(Clone, Copy)]
enum Whose {
    Device(Device),
    Probe,
}

impl Reference {
    fn whole(&self) -> Half {
        let mut whole = self.before.clone();
        whole.add(&self.after);
        whole
    }

    /// Of one device at these levels.
    pub(super) fn slopes(&self, device: Device, at: &[f64]) -> Result<Vec<Slope>> {
        let whole = self.whole();
        Ok(self.fit.slopes(&whole.levels, &whole.currents(Whose::Device(device)), at)?)
    }

    /// How sure it is of one device at these levels: root mean squares.
    pub(super) fn doubt(&self, device: Device, at: &[f64]) -> Result<Doubt> {
        let slopes = self.slopes(device, at)?;
        let half =
            |half: &Half| self.fit.slopes(&half.levels, &half.currents(Whose::Device(device)), at);
        let (before, after) = (half(&self.before)?, half(&self.after)?);
        let n = at.len() as f64;
        let noise = slopes.iter().map(|it| it.noise.powi(2)).sum::<f64>() / n;
        let truncation = slopes.iter().map(|it| it.truncation_squared).sum::<f64>() / n;
        let moved = before.iter().zip(&after).map(|(before, after)| {
            (after.value - before.value).powi(2) - before.noise.powi(2) - after.noise.powi(2)
        });
        let drift = moved.sum::<f64>() / n / 4.0;
        let root = |square: f64| square.max(0.0).sqrt();
        Ok(Doubt { noise: root(noise), truncation: root(truncation), drift: root(drift) })
    }

    /// (V, A) of the base and of the probe, averaged.
    pub(super) fn curves(&self) -> [Vec<(f64, f64)>; 2] {
        let whole = self.whole();
        [Whose::Device(Device::Base), Whose::Probe]
            .map(|it| whole.levels.iter().copied().zip(whole.currents(it)).collect())
    }
}

/// Why there is no curve: a device whose current is beyond its range at `level`, V.
fn no_current(smu: &Smu, level: f64) -> Error {
    anyhow!(
        "\"{}\" has no current at {}: it is beyond sense_range {}; choose a larger one, or a smaller window",
        smu.name(),
        Volts(level),
        smu.settings().sense_range
    )
}
