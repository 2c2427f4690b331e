//! Exclusive or: the four corners of the unit square, class a ≠ b (D. E. Rumelhart, G. E. Hinton and
//! R. J. Williams, "Learning internal representations by error propagation", 1986). Rows take the
//! corners in turn; noise makes clouds of them.

use super::Point;

/// Neighbours around the square, so that rows alternate between the classes too.
const CORNERS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]];

pub(super) fn points(rows: usize) -> Vec<Point> {
    CORNERS.into_iter().cycle().take(rows).map(|[a, b]| ([a, b], usize::from(a != b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rows_are_the_truth_table() {
        let mut points = points(4);
        points.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
        let table = [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)];
        assert_eq!(points, table);
    }

    #[test]
    fn rows_take_the_corners_in_turn() {
        let points = points(10);
        let at = |corner| points.iter().filter(|it| it.0 == corner).count();
        assert_eq!(CORNERS.map(at), [3, 3, 2, 2]);
    }
}
