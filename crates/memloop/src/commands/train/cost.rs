//! What a training costs, known before it starts.

use anyhow::Result;
use gradient::Service;
use train::Plan;

use super::CONSTANT_SLOPE_POINTS;
use crate::{
    experiment::{Control, TrainExperiment},
    levels,
    services::Bill,
};

/// At most what training and its control on the devices take. Every level is counted as if no other
/// were the same; what a batch adds to its points (a pulse before it, a check) is counted for each.
///
/// # Errors
/// The window cannot be measured.
pub fn of_training(
    experiment: &TrainExperiment,
    plan: &Plan,
    services: &[Service],
) -> Result<Bill> {
    let controls = experiment.controls.iter().filter(|it| **it == Control::ConstantSlope).count();
    let arms = 1 + controls as u64;
    let (batch, hidden) = (experiment.training.batch, experiment.network.hidden);
    let batches = (arms * (plan.train_batches + plan.test_batches)) as f64;
    let constant = (controls * CONSTANT_SLOPE_POINTS * hidden) as u64;
    let values = (arms * plan.activations() + constant) as f64;
    let (mut operations, mut seconds) = (0.0, 0.0_f64);
    for (number, service) in services.iter().enumerate() {
        let neurons = (0..hidden).filter(|it| it % services.len() == number).count();
        if neurons == 0 {
            continue;
        }
        let of = |count: usize| -> Result<(f64, f64)> {
            let asked = levels::grid(experiment.mapping.window, count);
            let cost = service.plan(&asked)?.cost;
            Ok((cost.operations as f64, cost.seconds))
        };
        let count = (batch * neurons).max(2);
        let (one, full) = (of(2)?, of(2 * count)?);
        let points = values * neurons as f64 / hidden as f64;
        let all = |two: f64, full: f64| {
            let each = (full - two) / (2 * count - 2) as f64;
            points * each + batches * (two - 2.0 * each)
        };
        operations += all(one.0, full.0);
        // All pairs measure at once.
        seconds = seconds.max(all(one.1, full.1));
    }
    Ok(Bill { operations: operations.ceil() as u64, seconds })
}
