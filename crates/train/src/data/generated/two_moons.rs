//! Two moons, as `make_moons` of scikit-learn: the outer moon is (cos t, sin t), the inner one
//! (1 − cos t, 1/2 − sin t), t evenly from 0 to π.

use std::f64::consts::PI;

use super::Point;

pub(super) fn points(rows: usize) -> Vec<Point> {
    let moons = [rows.div_ceil(2), rows / 2];
    let point = |row: usize| {
        let (moon, along) = (row % 2, row / 2);
        let t = PI * along as f64 / (moons[moon] - 1) as f64;
        let outer = [t.cos(), t.sin()];
        (if moon == 0 { outer } else { [1.0 - outer[0], 0.5 - outer[1]] }, moon)
    };
    (0..rows).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moons_are_half_circles_whose_ends_lie_inside_the_other() {
        let points = points(101);
        for &([x, y], moon) in &points {
            let (centre, side) = if moon == 0 { ([0.0, 0.0], 1.0) } else { ([1.0, 0.5], -1.0) };
            assert!(((x - centre[0]).hypot(y - centre[1]) - 1.0).abs() < 1e-12);
            assert!(side * (y - centre[1]) >= -1e-12, "({x}, {y})");
        }
        let of = |moon| points.iter().filter(move |it| it.1 == moon).map(|it| it.0);
        let ends = |moon| (of(moon).next().unwrap(), of(moon).next_back().unwrap());
        assert_eq!(ends(0).0, [1.0, 0.0]);
        assert!((ends(0).1[0] + 1.0).abs() < 1e-12 && ends(0).1[1].abs() < 1e-12);
        assert_eq!(ends(1).0, [0.0, 0.5]);
        assert!((ends(1).1[0] - 2.0).abs() < 1e-12 && (ends(1).1[1] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn points_are_evenly_spaced_along_each_moon() {
        let points = points(20);
        let outer: Vec<_> = points.iter().filter(|it| it.1 == 0).map(|it| it.0).collect();
        for (a, b) in outer.iter().zip(&outer[1..]) {
            let chord = (a[0] - b[0]).hypot(a[1] - b[1]);
            assert!((chord - 2.0 * (PI / 18.0).sin()).abs() < 1e-12);
        }
    }
}
