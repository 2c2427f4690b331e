//! One batch by one estimator, from a fresh start.

use anyhow::Result;
use gradient::{Batch, GradientConfig, Knowledge, Pair, Plan, State};
use smu::Skew;

/// Measures `levels` once. Nothing is carried over from earlier batches, so that an estimator that
/// looks back or calibrates spends the same budget in every batch.
///
/// # Errors
/// A level outside a window: nothing was sent. An instrument that fails.
pub(super) async fn batch(
    pair: &mut Pair,
    config: &GradientConfig,
    delta_v: f64,
    knowledge: &Knowledge,
    levels: &[f64],
) -> Result<Batch> {
    let ends = levels
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |ends, it| [ends[0].min(*it), ends[1].max(*it)]);
    let mut state = State::new(knowledge.clone(), pair.monotonic()).within(ends);
    let plan = Plan::after(state.due(config), levels, delta_v, config, &pair.codes())?;
    let rows = pair.shoot(&plan.shots).await?;
    Ok(state.evaluate(plan, rows, config)?)
}

/// The largest skew of a batch's shots, as far as known.
pub(super) fn skews(batch: &Batch) -> impl Iterator<Item = Skew> + '_ {
    batch.rows.iter().filter_map(|it| it.skew)
}
