//! Mismatch, drift, drying, cycles: against their figures.

use super::*;
use crate::config::Ratio;

/// The current at 1 V of 1500 fresh devices, relative to the nominal one.
fn spread(toml: &str) -> (f64, f64) {
    let nominal = current(&mut on(&dut(Preset::LiquidSinh)), 1.0);
    let dut = written(&format!("device = {{ preset = \"liquid-sinh\" }}\n{toml}"));
    let values: Vec<f64> = (0..1500)
        .map(|seed| current(&mut Terminals::new(&dut, seed), 1.0) / nominal - 1.0)
        .collect();
    moments(&values)
}

#[test]
fn a_drawn_mismatch_has_the_spread_that_is_written() {
    // d ln I / d ln V of the nominal law at 1 V is 0.8·x·coth(x) + 0.2 with x = 1/0.3.
    let steepness = 0.8 / 0.3 / f64::tanh(1.0 / 0.3) + 0.2;
    let bend = f64::tanh(1.0);
    for (toml, expected) in [
        ("mismatch = { gain_sd = \"5 %\" }", 0.05),
        ("mismatch = { offset_sd = \"2 %\" }", 0.02),
        ("mismatch = { v_scale_sd = \"1 %\" }", 0.01 * steepness),
        ("mismatch = { shape_sd = \"1 %\" }", 0.01 * bend * steepness),
        ("cell = { emf_sd = \"5 mV\" }", 0.005 * steepness),
    ] {
        let (mean, sd) = spread(toml);
        assert!((sd / expected - 1.0).abs() < 0.06, "{toml}: {sd} against {expected}");
        assert!(mean.abs() < 0.1 * expected + 0.002, "{toml}: {mean}");
    }
}

#[test]
fn a_drawn_series_resistance_has_the_spread_that_is_written() {
    let text = "device = { preset = \"resistor\" }\n\
        mismatch = { series_resistance = \"1 kOhm\", series_resistance_sd = \"10 %\" }";
    let ohms: Vec<f64> = (0..1500)
        .map(|seed| 1.0 / current(&mut Terminals::new(&written(text), seed), 1.0) - 10e3)
        .collect();
    let (mean, sd) = moments(&ohms);
    assert!((mean - 1e3).abs() < 10.0 && (sd - 100.0).abs() < 6.0, "{mean} {sd}");
}

#[test]
fn a_bend_stretches_one_polarity_and_compresses_the_other() {
    let mut nominal = on(&dut(Preset::LiquidSinh));
    let mut bent = dut(Preset::LiquidSinh);
    bent.mismatch.shape = Ratio(0.1);
    let mut bent = on(&bent);
    for level in [0.3f64, 0.9, -0.3, -0.9] {
        let seen = level * (1.0 + 0.1 * level.tanh());
        assert_eq!(current(&mut bent, level), current(&mut nominal, seen), "{level}");
    }
}

#[test]
fn an_emf_moves_the_voltage_at_which_nothing_flows() {
    let mut device = on(&written("cell = { emf = \"12 mV\" }"));
    assert!(current(&mut device, 0.0) < 0.0);
    assert_eq!(current(&mut device, 0.012), 0.0);
    device.set(Drive::Current { amperes: 0.0, limit: 1e3 });
    assert!((device.operating().volts - 0.012).abs() < 1e-9, "{:?}", device.operating());
    assert_eq!(device.operating().amperes, 0.0);
}

/// The relative drift of the current after `times`, each reached by `pieces` readings.
fn drifted(toml: &str, seed: u64, times: &[f64], pieces: usize) -> Vec<f64> {
    let dut = written(&format!("device = {{ preset = \"resistor\" }}\n{toml}"));
    let mut device = Terminals::new(&dut, seed);
    device.set(volts(1.0));
    times
        .iter()
        .map(|time| {
            for _ in 0..pieces {
                device.pass(time / pieces as f64);
                device.noise(0.0, 1.0);
            }
            device.operating().amperes * 10e3 - 1.0
        })
        .collect()
}

#[test]
fn drift_is_a_random_walk_that_reaches_its_figure_in_its_time() {
    for (pieces, correlation) in [(1, 0), (20, 0), (3, 40)] {
        let toml = format!("drift = {{ gain = \"1 %\", correlation = \"{correlation} %\" }}");
        let values: Vec<f64> = (0..1000)
            .map(|seed| {
                let own = toml.replace(" }", &format!(", common_seed = {seed} }}"));
                drifted(&own, seed, &[60.0], pieces)[0]
            })
            .collect();
        let (mean, sd) = moments(&values);
        assert!((sd / 0.01 - 1.0).abs() < 0.08 && mean.abs() < 1e-3, "{pieces}: {mean} {sd}");
    }
}

#[test]
fn devices_that_name_one_common_drift_are_correlated_as_written() {
    for (correlation, other_seed, expected) in [(70, 3, 0.7), (100, 3, 1.0), (70, 4, 0.0)] {
        let toml = |seed: u64| {
            format!(
                "drift = {{ gain = \"1 %\", over = \"1 s\", correlation = \"{correlation} %\", \
                 common_seed = {seed} }}"
            )
        };
        let steps = [2.0; 3000];
        let increments =
            |values: Vec<f64>| -> Vec<f64> { values.windows(2).map(|it| it[1] - it[0]).collect() };
        // The devices are read at different rates: the common part does not mind.
        let one = increments(drifted(&toml(3), 100, &steps, 1));
        let two = increments(drifted(&toml(other_seed), 200, &steps, 2));
        let product: f64 = one.iter().zip(&two).map(|(a, b)| a * b).sum::<f64>() / 2999.0;
        let found = product / (moments(&one).1 * moments(&two).1);
        assert!((found - expected).abs() < 0.06, "{correlation}: {found}");
    }
}

#[test]
fn a_drop_dries_with_its_time_constant_and_a_refill_restores_it() {
    let mut device = on(&written(
        "device = { preset = \"resistor\" }\ndrying = { depth = \"60 %\", over = \"100 s\" }",
    ));
    device.set(volts(1.0));
    let mut before = f64::INFINITY;
    for step in 1..=20 {
        device.pass(10.0);
        let expected = 1e-4 * (0.4 + 0.6 * (-0.1 * f64::from(step)).exp());
        let amperes = device.operating().amperes;
        assert!((amperes / expected - 1.0).abs() < 1e-12, "{step}: {amperes}");
        assert!(amperes < before);
        before = amperes;
    }
    device.refill();
    assert_eq!(device.operating().amperes, 1e-4);
    device.pass(100.0);
    let expected = 1e-4 * (0.4 + 0.6 * (-1.0f64).exp());
    assert!((device.operating().amperes / expected - 1.0).abs() < 1e-12);
}

#[test]
fn no_drop_is_quite_like_the_last() {
    let mut device =
        on(&written("device = { preset = \"resistor\" }\ndrying = { refill_sd = \"4 %\" }"));
    device.set(volts(1.0));
    assert_eq!(device.operating().amperes, 1e-4);
    let drops: Vec<f64> = (0..1500)
        .map(|_| {
            device.refill();
            device.operating().amperes / 1e-4
        })
        .collect();
    let (mean, sd) = moments(&drops);
    assert!((mean - 1.0).abs() < 0.004 && (sd / 0.04 - 1.0).abs() < 0.06, "{mean} {sd}");
}

#[test]
fn cycles_differ_by_their_spread_and_begin_where_the_voltage_rises_through_zero() {
    // Of a resistor both factors are one on the current.
    for key in ["gain_sd", "v_scale_sd"] {
        let toml = format!("device = {{ preset = \"resistor\" }}\ncycle = {{ {key} = \"3 %\" }}");
        let mut device = on(&written(&toml));
        let factors: Vec<f64> = (0..1500)
            .map(|_| {
                let up = held(&mut device, 0.5, 0.01).amperes / 0.5e-4;
                let higher = held(&mut device, 1.0, 0.01).amperes / 1e-4;
                let down = held(&mut device, -1.0, 0.01).amperes / -1e-4;
                assert!((up / higher - 1.0).abs() < 1e-12 && (up / down - 1.0).abs() < 1e-12);
                up
            })
            .collect();
        let (mean, sd) = moments(&factors);
        assert!((mean - 1.0).abs() < 0.003 && (sd / 0.03 - 1.0).abs() < 0.06, "{key}: {mean} {sd}");
        let next: f64 = factors.windows(2).map(|it| (it[0] - mean) * (it[1] - mean)).sum();
        let correlation = next / 1499.0 / (sd * sd);
        assert!(correlation.abs() < 0.08, "one cycle says nothing about the next: {correlation}");
    }
}

#[test]
fn a_device_is_its_seed_s() {
    let dut = written(
        "mismatch = { gain_sd = \"5 %\", shape_sd = \"1 %\" }\nnoise = { read = \"1 %\", \
         flicker = \"1 %\", telegraph = \"1 %\" }\ndrift = { gain = \"1 %\", correlation = \"50 %\" }\n\
         cycle = { gain_sd = \"2 %\" }",
    );
    let run = |seed: u64| -> Vec<f64> {
        let mut device = Terminals::new(&dut, seed);
        let levels = (0..50).map(|it| 0.1 * f64::from(it % 7) - 0.3);
        levels
            .map(|level| {
                let amperes = held(&mut device, level, 0.02).amperes;
                amperes + device.noise(amperes, 1.0)
            })
            .collect()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
