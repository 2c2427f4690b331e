//! Every model that comes with memloop against its simulated twin, over a wire.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use memloop_tests::wire::{SETTINGS, TEN_KILOHMS, Wire, configured_as, simulated};
use smu::{Instrument, Model, Reading, Rejoined, Settings, Smu, SmuError};

/// A driver with its output on.
async fn ready(model: &str, device: &str, more: &str) -> (Smu, Wire) {
    let (session, wire) = simulated(model, device);
    let mut smu = configured_as(model, session, more).await;
    smu.output_on().await.unwrap_or_else(|error| panic!("{model}: {error}"));
    (smu, wire)
}

/// Levels within 1 V, on whole source codes of every model, in no order.
fn scattered(count: usize) -> Vec<f64> {
    let golden = 0.618_033_988_749_894_9_f64;
    let code = |it: usize| ((it as f64 * golden).fract() * 40_000.0).round() - 20_000.0;
    (0..count).map(|it| code(it) / 20_000.0).collect()
}

#[track_caller]
fn is_of_10_kilohms(model: &str, reading: &Reading, level: f64) {
    assert_eq!(reading.level, level, "{model}");
    let current = reading.current.unwrap();
    assert!((current - level * 1e-4).abs() < 2e-9, "{model}: {current} A at {level} V");
    assert!(!reading.in_compliance && !reading.overflow, "{model}: {reading:?}");
}

#[tokio::test]
async fn every_model_is_configured_with_its_output_off() {
    for model in Model::names() {
        let (session, wire) = simulated(model, TEN_KILOHMS);
        let mut smu = configured_as(model, session, "").await;
        assert_eq!(smu.read_back().compliance.to_string(), "105 uA", "{model}");
        assert_eq!(smu.model(), model);
        smu.verify().await.unwrap_or_else(|error| panic!("{model}: {error}"));
        drop(smu);
        assert!(!wire.instrument().await.output_is_on(), "{model}");
    }
}

#[tokio::test]
async fn every_model_reads_single_levels() {
    for model in Model::names() {
        let (mut smu, _wire) = ready(model, TEN_KILOHMS, "").await;
        for level in [0.5, -0.25, 0.0] {
            let reading = smu.read(level).await.unwrap_or_else(|error| panic!("{model}: {error}"));
            is_of_10_kilohms(model, &reading, level);
        }
        let levels = scattered(20);
        let readings = smu.read_each(&levels).await.unwrap();
        for (reading, level) in readings.iter().zip(levels) {
            is_of_10_kilohms(model, reading, level);
        }
    }
}

#[tokio::test]
async fn every_model_takes_lists_longer_than_its_own() {
    for model in Model::names() {
        let (mut smu, _wire) = ready(model, TEN_KILOHMS, "").await;
        for count in [5000, 3] {
            let levels = scattered(count);
            let readings =
                smu.list_sweep(&levels).await.unwrap_or_else(|error| panic!("{model}: {error}"));
            assert_eq!(readings.len(), count);
            let mut time = f64::NEG_INFINITY;
            for (reading, level) in readings.iter().zip(levels) {
                is_of_10_kilohms(model, reading, level);
                assert!(reading.time > time, "{model}: {reading:?} after {time} s");
                time = reading.time;
            }
            is_of_10_kilohms(model, &smu.read(0.5).await.unwrap(), 0.5);
        }
        // The output is still on, or the currents would be none.
        smu.output_off().await.unwrap_or_else(|error| panic!("{model}: {error}"));
    }
}

#[tokio::test]
async fn every_model_makes_a_staircase() {
    for model in Model::names() {
        let (mut smu, _wire) = ready(model, TEN_KILOHMS, "").await;
        let readings =
            smu.sweep(-1.0, 1.0, 21).await.unwrap_or_else(|error| panic!("{model}: {error}"));
        assert_eq!(readings.len(), 21, "{model}");
        for (at, reading) in readings.iter().enumerate() {
            is_of_10_kilohms(model, reading, smu.level_as_sourced(-1.0 + 0.1 * at as f64));
        }
        let falling = smu.sweep(0.5, 0.0, 6).await.unwrap();
        is_of_10_kilohms(model, &falling[5], 0.0);
        is_of_10_kilohms(model, &smu.list_sweep(&[0.3, 0.1]).await.unwrap()[0], 0.3);
        smu.output_off().await.unwrap_or_else(|error| panic!("{model}: {error}"));
    }
}

#[tokio::test]
async fn every_model_flags_compliance() {
    let six = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\", resistance = \"6 kOhm\" }";
    for model in Model::names() {
        let (mut smu, _wire) = ready(model, six, "").await;
        let readings = smu.list_sweep(&[0.3, 0.9, -0.9, 0.6]).await.unwrap();
        let limiting: Vec<_> = readings.iter().map(|it| it.in_compliance).collect();
        assert_eq!(limiting, [false, true, true, false], "{model}: {readings:?}");
        assert!(smu.read(0.9).await.unwrap().in_compliance, "{model}");
        assert!(!smu.read(0.1).await.unwrap().in_compliance, "{model}");
    }
}

#[tokio::test]
async fn every_model_that_can_measures_the_voltage() {
    for model in Model::names() {
        let (mut smu, _wire) = ready(model, TEN_KILOHMS, "measure_voltage = true").await;
        for reading in smu.list_sweep(&[0.3, -0.5]).await.unwrap() {
            let voltage = reading.voltage.unwrap_or_else(|| panic!("{model}: {reading:?}"));
            assert!((voltage - reading.level).abs() < 1e-3, "{model}: {reading:?}");
        }
        let (mut smu, _wire) = ready(model, TEN_KILOHMS, "").await;
        assert_eq!(smu.read(0.3).await.unwrap().voltage, None, "{model}");
    }
}

#[tokio::test]
async fn every_model_marks_an_overflow_and_goes_on() {
    for model in Model::names() {
        let faults = format!("{TEN_KILOHMS}faults = [\"overflow for 1 reading after 1 readings\"]");
        let (mut smu, _wire) = ready(model, &faults, "").await;
        let readings = smu.list_sweep(&[0.1, 0.2, 0.3]).await.unwrap();
        let flags: Vec<_> = readings.iter().map(|it| (it.overflow, it.current.is_none())).collect();
        assert_eq!(flags, [(false, false), (true, true), (false, false)], "{model}: {readings:?}");
    }
}

#[tokio::test]
async fn every_model_refuses_every_other() {
    for model in Model::names() {
        for other in Model::names().filter(|it| *it != model) {
            let (session, wire) = simulated(other, TEN_KILOHMS);
            let file = Model::builtin(model).unwrap();
            let error = Instrument::open("a0", session, file).await.unwrap_err();
            assert!(matches!(error, SmuError::WrongIdentity { .. }), "{model}: {error}");
            assert_eq!(wire.said().iter().filter(|it| it.starts_with('>')).count(), 1);
        }
    }
}

#[tokio::test]
async fn every_model_refuses_settings_that_it_cannot_take_before_anything_is_sent() {
    for model in Model::names() {
        let (session, wire) = simulated(model, TEN_KILOHMS);
        let refused = SETTINGS.replace("\"100 uA\"", "\"150 uA\"");
        let settings: Settings = toml::from_str(&refused).unwrap();
        let file = Model::builtin(model).unwrap();
        let error = Smu::open("a0", session, file, settings).await.unwrap_err();
        assert!(error.to_string().starts_with("sense_range = 150 uA: accepted is one of "));
        assert_eq!(wire.said(), [""; 0]);
    }
}

/// The driver on a new link to the instrument, after `meanwhile` happened to it.
async fn rejoined(
    model: &str,
    meanwhile: impl FnOnce(&mut firmware_sim::Instrument),
) -> (Smu, Result<Rejoined, SmuError>, Wire) {
    let (mut smu, wire) = ready(model, TEN_KILOHMS, "").await;
    smu.read(0.5).await.unwrap();
    smu.stage(&[0.1, 0.2]).await.unwrap();
    smu.instrument().session().close().await;
    let mut instrument = wire.instrument().await;
    meanwhile(&mut instrument);
    let (session, wire) = Wire::connect(instrument);
    let rejoined = smu.rejoin(session).await;
    (smu, rejoined, wire)
}

#[tokio::test]
async fn every_model_goes_on_over_a_new_link() {
    for model in Model::names() {
        let (mut smu, found, _wire) = rejoined(model, |_| {}).await;
        assert_eq!(found.unwrap(), Rejoined::Unchanged, "{model}");
        assert!(matches!(smu.start().await, Err(SmuError::NothingStaged { .. })));
        is_of_10_kilohms(model, &smu.read(0.5).await.unwrap(), 0.5);
        is_of_10_kilohms(model, &smu.list_sweep(&[0.1, 0.2]).await.unwrap()[1], 0.2);
        smu.output_off().await.unwrap();
    }
}

#[tokio::test]
async fn every_model_that_was_switched_off_meanwhile_is_not_driven_with_assumed_settings() {
    for model in Model::names() {
        let off_and_on =
            |it: &mut firmware_sim::Instrument| it.inject_from_now("power cycle".parse().unwrap());
        let (mut smu, found, wire) = rejoined(model, off_and_on).await;
        assert_eq!(found.unwrap(), Rejoined::PowerCycled, "{model}");
        for error in [smu.read(0.5).await.unwrap_err(), smu.output_on().await.unwrap_err()] {
            assert!(matches!(error, SmuError::PowerCycled { .. }), "{model}: {error}");
        }
        smu.reconfigure().await.unwrap_or_else(|error| panic!("{model}: {error}"));
        let error = smu.read(0.5).await.unwrap_err();
        assert!(matches!(error, SmuError::OutputIsOff { .. }), "{model}: {error}");
        smu.output_on().await.unwrap();
        is_of_10_kilohms(model, &smu.read(0.5).await.unwrap(), 0.5);
        smu.kill_switch().off().await.unwrap();
        drop(smu);
        assert!(!wire.instrument().await.output_is_on(), "{model}");
    }
}
