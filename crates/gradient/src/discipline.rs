//! Whether a batch has changed the state of the devices.

use smu::Side;

use crate::{Noise, Note, Plan, Purpose, ShotReading, sentinel::sound};

/// The change, in its standard uncertainties, at which a state counts as changed: what is left to
/// chance is one batch in some ten thousand.
const CHANGED: f64 = 4.0;

/// Compares the readings before the first and after the last point, each device with itself.
///
/// The uncertainty of the difference is what memory has no part in: the noise of two readings, and the
/// walk of the gain over the shots between them.
pub(crate) fn disturbances(plan: &Plan, rows: &[ShotReading], noise: &Noise) -> Vec<Note> {
    // A plan knows what it holds; its shots are many.
    if plan.cost.operations_of_checks == 0 {
        return Vec::new();
    }
    let is_check = |it: &crate::Shot| it.purpose == Purpose::Check;
    let first = plan.shots.iter().position(is_check);
    let last = plan.shots.iter().rposition(is_check);
    let Some((first, last)) = first.zip(last).filter(|(first, last)| first < last) else {
        return Vec::new();
    };
    let of = |side: Side| {
        let before = sound(&rows[first], side)?;
        let after = sound(&rows[last], side)?;
        let current = 0.5 * (before + after);
        // Half of the variance of the walk of one gain against the other is either's.
        let step = (noise.private_walk.powi(2) / 2.0 + noise.common_walk.powi(2)).sqrt();
        let walk = step * ((last - first) as f64).sqrt();
        let reading = noise.private(current).hypot(noise.common * current);
        let uncertainty = (2.0_f64.sqrt() * reading).hypot(walk * current);
        let level = plan.shots[first].level(side)?;
        let changed = (after - before).abs() > CHANGED * uncertainty;
        changed.then_some(Note::StateDisturbed { side, level, before, after, uncertainty })
    };
    [Side::Base, Side::Probe].into_iter().filter_map(of).collect()
}
