//! The gradient service over simulated instruments: answers, costs, and what memory and drift do.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::collections::BTreeSet;

use common::{SETTINGS, Said, simulated, take, unedited};
use gradient::{
    Because, Curve, GradientConfig, Knowledge, Memory, Method, Mismatch, Monotonic, Noise, Note,
    Opening, Pair, Purpose, Service, Shot, State,
};

/// A law of one smooth curve, and what it is at a voltage: A and S.
const LIQUID: &str = "accuracy = \"0 %\"\ndevice = { preset = \"liquid-sinh\", full_scale = \"60 uA\", \
                      memory = \"0 %\" }";
/// The same with a state that follows within a few readings of 63 ms.
const FORGETFUL: &str = "accuracy = \"0 %\"\ndevice = { preset = \"liquid-sinh\", full_scale = \"60 uA\", \
                         memory = \"40 %\", relaxation = \"250 ms\" }";

fn current(level: f64) -> f64 {
    60e-6 * (0.8 * (level / 0.3).sinh() / (1.0_f64 / 0.3).sinh() + 0.2 * level)
}

fn slope(level: f64) -> f64 {
    60e-6 * (0.8 / 0.3 * (level / 0.3).cosh() / (1.0_f64 / 0.3).sinh() + 0.2)
}

async fn pair(keys: [&str; 2]) -> (Pair, Said) {
    let said = Said::default();
    let base = simulated("base", keys[0], SETTINGS, &said, unedited).await;
    let probe = simulated("probe", keys[1], SETTINGS, &said, unedited).await;
    let mut pair = Pair::new("p0", base, probe, Monotonic::Unknown).unwrap();
    pair.output_on().await.unwrap();
    take(&said);
    (pair, said)
}

/// What a survey of the law without mismatch would have found, noise of two codes of the range.
fn knowledge() -> Knowledge {
    let levels: Vec<f64> = (0..37).map(|it| f64::from(it) * 0.05 - 0.9).collect();
    let of = |what: fn(f64) -> f64| levels.iter().map(|it| what(*it)).collect();
    let curve = Curve {
        currents: of(current),
        slopes: of(slope),
        seconds: of(|_| 0.0),
        thirds: of(|_| 0.0),
        levels: levels.clone(),
    };
    let zeros = vec![0.0; levels.len()];
    let mismatch =
        Mismatch { differences: zeros.clone(), uncertainties: zeros, levels, made_at: 0 };
    let noise =
        Noise { floor: 2e-9, relative: 0.0, common: 0.0, private_walk: 0.0, common_walk: 0.0 };
    let memory = Memory { hysteresis: 0.0, hysteresis_noise: 0.0, kept: None };
    Knowledge { noise, curve, mismatch, memory }
}

fn config(method: Method, keys: &str) -> GradientConfig {
    toml::from_str(&format!("method = \"{method}\"\ndelta_v = \"20 mV\"\n{keys}")).unwrap()
}

fn service(pair: Pair, method: Method, keys: &str) -> Service {
    Service::new(pair, config(method, keys), 0.02, knowledge()).unwrap()
}

/// A pair whose outputs are on, surveyed and served with.
async fn open(mut pair: Pair, config: GradientConfig, window: [f64; 2]) -> (Service, Opening) {
    let codes = pair.codes();
    let shots = Opening::plan(&config, window, &codes).unwrap();
    let rows = pair.shoot(&shots).await.unwrap();
    let opening = Opening::learn(shots, rows, &config, window, &codes).unwrap();
    (Service::opened(pair, config, &opening), opening)
}

/// Levels that the instruments were sent, and sweeps that were started.
fn sent(said: &Said) -> (usize, usize) {
    let said = take(said);
    let lists = said.iter().filter(|it| it.1.starts_with(":SOUR:LIST:VOLT"));
    let levels = lists.map(|it| it.1.split(',').count()).sum();
    (levels, said.iter().filter(|it| it.1.starts_with(":READ?")).count())
}

#[tokio::test]
async fn answers_come_in_the_asked_order_and_are_of_the_device_s_curve() {
    let asked = [0.7, -0.3, 0.0, 0.7, 0.70001, 0.45, -0.8];
    for method in [Method::Central, Method::ChoppedCentral, Method::Abba, Method::OwnDevice] {
        for order in ["sorted", "as-asked"] {
            let (pair, _) = pair([LIQUID, LIQUID]).await;
            let mut service = service(pair, method, &format!("order = \"{order}\""));
            let batch = service.measure(&asked).await.unwrap();
            assert_eq!((batch.plan.points.len(), &batch.notes[..]), (5, &[][..]));
            let answers: Vec<_> = batch.answers().collect();
            assert_eq!(answers.len(), asked.len());
            for (answer, asked) in answers.iter().zip(asked) {
                assert!((answer.level - asked).abs() <= 25e-6, "{answer:?}");
                let (found, didv) = (answer.current.unwrap().value, answer.didv.unwrap().value);
                assert!((found - current(asked)).abs() < 60e-9, "{method} {answer:?}");
                assert!((didv - slope(asked)).abs() < 0.01 * slope(0.9), "{method} {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_cost_is_what_the_instruments_then_did() {
    let keys = "check_state = true\nrest = { level = \"0 V\", readings = 2 }\n\
                condition = { level = \"0.9 V\", readings = 3 }\n\
                sentinel = { level = \"0.5 V\", every = 10, readings = 4 }\n\
                calibration = { levels = 9, passes = 2 }";
    let asked: Vec<f64> = (0..40).map(|it| f64::from(it % 33) * 0.05 - 0.8).collect();
    for method in [Method::ChoppedCentral, Method::BaselineSubtracted, Method::OwnDevice] {
        let (pair, said) = pair([LIQUID, LIQUID]).await;
        let per_shot = pair.codes().seconds_per_shot;
        let mut service = service(pair, method, keys);
        for _ in 0..2 {
            let cost = service.plan(&asked).unwrap().cost;
            assert_eq!(sent(&said), (0, 0), "a plan sends nothing");
            let batch = service.measure(&asked).await.unwrap();
            assert_eq!(batch.plan.cost, cost);
            let rows: u64 = batch.rows.iter().map(|it| 1 + u64::from(it.probe.is_some())).sum();
            assert_eq!(rows, cost.operations);
            let instruments = if method == Method::OwnDevice { 1 } else { 2 };
            assert_eq!(sent(&said), (cost.operations as usize, instruments * cost.lists));
            // What the instrument's own clock says, from the first to the last reading.
            let [first, last] = [batch.rows.first(), batch.rows.last()].map(|it| it.unwrap());
            let took = last.base.time - first.base.time + per_shot;
            assert!((took - cost.seconds).abs() < 0.02 * cost.seconds, "{took} s");
        }
    }
}

#[tokio::test]
async fn a_batch_longer_than_a_list_is_several_and_one_answer() {
    let (pair, said) = pair([LIQUID, LIQUID]).await;
    let mut service = service(pair, Method::ChoppedCentral, "");
    let asked: Vec<f64> = (0..1400).map(|it| f64::from(1399 - it) * 1e-3 - 0.7).collect();
    let batch = service.measure(&asked).await.unwrap();
    assert_eq!(batch.plan.cost.lists, 2);
    assert_eq!(sent(&said), (5600, 4));
    for (answer, asked) in batch.answers().zip(&asked) {
        assert!((answer.level - asked).abs() < 1e-12);
        assert!((answer.current.unwrap().value - current(*asked)).abs() < 60e-9, "{answer:?}");
    }
}

#[tokio::test]
async fn a_level_that_leads_out_of_a_window_is_refused_with_nothing_sent_and_nothing_learnt() {
    let (pair, said) = pair([LIQUID, LIQUID]).await;
    let mut service = service(pair, Method::BaselineSubtracted, "");
    let error = service.measure(&[0.1, 0.995]).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "level 995 mV with delta_v 20 mV needs 1.005 V, outside the window -1 V to 1 V of \"probe\""
    );
    assert_eq!(sent(&said), (0, 0));
    assert!(service.plan(&[0.1]).unwrap().cost.operations_of_calibration > 0);
}

#[tokio::test]
async fn a_configuration_that_means_nothing_serves_nobody() {
    let (pair, _) = pair([LIQUID, LIQUID]).await;
    let error = Service::new(pair, config(Method::Abba, "hold = 3"), 0.02, knowledge());
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("gradient.hold = 3 with protocol: accepted is none"), "{error}");
}

/// The largest error of a batch's currents against those of single readings after a long rest, and of
/// its slopes, as shares of the largest.
async fn error_of(keys: &str) -> (f64, f64) {
    let asked: Vec<f64> = (0..17).map(|it| f64::from(it) * 0.1 - 0.8).collect();
    let (mut rested, _) = pair([FORGETFUL, FORGETFUL]).await;
    let mut truth = Vec::new();
    let single = |level: f64| Shot { base: level, probe: Some(level), purpose: Purpose::Rest };
    for level in &asked {
        let mut shots = Vec::new();
        for level in [level - 0.01, *level, level + 0.01] {
            shots.extend([single(0.0); 60]);
            shots.push(single(level));
        }
        let rows = rested.shoot(&shots).await.unwrap();
        let at = |index: usize| rows[index].base.current.unwrap();
        truth.push((at(121), (at(182) - at(60)) / 0.02));
    }
    let (pair, _) = pair([FORGETFUL, FORGETFUL]).await;
    let mut service = service(pair, Method::ChoppedCentral, keys);
    let batch = service.measure(&asked).await.unwrap();
    let largest = |of: fn(&(f64, f64)) -> f64| truth.iter().map(of).fold(0.0, f64::max);
    let (most, steepest) = (largest(|it| it.0), largest(|it| it.1));
    let errors = batch.answers().zip(&truth).map(|(answer, truth)| {
        let (current, didv) = (answer.current.unwrap().value, answer.didv.unwrap().value);
        ((current - truth.0).abs() / most, (didv - truth.1).abs() / steepest)
    });
    errors.fold((0.0, 0.0), |worst, it| (it.0.max(worst.0), it.1.max(worst.1)))
}

#[tokio::test]
async fn rest_gives_a_device_with_memory_the_same_past_before_every_reading() {
    let (current, slope) = error_of("").await;
    let (rested_current, rested_slope) =
        error_of("rest = { level = \"0 V\", readings = 30 }").await;
    assert!(current > 0.02 && slope > 0.05, "without rest: {current} {slope}");
    assert!(rested_current < 1e-3 && rested_slope < 0.01, "{rested_current} {rested_slope}");
}

#[tokio::test]
async fn a_hold_follows_the_level_or_freezes_the_state() {
    // The steady curve is the one that quasi-static readings are of; at a frozen state the current
    // is the same and the slope is less, since the state does not add to it.
    let mut found = Vec::new();
    for derivative in ["quasi-static", "frozen-state"] {
        let (pair, _) = pair([FORGETFUL, FORGETFUL]).await;
        let keys = format!("derivative = \"{derivative}\"\nhold = 40");
        let mut service = service(pair, Method::ChoppedCentral, &keys);
        let batch = service.measure(&[0.5]).await.unwrap();
        let answer = *batch.answers().next().unwrap();
        found.push((answer.current.unwrap().value, answer.didv.unwrap().value));
    }
    let [(steady, along), (frozen, across)] = found[..] else { panic!("two") };
    assert!((steady - frozen).abs() < 0.01 * steady, "{steady} {frozen}");
    assert!(across < 0.97 * along, "{across} S is not less than {along} S");
}

fn disturbed(notes: &[Note]) -> usize {
    notes.iter().filter(|it| matches!(it, Note::StateDisturbed { .. })).count()
}

#[tokio::test]
async fn the_state_check_tells_of_a_device_that_remembers_and_of_no_other() {
    let asked = [-0.2, 0.3, 0.8, 0.9];
    let memory = FORGETFUL.replace("250 ms", "20 s");
    for (devices, keys, expected) in [
        ([&memory[..], &memory[..]], "", 2),
        ([&memory[..], LIQUID], "", 1),
        ([LIQUID, LIQUID], "", 0),
        // A rest of many time constants undoes what the batch has done.
        ([FORGETFUL, FORGETFUL], "rest = { level = \"0 V\", readings = 30 }", 0),
    ] {
        let (pair, _) = pair(devices).await;
        let keys = format!("check_state = true\n{keys}");
        let mut service = service(pair, Method::ChoppedCentral, &keys);
        let batch = service.measure(&asked).await.unwrap();
        assert_eq!(disturbed(&batch.notes), expected, "{keys} {:?}", batch.notes);
        for note in &batch.notes {
            let Note::StateDisturbed { before, after, uncertainty, .. } = note else { panic!() };
            assert!((after - before).abs() > 4.0 * uncertainty, "{note}");
        }
    }
}

/// A base that loses `loss` of its current within minutes.
fn drying(loss: &str) -> String {
    format!("{LIQUID}\ndrying = {{ depth = \"{loss}\", over = \"60 s\" }}")
}

const SENTINEL: &str = "sentinel = { level = \"0.6 V\", every = 20, readings = 4 }\n\
                        calibration = { levels = 9, passes = 2, refresh = 100000 }";

#[tokio::test]
async fn a_sentinel_that_moves_has_the_calibration_made_anew() {
    let (pair, _) = pair([&drying("20 %"), LIQUID]).await;
    let mut service = service(pair, Method::BaselineSubtracted, SENTINEL);
    let asked: Vec<f64> = (0..30).map(|it| f64::from(it) * 0.05 - 0.7).collect();
    let mut calibrations = Vec::new();
    let mut moved = false;
    let mut moves = 0;
    for _ in 0..6 {
        let due = service.plan(&asked).unwrap().cost.operations_of_calibration > 0;
        assert_eq!(due, moved || calibrations.is_empty(), "calibrated when it has moved");
        let batch = service.measure(&asked).await.unwrap();
        // A look that comes with a calibration shows the same move, which is made good and was noted.
        let noted = batch.notes.iter().any(|it| matches!(it, Note::Drifted { .. }));
        assert!(!(due && noted), "{:?}", batch.notes);
        moved = noted;
        moves += usize::from(noted);
        for note in &batch.notes {
            if let Note::Recalibrated { because, made_at } = note {
                calibrations.push((*because, *made_at));
                let mismatch = &service.state().calibration().unwrap().mismatch;
                assert_eq!(mismatch.made_at, *made_at);
            }
        }
    }
    assert!(calibrations.len() > 1, "{calibrations:?}");
    assert!((calibrations.len() - 1..=calibrations.len()).contains(&moves), "{moves} moves");
    assert_eq!(calibrations[0].0, Because::First);
    assert!(calibrations[1..].iter().all(|it| it.0 == Because::Drift), "{calibrations:?}");
    assert!(calibrations.is_sorted_by_key(|it| it.1));
}

#[tokio::test]
async fn a_pair_that_does_not_drift_is_calibrated_once_and_again_when_that_has_aged() {
    let (pair, _) = pair([LIQUID, LIQUID]).await;
    let keys = SENTINEL.replace("100000", "100");
    let mut service = service(pair, Method::CalibratedPair, &keys);
    let asked: Vec<f64> = (0..30).map(|it| f64::from(it) * 0.05 - 0.7).collect();
    let mut notes = Vec::new();
    for _ in 0..6 {
        notes.push(service.measure(&asked).await.unwrap().notes);
    }
    let why = |it: &Vec<Note>| match it[..] {
        [] => None,
        [Note::Recalibrated { because, .. }] => Some(because),
        _ => panic!("{it:?}"),
    };
    let found: Vec<_> = notes.iter().map(why).collect();
    // The first batch leaves it 30 shots old, each further one with its look 34 more: 132 after four.
    let age = Some(Because::Age);
    assert_eq!(found, [Some(Because::First), None, None, None, age, None]);
}

#[tokio::test]
async fn a_pair_that_needs_no_calibration_is_told_of_each_drift_once() {
    let (pair, _) = pair([LIQUID, &drying("20 %")]).await;
    let mut service = service(pair, Method::ChoppedCentral, SENTINEL);
    let asked: Vec<f64> = (0..30).map(|it| f64::from(it) * 0.05 - 0.7).collect();
    let mut last = None;
    for _ in 0..4 {
        let batch = service.measure(&asked).await.unwrap();
        assert_eq!(batch.plan.cost.operations_of_calibration, 0);
        for note in batch.notes {
            let Note::Drifted { before, after, uncertainty, .. } = note else { panic!("{note}") };
            assert!((after - before).abs() > 4.0 * uncertainty);
            assert!(last.is_none_or(|it| it == before), "from where the last note left it");
            last = Some(after);
        }
    }
    assert!(last.is_some_and(|it| it < -5e-7), "{last:?}");
}

#[tokio::test]
async fn recorded_batches_give_the_same_answers_and_notes_without_instruments() {
    let (pair, _) = pair([&drying("20 %"), LIQUID]).await;
    let keys = format!("{SENTINEL}\ncheck_state = true");
    let mut service = service(pair, Method::BaselineSubtracted, &keys);
    let mut state = State::new(knowledge(), Monotonic::Unknown);
    for asked in [[0.1, 0.5, -0.4], [0.2, 0.1, -0.7], [0.6, 0.3, 0.0]] {
        let batch = service.measure(&asked).await.unwrap();
        let again =
            state.evaluate(batch.plan.clone(), batch.rows.clone(), service.config()).unwrap();
        assert_eq!((again.gradients, again.notes), (batch.gradients, batch.notes));
    }
    let plan = service.plan(&[0.1]).unwrap();
    let shots = plan.shots.len();
    let error = state.evaluate(plan, Vec::new(), service.config()).unwrap_err().to_string();
    assert_eq!(error, format!("0 rows cannot answer a plan of {shots} shots"));
}

/// A device with noise, that differs from its partner.
fn noisy(seed: u64, gain: &str) -> String {
    format!(
        "seed = {seed}\nnoise = {{ read = \"0.1 %\" }}\nmismatch = {{ gain = \"{gain}\" }}\n{LIQUID}"
    )
}

#[tokio::test]
async fn a_surveyed_pair_chooses_its_step_and_measures_with_it() {
    let (pair, said) = pair([&noisy(1, "+2 %"), &noisy(2, "-2 %")]).await;
    let text = "method = \"chopped-central\"\ndelta_v = \"auto\"";
    let (mut service, opening) = open(pair, toml::from_str(text).unwrap(), [-0.8, 0.8]).await;
    assert_eq!(sent(&said), (opening.cost.operations as usize, 2 * opening.cost.lists));
    // What comes before the first pass brings the devices to the state of the later ones.
    let cost = opening.cost;
    assert_eq!(cost.operations, cost.operations_of_survey + cost.operations_of_discipline);
    assert_eq!(opening.rows.len(), opening.shots.len());
    assert_eq!(service.delta_v(), opening.choice.unwrap().delta_v);
    assert!((1e-2..=0.16).contains(&service.delta_v()), "{} V", service.delta_v());
    let asked: Vec<f64> = (0..33).map(|it| f64::from(it) * 0.05 - 0.8).collect();
    let batch = service.measure(&asked).await.unwrap();
    for (answer, asked) in batch.answers().zip(&asked) {
        assert!((answer.delta_v - service.delta_v()).abs() < 1e-9);
        let off = (answer.didv.unwrap().value - slope(*asked)).abs();
        assert!(off < 0.05 * slope(0.8), "{answer:?} at {asked} V");
    }
}

#[tokio::test]
async fn recorded_rows_of_a_survey_open_the_same_service_again() {
    let (pair, _) = pair([&noisy(1, "+2 %"), &noisy(2, "-2 %")]).await;
    let codes = pair.codes();
    let text = "method = \"alternately-chopped\"\ndelta_v = \"auto\"";
    let config: GradientConfig = toml::from_str(text).unwrap();
    let (mut service, opening) = open(pair, config.clone(), [-0.8, 0.8]).await;
    // As a file keeps them: the numbers come back to the last bit.
    let rows = serde_json::to_string(&opening.rows).unwrap();
    let shots = serde_json::to_string(&opening.shots).unwrap();
    let (shots, rows) =
        (serde_json::from_str(&shots).unwrap(), serde_json::from_str(&rows).unwrap());
    let again = Opening::learn(shots, rows, &config, [-0.8, 0.8], &codes).unwrap();
    assert_eq!((&again.rows, again.delta_v), (&opening.rows, opening.delta_v));
    assert_eq!(again.knowledge, opening.knowledge);
    let batch = service.measure(&[0.1, 0.5, -0.4]).await.unwrap();
    let mut state = again.state(Monotonic::Unknown);
    let answers = state.evaluate(batch.plan.clone(), batch.rows.clone(), &config).unwrap();
    assert_eq!(answers.gradients, batch.gradients);
}

#[tokio::test]
async fn a_window_or_levels_that_lead_outside_are_refused_before_a_survey() {
    for (keys, window, expected) in [
        ("", [-0.8, 0.995], "level 995 mV with delta_v 20 mV needs 1.005 V, outside the window"),
        ("rest = { level = \"2 V\" }", [-0.8, 0.8], "gradient.rest.level = 2 V: accepted is -1 V"),
        (
            "sentinel = { level = \"-3 V\", every = 10 }",
            [-0.8, 0.8],
            "gradient.sentinel.level = -3 V: accepted is -1 V to 1 V, the window of \"base\"",
        ),
        ("repeats = 0", [-0.8, 0.8], "gradient.repeats = 0: accepted is 1 or more"),
    ] {
        let (pair, said) = pair([LIQUID, LIQUID]).await;
        let config = config(Method::Central, keys);
        let error = Opening::plan(&config, window, &pair.codes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(take(&said), []);
    }
}

#[tokio::test]
async fn a_survey_that_teaches_nothing_leaves_its_rows_and_the_pair() {
    let huge = LIQUID.replace("60 uA", "5 mA");
    let (mut pair, said) = pair([&huge, &huge]).await;
    let (config, codes) = (config(Method::Central, ""), pair.codes());
    let shots = Opening::plan(&config, [-0.8, 0.8], &codes).unwrap();
    let rows = pair.shoot(&shots).await.unwrap();
    assert_eq!(rows.len(), shots.len());
    let error = Opening::learn(shots, rows, &config, [-0.8, 0.8], &codes).unwrap_err();
    assert!(error.to_string().contains("a survey needs 5"), "{error}");
    take(&said);
    pair.output_off().await.unwrap();
    let said = take(&said);
    let off = said.iter().filter(|it| it.1 == ":OUTP OFF").map(|it| &it.0[..]);
    assert_eq!(off.collect::<BTreeSet<_>>(), BTreeSet::from(["base", "probe"]));
}

#[tokio::test]
async fn a_calibration_covers_the_window_where_the_levels_beyond_it_are_in_compliance() {
    // At 0.88 V, as far as slopes of the window reach, there are 100 uA. The survey goes to 0.96 V,
    // where there would be 125 uA, beyond the compliance of 105 uA.
    let steep = LIQUID.replace("60 uA", "140 uA");
    for method in [Method::BaselineSubtracted, Method::CalibratedPair] {
        let (pair, _) = pair([&steep, &steep]).await;
        let text = format!("method = \"{method}\"\ndelta_v = \"160 mV\"");
        let config = toml::from_str(&text).unwrap();
        let (mut service, opening) = open(pair, config, [-0.8, 0.8]).await;
        assert!(opening.rows.iter().any(|it| it.base.in_compliance));
        let asked: Vec<f64> = (0..33).map(|it| f64::from(it) * 0.05 - 0.8).collect();
        for _ in 0..2 {
            let batch = service.measure(&asked).await.unwrap();
            let absent = batch.answers().filter_map(|it| it.didv.err().map(|why| (it.level, why)));
            assert_eq!(absent.collect::<Vec<_>>(), [], "{method}");
        }
    }
}

#[tokio::test]
async fn every_method_serves_under_every_discipline_that_it_allows() {
    let asked = [0.4, -0.2, 0.4, 0.6];
    for method in Method::ALL {
        for keys in [
            "repeats = 2\norder = \"as-asked\"",
            "rest = { level = \"0 V\", readings = 2 }\ncheck_state = true",
            "derivative = \"frozen-state\"\nhold = 2",
            "derivative = \"quasi-static\"\nhold = 2\ncondition = { level = \"0.5 V\" }",
        ] {
            let config = config(method, keys);
            if config.check().is_err() {
                continue;
            }
            let (pair, _) = pair([LIQUID, LIQUID]).await;
            let mut service = Service::new(pair, config, 0.02, knowledge()).unwrap();
            let batch = service.measure(&asked).await.unwrap();
            assert_eq!(batch.answers().count(), 4, "{method} {keys}");
            assert_eq!(batch.gradients.len(), 3, "{method} {keys}");
            // These look at neighbours, and three points are too few.
            if matches!(method, Method::LocalRegression | Method::AlternatelyChopped) {
                continue;
            }
            for (answer, asked) in batch.answers().zip(asked) {
                let didv = answer.didv.unwrap().value;
                assert!((didv / slope(asked) - 1.0).abs() < 0.05, "{method} {keys} {answer:?}");
            }
        }
    }
}
