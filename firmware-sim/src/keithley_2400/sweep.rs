//! Staircase sweeps: the level of each point, and the coupling of step and number of points.

use super::settings::{SourceFunction, Spacing, SweepDirection};

/// The level of point `index`; after the last point the staircase begins again.
pub(super) fn level(
    function: &SourceFunction,
    spacing: Spacing,
    direction: SweepDirection,
    points: u32,
    index: usize,
) -> f64 {
    let points = points.max(1) as usize;
    let index = index % points;
    let index = match direction {
        SweepDirection::Up => index,
        SweepDirection::Down => points - 1 - index,
    };
    let share = if points == 1 { 0.0 } else { index as f64 / (points - 1) as f64 };
    match spacing {
        Spacing::Linear => function.start + share * function.span(),
        // A logarithmic sweep needs both ends on one side of zero; the command that starts it
        // has seen to that.
        Spacing::Logarithmic => function.start * (function.stop / function.start).powf(share),
    }
}

/// The number of points that a step makes, where it leads from start to stop at all.
pub(super) fn points(function: &SourceFunction, step: f64) -> Option<u32> {
    let steps = function.span() / step;
    let points = steps.round() + 1.0;
    (steps >= 0.0 && points <= 2500.0).then_some(points as u32)
}

/// The step that a number of points makes.
pub(super) fn step(function: &SourceFunction, points: u32) -> f64 {
    if points < 2 { 0.0 } else { function.span() / f64::from(points - 1) }
}
