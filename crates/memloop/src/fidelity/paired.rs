//! One pair's slopes beside the numerical gradient of the I-V curve of the device that they belong
//! to.

use std::path::Path;

use anyhow::Result;
use gradient::{
    Device, Service,
    fidelity::{compare, numerical_gradient},
};
use smu::{Reading, Smu, units::Volts};

use super::no_current;
use crate::{
    levels,
    plot::{Chart, Mark, Series, SeriesLabelPosition},
    recorder::Recorder,
    report::PairFidelity,
    shutdown::Stop,
};

/// Where slopes are measured, and how often.
#[derive(Clone, Copy)]
pub struct Sweep {
    /// The lowest and the highest level asked.
    pub window: [Volts; 2],
    /// Levels from one end to the other.
    pub points: usize,
    /// Sweeps of the I-V curve, and as many of the slopes.
    pub sweeps: usize,
}

/// A pair's curve and slopes on one grid of levels.
pub struct Curves {
    name: String,
    levels: Vec<f64>,
    base: Vec<f64>,
    probe: Vec<f64>,
    numerical: Vec<f64>,
    /// One list a sweep.
    measured: Vec<Vec<Option<f64>>>,
}

impl Sweep {
    /// Sweeps that one pair makes: of the curve, and as many of the slopes.
    pub fn sweeps_of_a_pair(&self) -> u64 {
        2 * self.sweeps as u64
    }
}

/// Measures a pair whose outputs are on: the I-V curve of both devices, averaged over the sweeps,
/// then the slopes. Every sweep rises, so that curve and slopes have the same direction. `after` is
/// called after every sweep of the pair.
///
/// # Errors
/// An instrument failed; the campaign cannot be written; [`Interrupted`](crate::exit::Interrupted).
pub async fn measure(
    number: usize,
    service: &mut Service,
    sweep: Sweep,
    recorder: &mut Recorder,
    stop: &Stop,
    mut after: impl FnMut(),
) -> Result<Curves> {
    let levels = levels::grid(sweep.window, sweep.points);
    let (mut base, mut probe) = (Mean::of(sweep.points), Mean::of(sweep.points));
    for _ in 0..sweep.sweeps {
        stop.go_on()?;
        let rows = service.pair_mut().iv(&levels).await?;
        recorder.duo("iv", number, &rows)?;
        base.add(rows.iter().map(|it| it.base));
        probe.add(rows.iter().map(|it| it.probe));
        after();
    }
    let (mut measured, mut device) = (Vec::new(), Device::Base);
    for _ in 0..sweep.sweeps {
        stop.go_on()?;
        let batch = service.measure(&levels).await?;
        recorder.batch("gradient", &[(number, batch.clone())])?;
        measured.push(batch.answers().map(|it| it.didv.ok().map(|it| it.value)).collect());
        device = batch.gradients.first().map_or(device, |it| it.device);
        after();
    }
    let pair = service.pair();
    let (base, probe) = (base.finish(pair.base(), &levels)?, probe.finish(pair.probe(), &levels)?);
    let numerical = match device {
        Device::Base => numerical_gradient(&levels, &base)?,
        Device::Mean => {
            let both = base.iter().zip(&probe);
            let mean: Vec<f64> = both.map(|(base, probe)| 0.5 * (base + probe)).collect();
            numerical_gradient(&levels, &mean)?
        }
    };
    let name = pair.name().to_owned();
    Ok(Curves { name, levels, base, probe, numerical, measured })
}

/// Currents averaged over sweeps; NaN where one was absent.
struct Mean {
    sums: Vec<f64>,
    sweeps: f64,
}

impl Mean {
    fn of(points: usize) -> Mean {
        Mean { sums: vec![0.0; points], sweeps: 0.0 }
    }

    fn add(&mut self, rows: impl Iterator<Item = Reading>) {
        for (sum, row) in self.sums.iter_mut().zip(rows) {
            *sum += row.current.unwrap_or(f64::NAN);
        }
        self.sweeps += 1.0;
    }

    fn finish(self, smu: &Smu, levels: &[f64]) -> Result<Vec<f64>> {
        if let Some(at) = self.sums.iter().position(|it| it.is_nan()) {
            return Err(no_current(smu, levels[at]));
        }
        Ok(self.sums.into_iter().map(|it| it / self.sweeps).collect())
    }
}

impl Curves {
    /// The figures, over the slopes of all sweeps together.
    ///
    /// # Errors
    /// No slope could be formed, or a current is absent from the I-V curve.
    pub fn fidelity(&self) -> Result<PairFidelity> {
        let measured = self.measured.concat();
        let numerical = self.numerical.repeat(self.measured.len());
        Ok(PairFidelity {
            pair: self.name.clone(),
            skew: None,
            fidelity: compare(&measured, &numerical)?,
        })
    }
}

/// Draws the I-V curves of all pairs.
///
/// # Errors
/// The file cannot be written.
pub fn plot_iv(curves: &[Curves], path: &Path) -> Result<()> {
    let series = curves.iter().enumerate().flat_map(|(number, it)| {
        let line = |role: &str, currents: &[f64], colour| Series {
            name: format!("{} {role}", it.name),
            points: it.levels.iter().copied().zip(currents.iter().map(|it| it * 1e6)).collect(),
            mark: Mark::Line,
            colour,
        };
        [line("base", &it.base, 2 * number), line("probe", &it.probe, 2 * number + 1)]
    });
    Chart::iv(series.collect()).save(path)
}

/// Draws measured slopes beside numerical ones, all pairs.
///
/// # Errors
/// The file cannot be written.
pub fn plot_gradient(curves: &[Curves], path: &Path) -> Result<()> {
    let series = curves.iter().enumerate().flat_map(|(colour, it)| {
        let numerical = Series {
            name: format!("{} numerical", it.name),
            points: it.levels.iter().copied().zip(it.numerical.iter().map(|it| it * 1e6)).collect(),
            mark: Mark::Line,
            colour,
        };
        let dots = it.measured.iter().flat_map(|sweep| {
            let slopes = sweep.iter().map(|it| it.unwrap_or(f64::NAN) * 1e6);
            it.levels.iter().copied().zip(slopes)
        });
        let measured = Series {
            name: format!("{} measured", it.name),
            points: dots.collect(),
            mark: Mark::Dots,
            colour,
        };
        [numerical, measured]
    });
    let chart = Chart {
        title: "Slope measured by the pair, and numerical",
        x_label: "level / V",
        y_label: "dI/dV / µS",
        legend: SeriesLabelPosition::UpperMiddle,
        series: series.collect(),
    };
    chart.save(path)
}
