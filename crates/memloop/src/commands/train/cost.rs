//! What a training costs, known before it starts.

use anyhow::Result;
use gradient::{Cost, GradientConfig, Plan, Service};

use super::{CHARACTERISATION, CONSTANT_SLOPE_POINTS};
use crate::{
    experiment::{Control, TrainExperiment},
    levels,
    services::Bill,
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
        let (config, codes) = (service.config(), service.pair().codes());
        let of = |count: usize| -> Result<Cost> {
            let asked = levels::grid(experiment.mapping.window, count);
            Ok(Plan::new(&asked, service.delta_v(), config, &codes)?.cost)
        };
        // An even number, so that no level of the pattern is favoured.
        let count = 2 * batch * neurons;
        let (two, many) = (of(2)?, of(count.max(4))?);
        let points = values * neurons as f64 / hidden as f64;
        let all = |two: f64, many: f64| {
            let each = (many - two) / (count.max(4) - 2) as f64;
            points * each + batches * (two - 2.0 * each)
        };
        let of_batches = all(two.operations as f64, many.operations as f64);
        // The first batch has everything due.
        let due = service.plan(&levels::grid(experiment.mapping.window, 2))?.cost;
        let times = times_due(config, 0.5 * of_batches);
        operations += of_batches + times * (due.operations - two.operations) as f64;
        // All pairs measure at once.
        let of_pair = all(two.seconds, many.seconds) + times * (due.seconds - two.seconds);
        seconds = seconds.max(of_pair);
    }
    let curves = of_curves(experiment, services)?;
    Ok(Bill {
        operations: curves.operations + operations.ceil() as u64,
        seconds: curves.seconds + seconds,
    })
}

/// What the curves and slopes before the training take, of one pair after the other.
fn of_curves(experiment: &TrainExperiment, services: &[Service]) -> Result<Bill> {
    let (points, sweeps) = CHARACTERISATION;
    let asked = levels::grid(experiment.mapping.window, points);
    let mut bill = Bill::default();
    for service in services {
        let codes = service.pair().codes();
        // Both devices at every level.
        bill.operations += (2 * sweeps * points) as u64;
        bill.seconds += (sweeps * points) as f64 * codes.seconds_per_shot;
        let slopes = Plan::new(&asked, service.delta_v(), service.config(), &codes)?.cost;
        bill.operations += sweeps as u64 * slopes.operations;
        bill.seconds += sweeps as f64 * slopes.seconds;
    }
    Ok(bill)
}

/// How often sentinel or calibration are due in so many shots of points.
fn times_due(config: &GradientConfig, shots: f64) -> f64 {
    let calibration = config.method.is_calibrated().then_some(config.calibration.refresh);
    let every = calibration.into_iter().chain(config.sentinel.map(|it| it.every)).min();
    every.map_or(0.0, |every| 1.0 + (shots / every as f64).floor())
}
