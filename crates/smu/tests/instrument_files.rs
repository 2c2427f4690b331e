//! Instrument files: what is refused, and what is said about it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::PathBuf;

use smu::{Model, ModelError};

const FILE: &str = "instruments/keithley-2400.toml";

fn instruments() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../instruments")
}

/// What is said about the instrument file when `before` is `after`.
fn edited(before: &str, after: &str) -> String {
    let text = std::fs::read_to_string(instruments().join("keithley-2400.toml")).unwrap();
    assert_eq!(text.matches(before).count(), 1, "{before} is not once in the file");
    match Model::from_toml(FILE, &text.replace(before, after)) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_instrument_file_loads_and_bears_its_models_name() {
    let mut seen = 0;
    for entry in std::fs::read_dir(instruments()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let model = Model::from_toml(&path.to_string_lossy(), &text).unwrap();
        assert_eq!(model.name(), path.file_stem().unwrap());
        assert_eq!(Model::builtin(model.name()).unwrap().name(), model.name());
        seen += 1;
    }
    assert!(seen >= 1);
}

#[test]
fn a_model_that_there_is_not_lists_those_that_there_are() {
    let error = Model::builtin("keithley-2401").unwrap_err();
    assert!(matches!(&error, ModelError::Unknown { name, .. } if name == "keithley-2401"));
    assert_eq!(
        error.to_string(),
        "there is no model \"keithley-2401\"; known are keithley-2400, or the path of a .toml file"
    );
}

#[test]
fn an_instrument_file_that_does_not_fit_its_schema_is_refused_by_line() {
    let rows = [
        ("abort = \":ABOR\"\n", "", ":57: missing field `abort`"),
        ("fetch = \":FETC?\"\n", "", ":57: missing field `fetch`"),
        (
            "[settings.nplc]\n",
            "[settings.speed]\n",
            ":106: unknown field `speed`, expected one of `source_range`, `compliance`, \
                `sense_range`, `nplc`, `line_frequency`, `source_delay`, `four_wire`",
        ),
        ("start = \":INIT\"", "begin = \":INIT\"", ":87: unknown field `begin`"),
        ("most = 2500", "most = -1", ":37: invalid value: integer `-1`, expected usize"),
        (
            "least = \"1 nA\"",
            "least = 1e-9",
            ":31: invalid type: floating point `0.000000001`, expected a quantity in quotes \
                with its unit, for example \"20 mA\"",
        ),
        (
            "least = \"1 nA\"",
            "least = \"1\"",
            ":31: \"1\" has no unit; write for example \"20 mA\"",
        ),
        (
            "most = \"1.05 A\"",
            "most = \"1.05 V\"",
            ":32: \"1.05 V\" is not in A; write for example \"20 mA\"",
        ),
        (
            "VOLT {level}\"",
            "VOLT {volts}\"",
            ":80: `:SOUR:VOLT {volts}`: unknown placeholder {volts}, known are {level}, \
                {levels}, {count}, {value}",
        ),
        ("COUN {count}\"", "COUN {count\"", ":86: `:TRIG:COUN {count`: `{` is not closed"),
        ("COUN {count}\"", "COUN count}\"", ":86: `:TRIG:COUN count}`: `}` was not opened"),
        (
            "COUN {count}\"",
            "COUN {count},{count}\"",
            ":86: `:TRIG:COUN {count},{count}`: a command takes one placeholder",
        ),
        ("start = \":INIT\"", "start = \"\"", ":87: a command is one line of text"),
        ("start = \":INIT\"", "start = \":INIT\\n:ABOR\"", ":87: a command is one line of text"),
        ("\"current\", \"time\"", "\"amps\", \"time\"", ":51: unknown variant `amps`"),
        ("[list]", "[list", ":36: "),
    ];
    for (before, after, expected) in rows {
        let found = edited(before, after);
        assert!(found.starts_with(&format!("{FILE}{expected}")), "{found}\ninstead of {expected}");
    }
}

#[test]
fn an_instrument_file_that_contradicts_itself_is_refused_by_key() {
    let rising = "at least one range above zero, in rising order";
    let rows = [
        (
            "operations.level",
            "VOLT {level}\"",
            "VOLT {count}\"",
            "`:SOUR:VOLT {count}` must hold {level}",
        ),
        ("operations.level", "VOLT {level}\"", "VOLT 1\"", "`:SOUR:VOLT 1` must hold {level}"),
        (
            "operations.start",
            "start = \":INIT\"",
            "start = \":INIT {count}\"",
            "`:INIT {count}` must hold no placeholder",
        ),
        (
            "operations.start",
            "start = \":INIT\"",
            "start = \":READ?\"",
            "`:READ?` must be a command without reply",
        ),
        (
            "operations.start",
            "start = \":INIT\"",
            "start = \":INIT;*OPC?\"",
            "`:INIT;*OPC?` must be a command without reply",
        ),
        (
            "operations.fetch",
            "fetch = \":FETC?\"",
            "fetch = \":FETC\"",
            "`:FETC` must be one query",
        ),
        (
            "operations.fetch",
            "fetch = \":FETC?\"",
            "fetch = \":FETC?;*OPC?\"",
            "`:FETC?;*OPC?` must be one query",
        ),
        ("operations.prepare", "\"*CLS\"", "\"*ESR?\"", "`*ESR?` must be a command without reply"),
        ("identity.query", "\"*IDN?\"", "\"*IDN\"", "`*IDN` must be one query"),
        (
            "settings.nplc",
            "NPLC {value}\"",
            "NPLC {level}\"",
            "`:SENS:CURR:NPLC {level}` must hold {value}",
        ),
        ("settings.nplc", "NPLC?\"", "NPLC\"", "`:SENS:CURR:NPLC` must be one query"),
        (
            "settings.source_range",
            "VOLT:RANG?\"\nanswers = [1.0, 1.05]",
            "VOLT:RANG?\"\nanswers = []",
            "answers are factors above zero, at least one",
        ),
        ("sense.ranges", "\"1 uA\", \"10 uA\"", "\"10 uA\", \"1 uA\"", rising),
        (
            "sense.ranges",
            "[\"1 uA\", \"10 uA\", \"100 uA\", \"1 mA\", \"10 mA\", \"100 mA\", \"1 A\"]",
            "[]",
            rising,
        ),
        ("source.ranges", "\"200 mV\", resolution", "\"2 V\", resolution", rising),
        (
            "source.ranges",
            "\"50 uV\"",
            "\"3 V\"",
            "resolution 3 V is not above zero, below its range 2 V, and a whole part of 1 V",
        ),
        (
            "source.ranges",
            "\"50 uV\"",
            "\"0 V\"",
            "resolution 0 V is not above zero, below its range 2 V, and a whole part of 1 V",
        ),
        (
            "source.ranges",
            "\"50 uV\"",
            "\"30 mV\"",
            "resolution 30 mV is not above zero, below its range 2 V, and a whole part of 1 V",
        ),
        (
            "source.over_range",
            "[source]\nover_range = 1.05",
            "[source]\nover_range = 0.5",
            "0.5 is not from 1 to 2",
        ),
        ("nplc", "[0.01, 10]", "[10, 0.01]", "two numbers above zero, the smaller first"),
        ("nplc", "[0.01, 10]", "[0.01, inf]", "two numbers above zero, the smaller first"),
        ("list.per_command", "per_command = 100", "per_command = 0", "from 1 to list.most = 2500"),
        ("compliance.least", "\"1 nA\"", "\"2 A\"", "above zero and below compliance.most"),
        (
            "compliance.least_share_of_sense_range",
            "range = 0.001",
            "range = nan",
            "NaN is not from 0 to 1",
        ),
        (
            "timing.conversions",
            "conversions = 3",
            "conversions = -3",
            "-3 is not a number above zero",
        ),
        ("timing.point_overhead", "\"2.075 ms\"", "\"-2 ms\"", "-2 ms is below 0 s"),
        (
            "readings.elements",
            "[\"current\", \"time\", \"status\"]",
            "[\"current\", \"status\"]",
            "current, time and status, once each",
        ),
        ("readings.in_compliance", "[3, 16]", "[3, 32]", "bit numbers from 0 to 31, at least one"),
        ("readings.in_compliance", "[3, 16]", "[]", "bit numbers from 0 to 31, at least one"),
    ];
    for (key, before, after, expected) in rows {
        assert_eq!(edited(before, after), format!("{FILE}: {key}: {expected}"));
    }
}
