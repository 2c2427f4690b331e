use gradient::{Curve, Method, survey};
use smu::Side;

use crate::devices::{
    DEFAULT, FULL_SCALE, Nuisance, Pair, SHAPES, Shape, WINDOW, codes, config, random,
};

const SEEDS: u64 = 16;

fn rms(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |sum, it| (sum.0 + it * it, sum.1 + 1.0));
    (sum / count).sqrt()
}

#[test]
fn noise_of_every_kind_is_told_apart() {
    let nuisance = Nuisance {
        floor: 0.002,
        relative: 0.004,
        common: 0.005,
        private_walk: 0.001,
        common_walk: 0.002,
        kept: 0.0,
    };
    for shape in SHAPES {
        let found = (0..SEEDS).map(|seed| {
            let pair = Pair::new(shape, nuisance, seed);
            pair.survey(&config(Method::Forward), seed + 100).noise
        });
        let found: Vec<_> = found.collect();
        let truth = [
            0.002 * FULL_SCALE,
            nuisance.relative,
            nuisance.common,
            nuisance.private_walk,
            nuisance.common_walk,
        ];
        let of = |it: &gradient::Noise| {
            [it.floor, it.relative, it.common, it.private_walk, it.common_walk]
        };
        for (part, truth) in truth.into_iter().enumerate() {
            let ratio = rms(found.iter().map(|it| of(it)[part])) / truth;
            let scatter = rms(found.iter().map(|it| of(it)[part] / truth - ratio));
            assert!((ratio - 1.0).abs() < 0.12, "{shape:?}, part {part}: {ratio} of the truth");
            assert!(scatter < 0.45, "{shape:?}, part {part}: scatter {scatter}");
        }
    }
}

#[test]
fn a_strong_walk_does_not_take_the_noise_with_it() {
    // Each gain walks by itself: the mean of the two walks too.
    let nuisance = Nuisance { private_walk: 4e-3, common_walk: 2e-3, ..DEFAULT };
    for shape in SHAPES {
        for seed in 0..30 {
            let pair = Pair::new(shape, nuisance, seed);
            let noise = pair.survey(&config(Method::Forward), seed + 100).noise;
            let floor = noise.floor / (nuisance.floor * FULL_SCALE);
            assert!(
                (0.3..2.5).contains(&floor),
                "{shape:?}, seed {seed}: floor {floor} of the truth"
            );
            assert!(noise.common < 0.02, "{shape:?}, seed {seed}: common {}", noise.common);
        }
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let nuisance = Nuisance { floor: 0.002, ..Nuisance::default() };
    for shape in SHAPES {
        let found = (0..SEEDS).map(|seed| {
            Pair::new(shape, nuisance, seed).survey(&config(Method::Forward), seed + 100).noise
        });
        let found: Vec<_> = found.collect();
        let at_full_scale = rms(found.iter().map(|it| it.relative.hypot(it.common)));
        let walked = rms(found.iter().map(|it| it.private_walk.hypot(it.common_walk)));
        assert!(at_full_scale < 0.0012, "{shape:?}: {at_full_scale}");
        assert!(walked < 1e-4, "{shape:?}: {walked}");
    }
}

#[test]
fn devices_without_memory_raise_no_alarm() {
    let quiet = Nuisance { floor: 0.002, ..Nuisance::default() };
    let drifting = Nuisance { common_walk: 0.001, private_walk: 0.003, ..DEFAULT };
    // Each gain wanders by 0.01 % from shot to shot, on its own.
    let usual = Nuisance { common_walk: 0.7e-4, private_walk: 1.4e-4, ..DEFAULT };
    for (nuisance, pairs) in [(quiet, 15), (usual, 102), (drifting, 15)] {
        let seen = |seed: &u64| {
            let pair = Pair::new(SHAPES[*seed as usize % 3], nuisance, *seed);
            pair.survey(&config(Method::Forward), seed + 100).memory.is_seen()
        };
        let alarms: Vec<u64> = (0..pairs).filter(seen).collect();
        assert!(alarms.is_empty(), "{alarms:?} of {pairs}: {nuisance:?}");
    }
}

#[test]
fn a_tenth_of_the_state_that_is_left_is_always_seen() {
    for kept in [0.1, 0.3] {
        let seen = |seed: &u64| {
            let pair = Pair::new(SHAPES[*seed as usize % 3], Nuisance { kept, ..DEFAULT }, *seed);
            pair.survey(&config(Method::Forward), seed + 100).memory.kept.is_some()
        };
        assert_eq!((0..102).filter(seen).count(), 102, "{kept}");
    }
}

#[test]
fn memory_is_seen_and_what_is_kept_of_the_state_is_measured() {
    for kept in [0.1, 0.3, 0.5, 0.8] {
        for shape in SHAPES {
            let pair = Pair::new(shape, Nuisance { kept, ..DEFAULT }, 3);
            let memory = pair.survey(&config(Method::Forward), 7).memory;
            assert!(memory.is_seen() || kept < 0.2, "{shape:?} {kept}: {memory:?}");
            let found = memory.kept.unwrap_or(f64::NAN);
            // A slow creep has hardly begun after four readings.
            let close = if kept > 0.6 { 0.2 } else { 0.06 };
            assert!((found - kept).abs() < close, "{shape:?}: {found} of {kept}");
        }
    }
}

/// Root mean squares of a curve's derivatives inside the window, of the truth's, and of the error.
fn derivatives(pair: &Pair, curve: &Curve, order: usize) -> [f64; 3] {
    let stencil = |v: f64| {
        let (h, f) = (2e-3, |v| pair.mean(v));
        match order {
            1 => (f(v + h) - f(v - h)) / (2.0 * h),
            2 => (f(v + h) - 2.0 * f(v) + f(v - h)) / (h * h),
            _ => {
                (f(v + 2.0 * h) - 2.0 * f(v + h) + 2.0 * f(v - h) - f(v - 2.0 * h))
                    / (2.0 * h.powi(3))
            }
        }
    };
    let inside: Vec<(f64, f64)> = curve
        .levels
        .iter()
        .filter(|it| it.abs() <= 1.0)
        .map(|&v| {
            let local = curve.at(v);
            let found = [local.slope, local.second, local.third][order - 1];
            (found, stencil(v))
        })
        .collect();
    [
        rms(inside.iter().map(|it| it.0)),
        rms(inside.iter().map(|it| it.1)),
        rms(inside.iter().map(|it| it.0 - it.1)),
    ]
}

#[test]
fn derivatives_are_those_of_the_device_and_never_much_too_large() {
    let quiet = Nuisance { floor: 0.0002, ..Nuisance::default() };
    let loud = Nuisance { floor: 0.01, ..Nuisance::default() };
    let drifting = Nuisance { common_walk: 0.001, private_walk: 0.003, ..DEFAULT };
    for (nuisance, wrong) in [
        (quiet, [0.01, 0.03, 0.1]),
        (DEFAULT, [0.02, 0.12, 0.3]),
        (loud, [0.05, 0.25, 0.5]),
        (drifting, [0.1, 0.3, 0.6]),
    ] {
        for shape in SHAPES {
            for order in 1..=3 {
                let all = (0..6).map(|seed| {
                    let pair = Pair::new(shape, nuisance, seed);
                    let knowledge = pair.survey(&config(Method::Forward), seed + 100);
                    derivatives(&pair, &knowledge.curve, order)
                });
                let all: Vec<[f64; 3]> = all.collect();
                let error = rms(all.iter().map(|it| it[2] / it[1]));
                let size = rms(all.iter().map(|it| it[0] / it[1]));
                assert!(size < 1.15, "{shape:?}, order {order}: {size} of the truth");
                assert!(error < wrong[order - 1], "{shape:?}, order {order}: wrong by {error}");
            }
        }
    }
}

#[test]
fn a_straight_line_has_no_curvature_however_noisy() {
    for seed in 0..12 {
        let pair = Pair::alike(Shape::Ohmic, Nuisance { floor: 0.01, ..Nuisance::default() });
        let curve = pair.survey(&config(Method::Forward), seed).curve;
        // A five-point stencil on the means of a survey sees this much.
        let spacing = 0.06f64;
        let stencil = 0.01 * FULL_SCALE / 4.0 * 2.5f64.sqrt() / spacing.powi(3);
        let third = rms(curve.thirds.iter().copied());
        assert!(third < 0.1 * stencil, "{} of a stencil's", third / stencil);
    }
}

#[test]
fn the_mismatch_is_found_within_its_uncertainty() {
    for shape in SHAPES {
        let (mut within, mut count, mut far) = (0.0, 0.0, 0.0f64);
        for seed in 0..8 {
            let pair = Pair::new(shape, Nuisance { private_walk: 0.0, ..DEFAULT }, seed);
            let mismatch = pair.survey(&config(Method::Forward), seed + 100).mismatch;
            for (at, level) in mismatch.levels.iter().enumerate().step_by(8) {
                let truth = pair.current(Side::Probe, *level) - pair.current(Side::Base, *level);
                let off = (mismatch.differences[at] - truth).abs() / mismatch.uncertainties[at];
                within += f64::from(u8::from(off < 1.0));
                count += 1.0;
                far = far.max(off);
            }
        }
        assert!((0.5..0.85).contains(&(within / count)), "{shape:?}: {}", within / count);
        assert!(far < 5.0, "{shape:?}: {far}");
    }
}

#[test]
fn rows_in_compliance_are_left_out_and_too_few_are_refused() {
    let pair = Pair::new(Shape::Convex, DEFAULT, 1);
    let shots = survey::plan(&config(Method::Forward), WINDOW, &codes()).unwrap();
    let mut rows = pair.read(&shots, &mut random(5));
    for (shot, row) in shots.iter().zip(&mut rows) {
        if shot.base > 0.9 {
            row.base.in_compliance = true;
            row.base.current = Some(1.0);
        }
    }
    let knowledge = survey::learn(&shots, &rows).unwrap();
    assert!(knowledge.curve.levels.last().is_some_and(|it| *it < 0.91));
    assert!(knowledge.curve.range() < 3.0 * FULL_SCALE);
    rows.iter_mut().for_each(|it| it.base.current = None);
    let error = survey::learn(&shots, &rows).unwrap_err().to_string();
    assert!(error.starts_with("0 levels were read at least twice"), "{error}");
    let error = survey::learn(&shots, &rows[1..]).unwrap_err().to_string();
    assert_eq!(error, format!("a survey of {} shots has {} rows", shots.len(), shots.len() - 1));
}

#[test]
fn perfect_readings_are_learnt_too() {
    for shape in SHAPES {
        let knowledge = Pair::alike(shape, Nuisance::default()).survey(&config(Method::Forward), 1);
        assert!(knowledge.noise.floor < 1e-6 * FULL_SCALE && !knowledge.memory.is_seen());
        let [found, truth, error] =
            derivatives(&Pair::alike(shape, Nuisance::default()), &knowledge.curve, 1);
        assert!(error < 0.01 * truth && found.is_finite(), "{shape:?}: {}", error / truth);
    }
}
