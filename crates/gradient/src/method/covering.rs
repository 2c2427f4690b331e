//! An interval that covers as often as promised, with a bias.

/// Half the width of an interval around zero that holds as much of N(bias, sd²), 68.27 %, as ±sd holds
/// of N(0, sd²). For a small bias it is √(bias² + sd²), for a large one |bias| + 0.4752 sd: a sum in
/// squares would then hold no more than one half.
pub(super) fn covering(bias: f64, sd: f64) -> f64 {
    // What is missing from the sum in squares, in sd², at ratios bias/sd in steps of a quarter.
    // From Φ(u − r) − Φ(−u − r) = 0.6827, solved for u; beyond the table the second term is nothing.
    const STEP: f64 = 0.25;
    const MISSING: [f64; 9] =
        [0.0000, 0.0013, 0.0195, 0.0883, 0.2293, 0.4279, 0.6544, 0.8896, 1.1268];
    let squares = bias * bias + sd * sd;
    let place = bias.abs() / (STEP * sd);
    if !place.is_finite() {
        return squares.sqrt();
    }
    let below = place as usize;
    if below + 1 >= MISSING.len() {
        return bias.abs() + 0.4752 * sd;
    }
    let missing = MISSING[below] + (place - below as f64) * (MISSING[below + 1] - MISSING[below]);
    (squares + missing * sd * sd).sqrt()
}

#[cfg(test)]
mod tests {
    use super::covering;

    /// The share of N(bias, 1) within ±width, by summing the density.
    fn share(bias: f64, width: f64) -> f64 {
        let (steps, density) =
            (20_000, |it: f64| (-0.5 * it * it).exp() / std::f64::consts::TAU.sqrt());
        let step = 2.0 * width / f64::from(steps);
        (0..steps).map(|it| density((f64::from(it) + 0.5) * step - width - bias) * step).sum()
    }

    #[test]
    fn the_interval_holds_as_much_whatever_the_bias() {
        for bias in (0..=60).map(|it| f64::from(it) / 10.0) {
            let held = share(bias, covering(-bias, 1.0));
            assert!((held - 0.6827).abs() < 3e-3, "bias {bias}: {held}");
        }
    }

    #[test]
    fn without_noise_it_reaches_as_far_as_the_bias() {
        assert!((covering(-2.0, 0.0) - 2.0).abs() < f64::EPSILON);
        assert!(covering(0.0, 0.0).abs() < f64::EPSILON);
        assert!((covering(0.0, 3.0) - 3.0).abs() < f64::EPSILON);
    }
}
