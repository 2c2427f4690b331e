//! What a training costs, known before it starts.

use anyhow::Result;
use gradient::{Due, GradientConfig, Pair};

use super::CONSTANT_SLOPE_POINTS;
use crate::{
    bill::{self, Bill},
    experiment::{Control, TrainExperiment},
    fidelity::Task,
    levels,
};

/// At most what the curves, training and its control on the devices take. Every level is counted as if
/// no other were the same; what a batch adds to its points (a pulse before it, a check) is counted for
/// each; sentinel and calibration as often as their shots say. What devices that drift add is not known.
///
/// # Errors
/// The window cannot be measured.
pub fn of_training(
    experiment: &TrainExperiment,
    plan: &train::Plan,
    task: &Task<'_>,
    pairs: &[Pair],
) -> Result<Bill> {
    let controls = experiment.controls.iter().filter(|it| **it == Control::ConstantSlope).count();
    let arms = 1 + controls as u64;
    let (batch, hidden) = (experiment.training.batch, experiment.network.hidden);
    let batches = (arms * (plan.train_batches + plan.test_batches)) as f64;
    let constant = (controls * CONSTANT_SLOPE_POINTS * hidden) as u64;
    let values = (arms * plan.activations() + constant) as f64;
    let (config, window) = (&experiment.gradient, experiment.mapping.window);
    let mut training = Bill::default();
    for (number, pair) in pairs.iter().enumerate() {
        let neurons = (0..hidden).filter(|it| it % pairs.len() == number).count();
        if neurons == 0 {
            continue;
        }
        let codes = pair.codes();
        let delta_v = bill::some_step(config.delta_v, &codes);
        let of = |due: Due, count: usize| {
            Bill::of_batch(due, &levels::grid(window, count), delta_v, config, &codes)
        };
        // An even number, so that no level of the pattern is favoured.
        let count = (2 * batch * neurons).max(4);
        let (two, many) = (of(Due::default(), 2)?, of(Due::default(), count)?);
        let each = (many + two * -1.0) * (1.0 / (count - 2) as f64);
        let points = values * neurons as f64 / hidden as f64;
        let of_batches = each * points + (two + each * -2.0) * batches;
        // The first batch has everything due.
        let due = of(bill::due_at_first(config, window.map(|it| it.0)), 2)?;
        let of_due = (due + two * -1.0) * times_due(config, 0.5 * of_batches.operations);
        // All pairs measure at once.
        training = training.beside(of_batches + of_due);
    }
    Ok(of_curves(task, pairs)? + training)
}

/// What the curves and slopes before the training take, of one pair after the other.
///
/// # Errors
/// As [`of_training`].
pub fn of_curves<'p>(task: &Task<'_>, pairs: impl IntoIterator<Item = &'p Pair>) -> Result<Bill> {
    let of_pair = |it: &Pair| {
        let codes = it.codes();
        Ok(task.bill_of_reference(&codes)? * 2.0 + task.bill_of_slopes(&codes)?)
    };
    pairs.into_iter().map(of_pair).sum()
}

/// How often sentinel or calibration are due in so many shots of points.
fn times_due(config: &GradientConfig, shots: f64) -> f64 {
    let calibration = config.method.is_calibrated().then_some(config.calibration.refresh);
    let every = calibration.into_iter().chain(config.sentinel.map(|it| it.every)).min();
    every.map_or(0.0, |every| 1.0 + (shots / every as f64).floor())
}
