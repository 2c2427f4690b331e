//! The learning curves of a run.

use std::path::{Path, PathBuf};

use anyhow::Result;
use campaign::EpochRow;

use crate::plot::{Chart, Mark, Series, SeriesLabelPosition};

/// Loss against epoch, the mean over all folds and repeats of each arm.
/// Writes it as SVG and PNG, `stem` with either ending; the files.
///
/// # Errors
/// A file cannot be written.
pub fn plot(epochs: &[EpochRow], stem: &Path) -> Result<[PathBuf; 2]> {
    let mut series: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for row in epochs {
        let at = series.iter().position(|it| it.0 == row.arm).unwrap_or_else(|| {
            series.push((row.arm.clone(), Vec::new()));
            series.len() - 1
        });
        let sums = &mut series[at].1;
        if sums.len() <= row.epoch {
            sums.resize(row.epoch + 1, (0.0, 0.0));
        }
        sums[row.epoch].0 += row.loss;
        sums[row.epoch].1 += 1.0;
    }
    let lines = series.into_iter().enumerate().map(|(colour, (name, sums))| Series {
        name,
        points: sums.iter().enumerate().map(|(it, sum)| ((it + 1) as f64, sum.0 / sum.1)).collect(),
        mark: Mark::Line,
        colour,
    });
    let chart = Chart {
        title: "Learning curves, mean over folds",
        x_label: "epoch",
        y_label: "training loss / nats",
        legend: SeriesLabelPosition::UpperRight,
        series: lines.collect(),
    };
    chart.save_both(stem)
}
