//! The two channels of one box: one session, one reset, one error queue.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use memloop_tests::wire::{SETTINGS, Wire, simulated};
use smu::{Instrument, Model, Smu, SmuError};

/// 10 kΩ on the first channel, 20 kΩ on the second.
const TWO_RESISTORS: &str = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\" }\n\
    [channel_2]\ndevice = { preset = \"resistor\", resistance = \"20 kOhm\" }";

async fn opened(model: &str) -> (Instrument, Wire) {
    let (session, wire) = simulated(model, TWO_RESISTORS);
    let file = Model::builtin(model).unwrap();
    (Instrument::open("b", session, file).await.unwrap(), wire)
}

async fn channel(instrument: &Instrument, number: usize) -> Smu {
    let settings = toml::from_str(SETTINGS).unwrap();
    let name = format!("b{number}");
    Smu::configure(&name, instrument, number, settings).await.unwrap()
}

fn two_channels() -> impl Iterator<Item = &'static str> {
    Model::names().filter(|it| Model::builtin(it).unwrap().channels() == 2)
}

#[tokio::test]
async fn two_channels_measure_their_own_devices_at_once_over_one_session() {
    assert!(two_channels().count() >= 2);
    for model in two_channels() {
        let (instrument, wire) = opened(model).await;
        let (mut one, mut other) = (channel(&instrument, 1).await, channel(&instrument, 2).await);
        one.output_on().await.unwrap();
        other.output_on().await.unwrap();
        let levels: Vec<_> = (0..300).map(|it| f64::from(it) * 2e-3).collect();
        let (at_one, at_other) = tokio::join!(one.list_sweep(&levels), other.list_sweep(&levels));
        for (reading, level) in at_one.unwrap().iter().zip(&levels) {
            assert!((reading.current.unwrap() - level * 1e-4).abs() < 2e-9, "{model}: {reading:?}");
        }
        for (reading, level) in at_other.unwrap().iter().zip(&levels) {
            assert!((reading.current.unwrap() - level * 5e-5).abs() < 2e-9, "{model}: {reading:?}");
        }
        let (first, second) = tokio::join!(one.read(0.5), other.read(-0.5));
        assert!((first.unwrap().current.unwrap() - 5e-5).abs() < 2e-9);
        assert!((second.unwrap().current.unwrap() + 2.5e-5).abs() < 2e-9);
        one.output_off().await.unwrap();
        // The other is still on: it measures.
        assert!((other.read(0.2).await.unwrap().current.unwrap() - 1e-5).abs() < 2e-9);
        other.output_off().await.unwrap();
        let resets = wire.said().iter().filter(|it| it.contains("*RST")).count();
        assert_eq!(resets, 1, "{model}");
    }
}

#[tokio::test]
async fn a_kill_switch_ends_its_own_channel() {
    for model in two_channels() {
        let (instrument, wire) = opened(model).await;
        let (mut one, mut other) = (channel(&instrument, 1).await, channel(&instrument, 2).await);
        one.output_on().await.unwrap();
        other.output_on().await.unwrap();
        one.kill_switch().off().await.unwrap();
        let states = wire.said().len();
        other.verify().await.unwrap();
        assert!(wire.said().len() > states);
        assert!((other.read(0.2).await.unwrap().current.unwrap() - 1e-5).abs() < 2e-9);
        other.kill_switch().off().await.unwrap();
        drop((one, other, instrument));
        assert!(!wire.instrument().await.output_is_on(), "{model}");
    }
}

#[tokio::test]
async fn resetting_for_one_channel_is_known_to_the_other() {
    for model in two_channels() {
        let (instrument, _wire) = opened(model).await;
        let (mut one, mut other) = (channel(&instrument, 1).await, channel(&instrument, 2).await);
        other.output_on().await.unwrap();
        one.reconfigure().await.unwrap();
        let error = other.read(0.1).await.unwrap_err();
        assert!(matches!(error, SmuError::PowerCycled { .. }), "{model}: {error}");
        // One reset was enough for both.
        other.reconfigure().await.unwrap();
        one.output_on().await.unwrap();
        assert!((one.read(0.2).await.unwrap().current.unwrap() - 2e-5).abs() < 2e-9);
    }
}

#[tokio::test]
async fn a_channel_that_there_is_not_is_refused() {
    let (session, _wire) = simulated("keithley-2400", "device = { preset = \"resistor\" }");
    let file = Model::builtin("keithley-2400").unwrap();
    let instrument = Instrument::open("a", session, file).await.unwrap();
    let settings = toml::from_str(SETTINGS).unwrap();
    let error = Smu::configure("a2", &instrument, 2, settings).await.unwrap_err();
    assert_eq!(error.to_string(), "channel = 2: accepted is 1");
}
