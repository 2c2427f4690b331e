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

/// The same splines as polynomials of the distance from the interval's middle, the constant first: in
/// powers of a number below one half sums lose least.
pub(super) const CENTRED: [[f64; 4]; SUPPORT] = [
    [1.0 / 48.0, -1.0 / 8.0, 1.0 / 4.0, -1.0 / 6.0],
    [23.0 / 48.0, -5.0 / 8.0, -1.0 / 4.0, 1.0 / 2.0],
    [23.0 / 48.0, 5.0 / 8.0, -1.0 / 4.0, -1.0 / 2.0],
    [1.0 / 48.0, 1.0 / 8.0, 1.0 / 4.0, 1.0 / 6.0],
];

#[cfg(test)]
mod tests {
    use super::{CENTRED, values};

    #[test]
    fn both_forms_of_the_splines_are_the_same() {
        for u in (0..=16).map(|it| f64::from(it) / 16.0) {
            for (spline, value) in CENTRED.iter().zip(values(u)) {
                let polynomial = spline.iter().rev().fold(0.0, |sum, it| it + (u - 0.5) * sum);
                assert!((polynomial - value).abs() < 1e-15, "{u}: {polynomial} {value}");
            }
        }
    }
}
