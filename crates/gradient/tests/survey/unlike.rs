use gradient::{Method, Uncertain, Unlike};

use crate::devices::{DEFAULT, FULL_SCALE, Nuisance, Pair, SHAPES, config};

/// Errors of gain, offset, voltage scale and series resistance in their stated uncertainties.
fn errors(pair: &Pair, seed: u64) -> [Option<f64>; 4] {
    let config = config(Method::Forward);
    let unlike = Unlike::of(&pair.study(&config, seed));
    let ratio = |apart: f64| (1.0 + apart / 2.0) / (1.0 - apart / 2.0);
    let off = |it: Uncertain, truth: f64| (it.value - truth).abs() / it.uncertainty;
    [
        Some(off(unlike.gain, ratio(pair.gain + pair.walked(&config, seed)))),
        Some(off(unlike.offset_amperes, pair.offset * FULL_SCALE)),
        unlike.voltage_scale.map(|it| off(it, ratio(pair.scale))),
        unlike.series_resistance_ohms.map(|it| off(it, pair.series)),
    ]
}

#[test]
fn gain_offset_scale_and_resistance_are_within_their_stated_uncertainties() {
    let still = Nuisance { private_walk: 0.0, ..DEFAULT };
    let drifting = Nuisance { private_walk: 1e-3, ..DEFAULT };
    let mut all: [Vec<f64>; 4] = Default::default();
    for seed in 0..120 {
        let nuisance = [still, DEFAULT, drifting][seed as usize / 3 % 3];
        let mut pair = Pair::new(SHAPES[seed as usize % 3], nuisance, seed);
        // Up to some hundred ohms either way, in a hundred kilohms.
        pair.series = 2e4 * pair.offset;
        // Half of the pairs differ by nothing but the four.
        if seed.is_multiple_of(2) {
            pair.waves = [(0.0, 0.0); 3];
        }
        for (all, error) in all.iter_mut().zip(errors(&pair, seed + 100)) {
            all.extend(error);
        }
    }
    for (part, errors) in all.iter().enumerate() {
        let within = |most: f64| errors.iter().filter(|it| **it < most).count() as f64;
        let count = errors.len() as f64;
        let (one, three) = (within(1.0) / count, within(3.0) / count);
        assert!(count > 60.0, "part {part} is told of {count} pairs");
        // A bend that is not there cannot be excluded: uncertainties are rather too large.
        assert!(one > 0.6, "part {part}: {one} within one uncertainty");
        assert!(three > 0.97, "part {part}: {three} within three: {errors:?}");
        assert!(within(5.0) == count, "part {part}: {errors:?}");
    }
}
