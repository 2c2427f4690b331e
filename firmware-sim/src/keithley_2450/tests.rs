//! Bad days, and lines that nobody would send.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scpi_parser::program;

use super::Keithley2450;
use crate::{
    config::{Config, DeviceConfig, ModelName, Preset, Ratio},
    firmware::{Firmware, Flow, Upset},
    terminals::Drive,
};

fn ten_kilohms() -> Keithley2450 {
    let device = DeviceConfig::preset(Preset::Resistor);
    let model = ModelName::Keithley2450;
    Keithley2450::new(&Config { model, device, accuracy: Ratio(0.0), ..Config::default() })
}

/// Executes a message as far as it goes; what it answers.
fn say(unit: &mut Keithley2450, message: &[u8]) -> Vec<u8> {
    let mut reply = Vec::new();
    for program_unit in program::units(message) {
        let Ok(program_unit) = program_unit else {
            break;
        };
        let mut flow = unit.execute(&program_unit, &mut reply);
        unit.run(f64::INFINITY);
        if flow == Ok(Flow::Later) {
            flow = unit.resume(&program_unit, &mut reply);
        }
        if let Err(code) = flow {
            unit.raise(code);
        }
    }
    reply
}

fn text(unit: &mut Keithley2450, message: &str) -> String {
    String::from_utf8(say(unit, message.as_bytes())).unwrap()
}

#[test]
fn an_output_that_trips_goes_off_and_leaves_an_error() {
    let mut unit = ten_kilohms();
    text(&mut unit, ":SOUR:VOLT 1;:OUTP ON");
    assert!(unit.output_is_on());
    unit.suffer(Upset::Trip);
    assert!(!unit.output_is_on());
    assert_eq!(text(&mut unit, ":OUTP?;:SYST:ERR:CODE?;:SOUR:VOLT?"), "0;2771;1.000000E+00");
}

#[test]
fn an_open_interlock_limits_to_42_volts_with_an_event_from_21() {
    let mut unit = ten_kilohms();
    unit.suffer(Upset::Interlock { open: true });
    text(&mut unit, ":SOUR:VOLT:ILIM 0.1;:SOUR:VOLT 20;:OUTP ON");
    assert_eq!(text(&mut unit, ":OUTP:INT:TRIP?;:SYST:EVEN:COUN?"), "0;0");
    text(&mut unit, ":SOUR:VOLT 100");
    assert_eq!(text(&mut unit, ":MEAS:VOLT?"), "4.200000E+01");
    let event = text(&mut unit, ":SYST:EVEN:NEXT?");
    assert!(event.starts_with("5074,\"Output voltage limited by interlock;2;"), "{event}");
    // A warning is no error.
    assert_eq!(text(&mut unit, ":SYST:ERR:COUN?"), "0");
    unit.suffer(Upset::Interlock { open: false });
    assert_eq!(text(&mut unit, ":MEAS:VOLT?;:OUTP:INT:TRIP?"), "1.000000E+02;1");
    // Opened under a hazardous voltage it takes the output away.
    unit.suffer(Upset::Interlock { open: true });
    assert_eq!(text(&mut unit, ":OUTP?"), "0");
}

#[test]
fn forced_compliance_shows_in_the_source_status_only() {
    let mut unit = ten_kilohms();
    text(&mut unit, ":SOUR:VOLT 0.5;:OUTP ON");
    unit.suffer(Upset::Compliance { readings: 2 });
    for expected in ["168", "168", "136"] {
        let reply = text(&mut unit, ":READ? \"defbuffer1\",READ,SOURSTAT");
        assert_eq!(reply, format!("5.000000E-05,{expected}"));
    }
}

#[test]
fn a_forced_overflow_is_the_sentinel() {
    let mut unit = ten_kilohms();
    text(&mut unit, ":SOUR:VOLT 0.5;:OUTP ON");
    unit.suffer(Upset::Overflow { readings: 1 });
    assert_eq!(text(&mut unit, ":READ?;:READ?"), "9.900000E+37;5.000000E-05");
}

#[test]
fn a_wrong_stride_carries_one_element_too_many() {
    let mut unit = ten_kilohms();
    text(&mut unit, ":SENS:COUN 3;:OUTP ON;:READ?");
    unit.suffer(Upset::WrongStride { wrong: true });
    let reply = text(&mut unit, ":TRAC:DATA? 1,3,\"defbuffer1\",SOUR,READ");
    assert_eq!(reply.split(',').count(), 9);
    unit.suffer(Upset::WrongStride { wrong: false });
    assert_eq!(text(&mut unit, ":FETC?").split(',').count(), 1);
}

#[test]
fn a_power_cycle_loses_settings_buffers_and_errors_but_not_the_device() {
    let mut unit = ten_kilohms();
    text(&mut unit, ":TRAC:MAKE \"mine\",20;:SOUR:VOLT 1;:OUTP ON;:READ?;FOO");
    unit.suffer(Upset::ErrorEntry(-310));
    unit.suffer(Upset::PowerCycle);
    assert!(!unit.output_is_on());
    assert_eq!(text(&mut unit, ":SYST:ERR:COUN?;:TRAC:ACT?;:SOUR:VOLT?"), "0;0;0.000000E+00");
    text(&mut unit, ":TRAC:ACT? \"mine\"");
    assert_eq!(text(&mut unit, ":SYST:ERR:CODE?;*ESR?"), "-224;144");
}

#[test]
fn an_error_out_of_nothing_is_in_the_log() {
    let mut unit = ten_kilohms();
    unit.suffer(Upset::ErrorEntry(-310));
    assert_eq!(unit.status_byte(false) & 4, 4);
    assert!(text(&mut unit, ":SYST:ERR?").starts_with("-310,\"System error;1;"));
}

#[test]
fn device_clear_ends_what_runs_and_keeps_the_settings() {
    let mut unit = ten_kilohms();
    text(&mut unit, ":TRIG:LOAD \"Empty\";:TRIG:BLOC:WAIT 1, COMM;:SENS:CURR:NPLC 0.1;:INIT");
    assert!(unit.is_busy() && !unit.is_running());
    unit.clear();
    assert_eq!(text(&mut unit, ":TRIG:STAT?;:SENS:CURR:NPLC?"), "ABORTED;ABORTED;1;1.000000E-01");
}

#[test]
fn the_output_settles_to_a_thousandth_in_the_time_of_the_data_sheet() {
    let mut unit = ten_kilohms();
    let terminals = &mut unit.channel.terminals;
    terminals.set(Drive::Voltage { volts: 1.0, limit: 1e-3 });
    assert_eq!(terminals.operating().volts, 0.0);
    // A third of the time for each decade.
    for expected in [0.9, 0.99, 0.999] {
        terminals.pass(200e-6 / 3.0);
        assert!((terminals.operating().volts - expected).abs() < 1e-9);
    }
}

#[test]
fn only_the_high_impedance_state_opens_the_terminals() {
    let mut unit = ten_kilohms();
    for (state, left) in [("HIMP", Drive::Open), ("NORM", Drive::Off), ("ZERO", Drive::Off)] {
        text(&mut unit, &format!(":OUTP ON;:OUTP:VOLT:SMOD {state};:OUTP OFF"));
        assert_eq!(unit.channel.terminals.drive(), left, "{state}");
        assert!(!unit.output_is_on(), "{state}");
    }
}

/// A header as its pattern has it, without its brackets, in its short or its long form.
fn header(pattern: &str, rng: &mut ChaCha8Rng) -> String {
    let short = rng.random_bool(0.5);
    let mut header = String::new();
    for character in pattern.chars() {
        match character {
            '[' | ']' => {}
            '#' => header.push_str(&rng.random_range(0..9u32).to_string()),
            it if short && it.is_ascii_lowercase() => {}
            it => header.push(it),
        }
    }
    if pattern.ends_with("[?]") && rng.random_bool(0.7) {
        header.pop();
    }
    header
}

const DATA: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "10",
    "0.5",
    "1e-4",
    "1e99",
    "300",
    "MIN",
    "MAX",
    "DEF",
    "INF",
    "ON",
    "OFF",
    "VOLT",
    "\"CURR\"",
    "\"defbuffer1\"",
    "'defbuffer2'",
    "\"a\"",
    "\"Empty\"",
    "\"SimpleLoop\"",
    "\"SortBinning\"",
    "READ",
    "SOUR",
    "TST",
    "DIG",
    "TRIG",
    "IN",
    "OUT",
    "NOTify1",
    "TIMer1",
    "DIGio1",
    "COMM",
    "ENT",
    "AND",
    "ASC",
    "REAL",
    "\"",
    "",
    "#15abcde",
    "#H1F",
    "(@1)",
    "1 V",
    "BEST",
    "ABOV",
    "\u{fffd}",
];

#[test]
fn no_line_makes_it_panic_or_grow() {
    let mut rng = ChaCha8Rng::seed_from_u64(2450);
    let patterns: Vec<&str> = super::commands::patterns(true).collect();
    assert!(patterns.len() > 200, "{}", patterns.len());
    let mut unit = ten_kilohms();
    for round in 0..20_000 {
        let mut line = String::new();
        for _ in 0..rng.random_range(1..4usize) {
            line += &header(patterns[rng.random_range(0..patterns.len())], &mut rng);
            for index in 0..rng.random_range(0..6usize) {
                line.push(if index == 0 { ' ' } else { ',' });
                line += DATA[rng.random_range(0..DATA.len())];
            }
            line.push(';');
        }
        if rng.random_bool(0.1) {
            // Many counts are no test of lines but of patience.
            line += ":SENS:COUN 1;:ABOR;*RST";
        }
        let reply = say(&mut unit, line.as_bytes());
        assert!(reply.len() < 16 << 20, "{round}: {line}");
        unit.run(unit.now() + 0.01);
        match rng.random_range(0..60u32) {
            0 => unit.suffer(Upset::PowerCycle),
            1 => unit.suffer(Upset::Interlock { open: rng.random_bool(0.5) }),
            2 => unit.suffer(Upset::Compliance { readings: 3 }),
            3 => unit.suffer(Upset::WrongStride { wrong: rng.random_bool(0.5) }),
            _ => {}
        }
    }
    unit.suffer(Upset::PowerCycle);
    assert!(!unit.output_is_on());
}
