use gradient::{GradientError, Method, Purpose, Shot, survey};

use crate::devices::{WINDOW, codes, config};

fn levels(shots: &[Shot]) -> Vec<f64> {
    let surveyed = shots.iter().filter(|it| it.purpose == Purpose::Survey);
    surveyed.map(|it| it.base).collect()
}

#[test]
fn a_survey_goes_up_and_down_beyond_the_window_as_far_as_steps_do() {
    let config = config(Method::Forward);
    let shots = survey::plan(&config, WINDOW, &codes()).unwrap();
    let levels = levels(&shots);
    assert_eq!(levels.len(), 41 * 8);
    assert_eq!((levels[0], levels[40], levels[41], levels[81]), (-1.2, 1.2, 1.2, -1.2));
    assert!(levels[..41].is_sorted());
    assert!(shots.iter().all(|it| it.probe == Some(it.base)));
}

#[test]
fn the_margin_gives_way_to_the_sources_windows() {
    let mut codes = codes();
    codes.probe.window = [-1.0, 1.05001];
    let shots = survey::plan(&config(Method::Forward), WINDOW, &codes).unwrap();
    let levels = levels(&shots);
    assert_eq!((levels[0], levels[40]), (-1.0, 1.05));
}

#[test]
fn every_level_is_a_code_of_both_sources() {
    let mut codes = codes();
    codes.probe.resolution = 0.5e-3;
    let shots = survey::plan(&config(Method::Forward), [-0.97, 0.96], &codes).unwrap();
    let whole = |level: f64| (level / 0.5e-3 - (level / 0.5e-3).round()).abs() < 1e-6;
    assert!(shots.iter().all(|it| it.probe == Some(it.base) && whole(it.base)));
}

#[test]
fn a_rest_precedes_every_reading_of_a_survey() {
    let mut config = config(Method::Forward);
    config.rest = Some(toml::from_str("level = \"0 V\"\nreadings = 2").unwrap());
    let shots = survey::plan(&config, WINDOW, &codes()).unwrap();
    for three in shots.chunks(3) {
        let rests = &three[..2];
        assert!(rests.iter().all(|it| it.purpose == Purpose::Rest && it.base == 0.0));
        assert_ne!(three[2].purpose, Purpose::Rest);
    }
}

#[test]
fn a_window_beyond_the_sources_is_refused() {
    let error = survey::plan(&config(Method::Forward), [-1.0, 1.3], &codes()).unwrap_err();
    assert!(matches!(error, GradientError::Smu(_)), "{error}");
}
