//! The physics of the simulated device against closed forms.

use super::*;
use crate::config::{Config, DeviceConfig, Preset, Ratio, Seconds};

fn device(edit: impl FnOnce(&mut Config)) -> Device {
    let mut config = Config { seed: 5, ..Config::default() };
    edit(&mut config);
    Device::new(&config.dut(0), config.seed)
}

#[test]
fn at_rest_the_current_is_the_documented_law() {
    let device = device(|_| {});
    for volts in [-1.0f64, -0.4, 0.2, 0.7, 1.0] {
        let nominal = 60e-6 * (0.8 * (volts / 0.3).sinh() / (1.0f64 / 0.3).sinh() + 0.2 * volts);
        let current = device.current(volts);
        assert!((current / nominal - 1.0).abs() < 0.02, "{volts} V: {current} against {nominal}");
    }
    assert!((device.current(1.0) - 60e-6).abs() < 1e-12);
}

#[test]
fn every_preset_is_pinched_at_the_origin_whatever_its_state() {
    for preset in [Preset::LiquidSinh, Preset::Saturating, Preset::Cuso4, Preset::Resistor] {
        let mut device = device(|it| it.device = DeviceConfig::preset(preset));
        for volts in [1.5, -1.5] {
            device.hold(volts, 5.0);
            assert!(device.current(0.0).abs() < 1e-15, "{preset}");
        }
    }
}

#[test]
fn a_slow_loop_is_hysteretic_and_a_resistor_is_not() {
    let width = |preset| {
        let mut device = device(|it| it.device = DeviceConfig::preset(preset));
        device.hold(-1.0, 20.0);
        let up = device.current(0.5);
        device.hold(1.0, 20.0);
        let down = device.current(0.5);
        (down / up - 1.0).abs()
    };
    let memristor = width(Preset::LiquidSinh);
    assert!((0.02..0.3).contains(&memristor), "{memristor}");
    assert_eq!(width(Preset::Resistor), 0.0);
}

#[test]
fn the_state_relaxes_to_rest_with_its_time_constant() {
    let mut device = device(|it| it.device.relaxation = Some(Seconds(2.0)));
    let rest = device.current(1.0);
    device.hold(1.0, 20.0);
    let moved = device.current(1.0) - rest;
    device.hold(0.0, 2.0);
    let left = device.current(1.0) - rest;
    assert!((left / moved - (-1.0f64).exp()).abs() < 1e-6, "{left} of {moved}");
}

#[test]
fn holding_in_pieces_is_holding_at_once() {
    let mut one = device(|_| {});
    let mut other = device(|_| {});
    one.hold(0.8, 3.0);
    for _ in 0..30 {
        other.hold(0.8, 0.1);
    }
    assert!((one.current(1.0) / other.current(1.0) - 1.0).abs() < 1e-12);
}

#[test]
fn a_written_mismatch_is_exactly_what_is_written() {
    let nominal = device(|_| {});
    let other = device(|it| {
        it.mismatch.gain = Ratio(0.05);
        it.mismatch.offset = Ratio(-0.01);
    });
    for volts in [-0.8, 0.0, 0.6] {
        let expected = 1.05 * nominal.current(volts) - 0.01 * 60e-6;
        assert!((other.current(volts) - expected).abs() < 1e-15);
    }
}

#[test]
fn a_drawn_mismatch_has_the_spread_that_is_written() {
    let gains: Vec<f64> = (0..2000)
        .map(|seed| {
            let mut config = Config { seed, ..Config::default() };
            config.mismatch.gain_sd = Ratio(0.05);
            Device::new(&config.dut(0), config.seed).current(1.0) / 60e-6 - 1.0
        })
        .collect();
    let rms = (gains.iter().map(|it| it * it).sum::<f64>() / gains.len() as f64).sqrt();
    assert!((rms / 0.05 - 1.0).abs() < 0.08, "{rms}");
}

#[test]
fn read_noise_has_its_rms_and_falls_with_the_root_of_the_integration_time() {
    let rms = |nplc: f64| {
        let mut device = device(|it| it.noise.read = Ratio(0.002));
        let squares: f64 = (0..4000).map(|_| device.noise(0.0, nplc).powi(2)).sum();
        (squares / 4000.0).sqrt()
    };
    assert!((rms(1.0) / (0.002 * 60e-6) - 1.0).abs() < 0.05);
    assert!((rms(1.0) / rms(4.0) - 2.0).abs() < 0.1);
}

#[test]
fn drift_is_a_random_walk_that_reaches_its_figure_in_its_time() {
    let spread = |steps: usize| {
        let squares: f64 = (0..1000)
            .map(|seed| {
                let mut config = Config { seed, ..Config::default() };
                config.drift.gain = Ratio(0.01);
                let mut device = Device::new(&config.dut(0), config.seed);
                for _ in 0..steps {
                    device.hold(0.0, 60.0 / steps as f64);
                    device.noise(0.0, 1.0);
                }
                (device.current(1.0) / 60e-6 - 1.0).powi(2)
            })
            .sum();
        (squares / 1000.0).sqrt()
    };
    for steps in [1, 20] {
        assert!((spread(steps) / 0.01 - 1.0).abs() < 0.1, "{steps} steps: {}", spread(steps));
    }
}
