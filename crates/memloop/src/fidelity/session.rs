//! One batch by one estimator, from a fresh start.

use anyhow::Result;
use gradient::{
    Batch, Gradient, GradientConfig, Knowledge, Method, Pair, PairedReading, Plan, ShotReading,
    State,
};
use smu::{DuoReading, Reading, Skew};

use crate::recorder::Recorder;

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
    let mut state = State::new(knowledge.clone(), pair.monotonic());
    let plan = Plan::after(state.due(config), levels, delta_v, config, &pair.codes())?;
    let rows = pair.shoot(&plan.shots).await?;
    Ok(state.evaluate(plan, rows, config)?)
}

/// Hands a batch to the campaign.
///
/// # Errors
/// The campaign cannot be written.
pub(super) fn keep(
    recorder: &mut Recorder,
    phase: &str,
    number: usize,
    pair: &Pair,
    batch: &Batch,
) -> Result<()> {
    if let Some(rows) = forward(pair, batch) {
        return Ok(recorder.paired(phase, &[(number, rows)])?);
    }
    keep_rows(recorder, phase, number, pair, &batch.rows)
}

/// Hands rows without slopes to the campaign.
///
/// # Errors
/// The campaign cannot be written.
pub(super) fn keep_rows(
    recorder: &mut Recorder,
    phase: &str,
    number: usize,
    pair: &Pair,
    rows: &[ShotReading],
) -> Result<()> {
    let together = rows
        .iter()
        .filter_map(|it| Some(DuoReading { base: it.base, probe: it.probe?, skew: it.skew }));
    let alone = rows.iter().filter(|it| it.probe.is_none()).map(|it| it.base);
    let (together, alone): (Vec<DuoReading>, Vec<Reading>) = (together.collect(), alone.collect());
    if !together.is_empty() {
        recorder.duo(phase, number, &together)?;
    }
    if !alone.is_empty() {
        recorder.sweep(phase, pair.base().name(), &alone)?;
    }
    Ok(())
}

/// The rows of a plan of single forward shots, which the campaign knows with their slopes.
fn forward(pair: &Pair, batch: &Batch) -> Option<Vec<PairedReading>> {
    let gradient: &Gradient = batch.gradients.first()?;
    if gradient.method != Method::Forward || batch.rows.len() != batch.gradients.len() {
        return None;
    }
    let row = |it: &ShotReading| {
        let paired = PairedReading::new(it.base, it.probe?, pair.monotonic());
        Some(PairedReading { skew: it.skew, ..paired })
    };
    batch.rows.iter().map(row).collect()
}

/// The largest skew of a batch's shots, as far as known.
pub(super) fn skews(batch: &Batch) -> impl Iterator<Item = Skew> + '_ {
    batch.rows.iter().filter_map(|it| it.skew)
}
