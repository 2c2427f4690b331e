use gradient::{Method, Trial, expect, step};

use crate::devices::{DEFAULT, Nuisance, Pair, SHAPES, WINDOW, codes, config};

#[test]
fn the_expected_error_is_the_error_within_a_fifth() {
    // A pair that has drifted far since its survey is another pair.
    let drifting = Nuisance { private_walk: 0.0003, common: 0.01, ..DEFAULT };
    for nuisance in [DEFAULT, drifting] {
        for shape in SHAPES {
            let pair = Pair::new(shape, nuisance, 11);
            let knowledge = pair.survey(&config(Method::Forward), 5);
            let mut both = Vec::new();
            for method in Method::ALL {
                let config = config(method);
                let chosen = step::choose(method, &knowledge, &codes(), WINDOW, &config);
                // How a calibration ages is as uncertain as a survey's estimate of the walk.
                let close = if method.is_calibrated() { 0.6..1.6 } else { 0.8..1.25 };
                for delta_v in [chosen.delta_v, 0.05] {
                    let trial = Trial { method, delta_v, repeats: 1 };
                    let expected = expect(trial, &knowledge, &config, &codes(), WINDOW).unwrap();
                    let error = pair.error(&config, delta_v, &knowledge, 20);
                    let ratio = expected.rmse_siemens / error;
                    assert!(close.contains(&ratio), "{shape:?} {method} {delta_v}: {ratio}");
                    both.push((expected.rmse_siemens, error));
                }
            }
            // Whatever is expected to be half as wrong again as another is more wrong than it.
            for one in &both {
                for other in both.iter().filter(|it| one.0 > 1.5 * it.0) {
                    assert!(one.1 > other.1, "{shape:?}: {one:?} against {other:?}");
                }
            }
        }
    }
}

#[test]
fn the_same_question_has_the_same_answer() {
    let pair = Pair::new(SHAPES[0], DEFAULT, 1);
    let config = config(Method::ChoppedCentral);
    let knowledge = pair.survey(&config, 5);
    let trial = Trial { method: Method::ChoppedCentral, delta_v: 0.1, repeats: 1 };
    let expected = || expect(trial, &knowledge, &config, &codes(), WINDOW).unwrap();
    assert_eq!(expected(), expected());
    assert_eq!(expected().operations_per_point, 4.0);
}
