//! A smooth curve out of noisy points.

use super::measured::Points;

/// A parabola is fitted to at least so many points.
const LEAST: usize = 5;
/// Points of the smoothed curve for each half-width: the cubics between them have nothing left to
/// bend.
const PER_HALF_WIDTH: f64 = 5.0;
const MOST: f64 = 100_000.0;

/// Local regression (Cleveland, J. Am. Stat. Assoc. 74, 1979): at each of evenly spaced voltages, the
/// value of the parabola that fits the points within `half` volts best, weighted by
/// `(1 − |distance/half|³)³`. Where fewer than five points are so near, the five nearest count.
///
/// `ways` are averaged; each has rising, different voltages. The curve covers what all of them do.
pub(super) fn smoothed(
    ways: &[Points],
    half: f64,
    points: Option<usize>,
) -> Result<Points, &'static str> {
    if ways.is_empty() || ways.iter().any(|it| it.len() < LEAST) {
        return Err("device.smooth takes at least five voltages on every way of the sweep");
    }
    let low = ways.iter().map(|it| it[0].0).fold(f64::NEG_INFINITY, f64::max);
    let high = ways.iter().map(|it| it[it.len() - 1].0).fold(f64::INFINITY, f64::min);
    if low >= high {
        return Err("the ways of the sweep have no voltages in common");
    }
    let wanted = ((high - low) / half * PER_HALF_WIDTH).ceil().clamp(8.0, MOST);
    let steps = points.unwrap_or(wanted as usize + 1) - 1;
    let at = |step: usize| low + (high - low) * step as f64 / steps as f64;
    let mean = |volts| ways.iter().map(|it| fitted(it, volts, half)).sum::<f64>();
    Ok((0..=steps).map(at).map(|it| (it, mean(it) / ways.len() as f64)).collect())
}

/// The value at `volts` of the parabola through the points around it.
fn fitted(way: &[(f64, f64)], volts: f64, half: f64) -> f64 {
    let mut from = way.partition_point(|it| it.0 <= volts - half);
    let mut to = way.partition_point(|it| it.0 < volts + half);
    let mut reach = half;
    while to - from < LEAST {
        let below = from.checked_sub(1).map_or(f64::INFINITY, |it| volts - way[it].0);
        let above = way.get(to).map_or(f64::INFINITY, |it| it.0 - volts);
        if below <= above {
            from -= 1;
        } else {
            to += 1;
        }
        // The farthest one counts a little.
        reach = reach.max(1.1 * below.min(above));
    }
    // Moments of the distance, in units of the reach, and of the value with it.
    let (mut s, mut t) = ([0.0; 5], [0.0; 3]);
    for (at, value) in &way[from..to] {
        let u = (at - volts) / reach;
        let mut weight = (1.0 - u.abs().powi(3)).powi(3);
        for power in 0..5 {
            s[power] += weight;
            if power < 3 {
                t[power] += weight * value;
            }
            weight *= u;
        }
    }
    // Cramer's rule for the constant term.
    let minors = [s[2] * s[4] - s[3] * s[3], s[1] * s[4] - s[2] * s[3], s[1] * s[3] - s[2] * s[2]];
    let determinant = s[0] * minors[0] - s[1] * minors[1] + s[2] * minors[2];
    (t[0] * minors[0] - t[1] * minors[1] + t[2] * minors[2]) / determinant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, Purpose};

    #[test]
    fn a_parabola_goes_through_unchanged_however_its_points_lie() {
        let law = |v: f64| 0.3 + 2.0 * v - 1.5 * v * v;
        let way: Points =
            (0..40).map(|it| 0.05 * f64::from(it)).map(|v| v * v).map(|v| (v, law(v))).collect();
        for half in [1e-3, 0.1, 0.5, 10.0] {
            for (volts, value) in smoothed(std::slice::from_ref(&way), half, None).unwrap() {
                assert!((value - law(volts)).abs() < 1e-9, "{half} {volts}: {value}");
            }
        }
    }

    #[test]
    fn noise_is_averaged_and_the_shape_stays() {
        let mut draws = Draws::new(5, Purpose::ReadNoise);
        let law = |v: f64| (v / 0.4).tanh();
        let way: Points = (0..=1000)
            .map(|it| -1.0 + 0.002 * f64::from(it))
            .map(|v| (v, law(v) + 0.02 * draws.normal()))
            .collect();
        let curve = smoothed(&[way], 0.1, Some(201)).unwrap();
        assert_eq!(curve.len(), 201);
        let errors: Vec<f64> = curve.iter().map(|it| it.1 - law(it.0)).collect();
        let rms = (errors.iter().map(|it| it * it).sum::<f64>() / 201.0).sqrt();
        assert!(rms < 0.005, "{rms}");
    }

    #[test]
    fn the_mean_of_two_ways_is_taken_where_both_are() {
        let line = |from: i32, to: i32, slope: f64| -> Points {
            (from..=to).map(|it| 0.1 * f64::from(it)).map(|v| (v, slope * v)).collect()
        };
        let curve = smoothed(&[line(-10, 8, 1.0), line(-7, 10, 3.0)], 0.3, None).unwrap();
        assert!((curve[0].0 + 0.7).abs() < 1e-12);
        assert!((curve[curve.len() - 1].0 - 0.8).abs() < 1e-12);
        assert!(curve.iter().all(|it| (it.1 - 2.0 * it.0).abs() < 1e-12));
        let error = smoothed(&[line(0, 3, 1.0)], 0.3, None).unwrap_err();
        assert!(error.contains("at least five voltages"), "{error}");
        let apart = smoothed(&[line(-9, -1, 1.0), line(1, 9, 1.0)], 0.3, None).unwrap_err();
        assert!(apart.contains("no voltages in common"), "{apart}");
    }
}
