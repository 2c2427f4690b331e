//! The simulator answers exactly what the golden transcripts hold. That the driver says exactly what
//! they hold is tested in `crates/smu`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::fs;

use firmware_sim::Delivery;
use memloop_tests::{
    root,
    wire::{TEN_KILOHMS, instrument},
};

/// What a transcript that was recorded from the simulator begins with. One from hardware says nothing
/// about which numbers the simulator answers.
const SIMULATED: &str = "# source: firmware-sim, 10 kOhm on its terminals";

/// Plays the transcripts of a folder to instruments of a configuration; how many answers agreed.
///
/// Lines from the second on that begin with `# ` say where the ones below them come from.
fn compare(folder: &str, config: &str) -> usize {
    let mut compared = 0;
    for entry in fs::read_dir(root().join("tests/transcripts").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with(SIMULATED) {
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
    let compared = compare("keithley-2400", "device = { preset = \"resistor\" }");
    assert!(compared > 50, "only {compared} answers were compared");
}

#[test]
fn an_ideal_unit_answers_what_manual_and_hardware_say() {
    let compared = compare("keithley-2400-vectors", TEN_KILOHMS);
    assert!(compared > 30, "only {compared} answers were compared");
}
