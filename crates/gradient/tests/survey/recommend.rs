use std::collections::BTreeMap;

use gradient::{GradientConfig, Method, Priced, Twins};

use crate::devices::{DEFAULT, Nuisance, Pair, SHAPES, Shape, WINDOW, codes, config};

const PAIRS: u64 = 20;
/// Simulated batches of each pair.
const DRAWS: u64 = 2;

/// Mean squares over pairs, relative to the pair's own slopes: of the recommended, and of all that could
/// have been.
#[derive(Default)]
struct Tally {
    recommended: f64,
    all: BTreeMap<(&'static str, usize), f64>,
}

/// Compares what is recommended with the best of the whole table, by direct simulation.
#[track_caller]
fn is_within_a_fifth(shape: Shape, nuisance: Nuisance) {
    let mut tallies: [Tally; 2] = Default::default();
    for seed in 0..PAIRS {
        let pair = Pair::new(shape, nuisance, seed + 30);
        let mut asked = config(Method::Forward);
        let mut study = pair.study(&asked, seed + 60);
        let mut twins = Twins::of(&study, &codes(), WINDOW, &asked).unwrap();
        if nuisance.kept > 0.0 {
            asked.rest = twins.at_four_operations.unwrap().discipline.rest;
            study = pair.study(&asked, seed + 90);
            twins = Twins::of(&study, &codes(), WINDOW, &asked).unwrap();
        }
        let error = |it: &Priced| {
            let config = GradientConfig { method: it.method, repeats: it.repeats, ..asked.clone() };
            let (step, knowledge) = (it.delta_v_volts, &study.knowledge);
            if nuisance.kept > 0.0 {
                pair.error_of_rested(&config, step, knowledge, DRAWS)
            } else {
                pair.error(&config, step, knowledge, DRAWS)
            }
        };
        let affordable = twins.estimators.iter().filter(|it| it.operations_per_point <= 4.0);
        let errors: Vec<(&Priced, f64)> = affordable.map(|it| (it, error(it).powi(2))).collect();
        let advised = [(2.0, twins.at_two_operations), (4.0, twins.at_four_operations)];
        for ((operations, advice), tally) in advised.into_iter().zip(&mut tallies) {
            let chosen = advice.unwrap().estimator;
            for (it, square) in errors.iter().filter(|it| it.0.operations_per_point <= operations) {
                *tally.all.entry((it.method.name(), it.repeats)).or_default() += square;
                if **it == chosen {
                    tally.recommended += square;
                }
            }
        }
    }
    for (tally, operations) in tallies.iter().zip([2, 4]) {
        let best = tally.all.iter().min_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        let ratio = (tally.recommended / best.1).sqrt();
        assert!(ratio > 0.0 && ratio <= 1.2, "{shape:?}, {operations}: {ratio} of {best:?}");
    }
}

#[test]
fn of_every_shape_the_recommended_estimator_is_within_a_fifth_of_the_best() {
    for shape in SHAPES {
        is_within_a_fifth(shape, DEFAULT);
    }
}

#[test]
fn with_common_noise_or_drift_the_recommended_estimator_is_within_a_fifth_of_the_best() {
    is_within_a_fifth(Shape::Saturating, Nuisance { common: 0.01, ..DEFAULT });
    is_within_a_fifth(Shape::Saturating, Nuisance { private_walk: 0.003, ..DEFAULT });
}

#[test]
fn with_the_recommended_rest_the_recommended_estimator_is_within_a_fifth_of_the_best() {
    is_within_a_fifth(Shape::Filament, Nuisance { kept: 0.3, ..DEFAULT });
}
