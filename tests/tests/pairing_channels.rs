//! The two channels of one instrument, driven as one, and beside two instruments on a cable.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod pairing_bench;

use pairing_bench::{SETTINGS, Station, configured};
use smu::{Coupling, Duo, DuoReading, Instrument, Model, Settings, Smu, Wiring};

const MODEL: &str = "keysight-b2902a";
/// Its over-range is 102 %.
fn settings() -> String {
    SETTINGS.replace("105 uA", "102 uA")
}

async fn channels(config: &str) -> (Duo, Station) {
    let mut station = Station::new(&format!("model = \"{MODEL}\"\n{config}"));
    let session = station.connect();
    let model = Model::builtin(MODEL).unwrap();
    let instrument = Instrument::open("b2902a", session, model).await.unwrap();
    let settings: Settings = toml::from_str(&settings()).unwrap();
    let base = Smu::configure("a1", &instrument, 1, settings.clone()).await.unwrap();
    let probe = Smu::configure("b1", &instrument, 2, settings).await.unwrap();
    let mut duo = Duo::new(base, probe, Coupling::Channels).unwrap();
    duo.output_on().await.unwrap();
    (duo, station)
}

/// 10 kOhm and 20 kOhm on an instrument without errors of its own.
const RESISTORS: &str = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\" }\n\
    [channel_2]\ndevice = { preset = \"resistor\", resistance = \"20 kOhm\" }\n";

#[track_caller]
fn are_the_resistors(row: &DuoReading) {
    let (base, probe) = (row.base.current.unwrap(), row.probe.current.unwrap());
    assert!((base - row.base.level * 1e-4).abs() < 5e-9, "{row:?}");
    assert!((probe - row.probe.level * 5e-5).abs() < 5e-9, "{row:?}");
}

#[tokio::test]
async fn one_message_starts_both_and_each_reading_is_of_its_channel_and_level() {
    let (mut duo, station) = channels(RESISTORS).await;
    let levels: Vec<_> = (0..101).map(|it| f64::from(it * 37 % 101) * 0.01).collect();
    let beyond: Vec<_> = levels.iter().map(|it| 0.05 - it).collect();
    for _ in 0..2 {
        let rows = duo.sweep(&levels, &beyond).await.unwrap();
        assert_eq!(rows.len(), levels.len());
        for (index, row) in rows.iter().enumerate() {
            assert_eq!((row.base.level, row.probe.level), (levels[index], beyond[index]));
            are_the_resistors(row);
            // One clock, one period: the two are of the same moment.
            assert_eq!(row.base.time, row.probe.time);
            assert!(row.skew.unwrap().seconds.abs() < 1e-6, "{row:?}");
        }
        // A point takes the period, which is not shorter than what it has to hold.
        let period = duo.seconds_per_point();
        assert!(period >= 1e-3 + 0.02);
        for pair in rows.windows(2) {
            assert!((pair[1].base.time - pair[0].base.time - period).abs() < 2e-6, "{period}");
        }
        // Single readings, between sweeps too.
        are_the_resistors(&duo.read(0.3, -0.4).await.unwrap());
    }
    let starts =
        station.said().iter().filter(|it| it.contains(":INIT")).cloned().collect::<Vec<_>>();
    assert_eq!(starts, ["> :INIT (@1,2)", "> :INIT (@1,2)"]);
    duo.output_off().await.unwrap();
    assert!(!station.output_is_on());
}

#[tokio::test]
async fn what_the_coupling_changed_is_as_before() {
    let (mut duo, mut station) = channels(RESISTORS).await;
    duo.sweep(&[0.1, 0.2], &[0.1, 0.2]).await.unwrap();
    let session = station.connect();
    let limit = std::time::Duration::from_secs(1);
    let answer = session.query(":TRIG1:ACQ:SOUR?;:TRIG2:TRAN:SOUR?", limit).await.unwrap();
    assert_eq!(answer, b"AINT;AINT");
}

#[tokio::test]
async fn more_levels_than_a_list_holds_come_back_in_their_order() {
    let (mut duo, _station) = channels(RESISTORS).await;
    let levels: Vec<_> = (0..2600).map(|it| f64::from(it * 7919 % 40_001) * 5e-5 - 1.0).collect();
    let beyond: Vec<_> = levels.iter().rev().copied().collect();
    let rows = duo.sweep(&levels, &beyond).await.unwrap();
    assert_eq!(rows.len(), levels.len());
    for (index, row) in rows.iter().enumerate() {
        assert_eq!((row.base.level, row.probe.level), (levels[index], beyond[index]));
        are_the_resistors(row);
    }
}

#[tokio::test]
async fn single_readings_of_both_in_one_go_are_each_of_their_level() {
    let (mut duo, _station) = channels(RESISTORS).await;
    let levels: Vec<_> = (0..60).map(|it| 0.01 * f64::from(it)).collect();
    let beyond: Vec<_> = levels.iter().map(|it| -it).collect();
    let rows = duo.read_each(&levels, &beyond).await.unwrap();
    assert_eq!(rows.len(), 60);
    for (index, row) in rows.iter().enumerate() {
        assert_eq!((row.base.level, row.probe.level), (levels[index], beyond[index]));
        are_the_resistors(row);
    }
}

/// The devices of the comparison: no memory, 0.2 % read noise, the probe's 5 % larger.
const DEVICE: &str = "device = { preset = \"liquid-sinh\", full_scale = \"60 uA\", memory = \"0 %\" }\n\
    noise = { read = \"0.2 %\" }\n";
const LARGER: &str = "mismatch = { gain = \"5 %\" }\n";
/// A: 0.2 % of the full scale, at 1 PLC.
const READ_NOISE: f64 = 2e-3 * 60e-6;

/// The same devices on two 2400s joined by Trigger Link.
async fn linked(levels: &[f64], beyond: &[f64]) -> Vec<DuoReading> {
    let config = |seed: u32, more: &str| {
        format!("model = \"keithley-2400\"\nseed = {seed}\naccuracy = \"0 %\"\n{DEVICE}{more}")
    };
    let (mut one, mut other) = (Station::new(&config(71, "")), Station::new(&config(72, LARGER)));
    one.host.join(&other.host, None);
    let base = configured("a1", "keithley-2400", one.connect(), &settings()).await;
    let probe = configured("b1", "keithley-2400", other.connect(), &settings()).await;
    let mut duo = Duo::new(base, probe, Coupling::TriggerLink(Wiring::default())).unwrap();
    duo.output_on().await.unwrap();
    duo.sweep(levels, beyond).await.unwrap()
}

/// Two runs agree when their differences are those of two readings' noise: over n levels, the mean
/// within four standard errors of zero, and the root mean square within four of its own of √2·σ.
#[track_caller]
fn agree_within_their_noise(differences: &[f64]) {
    let n = differences.len() as f64;
    let sd = READ_NOISE * 2.0_f64.sqrt();
    let mean = differences.iter().sum::<f64>() / n;
    let rms = (differences.iter().map(|it| it * it).sum::<f64>() / n).sqrt();
    assert!(mean.abs() < 4.0 * sd / n.sqrt(), "mean {mean}");
    assert!((rms / sd - 1.0).abs() < 4.0 / (2.0 * n).sqrt(), "rms {rms}, expected {sd}");
}

#[tokio::test]
async fn two_channels_and_two_2400s_give_the_same_answer_within_their_noise() {
    let levels: Vec<_> =
        (0..401).map(|it| ((f64::from(it) - 200.0) * 5e-3 * 2e4).round() / 2e4).collect();
    let beyond: Vec<_> = levels.iter().map(|it| it + 0.02).collect();
    let config = format!("seed = 73\naccuracy = \"0 %\"\n{DEVICE}[channel_2]\n{DEVICE}{LARGER}");
    let (mut duo, _station) = channels(&config).await;
    let of_channels = duo.sweep(&levels, &beyond).await.unwrap();
    let of_2400s = linked(&levels, &beyond).await;
    let differences = |of: fn(&DuoReading) -> f64| -> Vec<f64> {
        of_channels.iter().zip(&of_2400s).map(|(one, other)| of(one) - of(other)).collect()
    };
    agree_within_their_noise(&differences(|it| it.base.current.unwrap()));
    agree_within_their_noise(&differences(|it| it.probe.current.unwrap()));
}
