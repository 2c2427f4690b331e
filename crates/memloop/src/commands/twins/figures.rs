//! The figures of one pair: currents, mismatch, and error against the step.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gradient::{Expected, GradientConfig, Method, Priced, Trial, expect, step};
use smu::Side;

use super::survey::{Round, Surveyed};
use crate::plot::{Chart, Mark, Series, SeriesLabelPosition};

/// Estimators whose step is told from the curve: the error of each is drawn.
const DRAWN: [Method; 4] =
    [Method::Forward, Method::Central, Method::ChoppedCentral, Method::BaselineSubtracted];
/// Steps at which a recommended estimator is tried.
const STEPS: usize = 10;
/// Errors that are more times the least one are left out: near no step all go beyond any scale.
const HIGHEST: f64 = 5.0;

/// Draws all of them.
///
/// # Errors
/// A file cannot be written.
pub(super) fn draw(folder: &Path, number: usize, pair: &Surveyed) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut save = |chart: &Chart<'_>, name: &str| {
        let stem = folder.join(format!("pair-{}-{name}", number + 1));
        files.extend(chart.save_both(&stem)?);
        anyhow::Ok(())
    };
    for (survey, round) in pair.rounds.iter().enumerate() {
        save(&currents(round, &pair.instruments), &format!("iv-{}", survey + 1))?;
    }
    save(&mismatch(pair), "mismatch")?;
    if let Some(chart) = errors(pair)? {
        save(&chart, "error")?;
    }
    Ok(files)
}

fn currents(round: &Round, instruments: &[String; 2]) -> Chart<'static> {
    let sides = [Side::Base, Side::Probe].into_iter().zip(["base", "probe"]).zip(instruments);
    let series = sides.enumerate().map(|(colour, ((side, role), smu))| Series {
        name: format!("{role} {smu}"),
        points: round.curve(side).into_iter().map(|(v, i)| (v, i * 1e6)).collect(),
        mark: Mark::Line,
        colour,
    });
    Chart::iv(series.collect())
}

fn mismatch(pair: &Surveyed) -> Chart<'static> {
    let mismatch = &pair.last().knowledge.mismatch;
    let points = |sigmas: f64| {
        let both = mismatch.differences.iter().zip(&mismatch.uncertainties);
        let each = mismatch.levels.iter().zip(both);
        each.map(|(level, (difference, u))| (*level, (difference + sigmas * u) * 1e9)).collect()
    };
    let line = |name: &str, sigmas, colour| Series {
        name: name.to_owned(),
        points: points(sigmas),
        mark: Mark::Line,
        colour,
    };
    Chart {
        title: "Mismatch of the two at the same level",
        x_label: "level / V",
        y_label: "probe − base / nA",
        legend: SeriesLabelPosition::UpperLeft,
        series: vec![
            line("+ two standard uncertainties", 2.0, 7),
            line("− two", -2.0, 7),
            line("probe − base", 0.0, 0),
        ],
    }
}

/// Expected errors against δV: those of the best of [`DRAWN`] term by term, of the others in all, and
/// of the estimators that are recommended. `None` where none of [`DRAWN`] was priced.
///
/// # Errors
/// What is recommended cannot be measured.
fn errors(pair: &Surveyed) -> Result<Option<Chart<'static>>> {
    let last = pair.last();
    let is_drawn = |it: &&Priced| DRAWN.contains(&it.method) && it.operations_per_point <= 4.0;
    let Some(best) = last.twins.estimators.iter().find(is_drawn) else { return Ok(None) };
    let curve = |method, repeats| {
        let config = GradientConfig { method, repeats, ..last.config.clone() };
        step::choose(method, &last.knowledge, &pair.codes, pair.window, &config).curve
    };
    let of_best = curve(best.method, best.repeats);
    let least = of_best.iter().map(|it| it.total).fold(f64::INFINITY, f64::min);
    let mut series = Vec::new();
    let mut draw = |name: String, points: Vec<(f64, f64)>| {
        let near = points.into_iter().filter(|it| it.1 <= HIGHEST * least);
        let points: Vec<(f64, f64)> = near.map(|(v, g)| (v * 1e3, g * 1e6)).collect();
        if !points.is_empty() {
            series.push(Series { name, points, mark: Mark::Line, colour: series.len() });
        }
    };
    let of = |part: fn(&Expected) -> f64| {
        of_best.iter().map(|it| (it.delta_v, part(it))).collect::<Vec<_>>()
    };
    let name = best.method.name();
    draw(name.to_owned(), of(|it| it.total));
    draw(format!("{name}: noise and drift"), of(|it| it.noise));
    draw(format!("{name}: bend of the curve"), of(|it| it.truncation));
    draw(format!("{name}: mismatch"), of(|it| it.mismatch));
    for method in DRAWN.into_iter().filter(|it| *it != best.method) {
        let curve = curve(method, 1);
        draw(method.name().to_owned(), curve.iter().map(|it| (it.delta_v, it.total)).collect());
    }
    for estimator in recommended(pair) {
        let Priced { method, repeats, operations_per_point, .. } = estimator;
        let steps = of_best.iter().step_by(of_best.len().div_ceil(STEPS)).map(|it| it.delta_v);
        let at_step = |delta_v: f64| {
            let trial = Trial { method, delta_v, repeats };
            let outcome = expect(trial, &last.knowledge, &last.config, &pair.codes, pair.window)?;
            anyhow::Ok((delta_v, outcome.rmse_siemens))
        };
        let points = steps.map(at_step).collect::<Result<_>>()?;
        draw(format!("* {method}, {operations_per_point:.0} operations"), points);
    }
    Ok(Some(Chart {
        title: "Expected error of a slope against the step",
        x_label: "δV / mV",
        y_label: "RMSE / µS",
        legend: SeriesLabelPosition::UpperRight,
        series,
    }))
}

/// The estimators that are recommended, each once, but for those of [`DRAWN`].
fn recommended(pair: &Surveyed) -> Vec<Priced> {
    let twins = &pair.last().twins;
    let advised = [&twins.at_two_operations, &twins.at_four_operations].into_iter().flatten();
    let mut recommended: Vec<Priced> = Vec::new();
    for it in advised.map(|it| it.estimator) {
        if !DRAWN.contains(&it.method) && !recommended.contains(&it) {
            recommended.push(it);
        }
    }
    recommended
}
