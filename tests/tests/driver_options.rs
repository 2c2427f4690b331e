//! What settings may name besides ranges and limits, on every model that has it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use memloop_tests::wire::{SETTINGS, TEN_KILOHMS, configured_as, simulated};
use smu::{Blocks, Carries, Model, Settings, Smu};

fn settings(more: &str) -> Settings {
    toml::from_str(&format!("{SETTINGS}{more}")).unwrap()
}

/// The models that take `more`, and what the others say.
fn takers(more: &str) -> (Vec<&'static str>, Vec<String>) {
    let (mut takers, mut refusals) = (Vec::new(), Vec::new());
    for name in Model::names() {
        match settings(more).check(&Model::builtin(name).unwrap()) {
            Ok(()) => takers.push(name),
            Err(error) => refusals.push(error.to_string()),
        }
    }
    (takers, refusals)
}

#[tokio::test]
async fn every_option_is_set_read_back_and_measured_with_where_a_model_has_it() {
    let rows = [
        ("auto_zero = \"on\"", 7),
        ("auto_zero = \"off\"", 7),
        ("auto_zero = \"once\"", 7),
        ("filter = { kind = \"repeat\", count = 4 }", 7),
        ("filter = { kind = \"moving\", count = 3 }", 7),
        ("output_off_mode = \"normal\"", 11),
        ("output_off_mode = \"high-impedance\"", 11),
        ("output_off_mode = \"zero\"", 11),
        ("output_off_mode = \"guard\"", 7),
        ("settle = \"2 ms\"", 11),
        ("measure_voltage = true", 11),
    ];
    for (more, count) in rows {
        let (takers, refusals) = takers(more);
        assert_eq!(takers.len(), count, "{more}: {takers:?}");
        for refusal in refusals {
            let key = more.split(' ').next().unwrap();
            assert!(refusal.starts_with(&format!("{key} = ")), "{refusal}");
            assert!(refusal.contains(": accepted is "), "{refusal}");
        }
        for model in takers {
            let (session, wire) = simulated(model, TEN_KILOHMS);
            let mut smu = configured_as(model, session, more).await;
            smu.output_on().await.unwrap();
            for reading in smu.list_sweep(&[0.1, 0.2]).await.unwrap() {
                let current = reading.current.unwrap();
                let near = (current - reading.level * 1e-4).abs() < 1e-8;
                assert!(near, "{model}, {more}: {reading:?}");
            }
            smu.verify().await.unwrap_or_else(|error| panic!("{model}, {more}: {error}"));
            smu.output_off().await.unwrap();
            let said = wire.said();
            let once =
                said.iter().filter(|it| it.ends_with(":AZER ONCE") || it.ends_with(":AZER:ONCE"));
            assert_eq!(once.count(), usize::from(more.contains("once")), "{model}: {said:?}");
        }
    }
}

#[tokio::test]
async fn settings_that_options_change_are_noticed_by_their_reading_time() {
    for (more, least, most) in [
        ("", 0.9, 1.1),
        ("auto_zero = \"off\"", 0.3, 0.4),
        ("filter = { kind = \"repeat\", count = 4 }", 3.5, 4.5),
        ("settle = \"60 ms\"", 1.8, 2.1),
    ] {
        let (session, _wire) = simulated("keithley-2400", TEN_KILOHMS);
        let mut smu = configured_as("keithley-2400", session, more).await;
        smu.output_on().await.unwrap();
        let levels: Vec<_> = (0..50).map(|it| f64::from(it) * 0.01).collect();
        let readings = smu.list_sweep(&levels).await.unwrap();
        let a_point = (readings[49].time - readings[0].time) / 49.0;
        let reckoned = smu.seconds_per_point();
        assert!((least..most).contains(&(reckoned / 0.06363)), "{more}: {reckoned} s");
        assert!((a_point / reckoned - 1.0).abs() < 0.1, "{more}: {a_point} s and {reckoned} s");
    }
}

#[tokio::test]
async fn readings_in_blocks_are_those_in_text() {
    for (model, blocks) in [
        ("keysight-b2901a", Blocks::Definite),
        ("keysight-b2912a", Blocks::Any),
        ("keithley-2400", Blocks::Any),
    ] {
        let levels: Vec<_> = (-20..=20).map(|it| f64::from(it) * 0.05).collect();
        let mut both = Vec::new();
        for blocks in [Blocks::None, blocks] {
            let (session, wire) = simulated(model, TEN_KILOHMS);
            let file = Model::builtin(model).unwrap();
            let carries = Carries { blocks, ..Carries::default() };
            let mut smu = Smu::open_over("a0", session, file, carries, settings("")).await.unwrap();
            smu.output_on().await.unwrap();
            let mut readings = smu.list_sweep(&levels).await.unwrap();
            readings.push(smu.read(0.5).await.unwrap());
            readings.extend(smu.read_each(&levels).await.unwrap());
            smu.output_off().await.unwrap();
            let in_blocks = wire.said().iter().any(|it| it.starts_with("< #"));
            assert_eq!(in_blocks, blocks != Blocks::None, "{model}");
            both.push(readings);
        }
        for (text, block) in both[0].iter().zip(&both[1]) {
            assert_eq!((text.level, text.status), (block.level, block.status), "{model}");
            let difference = text.current.unwrap() - block.current.unwrap();
            assert!(difference.abs() < 1e-6 * 1e-4, "{model}: {text:?} and {block:?}");
        }
    }
}
