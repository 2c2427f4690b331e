//! Cubic B-splines on equal intervals.

/// Splines that differ from zero at one place.
pub(super) const SUPPORT: usize = 4;

/// The cardinal cubic B-splines at `u` of an interval, 0 to 1 (de Boor, "A Practical Guide to
/// Splines", IX).
pub(super) fn values(u: f64) -> [f64; SUPPORT] {
    let (left, square) = (1.0 - u, u * u);
    let cube = square * u;
    [
        left * left * left / 6.0,
        (3.0 * cube - 6.0 * square + 4.0) / 6.0,
        (-3.0 * cube + 3.0 * square + 3.0 * u + 1.0) / 6.0,
        cube / 6.0,
    ]
}

/// Their derivatives by `u`.
pub(super) fn slopes(u: f64) -> [f64; SUPPORT] {
    let (left, square) = (1.0 - u, u * u);
    [
        -0.5 * left * left,
        0.5 * (3.0 * square - 4.0 * u),
        0.5 * (-3.0 * square + 2.0 * u + 1.0),
        0.5 * square,
    ]
}
