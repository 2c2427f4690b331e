//! The figures of a comparison, each as SVG and PNG.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gradient::Device;

use super::{Tally, measured::Measured, report::BudgetReport, trials::Trials};
use crate::{
    levels,
    plot::{Bars, Chart, Mark, Series, SeriesLabelPosition},
};

/// Draws what the first pairs came to, and what all did.
pub struct Figures<'a> {
    /// The folder of this run's figures.
    pub folder: &'a Path,
    /// The pairs of the first draw.
    pub pairs: &'a [Measured],
    /// What was tried.
    pub trials: &'a Trials,
    /// What all pairs came to.
    pub tally: &'a Tally,
    /// The levels that slopes were asked at.
    pub window: [smu::units::Volts; 2],
}

impl Figures<'_> {
    /// Draws all of them.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn draw(&self, budgets: &[BudgetReport]) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        files.extend(self.iv().save_both(&self.folder.join("iv"))?);
        files.extend(self.slopes("gradient", None)?);
        for budget in budgets {
            let operations = budget.operations_per_point;
            files.extend(self.slopes(&format!("slopes-{operations}-ops"), Some(operations))?);
            files.extend(self.errors(operations)?);
            files.extend(
                bars(budget).save_both(&self.folder.join(format!("rmse-{operations}-ops")))?,
            );
        }
        Ok(files)
    }

    fn iv(&self) -> Chart<'static> {
        let series = self.pairs.iter().enumerate().flat_map(|(number, it)| {
            let [base, probe] = it.reference.curves();
            [("base", base), ("probe", probe)].into_iter().enumerate().map(
                move |(side, (role, curve))| Series {
                    name: format!("{} {role}", it.name),
                    points: curve.into_iter().map(|(v, i)| (v, i * 1e6)).collect(),
                    mark: Mark::Line,
                    colour: 2 * number + side,
                },
            )
        });
        Chart::iv(series.collect())
    }

    /// The slopes of one budget's methods over the reference, first pair; or of the experiment's own
    /// method, all pairs.
    fn slopes(&self, name: &str, budget: Option<u64>) -> Result<[PathBuf; 2]> {
        let mut series = Vec::new();
        let pairs =
            if budget.is_none() { self.pairs } else { &self.pairs[..self.pairs.len().min(1)] };
        for (number, pair) in pairs.iter().enumerate() {
            let colour = number;
            let tried = self.trials.each.iter().enumerate().filter(|it| it.1.budget == budget);
            let mut referenced: Vec<Device> = Vec::new();
            for (place, (at, trial)) in tried.enumerate() {
                let outcomes = &pair.outcomes[at];
                let device = trial.config.method.device();
                if let (false, Some(first)) = (referenced.contains(&device), outcomes.first()) {
                    referenced.push(device);
                    let slopes = pair.reference_of(first, device)?;
                    let levels = first.gradients.iter().map(|it| it.level);
                    series.push(Series {
                        name: format!("{} numerical, {}", pair.name, device.name()),
                        points: levels.zip(slopes.iter().map(|it| it * 1e6)).collect(),
                        mark: Mark::Line,
                        colour: if budget.is_none() { colour } else { 6 + referenced.len() },
                    });
                }
                let dots = outcomes.iter().flat_map(|it| &it.gradients);
                series.push(Series {
                    name: match budget {
                        None => format!("{} {}", pair.name, trial.config.method),
                        Some(_) => trial.config.method.to_string(),
                    },
                    points: dots
                        .filter_map(|it| Some((it.level, it.didv.ok()?.value * 1e6)))
                        .collect(),
                    mark: Mark::Dots,
                    colour: if budget.is_none() { colour } else { place },
                });
            }
        }
        let title = match budget {
            None => "Slope measured by the pair, and numerical".to_owned(),
            Some(operations) => format!("Slopes at {operations} operations for each point"),
        };
        let chart = Chart {
            title: &title,
            x_label: "level / V",
            y_label: "dI/dV / µS",
            legend: SeriesLabelPosition::UpperMiddle,
            series,
        };
        chart.save_both(&self.folder.join(name))
    }

    /// The error over the range against the level, root mean square over pairs, draws and sweeps.
    fn errors(&self, budget: u64) -> Result<[PathBuf; 2]> {
        let tried = self.trials.each.iter().enumerate().filter(|it| it.1.budget == Some(budget));
        let series = tried.enumerate().map(|(place, (at, trial))| {
            let squares = &self.tally.trial(at).squares;
            let grid = levels::grid(self.window, squares.len());
            let error = |(sum, n): &(f64, f64)| 100.0 * (sum / n).sqrt();
            Series {
                name: trial.config.method.to_string(),
                points: grid.into_iter().zip(squares.iter().map(error)).collect(),
                mark: Mark::Line,
                colour: place,
            }
        });
        let title = format!("Error against the level at {budget} operations for each point");
        let chart = Chart {
            title: &title,
            x_label: "level / V",
            y_label: "rms error / % of the range of dI/dV",
            legend: SeriesLabelPosition::UpperMiddle,
            series: series.collect(),
        };
        chart.save_both(&self.folder.join(format!("errors-{budget}-ops")))
    }
}

fn bars(budget: &BudgetReport) -> Bars {
    let bar = |it: &super::report::MethodReport| {
        (it.method.to_string(), 100.0 * it.figures.rmse_over_range.mean)
    };
    Bars {
        title: format!("{} operations for each point", budget.operations_per_point),
        x_label: "RMSE / % of the range of dI/dV".to_owned(),
        bars: budget.methods.iter().map(bar).collect(),
    }
}
