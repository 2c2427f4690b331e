//! Two spirals: K. J. Lang and M. J. Witbrock, "Learning to tell two spirals apart", Proceedings of
//! the 1988 Connectionist Models Summer School, 52; the numbers as in the benchmark collection of
//! Carnegie Mellon University: for i = 0 to 96, φ = i·π/16 and r = 6.5·(104 − i)/104; the point
//! (r·sin φ, r·cos φ) is of class 1, its opposite of class 0.
//!
//! 194 rows are the published points, in the published order; other numbers of rows lie as evenly
//! in i on the same curve. Coordinates reach from -6.5 to 6.5.

use std::f64::consts::PI;

use super::Point;

/// The last i.
const LAST: f64 = 96.0;

pub(super) fn points(rows: usize) -> Vec<Point> {
    let arms = [rows.div_ceil(2), rows / 2];
    let point = |row: usize| {
        let (arm, along) = (row % 2, row / 2);
        let i = LAST * along as f64 / (arms[arm] - 1) as f64;
        let (angle, radius) = (i * PI / 16.0, 6.5 * (104.0 - i) / 104.0);
        let sign = if arm == 0 { 1.0 } else { -1.0 };
        ([sign * radius * angle.sin(), sign * radius * angle.cos()], 1 - arm)
    };
    (0..rows).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hundred_and_ninety_four_rows_are_the_published_points() {
        let points = points(194);
        for (i, pair) in points.chunks(2).enumerate() {
            let phi = i as f64 * PI / 16.0;
            let r = 6.5 * (104.0 - i as f64) / 104.0;
            let [([x, y], 1), ([u, v], 0)] = *pair else { panic!("{i}: {pair:?}") };
            assert!((x - r * phi.sin()).abs() < 1e-12 && (y - r * phi.cos()).abs() < 1e-12, "{i}");
            assert_eq!([u, v], [-x, -y]);
        }
        let ends = [points[0].0, points[192].0];
        assert_eq!(ends[0], [0.0, 6.5]);
        // The innermost: three turns on, at 6.5 · 8/104 = 0.5.
        assert!(ends[1][0].abs() < 1e-12 && (ends[1][1] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn other_numbers_of_rows_lie_on_the_same_curve_from_end_to_end() {
        for rows in [4, 5, 50, 401] {
            let points = points(rows);
            for &([x, y], class) in &points {
                let (x, y) = if class == 1 { (x, y) } else { (-x, -y) };
                let radius = x.hypot(y);
                let i = 104.0 * (1.0 - radius / 6.5);
                let distance = (x.atan2(y) - i * PI / 16.0).rem_euclid(2.0 * PI);
                assert!(distance.min(2.0 * PI - distance) < 1e-9, "{rows}: {x}, {y}");
            }
            for class in [0, 1] {
                let radii =
                    points.iter().filter(|it| it.1 == class).map(|it| it.0[0].hypot(it.0[1]));
                let radii: Vec<_> = radii.collect();
                assert!((radii[0] - 6.5).abs() < 1e-12);
                assert!((radii[radii.len() - 1] - 0.5).abs() < 1e-12);
            }
        }
    }
}
