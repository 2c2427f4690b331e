//! One batch by one estimator, from a fresh start.

use anyhow::Result;
use gradient::{Batch, GradientConfig, Knowledge, Pair, Plan, Shot, ShotReading, State};
use indicatif::ProgressBar;
use smu::Skew;

use super::trials::Trial;
use crate::{
    computing::compute,
    recorder::Recorder,
    shooting::{self, Order},
    shutdown::Stop,
};

/// Measures `levels` once and records it. Nothing is carried over from earlier batches, so that an
/// estimator that looks back or calibrates spends the same budget in every batch.
///
/// # Errors
/// A level outside a window: nothing was sent. An instrument that fails,
/// [`Interrupted`](crate::exit::Interrupted): what was read until then is recorded.
pub(super) async fn batch(
    (number, pair): (usize, &mut Pair),
    trial: &Trial,
    (delta_v, knowledge): (f64, &Knowledge),
    levels: &[f64],
    recorder: &mut Recorder,
    stop: &Stop,
    bar: &ProgressBar,
) -> Result<Batch> {
    let ends = levels
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |ends, it| [ends[0].min(*it), ends[1].max(*it)]);
    let mut state = State::new(knowledge.clone(), pair.monotonic()).within(ends);
    let config: &GradientConfig = &trial.config;
    let plan = Plan::after(state.due(config), levels, delta_v, config, &pair.codes())?;
    let mut rows = Vec::with_capacity(plan.shots.len());
    let keep = |_, shots: &[Shot], read: Vec<ShotReading>| {
        bar.inc(shots.iter().map(Shot::operations).sum());
        rows.extend(read);
        Ok(())
    };
    let shot = shooting::shoot(&mut [Order::of(pair, &plan.shots)], stop, keep).await;
    if let Err(error) = shot {
        recorder.shots(&trial.phase, number, &plan.shots[..rows.len()], &rows)?;
        return Err(error);
    }
    let (config, shots, read) = (config.clone(), plan.shots.clone(), rows.clone());
    match compute(stop, move || state.evaluate(plan, rows, &config)).await {
        Ok(batch) => {
            let batch = batch?;
            recorder.batch(&trial.phase, &[(number, batch.clone())])?;
            Ok(batch)
        }
        Err(interrupted) => {
            recorder.shots(&trial.phase, number, &shots, &read)?;
            Err(interrupted.into())
        }
    }
}

/// The skews of a batch's shots, as far as known.
pub(super) fn skews(batch: &Batch) -> impl Iterator<Item = Skew> + '_ {
    batch.rows.iter().filter_map(|it| it.skew)
}
