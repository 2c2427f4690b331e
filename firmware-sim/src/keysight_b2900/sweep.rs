//! Staircases: the level of each step, and the coupling of step, span and points (SCPI Command
//! Reference pages 4-108 and 4-109).

use super::settings::{Direction, Source, Sourced, Spacing, Stair};

/// The most steps of a staircase, and the most values of a list.
pub(super) const MOST: u32 = 2500;

/// The level of step `index`; after the last step the staircase begins again.
pub(super) fn level(source: &Source, sourced: &Sourced, index: usize) -> f64 {
    let points = source.points.max(1) as usize;
    let round = match source.stair {
        Stair::Single => points,
        // There and back; the far end comes twice. UNVERIFIED.
        Stair::Double => 2 * points,
    };
    let index = index % round;
    let step = if index < points { index } else { round - 1 - index };
    let far = (points - 1) as f64;
    match (source.spacing, source.direction) {
        (Spacing::Linear, Direction::Up) => sourced.start + sourced.step * step as f64,
        (Spacing::Linear, Direction::Down) => sourced.stop - sourced.step * step as f64,
        (Spacing::Logarithmic, direction) => {
            let (from, to) = match direction {
                Direction::Up => (sourced.start, sourced.stop),
                Direction::Down => (sourced.stop, sourced.start),
            };
            let share = if points == 1 { 0.0 } else { step as f64 / far };
            // Both ends are on one side of zero; the command that starts it has seen to that.
            from * (to / from).powf(share)
        }
    }
}

/// The largest level of a staircase.
pub(super) fn largest(source: &Source, sourced: &Sourced) -> f64 {
    let points = source.points.max(1) as usize;
    level(source, sourced, 0).abs().max(level(source, sourced, points - 1).abs())
}

/// The step that goes with `points`.
pub(super) fn step(sourced: &Sourced, points: u32) -> f64 {
    if points < 2 { 0.0 } else { (sourced.stop - sourced.start) / f64::from(points - 1) }
}

/// The points that go with a step, rounded down; `None` where it leads away from the stop value or
/// makes too many.
pub(super) fn points(sourced: &Sourced, step: f64) -> Option<u32> {
    if step == 0.0 {
        return Some(1);
    }
    let points = ((sourced.stop - sourced.start) / step + 1.0 + 1e-9).floor();
    (1.0..=f64::from(MOST)).contains(&points).then_some(points as u32)
}
