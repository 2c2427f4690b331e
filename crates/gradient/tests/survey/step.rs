use gradient::{DecidedBy, Method, step};

use crate::devices::{DEFAULT, Nuisance, Pair, SHAPES, Shape, WINDOW, codes, config};

/// Those whose error depends on their step.
const METHODS: [Method; 9] = [
    Method::Forward,
    Method::Central,
    Method::ChoppedForward,
    Method::ChoppedCentral,
    Method::Abba,
    Method::OwnDevice,
    Method::SmallSignal,
    Method::BaselineSubtracted,
    Method::CalibratedPair,
];

#[test]
fn the_chosen_step_is_as_good_as_the_best() {
    let quiet = Nuisance { floor: 0.0005, ..DEFAULT };
    let drifting = Nuisance { private_walk: 0.001, common: 0.005, ..DEFAULT };
    for nuisance in [DEFAULT, quiet, drifting] {
        for shape in SHAPES {
            for method in METHODS {
                let config = config(method);
                let pair = Pair::new(shape, nuisance, 11);
                let knowledge = pair.survey(&config, 5);
                let chosen = step::choose(method, &knowledge, &codes(), WINDOW, &config);
                let error = |delta_v| pair.error(&config, delta_v, &knowledge, 20);
                let tried = (0..14).map(|it| 0.0004 * 500f64.powf(f64::from(it) / 13.0));
                let tried = tried.map(|it| (error(it), it));
                let best = tried.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
                let ratio = error(chosen.delta_v) / best.0;
                assert!(ratio < 1.25, "{shape:?} {method}: {ratio}");
            }
        }
    }
}

#[test]
fn a_step_is_an_even_number_of_codes_and_its_curve_has_its_least_there() {
    let pair = Pair::new(Shape::Convex, DEFAULT, 2);
    for method in METHODS {
        let config = config(method);
        let knowledge = pair.survey(&config, 5);
        let chosen = step::choose(method, &knowledge, &codes(), WINDOW, &config);
        let pairs = chosen.delta_v / 100e-6;
        assert!((pairs - pairs.round()).abs() < 1e-6 && chosen.delta_v >= 0.0004, "{method}");
        let least = chosen.curve.iter().min_by(|a, b| a.total.total_cmp(&b.total)).unwrap();
        assert!((least.delta_v - chosen.delta_v).abs() <= 100e-6, "{method}");
        assert!(chosen.curve.is_sorted_by(|a, b| a.delta_v < b.delta_v));
    }
}

#[test]
fn without_curvature_the_widest_step_is_taken_and_the_choice_says_so() {
    let pair = Pair::alike(Shape::Ohmic, DEFAULT);
    let config = config(Method::ChoppedCentral);
    let knowledge = pair.survey(&config, 5);
    let chosen = step::choose(Method::ChoppedCentral, &knowledge, &codes(), WINDOW, &config);
    assert_eq!((chosen.delta_v, chosen.decided_by), (0.2, DecidedBy::WidestStep));
}

#[test]
fn a_step_fits_between_the_asked_levels_and_the_sources_windows() {
    let pair = Pair::alike(Shape::Ohmic, DEFAULT);
    let config = config(Method::ChoppedCentral);
    let mut codes = codes();
    codes.base.window = [-1.03, 1.2];
    let knowledge = pair.survey(&config, 5);
    let chosen = step::choose(Method::ChoppedCentral, &knowledge, &codes, WINDOW, &config);
    assert_eq!((chosen.delta_v, chosen.decided_by), (0.06, DecidedBy::SourceWindow));
}

#[test]
fn a_silent_strongly_curved_device_takes_the_smallest_step() {
    let pair = Pair::alike(Shape::Convex, Nuisance::default());
    let config = config(Method::Forward);
    let knowledge = pair.survey(&config, 5);
    let chosen = step::choose(Method::Forward, &knowledge, &codes(), WINDOW, &config);
    assert!(chosen.delta_v < 0.002, "{chosen:?}");
}

#[test]
fn estimators_that_draw_a_curve_take_a_twentieth_of_the_window() {
    let pair = Pair::new(Shape::Filament, DEFAULT, 2);
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        let config = config(method);
        let knowledge = pair.survey(&config, 5);
        let chosen = step::choose(method, &knowledge, &codes(), WINDOW, &config);
        assert_eq!((chosen.delta_v, chosen.decided_by), (0.1, DecidedBy::ShareOfWindow));
    }
}
