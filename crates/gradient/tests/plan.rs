//! Plans: any batch becomes shots on codes and within windows, and answers in its own order.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::{BTreeMap, BTreeSet};

use gradient::{
    Codes, Derivative, Due, GradientConfig, GradientError, Method, Order, Plan, Purpose, Shot,
    SourceCodes,
};
use proptest::{collection::vec, prelude::*};

const CODE: f64 = 50e-6;
const WINDOW: [f64; 2] = [-1.0, 1.0];
/// Of the points: what a step may need beyond them stays inside the window.
const ASKED: f64 = 0.88;

fn source(name: &str, resolution: f64) -> SourceCodes {
    SourceCodes { smu: name.to_owned(), resolution, window: WINDOW, range: 2.0 }
}

fn codes(most: usize) -> Codes {
    Codes {
        base: source("base", CODE),
        probe: source("probe", CODE),
        seconds_per_shot: 0.0625,
        most,
    }
}

fn config(method: Method, keys: &str) -> GradientConfig {
    let text = format!("method = \"{method}\"\ndelta_v = \"20 mV\"\n{keys}");
    let config: GradientConfig = toml::from_str(&text).unwrap();
    config.check().unwrap();
    config
}

/// Everything that a configuration can ask of a plan.
fn configs() -> impl Strategy<Value = GradientConfig> {
    let method = prop::sample::select(Method::ALL.to_vec());
    let order = prop::sample::select(vec!["sorted", "as-asked"]);
    let derivative = prop::sample::select(vec!["protocol", "frozen-state", "quasi-static"]);
    let parts = (method, order, derivative, 1..3_usize, 1..3_usize);
    (parts, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY).prop_map(
        |((method, order, derivative, repeats, long), rest, condition, check_state)| {
            let derivative = match (method, derivative) {
                (Method::LocalRegression, "frozen-state")
                | (Method::SmallSignal, "quasi-static") => "protocol",
                _ => derivative,
            };
            let mut keys = format!(
                "order = \"{order}\"\nderivative = \"{derivative}\"\nrepeats = {repeats}\n\
                 check_state = {check_state}\nskew = \"1 ms\"\n\
                 sentinel = {{ level = \"0.61 V\", every = 100, readings = {long} }}\n"
            );
            if method == Method::OwnDevice {
                keys = keys.replace("skew = \"1 ms\"\n", "");
            }
            match derivative {
                "protocol" if rest => {
                    keys += &format!("rest = {{ level = \"0 V\", readings = {long} }}\n");
                }
                "protocol" => {}
                _ => keys += &format!("hold = {long}\n"),
            }
            if condition {
                keys += &format!("condition = {{ level = \"-1 V\", readings = {long} }}\n");
            }
            config(method, &keys)
        },
    )
}

/// Levels with repeats, unsorted, at the ends and nowhere in particular.
fn batches() -> impl Strategy<Value = Vec<f64>> {
    let level = prop_oneof![
        -ASKED..ASKED,
        (-20..20_i32).prop_map(|it| f64::from(it) * 0.04),
        Just(ASKED),
        Just(-ASKED),
        Just(0.0),
        Just(-0.0),
    ];
    prop_oneof![8 => vec(level.clone(), 0..60), 1 => vec(level, 2000..3000)]
}

fn dues() -> impl Strategy<Value = Due> {
    let calibration = prop::option::of(Just([-0.9, 0.9]));
    (prop::bool::ANY, calibration).prop_map(|(sentinel, calibration)| Due { sentinel, calibration })
}

fn is_code(level: f64) -> bool {
    (level / CODE - (level / CODE).round()).abs() < 1e-6
}

fn counts(shot: &Shot) -> bool {
    !matches!(shot.purpose, Purpose::Rest | Purpose::Hold | Purpose::Condition)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_batch_is_answered_in_its_order_from_shots_on_codes_within_windows(
        (asked, config, due) in (batches(), configs(), dues()),
        step in (1..2400_u32).prop_map(|it| f64::from(it) * CODE),
        most in prop::sample::select(vec![7_usize, 100, 2500]),
    ) {
        let codes = codes(most);
        // Two codes at least: the samples of a small dither all round to the same code.
        let step = step.max(2.0 * CODE);
        let plan = Plan::after(due, &asked, step, &config, &codes).unwrap();
        prop_assert_eq!(&plan.asked, &asked);
        prop_assert_eq!(plan.answers.len(), asked.len());

        // Every asked level is answered by the point of its nearest code.
        for (asked, answer) in asked.iter().zip(&plan.answers) {
            let away = plan.points[*answer].level - codes.base.round(*asked);
            prop_assert!(away.abs() <= 0.5 * CODE + 1e-12, "{} V from {} V", away, asked);
        }
        // Repeats are dropped, and nothing is measured that nobody asked.
        let distinct: BTreeSet<i64> =
            asked.iter().map(|it| (codes.base.round(*it) / CODE).round() as i64).collect();
        prop_assert_eq!(plan.points.len(), distinct.len());
        let answered: BTreeSet<usize> = plan.answers.iter().copied().collect();
        prop_assert_eq!(answered.len(), plan.points.len());

        // Every shot belongs to one point once, or to none.
        let mut of_points = BTreeMap::new();
        for (number, point) in plan.points.iter().enumerate() {
            for shot in point.places() {
                prop_assert_eq!(plan.shots[shot].purpose, Purpose::Point(number as u32));
                prop_assert_eq!(of_points.insert(shot, number), None);
            }
        }
        let pointed = |it: &&Shot| matches!(it.purpose, Purpose::Point(_));
        prop_assert_eq!(plan.shots.iter().filter(pointed).count(), of_points.len());
        let alone = config.method == Method::OwnDevice;
        for shot in &plan.shots {
            prop_assert_eq!(shot.probe.is_none(), alone);
            for level in [Some(shot.base), shot.probe].into_iter().flatten() {
                prop_assert!(is_code(level) && level.abs() <= 1.0, "{:?}", shot);
            }
        }
        // Current and slope belong where the levels are, as sent.
        for point in &plan.points {
            let levels = point.places().flat_map(|it| {
                [Some(plan.shots[it].base), plan.shots[it].probe]
            });
            let (low, high) = levels.flatten().fold((f64::MAX, f64::MIN), |(low, high), it| {
                (low.min(it), high.max(it))
            });
            prop_assert!((point.delta_v - (high - low)).abs() < 1e-12);
            let forward = matches!(config.method, Method::Forward | Method::ChoppedForward);
            let place = if forward { low } else { 0.5 * (low + high) };
            prop_assert!((point.level - place).abs() < 1e-12);
            match config.method {
                Method::LocalRegression => prop_assert_eq!(point.delta_v, 0.0),
                Method::SmallSignal => prop_assert!(point.delta_v > 0.5 * CODE),
                _ => prop_assert!((point.delta_v - step).abs() < 1e-9, "{} V", point.delta_v),
            }
        }

        // The order is the one that was asked for.
        let levels: Vec<f64> = plan.points.iter().map(|it| it.level).collect();
        match config.order {
            Order::Sorted => prop_assert!(levels.is_sorted_by(|one, next| one < next)),
            Order::AsAsked => {
                let mut visited = 0;
                for answer in &plan.answers {
                    prop_assert!(*answer <= visited, "a later level was visited first");
                    visited = visited.max(answer + 1);
                }
            }
        }
        if config.method == Method::AlternatelyChopped {
            let mut sorted: Vec<_> = plan.points.iter().collect();
            sorted.sort_by(|one, other| one.level.total_cmp(&other.level));
            let above = |it: usize| plan.shots[it].probe.unwrap() > plan.shots[it].base;
            for (rank, point) in sorted.iter().enumerate() {
                prop_assert!(point.places().all(|it| above(it) == (rank % 2 == 0)));
            }
        }

        // What it costs adds up.
        let cost = plan.cost;
        let parts = cost.operations_of_points + cost.operations_of_calibration
            + cost.operations_of_sentinel + cost.operations_of_checks
            + cost.operations_of_discipline;
        prop_assert_eq!(cost.operations, parts);
        let each = if alone { 1 } else { 2 };
        prop_assert_eq!(cost.operations, each * plan.shots.len() as u64);
        prop_assert_eq!(cost.operations_of_points, each * of_points.len() as u64);
        prop_assert!((cost.seconds - 0.0625 * plan.shots.len() as f64).abs() < 1e-9);
        prop_assert_eq!(cost.lists, plan.shots.len().div_ceil(most));
        let of = |purpose| plan.shots.iter().filter(|it| it.purpose == purpose).count();
        let any = usize::from(!asked.is_empty());
        prop_assert_eq!(of(Purpose::Check), 2 * any * usize::from(config.check_state));
        let looks = config.sentinel.unwrap().readings * any * usize::from(due.sentinel);
        prop_assert_eq!(of(Purpose::Sentinel), looks);
        let grid = 42 * any * usize::from(due.calibration.is_some());
        prop_assert_eq!(of(Purpose::Calibration), grid);
    }

    #[test]
    fn every_shot_that_counts_has_its_rest_or_its_hold_before_it(
        (asked, config, due) in (vec(-ASKED..ASKED, 1..40), configs(), dues()),
    ) {
        let plan = Plan::after(due, &asked, 0.02, &config, &codes(2500)).unwrap();
        let leading = config.rest.map(|it| it.readings).or(config.hold).unwrap_or(0);
        let mut begun = BTreeSet::new();
        for (at, shot) in plan.shots.iter().enumerate().filter(|it| counts(it.1)) {
            // The samples of a dither follow each other.
            let follows = config.method == Method::SmallSignal
                && matches!(shot.purpose, Purpose::Point(number)
                    if !begun.insert(number) && counts(&plan.shots[at - 1]));
            if follows {
                continue;
            }
            for before in &plan.shots[at - leading..at] {
                match (config.rest, config.derivative, shot.purpose) {
                    (Some(rest), ..) => {
                        prop_assert_eq!(before.purpose, Purpose::Rest);
                        prop_assert_eq!(before.base, rest.level.0);
                    }
                    (None, Derivative::FrozenState, Purpose::Point(number)) => {
                        prop_assert_eq!(before.purpose, Purpose::Hold);
                        let held = plan.points[number as usize].level;
                        prop_assert!((before.base - held).abs() < CODE);
                    }
                    _ => {
                        prop_assert_eq!(before.purpose, Purpose::Hold);
                        prop_assert_eq!((before.base, before.probe), (shot.base, shot.probe));
                    }
                }
            }
        }
    }

    #[test]
    fn a_level_that_is_no_number_or_leads_out_of_a_window_is_refused(
        (mut asked, config) in (vec(-ASKED..ASKED, 0..40), configs()),
        (bad, at) in (prop::sample::select(vec![
            f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.2, -1.2, 1e300,
        ]), 0..40_usize),
    ) {
        asked.insert(at.min(asked.len()), bad);
        let error = Plan::new(&asked, 0.02, &config, &codes(100)).unwrap_err();
        prop_assert!(matches!(error, GradientError::OutsideWindow { .. }), "{}", error);
    }
}

#[test]
fn a_refusal_names_what_was_asked_and_what_it_would_need() {
    let refused = |method, level: f64, keys| {
        let config = config(method, keys);
        Plan::new(&[0.1, level], 0.1, &config, &codes(100)).unwrap_err().to_string()
    };
    for (method, level, expected) in [
        (
            Method::Forward,
            0.95,
            "level 950 mV with delta_v 100 mV needs 1.05 V, outside the window",
        ),
        (
            Method::Central,
            0.98,
            "level 980 mV with delta_v 100 mV needs 1.03 V, outside the window",
        ),
        (
            Method::Forward,
            -1.5,
            "level -1.5 V with delta_v 100 mV needs -1.5 V, outside the window",
        ),
    ] {
        let error = refused(method, level, "");
        assert!(error.starts_with(expected), "{error}");
        assert!(error.contains("-1 V to 1 V of \""), "{error}");
    }
    for (keys, expected) in [
        ("rest = { level = \"-1.5 V\" }", "gradient.rest.level = -1.5 V: accepted is -1 V to 1 V"),
        ("condition = { level = \"3 V\" }", "gradient.condition.level = 3 V: accepted is -1 V to"),
    ] {
        let error = refused(Method::Central, 0.0, keys);
        assert!(error.starts_with(expected), "{error}");
    }
    let sentinel = config(Method::Abba, "sentinel = { level = \"2 V\", every = 9 }");
    let due = Due { sentinel: true, calibration: None };
    let error = Plan::after(due, &[0.0], 0.1, &sentinel, &codes(9)).unwrap_err().to_string();
    assert!(error.starts_with("gradient.sentinel.level = 2 V: accepted is -1 V to 1 V"), "{error}");
}

#[test]
fn a_step_of_an_odd_number_of_codes_is_the_same_everywhere_and_its_middle_is_told() {
    let config = config(Method::Central, "");
    let asked = [-0.3, -CODE, 0.0, CODE, 0.3];
    let plan = Plan::new(&asked, 3.0 * CODE, &config, &codes(100)).unwrap();
    for (point, asked) in plan.points.iter().zip(asked) {
        assert!((point.delta_v - 3.0 * CODE).abs() < 1e-12, "{point:?}");
        assert!((point.level - (asked - 0.5 * CODE)).abs() < 1e-12, "{point:?}");
    }
    let plan = Plan::new(&asked, 4.0 * CODE, &config, &codes(100)).unwrap();
    assert_eq!(plan.points.iter().map(|it| it.level).collect::<Vec<_>>(), asked);
}

#[test]
fn the_ends_of_the_window_can_be_asked_where_the_step_stays_inside() {
    let ends = [-1.0, 1.0 - 0.02];
    let plan = Plan::new(&ends, 0.02, &config(Method::Forward, ""), &codes(100)).unwrap();
    assert_eq!(plan.shots[1].probe, Some(1.0));
    let down = toml::from_str("method = \"forward\"\ndelta_v = \"-20 mV\"").unwrap();
    let plan = Plan::new(&[1.0], -0.02, &down, &codes(100)).unwrap();
    assert_eq!((plan.points[0].level, plan.shots[0].probe), (1.0, Some(0.98)));
    let plan = Plan::new(&[-1.0, 1.0], 0.02, &config(Method::LocalRegression, ""), &codes(9));
    assert_eq!(plan.unwrap().points.len(), 2);
}

#[test]
fn two_sources_of_unlike_codes_are_sent_what_each_can_make() {
    let unlike = Codes { probe: source("probe", 0.5e-3), ..codes(100) };
    let config = config(Method::ChoppedCentral, "rest = { level = \"0.12345 V\" }");
    let plan = Plan::new(&[0.30005], 0.02, &config, &unlike).unwrap();
    let rest: Vec<_> = plan.shots.iter().filter(|it| it.purpose == Purpose::Rest).collect();
    assert!(rest.iter().all(|it| it.base == 0.1235 && it.probe == Some(0.1235)), "{rest:?}");
    let point: Vec<_> = plan.points[0].places().map(|it| plan.shots[it]).collect();
    assert_eq!((point[0].base, point[0].probe), (0.29005, Some(0.31)));
    assert_eq!((point[1].base, point[1].probe), (0.31005, Some(0.29)));
}

#[test]
fn a_calibration_goes_as_far_as_the_points_and_never_beyond_a_window() {
    let config = config(Method::BaselineSubtracted, "calibration = { levels = 9, passes = 2 }");
    let grid = |window, levels: &[f64]| {
        let due = Due { sentinel: false, calibration: Some(window) };
        let plan = Plan::after(due, levels, 0.1, &config, &codes(100)).unwrap();
        let grid = plan.shots.iter().filter(|it| it.purpose == Purpose::Calibration);
        let grid: Vec<f64> = grid.map(|it| it.base).collect();
        assert_eq!(grid.len(), 18);
        let back: Vec<f64> = grid[9..].iter().rev().copied().collect();
        assert_eq!(grid[..9], back, "up and down");
        (grid[0], grid[8])
    };
    let (low, high) = grid([-0.5, 0.5], &[0.5]);
    assert!(low <= -0.55 && (0.55..0.551).contains(&high), "{low} {high}");
    assert_eq!(grid([-1.0, 1.0], &[0.5]), (-1.0, 1.0));
}

#[test]
fn an_empty_batch_sends_nothing_whatever_is_due() {
    let config = config(Method::CalibratedPair, "condition = { level = \"1 V\" }");
    let due = Due { sentinel: true, calibration: Some([-0.5, 0.5]) };
    let plan = Plan::after(due, &[], 0.1, &config, &codes(100)).unwrap();
    assert_eq!((plan.shots.len(), plan.cost.operations, plan.cost.lists), (0, 0, 0));
}

#[test]
fn the_state_is_compared_where_it_shows() {
    let config = config(Method::Central, "check_state = true");
    let plan = Plan::new(&[-0.8, -0.4, 0.0, 0.4, 0.8], 0.02, &config, &codes(100)).unwrap();
    let checks = [plan.shots[0], *plan.shots.last().unwrap()];
    assert!(checks.iter().all(|it| it.purpose == Purpose::Check && it.base == 0.4));
}

#[test]
fn a_plan_reads_back_as_it_was_written() {
    let config = config(Method::Abba, "rest = { level = \"0 V\" }\ncheck_state = true");
    let plan = Plan::new(&[0.3, -0.1, 0.3], 0.02, &config, &codes(100)).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}
