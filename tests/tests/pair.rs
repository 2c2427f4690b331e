//! The forward difference of a pair of simulated instruments against the closed form of their devices.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use gradient::{
    Absent, Gradient, GradientConfig, Monotonic, Opening, Pair, Purpose, Service, Shot, fidelity,
};
use memloop_tests::wire::{Wire, ready};
use smu::Side;

/// A: the current at 1 V.
const FULL_SCALE: f64 = 60e-6;
/// What is left of the slope's error: two currents to 1 nA and a part in 10^6, over δV.
const RESOLUTION: f64 = 2e-9;

/// A device without memory or noise, on an instrument without errors of its own.
fn device(mismatch: &str) -> String {
    format!(
        "accuracy = \"0 %\"\n\
         device = {{ preset = \"liquid-sinh\", full_scale = \"60 uA\", memory = \"0 %\" }}\n\
         mismatch = {{ {mismatch} }}"
    )
}

/// Its current: `FS·[0.8·sinh(V/0.3)/sinh(1/0.3) + 0.2·V]`.
fn current(level: f64) -> f64 {
    FULL_SCALE * (0.8 * (level / 0.3).sinh() / (1.0_f64 / 0.3).sinh() + 0.2 * level)
}

fn slope(level: f64) -> f64 {
    FULL_SCALE * (0.8 / 0.3 * (level / 0.3).cosh() / (1.0_f64 / 0.3).sinh() + 0.2)
}

async fn pair(base: &str, probe: &str, monotonic: Monotonic) -> (Pair, [Wire; 2]) {
    let (base, at_base) = ready("a1", &device(base)).await;
    let (probe, at_probe) = ready("b1", &device(probe)).await;
    (Pair::new("twins", base, probe, monotonic).unwrap(), [at_base, at_probe])
}

/// The paper's estimator with a pair that was surveyed.
async fn forward(mut pair: Pair, delta_v: f64) -> Service {
    let text = format!("method = \"forward\"\ndelta_v = \"{delta_v} V\"");
    let config: GradientConfig = toml::from_str(&text).unwrap();
    let (window, codes) = ([-1.0, 1.0], pair.codes());
    let shots = Opening::plan(&config, window, &codes).unwrap();
    let rows = pair.shoot(&shots).await.unwrap();
    let opening = Opening::learn(shots, rows, &config, window, &codes).unwrap();
    Service::opened(pair, config, &opening)
}

async fn measure(service: &mut Service, levels: &[f64]) -> Vec<Gradient> {
    service.measure(levels).await.unwrap().answers().copied().collect()
}

/// `count` levels from -1 V to 1 V.
fn grid(count: usize) -> Vec<f64> {
    (0..count).map(|it| -1.0 + 2.0 * it as f64 / (count - 1) as f64).collect()
}

#[track_caller]
fn is_near(answer: &Gradient, expected: f64) {
    let found = answer.didv.unwrap().value;
    let within = RESOLUTION / answer.delta_v.abs();
    assert!((found - expected).abs() < within, "{found} S, {expected} S at {answer:?}");
}

/// The slope between a level and the one that lies δV from it.
fn difference(answer: &Gradient) -> f64 {
    (current(answer.level + answer.delta_v) - current(answer.level)) / answer.delta_v
}

#[tokio::test]
async fn the_forward_difference_of_equal_devices_is_that_of_their_curve() {
    for delta_v in [0.02, 0.05, 0.1] {
        let (pair, _) = pair("", "", Monotonic::Yes).await;
        let mut service = forward(pair, delta_v).await;
        for answer in measure(&mut service, &grid(101)).await {
            is_near(&answer, difference(&answer));
        }
    }
}

#[tokio::test]
async fn a_known_mismatch_adds_itself_over_the_step_as_sent() {
    let (pair, _) =
        pair("gain = \"-1 %\"", "gain = \"2 %\", offset = \"1 %\"", Monotonic::Unknown).await;
    // Not a whole number of codes: 20.05 mV are sent, and divided by.
    let mut service = forward(pair, 0.02004).await;
    for answer in measure(&mut service, &grid(41)).await {
        assert!((answer.delta_v - 0.02005).abs() < 1e-12, "{answer:?}");
        let mismatch = 0.03 * current(answer.level) + 0.01 * FULL_SCALE;
        is_near(&answer, 1.02 * difference(&answer) + mismatch / answer.delta_v);
    }
}

#[tokio::test]
async fn a_plan_longer_than_a_list_comes_back_in_its_order() {
    let (pair, _) = pair("", "", Monotonic::Yes).await;
    let mut service = forward(pair, 0.1).await;
    let asked: Vec<f64> = (0..2600).map(|it| f64::from(it * 7919 % 40_001) * 5e-5 - 1.0).collect();
    let answers = measure(&mut service, &asked).await;
    assert_eq!(answers.len(), asked.len());
    for (answer, level) in answers.iter().zip(asked) {
        assert!((answer.level - level).abs() < 1e-12);
        assert!((answer.current.unwrap().value - current(level)).abs() < 1e-9, "{answer:?}");
        is_near(answer, difference(answer));
    }
}

#[tokio::test]
async fn a_mismatch_can_make_a_slope_negative_and_a_monotonic_device_raises_it() {
    // -2 % of full scale over 50 mV is -24 uS, more than the slope of 15.4 uS at 0 V.
    for (monotonic, clamped) in [(Monotonic::Yes, true), (Monotonic::Unknown, false)] {
        let (pair, _) = pair("", "offset = \"-2 %\"", monotonic).await;
        let mut service = forward(pair, 0.05).await;
        let batch = service.measure(&[0.0, 0.9]).await.unwrap();
        let raw = (current(0.05) - 0.02 * FULL_SCALE) / 0.05;
        let answers: Vec<_> = batch.answers().collect();
        assert_eq!((answers[0].clamped, answers[1].clamped), (clamped, false));
        if clamped {
            assert_eq!(answers[0].didv.unwrap().value, 0.0);
            let of = |side| batch.rows[0].current(side).unwrap();
            let kept = of(Side::Probe) - of(Side::Base);
            assert!((kept / answers[0].delta_v - raw).abs() < RESOLUTION / 0.05);
        } else {
            is_near(answers[0], raw);
        }
    }
}

#[tokio::test]
async fn a_slope_across_the_compliance_is_absent_and_the_next_one_is_there() {
    // 170 % of 60 uA at 1 V are 102 uA; at 1.05 V they would be 118 uA, beyond 105 uA.
    let (pair, _) = pair("gain = \"70 %\"", "gain = \"70 %\"", Monotonic::Yes).await;
    let mut service = forward(pair, 0.05).await;
    let answers = measure(&mut service, &[1.0, 0.5, 1.1]).await;
    assert_eq!(answers[0].didv, Err(Absent::InCompliance(Side::Probe)));
    is_near(&answers[1], 1.7 * (current(0.55) - current(0.5)) / 0.05);
    assert_eq!(answers[2].didv, Err(Absent::InCompliance(Side::Base)));
}

#[tokio::test]
async fn the_fidelity_of_a_perfect_pair_is_its_truncation_error() {
    let (pair, _) = pair("", "", Monotonic::Yes).await;
    let mut service = forward(pair, 0.01).await;
    let levels = grid(201);
    let rows = service.pair_mut().iv(&levels).await.unwrap();
    let sourced: Vec<_> = rows.iter().map(|it| it.base.level).collect();
    let currents: Vec<_> = rows.iter().map(|it| it.base.current.unwrap()).collect();
    let numerical = fidelity::numerical_gradient(&sourced, &currents).unwrap();
    for (at, level) in sourced.iter().enumerate().skip(2).take(197) {
        assert!((numerical[at] / slope(*level) - 1.0).abs() < 2e-3, "{level} V");
    }
    let answers = measure(&mut service, &levels).await;
    let measured: Vec<_> = answers.iter().map(|it| it.didv.ok().map(|it| it.value)).collect();
    let found = fidelity::compare(&measured, &numerical).unwrap();
    // δV·I″/2 is at most 0.8·FS/0.3²·5 mV = 2.7 uS of a range of 149 uS.
    assert!(found.rmse_over_range < 0.01 && found.r2_determination > 0.998, "{found:?}");
    assert_eq!((found.absent, found.sign_agreement), (0, 1.0));
}

#[tokio::test(start_paused = true)]
async fn when_one_falls_silent_the_kill_switches_turn_both_off() {
    let (base, at_base) = ready("a1", &device("")).await;
    let faults = format!("{}\nfaults = [\"silence after 20 replies\"]", device(""));
    let (probe, at_probe) = ready("b1", &faults).await;
    let mut pair = Pair::new("twins", base, probe, Monotonic::Yes).unwrap();
    let mut measured = 0;
    let shot = |base| Shot { base, probe: Some(base + 0.05), purpose: Purpose::Survey };
    let error = loop {
        match pair.shoot(&[shot(0.1), shot(0.2)]).await {
            Ok(rows) => measured += rows.len(),
            Err(error) => break error.to_string(),
        }
    };
    assert!(measured > 0);
    assert_eq!(error, "the link to \"b1\" failed at `:READ?;:SYST:ERR?`");
    for switch in pair.kill_switches() {
        switch.off().await.unwrap();
    }
    drop(pair);
    assert!(!at_base.instrument().await.output_is_on());
    assert!(!at_probe.instrument().await.output_is_on());
}
