//! What a training costs, known before it starts.

use anyhow::Result;
use gradient::{Due, GradientConfig, Pair};
use train::{LayerKind, PairBinding, Run};

use super::arms::CONSTANT_SLOPE_POINTS;
use crate::{
    bill::{self, Bill},
    experiment::{Control, TrainExperiment},
    fidelity::Task,
    levels,
};

/// At most what training and its controls on the devices take. Every level is counted as if
/// no other were the same; what a batch adds to its points (a pulse before it, a check) is counted for
/// each; sentinel and calibration as often as their shots say, and a table for every check of it.
///
/// # Errors
/// The window cannot be measured.
pub fn of_training(
    experiment: &TrainExperiment,
    plan: &train::Plan,
    pairs: &[Pair],
) -> Result<Bill> {
    let asks = Asks::of(experiment, plan);
    let (config, window) = (&experiment.gradient, experiment.mapping.window);
    let mut training = Bill::default();
    for (number, pair) in pairs.iter().enumerate() {
        // Of a device layer, as many neurons as the pair has at most.
        let shares = |width: &usize| width.div_ceil(pairs.len()).min(*width);
        let widest = experiment.network.hidden.iter().map(shares).max().unwrap_or(0);
        let share = asks.share(experiment, number, pairs.len());
        if share == 0.0 {
            continue;
        }
        let codes = pair.codes();
        let delta_v = bill::some_step(config.delta_v, &codes);
        let of = |due: Due, count: usize| {
            Bill::of_batch(due, &levels::grid(window, count), delta_v, config, &codes)
        };
        // An even number, so that no level of the pattern is favoured.
        let count = (2 * experiment.training.batch * widest).clamp(4, MOST_AT_ONCE);
        let (two, many) = (of(Due::default(), 2)?, of(Due::default(), count)?);
        let each = (many + two * -1.0) * (1.0 / (count - 2) as f64);
        let points = asks.live * share + asks.of_tables;
        let of_batches = each * points + (two + each * -2.0) * asks.batches;
        // The first batch has everything due.
        let due = of(bill::due_at_first(config, window.map(|it| it.0)), 2)?;
        let of_due = (due + two * -1.0) * times_due(config, 0.5 * of_batches.operations);
        // All pairs measure at once.
        training = training.beside(of_batches + of_due);
    }
    Ok(training)
}

/// Levels of a batch that is planned to learn what one of them costs.
const MOST_AT_ONCE: usize = 4096;

/// What a training asks of the pairs.
struct Asks {
    /// Levels of the live layers, over all pairs.
    live: f64,
    /// Levels of tables, of each pair.
    of_tables: f64,
    /// Batches of either.
    batches: f64,
}

impl Asks {
    fn of(experiment: &TrainExperiment, plan: &train::Plan) -> Asks {
        let network = &experiment.network;
        let devices = &experiment.devices;
        let layers = network.kinds().filter(|it| *it == LayerKind::Device).count();
        let all: usize = network.hidden.iter().sum();
        let of_devices = network.device_neurons() as f64 / all as f64;
        let batches = (plan.train_batches + plan.validate_batches + plan.test_batches) as f64;
        let mut asks = Asks { live: 0.0, of_tables: 0.0, batches: 0.0 };
        for arm in experiment.arms_on_devices() {
            if arm == Some(Control::ConstantSlope) && devices.run != Run::Table {
                asks.live += (CONSTANT_SLOPE_POINTS * network.hidden[0]) as f64;
            }
            if devices.run != Run::Table {
                asks.live += of_devices * plan.activations() as f64;
                asks.batches += batches * layers as f64;
            }
            if devices.run != Run::Live || arm == Some(Control::NumericalSlope) {
                let again = devices.refresh.map_or(0.0, |it| (batches / it as f64).floor());
                let checks = devices.check.map_or(0.0, |it| (batches / it as f64).floor());
                // All arms by table begin with the same one.
                let first = if devices.run == Run::Table && arm.is_some() { 0.0 } else { 1.0 };
                // A check that finds a drift measures the table again; all of them may.
                let tables = first + again + checks;
                asks.of_tables += tables * devices.levels as f64 + 3.0 * checks;
                asks.batches += tables + checks;
            }
        }
        asks
    }

    /// The share of the live levels that pair `number` of `pairs` is asked.
    fn share(&self, experiment: &TrainExperiment, number: usize, pairs: usize) -> f64 {
        let network = &experiment.network;
        let (mut mine, mut next) = (0, 0);
        for (kind, &width) in network.kinds().zip(&network.hidden) {
            if kind != LayerKind::Device {
                continue;
            }
            let first = if network.pairs == PairBinding::Own { next } else { 0 };
            mine += (first..first + width).filter(|it| it % pairs == number).count();
            next += width;
        }
        mine as f64 / network.device_neurons().max(1) as f64
    }
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
