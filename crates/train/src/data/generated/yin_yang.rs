//! The Yin-Yang data set: L. Kriener, J. Göltz and M. A. Petrovici, NICE 2022, arXiv 2102.08211.
//! Points are uniform within each of three areas of a disc of radius 0.5 around (0.5, 0.5): two
//! halves that wind around each other, and the two dots of radius 0.1 within them. The inputs are
//! x, y, 1 − x and 1 − y.
//!
//! Areas, numbers and names of the classes are those of the authors' program: class 1, yang, is the
//! bulge around the left dot and all that lies above the middle outside the bulge around the right
//! dot; class 0, yin, is the same turned by half a turn. The authors draw the class of each row; here
//! rows take the classes in turn, so that the balance is exact.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Point;

/// By number.
pub(super) const CLASSES: [&str; 3] = ["yin", "yang", "dot"];

const BIG: f64 = 0.5;
const SMALL: f64 = 0.1;

pub(super) fn points(rows: usize, rng: &mut ChaCha8Rng) -> Vec<Point> {
    let mut point = |row: usize| {
        let wanted = row % CLASSES.len();
        loop {
            let [x, y] = [rng.random::<f64>() * 2.0 * BIG, rng.random::<f64>() * 2.0 * BIG];
            if (x - BIG).hypot(y - BIG) <= BIG && class(x, y) == wanted {
                return ([x, y], wanted);
            }
        }
    };
    (0..rows).map(&mut point).collect()
}

/// The class of a point within the disc.
fn class(x: f64, y: f64) -> usize {
    let right = (x - 1.5 * BIG).hypot(y - BIG);
    let left = (x - 0.5 * BIG).hypot(y - BIG);
    if right < SMALL || left < SMALL {
        return 2;
    }
    let bulge = left > SMALL && left <= 0.5 * BIG;
    let above = y > BIG && right > 0.5 * BIG;
    usize::from(right <= SMALL || bulge || above)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn places_have_the_published_classes() {
        let table = [
            // The two dots, to their edges.
            (0.25, 0.5, 2),
            (0.75, 0.5, 2),
            (0.25, 0.599, 2),
            (0.75, 0.401, 2),
            // The bulge around the left dot belongs to the upper half, that around the right one
            // to the lower, on both sides of the middle.
            (0.25, 0.61, 1),
            (0.25, 0.39, 1),
            (0.05, 0.45, 1),
            (0.75, 0.61, 0),
            (0.75, 0.39, 0),
            (0.95, 0.55, 0),
            // Far from both dots, above and below.
            (0.5, 0.95, 1),
            (0.5, 0.05, 0),
        ];
        for (x, y, expected) in table {
            assert_eq!(class(x, y), expected, "({x}, {y})");
        }
    }

    #[test]
    fn a_half_turn_about_the_middle_exchanges_the_halves_and_keeps_the_dots() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for ([x, y], found) in points(3000, &mut rng) {
            let turned = [1, 0, 2][class(1.0 - x, 1.0 - y)];
            assert_eq!(turned, found, "({x}, {y})");
        }
    }

    #[test]
    fn points_are_uniform_within_their_areas() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let points = points(9000, &mut rng);
        assert!(points.iter().all(|it| (it.0[0] - BIG).hypot(it.0[1] - BIG) <= BIG));
        // Half of the dots' points lie in the right dot, a quarter within half its radius.
        let dots: Vec<_> = points.iter().filter(|it| it.1 == 2).map(|it| it.0).collect();
        let share = |holds: &dyn Fn(&[f64; 2]) -> bool| {
            dots.iter().filter(|it| holds(it)).count() as f64 / dots.len() as f64
        };
        let near = |x: f64, y: f64, radius| (x - 0.75).hypot(y - 0.5) < radius;
        // Four standard deviations of a share among 3000.
        assert!((share(&|it| it[0] > 0.5) - 0.5).abs() < 0.037);
        assert!((share(&|it| near(it[0].max(1.0 - it[0]), it[1], 0.05)) - 0.25).abs() < 0.032);
        // A half's area is (π/4 − 2π/100)/2, and its bulge has π/16 − π/100 of it.
        let yang: Vec<_> = points.iter().filter(|it| it.1 == 1).map(|it| it.0).collect();
        let bulge = yang.iter().filter(|it| (it[0] - 0.25).hypot(it[1] - 0.5) <= 0.25).count();
        let expected = (1.0 / 16.0 - 0.01) / ((0.25 - 0.02) / 2.0);
        assert!((bulge as f64 / yang.len() as f64 - expected).abs() < 0.037);
    }
}
