//! The simulator answers exactly what the golden transcripts hold. That the driver says exactly what
//! they hold is tested in `crates/smu`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::fs;

use firmware_sim::Delivery;
use memloop_tests::{
    root,
    scenario::EVERY_MODEL,
    wire::{SIMULATED, TEN_KILOHMS, instrument},
};
use smu::Model;

/// Plays those transcripts of a folder whose names `plays` takes to instruments of a configuration;
/// how many answers agreed.
///
/// Lines from the second on that begin with `# ` say where the ones below them come from.
fn compare(folder: &str, config: &str, plays: impl Fn(&str) -> bool) -> usize {
    let mut compared = 0;
    for entry in fs::read_dir(root().join("tests/transcripts").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().and_then(|it| it.to_str()).unwrap();
        if !text.starts_with(SIMULATED) || !plays(name) {
            continue;
        }
        let mut unit = instrument(config);
        let mut out = Vec::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            let place = format!("{}:{}", path.display(), number + 1);
            match line.split_at(2) {
                ("# ", _) => {}
                ("> ", message) => {
                    assert!(out.is_empty(), "{place}: an answer was not expected");
                    let delivery = unit.receive(format!("{message}\n").as_bytes(), &mut out);
                    assert_eq!(delivery, Delivery::Now);
                }
                ("< ", answer) => {
                    let found = String::from_utf8(std::mem::take(&mut out)).unwrap();
                    assert_eq!(found, format!("{answer}\n"), "{place}");
                    compared += 1;
                }
                _ => panic!("{place}: neither > nor < nor #: {line}"),
            }
        }
        assert!(out.is_empty(), "{}: an answer after the end", path.display());
        assert!(!unit.output_is_on(), "{}", path.display());
    }
    compared
}

#[test]
fn the_simulator_answers_exactly_what_the_transcripts_hold() {
    let others = |name: &str| name != EVERY_MODEL;
    let compared = compare("keithley-2400", "device = { preset = \"resistor\" }", others);
    assert!(compared > 50, "only {compared} answers were compared");
}

#[test]
fn an_ideal_unit_answers_what_manual_and_hardware_say() {
    let compared = compare("keithley-2400-vectors", TEN_KILOHMS, |_| true);
    assert!(compared > 30, "only {compared} answers were compared");
}

#[test]
fn every_models_simulated_twin_answers_exactly_what_its_drivers_transcript_holds() {
    for model in Model::names() {
        let config = format!("model = \"{model}\"\n{TEN_KILOHMS}");
        let compared = compare(model, &config, |name| name == EVERY_MODEL);
        assert!(compared > 20, "only {compared} answers of {model} were compared");
    }
}
