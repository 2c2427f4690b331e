//! Equally spaced levels.

use smu::units::Volts;

/// From the first to the second level in `points` steps, both included.
pub fn grid(window: [Volts; 2], points: usize) -> Vec<f64> {
    let [from, to] = window.map(|it| it.0);
    let last = points.saturating_sub(1).max(1) as f64;
    // Written so that both ends come out exactly.
    (0..points).map(|it| it as f64 / last).map(|share| from * (1.0 - share) + to * share).collect()
}

/// The grid, and back again; the far end stands twice.
pub fn there_and_back(window: [Volts; 2], points: usize) -> Vec<f64> {
    let there = grid(window, points);
    there.iter().chain(there.iter().rev()).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_its_ends_exactly() {
        assert_eq!(grid([Volts(-1.0), Volts(1.0)], 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(there_and_back([Volts(0.1), Volts(0.3)], 2), [0.1, 0.3, 0.3, 0.1]);
    }
}
