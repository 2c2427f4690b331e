use gradient::{Method, Pulse, Twins};
use smu::units::Volts;

use crate::devices::{DEFAULT, FULL_SCALE, Nuisance, Pair, SHAPES, Shape, WINDOW, codes, config};

fn twins(pair: &Pair, seed: u64) -> Twins {
    let config = config(Method::Forward);
    Twins::of(&pair.study(&config, seed), &codes(), WINDOW, &config).unwrap()
}

#[test]
fn gain_offset_scale_and_series_resistance_are_told_apart_where_the_curve_tells_them() {
    for shape in SHAPES {
        let mut pair = Pair::alike(shape, DEFAULT);
        (pair.gain, pair.offset, pair.scale, pair.series) = (0.06, 0.004, 0.03, 400.0);
        let unlike = twins(&pair, 5).unlike;
        let near = |it: gradient::Uncertain, truth: f64, second_order: f64| {
            (it.value - truth).abs() < 4.0 * it.uncertainty + second_order
        };
        assert!(near(unlike.gain, 1.06, 0.01), "{:?}", unlike.gain);
        assert!(near(unlike.offset_amperes, 0.004 * FULL_SCALE, 2e-4 * FULL_SCALE));
        assert!(unlike.voltage_scale.is_some_and(|it| near(it, 1.03, 0.01)), "{unlike:?}");
        assert!(
            unlike.series_resistance_ohms.is_some_and(|it| near(it, 400.0, 60.0)),
            "{unlike:?}"
        );
        assert!(unlike.gain_differs);
    }
    let mut pair = Pair::alike(Shape::Ohmic, DEFAULT);
    pair.gain = 0.06;
    let unlike = twins(&pair, 5).unlike;
    assert_eq!((unlike.voltage_scale, unlike.series_resistance_ohms), (None, None));
    assert!((unlike.gain.value - 1.06).abs() < 0.005, "{unlike:?}");
}

#[test]
fn devices_that_remember_are_recommended_a_rest() {
    for (kept, readings) in [(0.1, 2), (0.5, 7)] {
        let pair = Pair::new(Shape::Filament, Nuisance { kept, ..DEFAULT }, 4);
        let twins = twins(&pair, 5);
        let rest = twins.at_four_operations.unwrap().discipline.rest.unwrap();
        assert_eq!(rest.level, Volts(0.0));
        assert!(rest.readings.abs_diff(readings) <= 2, "{rest:?}");
    }
    let pair = Pair::new(Shape::Filament, DEFAULT, 4);
    assert_eq!(twins(&pair, 5).at_four_operations.unwrap().discipline.rest, None::<Pulse>);
}

#[test]
fn a_comparison_names_its_units() {
    let twins = twins(&Pair::new(Shape::Convex, DEFAULT, 4), 5);
    let json = serde_json::to_value(&twins).unwrap();
    assert!(json["unlike"]["offset_amperes"]["uncertainty"].is_f64());
    assert!(json["estimators"][0]["rmse_siemens"].is_f64());
    assert_eq!(json["at_two_operations"]["estimator"]["operations_per_point"], 2.0);
}

#[test]
fn with_the_recommended_rest_devices_that_remember_err_as_expected() {
    for shape in SHAPES {
        let kept = 0.4;
        let pair = Pair::new(shape, Nuisance { kept, ..DEFAULT }, 21);
        let study = pair.study(&config(Method::Forward), 5);
        let twins = Twins::of(&study, &codes(), WINDOW, &config(Method::Forward)).unwrap();
        let recommended = twins.at_four_operations.unwrap();
        let mut config = config(recommended.estimator.method);
        config.repeats = recommended.estimator.repeats;
        let step = recommended.estimator.delta_v_volts;
        let without = pair.error_of_rested(&config, step, &study.knowledge, 12);
        config.rest = recommended.discipline.rest;
        let with = pair.error_of_rested(&config, step, &study.knowledge, 12);
        let expected = recommended.estimator.rmse_siemens;
        assert!(with < 0.5 * without, "{shape:?}: {with} with rest, {without} without");
        assert!((0.6..1.6).contains(&(expected / with)), "{shape:?}: {expected} against {with}");
    }
}

#[test]
fn a_drift_that_noise_hides_has_an_upper_bound() {
    // 0.014 % from shot to shot: what ten gains of readings with 0.2 % of noise hardly show.
    let truth = 1.4e-4;
    let nuisance = Nuisance { private_walk: truth, ..DEFAULT };
    let (mut above, mut seen) = (0, 0);
    for seed in 0..60 {
        let shape = SHAPES[seed as usize % 3];
        let study = Pair::new(shape, nuisance, seed).study(&config(Method::Forward), seed + 100);
        let private = study.drift.private;
        assert!(private.at_most > private.likely && private.at_most < 30.0 * truth, "{private:?}");
        above += u32::from(private.at_most > truth);
        seen += u32::from(private.seen);
    }
    assert!(above >= 54, "{above} of 60 bounds are above the truth, {seen} see it");
    let drifting = Nuisance { private_walk: 0.002, ..DEFAULT };
    let study = Pair::new(Shape::Saturating, drifting, 3).study(&config(Method::Forward), 5);
    assert!(study.drift.private.seen, "{:?}", study.drift);
}

#[test]
fn memory_that_adds_little_to_the_error_gets_no_rest() {
    let pair = Pair::new(Shape::Saturating, DEFAULT, 4);
    let mut study = pair.study(&config(Method::Forward), 5);
    let of = |study: &gradient::survey::Study| {
        Twins::of(study, &codes(), WINDOW, &config(Method::Forward)).unwrap()
    };
    let most = study.knowledge.memory.hysteresis_noise;
    // As a long, quiet survey would see it.
    study.knowledge.memory.hysteresis_noise = 0.1 * most;
    study.knowledge.memory.hysteresis = 0.12 * most;
    let little = of(&study);
    assert!(little.memory.seen && !little.memory.counts, "{:?}", little.memory);
    assert_eq!(little.at_four_operations.unwrap().discipline.rest, None);
    study.knowledge.memory.hysteresis = 3.0 * most;
    let much = of(&study);
    assert!(much.memory.counts && much.at_four_operations.unwrap().discipline.rest.is_some());
}
