//! One batch by one estimator, from a fresh start.

use anyhow::Result;
use gradient::{Batch, Evidence, GradientConfig, Knowledge, Pair, Plan, Store};
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
    let plan = Plan::new(levels, delta_v, config, &pair.codes())?;
    let rows = pair.shoot(&plan.shots).await?;
    let gradients = config.method.estimate(Evidence {
        plan: &plan,
        rows: &rows,
        knowledge,
        calibration: None,
        store: &Store::new(0),
        monotonic: pair.monotonic(),
    });
    Ok(Batch { plan, rows, gradients, notes: Vec::new() })
}

/// The largest skew of a batch's shots, as far as known.
pub(super) fn skews(batch: &Batch) -> impl Iterator<Item = Skew> + '_ {
    batch.rows.iter().filter_map(|it| it.skew)
}
