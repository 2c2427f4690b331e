//! The 2450's own SCPI over its wire: identity, refusals, readings and how they are written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2450_wire;

use firmware_sim::{Config, ModelName};
use keithley_2450_wire::Wire;

const MEMBERS: [(ModelName, &str, f64, f64); 4] = [
    (ModelName::Keithley2450, "MODEL 2450", 210.0, 1.05),
    (ModelName::Keithley2460, "MODEL 2460", 105.0, 7.35),
    (ModelName::Keithley2461, "MODEL 2461", 105.0, 7.35),
    (ModelName::Keithley2470, "MODEL 2470", 1100.0, 1.05),
];

#[test]
fn each_member_says_which_it_is_and_reaches_as_far_as_its_ranges() {
    for (model, name, volts, amperes) in MEMBERS {
        let mut unit = Wire::of(model);
        let identity = unit.say("*IDN?");
        let fields: Vec<&str> = identity.split(',').collect();
        assert_eq!((&fields[..2], fields.len()), (&["KEITHLEY INSTRUMENTS", name][..], 4));
        assert!((unit.number(":SOUR:VOLT? MAX") - volts).abs() < 1e-3);
        assert!((unit.number(":SOUR:CURR? MAX") - amperes).abs() < 1e-6);
        unit.set(&[&format!(":SOUR:VOLT {volts}")]);
        unit.refused(&format!(":SOUR:VOLT {}", volts * 1.01), -222);
    }
}

#[test]
fn headers_of_the_2400_are_undefined() {
    let mut unit = Wire::new();
    for message in [
        ":SENS:CURR:PROT 1e-3",
        ":FORM:ELEM VOLT,CURR",
        ":FORM:SREG HEX",
        ":SYST:AZER ON",
        ":SYST:RSEN ON",
        ":SYST:BEEP:STAT OFF",
        ":SENS:FUNC:CONC ON",
        ":SENS:AVER:COUN 1",
        ":SOUR:VOLT:MODE FIX",
        ":SOUR:DEL 0.1",
        ":SOUR:CLE:AUTO ON",
        ":ARM:COUN 1",
        ":TRIG:COUN 1",
        ":TRAC:FEED SENSE",
        ":TRAC:FEED:CONT NEXT",
        ":STAT:MEAS:ENAB 512",
        ":CALCULATE3:FORMAT MEAN",
    ] {
        unit.refused(message, -113);
    }
    // A query of one is answered by silence.
    unit.refused(":SENS:CURR:PROT?", -113);
    // And ends its message: what stands behind it is not executed.
    unit.refused(":STAT:PRES;*CLS;:STAT:MEAS:ENAB 512;:SENS:COUN 7", -113);
    assert_eq!(unit.say(":SENS:COUN?"), "1");
}

#[test]
fn errors_carry_their_kind_and_time_and_an_empty_log_says_so() {
    let mut unit = Wire::new();
    assert_eq!(unit.say(":SYST:ERR?"), "0,\"No error;0;0 0\"");
    assert_eq!(unit.say(":SYST:EVEN:NEXT?"), "0,\"No error;0;0 0\"");
    unit.say("FOO");
    unit.say(":SOUR:VOLT 1000");
    assert_eq!(unit.say(":SYST:ERR:COUN?"), "2");
    let error = unit.say(":SYST:ERR?");
    assert!(error.starts_with("-113,\"Undefined header;1;2026/01/01 00:00:0"), "{error}");
    let error = unit.say(":SYST:ERR?");
    assert!(error.starts_with("-222,\"Parameter data out of range;1;2026/"), "{error}");
    assert_eq!(unit.error(), 0);
}

#[test]
fn the_clock_can_be_set() {
    let mut unit = Wire::new();
    unit.set(&[":SYST:TIME 2017, 5, 6, 12, 55, 33"]);
    unit.say("FOO");
    let error = unit.say(":SYST:ERR?");
    assert!(error.contains(";1;2017/05/06 12:55:33.00"), "{error}");
    assert_eq!(unit.say(":SYST:TIME?"), "1494075333");
    unit.refused(":SYST:TIME 2017, 13, 6, 12, 55, 33", -222);
}

#[test]
fn a_reading_is_one_number_or_the_elements_asked_for_in_their_order() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT 1;:OUTP ON"]);
    assert_eq!(unit.say(":READ?"), "1.000000E-04");
    assert_eq!(unit.say(":READ? \"defbuffer1\", SOUR, READ"), "1.000000E+00,1.000000E-04");
    assert_eq!(unit.say(":MEAS:VOLT?"), "1.000000E+00");
    assert_eq!(unit.say(":SENS:FUNC?"), "\"VOLT:DC\"");
    assert!((unit.number(":MEAS:RES?") - 1e4).abs() < 1.0);
    assert_eq!(unit.say("measure:current?"), "1.000000E-04");
    assert_eq!(unit.say(":MEAS? 'DefBuffer2'"), "1.000000E-04");
    assert_eq!(unit.say(":FETC? 'defbuffer2',UNIT,SOURUNIT"), "Amp DC,Volt DC");
    assert_eq!(unit.say(":TRAC:ACT?;:TRAC:ACT? \"defbuffer2\""), "5;1");
    unit.refused(":READ? \"nobody\"", -224);
    unit.refused(":READ? \"defbuffer1\", VOLT", -141);
}

#[test]
fn fifteen_elements_are_too_many() {
    let mut unit = Wire::new();
    unit.say(":READ?");
    let fourteen = ["READ"; 14].join(",");
    let reply = unit.say(&format!(":FETC? \"defbuffer1\",{fourteen}"));
    assert_eq!(reply.split(',').count(), 14);
    unit.refused(&format!(":FETC? \"defbuffer1\",{fourteen},READ"), -223);
}

#[test]
fn read_makes_as_many_readings_as_were_asked_for_and_answers_the_last() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:COUN 25;:SOUR:VOLT 0.5;:OUTP ON"]);
    assert_eq!(unit.say(":READ?"), "5.000000E-05");
    assert_eq!(unit.say(":TRAC:ACT?;:TRAC:ACT:STAR?;:TRAC:ACT:END?"), "25;1;25");
    let times = unit.numbers(":TRAC:DATA? 1,25,\"defbuffer1\",REL");
    assert_eq!((times[0], times.len()), (0.0, 25));
    // 1 PLC, autozero, source read-back: four integrations of 20 ms. The first reading ranges.
    let steady = &times[1..];
    assert!(steady.windows(2).all(|it| ((it[1] - it[0]) / 80.142e-3 - 1.0).abs() < 1e-3));
    unit.refused(":SENS:COUN 300001", -222);
    unit.refused(":TRAC:DATA? 1,26,\"defbuffer1\"", -222);
}

#[test]
fn one_function_is_measured_at_a_time() {
    let mut unit = Wire::new();
    unit.refused(":SENS:FUNC \"VOLT\",\"CURR\"", -108);
    assert_eq!(unit.say(":SENS:FUNC?"), "\"CURR:DC\"");
    unit.set(&[":SENSe:FUNC 'VOLT:DC'"]);
    assert_eq!(unit.say(":SENS:FUNC?"), "\"VOLT:DC\"");
    unit.refused(":SENS:FUNC \"POW\"", -224);
}

#[test]
fn words_are_taken_short_or_long_with_suffix_or_without() {
    let mut unit = Wire::new();
    unit.set(&[
        ":FORMAT:DATA ASCII",
        ":SOURCE1:FUNCTION VOLTAGE",
        ":SOURCE1:VOLTAGE:RANGE 2",
        ":SOURCE1:VOLTAGE:ILIMIT 1e-3",
        ":SENSE1:FUNCTION \"CURRENT\"",
        ":SENSE1:CURRENT:RSENSE 1",
        ":SENSe:current:DELay:USER1 0.01",
        "ROUTe:TERMinals rear",
        ":SOUR:FUNC:MODE CURR",
    ]);
    assert_eq!(unit.say("ROUTe:TERMinals?;:SOUR:FUNC?"), "REAR;CURR");
    unit.refused(":SENS:CURR:DEL:USER6 1", -114);
    unit.refused(":DIG:LINE7:STAT 1", -114);
    unit.refused(":SENS:CURREN:NPLC 1", -113);
}

#[test]
fn binary_readings_are_eight_bytes_little_end_first_until_asked_otherwise() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT 1;:OUTP ON;:FORM REAL"]);
    let mut block = |message: &str| {
        let out = unit.bytes(message);
        out.strip_prefix(b"#0").unwrap().strip_suffix(b"\n").unwrap().to_vec()
    };
    // The last bits are the counts of the reading.
    let both = block(":READ? \"defbuffer1\",SOUR,READ");
    assert_eq!(both.len(), 16);
    let (source, reading) = both.split_at(8);
    assert!((f64::from_le_bytes(source.try_into().unwrap()) - 1.0).abs() < 1e-12);
    let value = f64::from_le_bytes(reading.try_into().unwrap());
    assert!((value - 1e-4).abs() < 1e-15);
    assert_eq!(block(":FORM:BORD NORM;:FETC?"), value.to_be_bytes());
    assert_eq!(block(":FORM SRE;:FETC?"), (value as f32).to_be_bytes());
    assert_eq!(block(":FORM:BORD SWAP;:FETC?"), (value as f32).to_le_bytes());
    unit.refused(":FETC? \"defbuffer1\",READ,UNIT", 1133);
}

#[test]
fn the_precision_of_ascii_readings_is_as_asked() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT 1;:OUTP ON;:FORM:ASC:PREC 16"]);
    assert_eq!(unit.say(":READ?").len(), "1.000000000000000E-04".len());
    unit.set(&[":FORM:ASC:PREC 3"]);
    assert_eq!(unit.say(":FETC?"), "1.00E-04");
    unit.refused(":FORM:ASC:PREC 17", -222);
}

#[test]
fn the_next_command_set_waits_for_the_next_power_on() {
    let mut config = Config { model: ModelName::Keithley2450, ..Config::default() };
    config.faults.push("power cycle after 4 messages".parse().unwrap());
    let mut unit = Wire::with(&config);
    unit.set(&["*LANG TSP"]);
    assert_eq!(unit.say("*LANG?"), "SCPI");
    // The fourth message: the mains fail before it is answered.
    assert_eq!(unit.say("*OPC?"), "");
    assert_eq!(unit.say("*LANG?"), "TSP");
    assert_eq!(unit.say(":SOUR:VOLT?"), "");
    assert_eq!(unit.say("*IDN?").split(',').count(), 4);
}
