//! What cannot be reached over the wire, and arbitrary lines.

use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use scpi_parser::program;

use super::{KeysightB2900, commands};
use crate::{
    Config, Delivery, DeviceConfig, Instrument, ModelName, Preset, Ratio,
    firmware::{Firmware, Flow, Upset},
    terminals::Drive,
};

fn config(model: ModelName) -> Config {
    let device = DeviceConfig::preset(Preset::Resistor);
    Config { model, device, accuracy: Ratio(0.0), ..Config::default() }
}

/// A unit without a message exchange around it.
struct Bare(KeysightB2900);

impl Bare {
    fn new() -> Bare {
        Bare(KeysightB2900::new(&config(ModelName::KeysightB2912a)))
    }

    fn ask(&mut self, message: &str) -> String {
        let mut reply = Vec::new();
        for unit in program::units(message.as_bytes()) {
            let unit = unit.unwrap();
            let flow = self.0.execute(&unit, &mut reply);
            self.0.run(f64::INFINITY);
            match flow {
                Ok(Flow::Later) => {
                    let _ = self.0.resume(&unit, &mut reply);
                }
                Ok(Flow::Done) => {}
                Err(code) => self.0.raise(code),
            }
        }
        String::from_utf8(reply).unwrap()
    }
}

#[test]
fn what_is_spent_on_a_bad_day_comes_back_in_the_readings() {
    let mut unit = Bare::new();
    unit.ask(":FORM:ELEM:SENS CURR,STAT;:SENS:CURR:PROT 1E-3;:SOUR:VOLT 0.5;:OUTP 1");
    unit.0.suffer(Upset::Compliance { readings: 1 });
    assert_eq!(unit.ask(":MEAS?"), "+5.000000E-05,+2.000000E+00");
    unit.0.suffer(Upset::Overflow { readings: 1 });
    assert_eq!(unit.ask(":MEAS?"), "+9.900000E+37,+8.192000E+03");
    assert_eq!(unit.ask(":MEAS?"), "+5.000000E-05,+0.000000E+00");
    unit.0.suffer(Upset::WrongStride { wrong: true });
    assert_eq!(unit.ask(":MEAS?"), "+5.000000E-05,+0.000000E+00,+5.000000E-01");
    unit.0.suffer(Upset::WrongStride { wrong: false });
    unit.0.suffer(Upset::ErrorEntry(-363));
    assert_eq!(unit.ask(":SYST:ERR?"), "-363,\"Input buffer overrun\"");
    assert!(unit.0.output_is_on());
}

#[test]
fn heat_switches_all_outputs_off_and_leaves_the_settings() {
    let mut unit = Bare::new();
    unit.ask(":SOUR1:VOLT 0.5;:OUTP1 1;:OUTP2 1");
    unit.0.suffer(Upset::Trip);
    assert!(!unit.0.output_is_on());
    assert_eq!(unit.ask(":OUTP1?;:OUTP2?;:SOUR1:VOLT?"), "0;0;+5.000000E-01");
    assert_eq!(unit.ask(":STAT:QUES?"), "16");
    assert_eq!(unit.ask(":MEAS:CURR?;:FETC:STAT?"), "+0.000000E+00;+3.200000E+01");
    assert_eq!(unit.ask(":OUTP1 1;:MEAS:CURR?;:FETC:STAT?"), "+5.000000E-05;+0.000000E+00");
}

#[test]
fn with_the_interlock_open_there_are_no_more_than_42_volts() {
    let mut unit = Bare::new();
    unit.ask(":SENS1:CURR:PROT 1E-2;:SOUR1:VOLT 50;:OUTP1 1;:OUTP2 1");
    unit.0.suffer(Upset::Interlock { open: true });
    assert_eq!(unit.ask(":OUTP1?;:OUTP2?;:SYST:INT:TRIP?"), "0;1;1");
    assert_eq!(unit.ask(":STAT:QUES:COND?"), "1024");
    assert_eq!(unit.ask(":OUTP1 1;:OUTP1?;:SYST:ERR:CODE?"), "0;-221");
    unit.0.suffer(Upset::Interlock { open: false });
    assert_eq!(unit.ask(":OUTP1 1;:OUTP1?;:SYST:INT:TRIP?"), "1;0");
}

#[test]
fn a_power_cycle_leaves_nothing_set_and_nothing_queued() {
    let mut unit = Bare::new();
    unit.ask(":SOUR1:VOLT 0.5;:OUTP1 1;:FORM REAL,64;:TRAC:FEED:CONT NEXT;FOO");
    unit.0.suffer(Upset::PowerCycle);
    assert!(!unit.0.output_is_on());
    let state = unit.ask(":SOUR1:VOLT?;:OUTP1:ON:AUTO?;:FORM?;:TRAC:FEED:CONT?;:SYST:ERR?");
    assert_eq!(state, "+0.000000E+00;1;ASC;NEV;+0,\"No error\"");
    assert_eq!(unit.ask("*ESR?"), "128");
}

#[test]
fn a_device_clear_ends_what_runs_and_leaves_the_settings() {
    let mut unit = Bare::new();
    unit.ask(":TRIG:COUN INF;:SOUR:VOLT 0.5;:INIT (@1)");
    assert!(unit.0.is_running());
    unit.0.clear();
    assert!(!unit.0.is_running());
    assert_eq!(unit.ask(":SOUR:VOLT?;:TRIG:COUN?;:OUTP?"), "+5.000000E-01;2147483647;1");
}

#[test]
fn a_run_can_be_followed_event_by_event() {
    let mut unit = Bare::new();
    unit.0.run(0.0);
    unit.ask(":TRIG1:SOUR TIM;TIM 0.05;COUN 3;:TRIG2:SOUR TIM;TIM 0.05;COUN 3");
    let initiate = program::units(b":INIT (@1,2)").next().unwrap().unwrap();
    assert_eq!(unit.0.execute(&initiate, &mut Vec::new()), Ok(Flow::Done));
    let begun = unit.0.now();
    let mut steps = 0;
    while unit.0.is_running() {
        let now = unit.0.now();
        // The smallest horizon ahead of now: one step in time, and never a long one.
        unit.0.run(now.next_up());
        assert!((0.0..=0.0101).contains(&(unit.0.now() - now)));
        steps += 1;
    }
    assert!((10..40).contains(&steps), "{steps}");
    assert!((unit.0.now() - begun - 0.102).abs() < 1e-3);
}

#[test]
fn the_output_settles_to_a_thousandth_in_the_time_of_the_data_sheet() {
    let mut unit = Bare::new();
    let terminals = &mut unit.0.smus[0].channel.terminals;
    terminals.set(Drive::Voltage { volts: 1.0, limit: 1e-3 });
    assert_eq!(terminals.operating().volts, 0.0);
    // A third of the time for each decade.
    for expected in [0.9, 0.99, 0.999] {
        terminals.pass(80e-6 / 3.0);
        assert!((terminals.operating().volts - expected).abs() < 1e-9);
    }
}

#[test]
fn only_the_high_impedance_mode_opens_the_terminals() {
    let mut unit = Bare::new();
    for (mode, left) in [("HIZ", Drive::Open), ("NORM", Drive::Off), ("ZERO", Drive::Off)] {
        unit.ask(&format!(":OUTP1 1;:OUTP1:OFF:MODE {mode};:OUTP1 0"));
        assert_eq!(unit.0.smus[0].channel.terminals.drive(), left, "{mode}");
        assert!(!unit.0.output_is_on(), "{mode}");
    }
}

/// A header that a pattern describes, in one of its many forms.
fn header(pattern: &str, draws: &mut ChaCha8Rng) -> String {
    let (pattern, query) = match pattern.strip_suffix("[?]") {
        Some(pattern) => (pattern, draws.random_bool(0.4)),
        None => (pattern.trim_end_matches('?'), pattern.ends_with('?')),
    };
    let mut text = String::new();
    for node in pattern.replace('[', "\0[").replace("]:", "]\0:").split('\0') {
        let optional = node.starts_with('[');
        if optional && draws.random_bool(0.6) {
            continue;
        }
        for part in node.trim_matches(['[', ']']).split_inclusive(':') {
            let (word, colon) = part.strip_suffix(':').map_or((part, ""), |word| (word, ":"));
            let word = if draws.random_bool(0.7) {
                word.chars().filter(|it| !it.is_ascii_lowercase()).collect()
            } else {
                word.to_owned()
            };
            const ODD: [&str; 3] = ["3", "0", "99999999999"];
            let suffixes = if draws.random_bool(0.1) { &ODD[..] } else { &["", "1", "2"] };
            let suffix = *suffixes.choose(draws).unwrap();
            text += &word.replace('#', suffix);
            text += colon;
        }
    }
    if query { text + "?" } else { text }
}

const PARAMETERS: &[&str] = &[
    "",
    "",
    "1",
    "0",
    "ON",
    "OFF",
    "(@1)",
    "(@2)",
    "(@1,2)",
    "(@2:1)",
    "(@3)",
    "(@)",
    "MIN",
    "MAX",
    "DEF",
    "INF",
    "NAN",
    "-1",
    "0.5",
    "1E-3",
    "1e-5",
    "2.5",
    "21",
    "211",
    "1E38",
    "-1E-38",
    "7",
    "100",
    "2147483647",
    "VOLT",
    "CURR",
    "LIST",
    "SWE",
    "FIX",
    "AINT",
    "BUS",
    "TIM",
    "INT1",
    "EXT3",
    "LAN",
    "PULS",
    "DC",
    "LOG",
    "DOUB",
    "DOWN",
    "\"CURR\"",
    "'VOLT'",
    "\"",
    "#15abcde",
    "#0",
    "REAL,64",
    "REAL,32",
    "ASC",
    "SWAP",
    "NEXT",
    "DELT",
    "PKPK",
    "VOLT,CURR,TIME",
    "0.1,0.2,0.3",
    "1,2",
    "UP",
    "SDEV",
    "HIZ",
    "1 mV",
    "1 kOhm",
    "#HFF",
    "ONCE",
    "STAR",
    "CURR,1",
    "60",
    ",",
    "1,",
    "\u{b5}",
];

#[test]
fn arbitrary_lines_neither_panic_nor_hang() {
    let patterns: Vec<&str> = commands::patterns().collect();
    let mut draws = ChaCha8Rng::seed_from_u64(2900);
    let models = [ModelName::KeysightB2901a, ModelName::KeysightB2912a];
    let mut out = Vec::new();
    let mut answers = 0;
    for round in 0..100 {
        let mut unit = Instrument::new(&config(models[round % 2])).unwrap();
        for _ in 0..60 {
            let mut line = String::new();
            for _ in 0..draws.random_range(1..5) {
                let header = header(patterns.choose(&mut draws).unwrap(), &mut draws);
                let plain = header.ends_with('?') && draws.random_bool(0.7);
                let parameter = if plain { "" } else { PARAMETERS.choose(&mut draws).unwrap() };
                line += &format!("{header} {parameter}");
                line += if draws.random_bool(0.05) { ",:" } else { ";" };
            }
            let delivery = unit.receive(format!("{line}\n").as_bytes(), &mut out);
            assert_eq!(delivery, Delivery::Now);
            answers += out.iter().filter(|it| **it == b'\n').count();
            out.clear();
            if draws.random_bool(0.05) {
                let until = unit.time() + draws.random_range(0.0..0.2);
                unit.advance(until);
            }
        }
    }
    assert!(answers > 1000, "{answers}");
}

#[test]
fn every_header_is_known_in_its_shortest_form() {
    for pattern in commands::patterns() {
        let (pattern, query) = match pattern.strip_suffix("[?]") {
            Some(pattern) => (pattern, false),
            None => (pattern.trim_end_matches('?'), pattern.ends_with('?')),
        };
        let mut short = String::new();
        let mut depth = 0;
        for letter in pattern.chars() {
            match letter {
                '[' => depth += 1,
                ']' => depth -= 1,
                '#' => {}
                it if depth == 0 && !it.is_ascii_lowercase() => short.push(it),
                _ => {}
            }
        }
        if query {
            short.push('?');
        }
        let unit = program::units(short.as_bytes()).next().unwrap().unwrap();
        assert!(commands::find(&unit).is_ok(), "{pattern} as {short}");
    }
}
