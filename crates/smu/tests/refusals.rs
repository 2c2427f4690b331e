//! What is refused, and what is said about it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::path::PathBuf;

use common::{Peer, SETTINGS, connect, model, received, settings};
use smu::{Model, ModelError, Settings, Smu, SmuError};

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
            ":106: unknown field `speed`, expected one of `source_range`, `compliance`, `sense_range`, `nplc`, `line_frequency`, `source_delay`, `four_wire`",
        ),
        ("start = \":INIT\"", "begin = \":INIT\"", ":87: unknown field `begin`"),
        ("most = 2500", "most = -1", ":37: invalid value: integer `-1`, expected usize"),
        (
            "least = \"1 nA\"",
            "least = 1e-9",
            ":31: invalid type: floating point `0.000000001`, expected a quantity in quotes with its unit, for example \"20 mA\"",
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
            ":80: `:SOUR:VOLT {volts}`: unknown placeholder {volts}, known are {level}, {levels}, {count}, {value}",
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

fn edited_settings(before: &str, after: &str) -> Result<Settings, toml::de::Error> {
    assert!(SETTINGS.contains(before));
    toml::from_str(&SETTINGS.replace(before, after))
}

#[test]
fn settings_without_unit_or_with_an_unknown_key_do_not_load() {
    let rows = [
        ("\"2 V\"", "\"20\"", "\"20\" has no unit; write for example \"20 mV\""),
        (
            "\"2 V\"",
            "20",
            "invalid type: integer `20`, expected a quantity in quotes with its unit, for example \"20 mV\"",
        ),
        ("\"2 V\"", "\"two V\"", "\"two V\" is not a quantity; write for example \"20 mV\""),
        ("\"105 uA\"", "\"105 uV\"", "\"105 uV\" is not in A; write for example \"20 mA\""),
        ("\"10 V/s\"", "\"10 V\"", "\"10 V\" is not in V/s; write for example \"20 mV/s\""),
        (
            "nplc = 1",
            "speed = 1",
            "unknown field `speed`, expected one of `source_range`, `sense_range`, `compliance`, `nplc`, `line_frequency`, `source_delay`, `four_wire`, `window`, `ramp`",
        ),
        ("compliance = \"105 uA\"\n", "", "missing field `compliance`"),
    ];
    for (before, after, expected) in rows {
        let error = edited_settings(before, after).unwrap_err();
        assert_eq!(error.message(), expected);
        assert!(error.span().is_some(), "{expected}: the line is known");
    }
}

#[tokio::test]
async fn settings_that_the_model_cannot_take_are_refused_with_nothing_sent() {
    let currents = "one of 1 uA, 10 uA, 100 uA, 1 mA, 10 mA, 100 mA, 1 A";
    let compliance = "100 uA to 105 uA with sense_range 100 uA";
    let window = "two levels, the lower first, with 0 V between: outputs rest there";
    let rows = [
        ("\"2 V\"", "\"3 V\"", "source_range = 3 V: accepted is one of 200 mV, 2 V, 20 V, 200 V".to_owned()),
        ("\"100 uA\"", "\"50 uA\"", format!("sense_range = 50 uA: accepted is {currents}")),
        ("\"105 uA\"", "\"50 nA\"", format!("compliance = 50 nA: accepted is {compliance}")),
        ("\"105 uA\"", "\"99 uA\"", format!("compliance = 99 uA: accepted is {compliance}")),
        ("\"105 uA\"", "\"106 uA\"", format!("compliance = 106 uA: accepted is {compliance}")),
        ("\"105 uA\"", "\"-105 uA\"", format!("compliance = -105 uA: accepted is {compliance}")),
        ("nplc = 1", "nplc = 0.001", "nplc = 0.001: accepted is 0.01 to 10".to_owned()),
        ("nplc = 1", "nplc = nan", "nplc = NaN: accepted is 0.01 to 10".to_owned()),
        ("\"50 Hz\"", "\"55 Hz\"", "line_frequency = 55 Hz: accepted is 50 Hz or 60 Hz".to_owned()),
        ("\"1 ms\"", "\"-1 ms\"", "source_delay = -1 ms: accepted is 0 s to 9.999999 ks".to_owned()),
        ("\"1.2 V\"", "\"2.2 V\"", "window = [\"-1.2 V\", \"2.2 V\"]: accepted is levels within ±2.1 V with source_range 2 V".to_owned()),
        ("\"2 V\"", "\"200 mV\"", "window = [\"-1.2 V\", \"1.2 V\"]: accepted is levels within ±210 mV with source_range 200 mV".to_owned()),
        ("\"-1.2 V\"", "\"0.1 V\"", format!("window = [\"100 mV\", \"1.2 V\"]: accepted is {window}")),
        ("[\"-1.2 V\", \"1.2 V\"]", "[\"1 V\", \"-1 V\"]", format!("window = [\"1 V\", \"-1 V\"]: accepted is {window}")),
        ("\"10 V/s\"", "\"0 V/s\"", "ramp = 0 V/s: accepted is a rate above 0 V/s".to_owned()),
        ("\"10 V/s\"", "\"-1 V/s\"", "ramp = -1 V/s: accepted is a rate above 0 V/s".to_owned()),
        ("\"10 V/s\"", "\"1 uV/s\"", "ramp = 1 uV/s: accepted is at least 333.3333333333333 uV/s, which takes the window's end to 0 V in 3.6 ks".to_owned()),
    ];
    for (before, after, expected) in rows {
        let refused = edited_settings(before, after).unwrap();
        let (session, peer) = connect(Peer::default());
        let error = Smu::configure("a0", session, model(), refused).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(received(&peer), [""; 0]);
    }
}

#[test]
fn every_range_takes_a_compliance_and_a_window_of_105_percent() {
    for range in ["1 uA", "10 uA", "100 uA", "1 mA", "10 mA", "100 mA", "1 A"] {
        let range: smu::units::Amperes = range.parse().unwrap();
        let written = range.to_string().replacen('1', "1.05", 1);
        let compliance = match range.to_string().split_once(' ').unwrap() {
            ("1", _) => written,
            (number, unit) => format!("{} {unit}", number.parse::<f64>().unwrap() * 1.05),
        };
        let compliance = compliance.parse().unwrap();
        Settings { sense_range: range, compliance, ..settings() }.check(&model()).unwrap();
    }
    for (range, top) in
        [("200 mV", "210 mV"), ("2 V", "2.1 V"), ("20 V", "21 V"), ("200 V", "210 V")]
    {
        let high: smu::units::Volts = top.parse().unwrap();
        let window = smu::Window { low: smu::units::Volts(-high.0), high };
        let source_range = range.parse().unwrap();
        Settings { source_range, window, ..settings() }.check(&model()).unwrap();
    }
}

#[test]
fn the_tables_survive_a_round_trip() {
    let settings = settings();
    assert_eq!(toml::from_str::<Settings>(&toml::to_string(&settings).unwrap()).unwrap(), settings);
}

#[tokio::test]
async fn a_level_outside_the_window_is_refused_with_nothing_sent() {
    let (mut smu, peer) = common::ready().await;
    let far = "is outside the window -1.2 V to 1.2 V of \"a0\"";
    for (level, shown) in [(1.2000001, "1.2000001 V"), (-3.0, "-3 V"), (f64::NAN, "NaN V")] {
        let expected = format!("level {shown} {far}");
        for error in [
            smu.read(level).await.unwrap_err(),
            smu.stage(&[0.0, level]).await.unwrap_err(),
            smu.list_sweep(&[&[0.0; 2500], &[level][..]].concat()).await.unwrap_err(),
        ] {
            assert!(matches!(error, SmuError::OutsideWindow { .. }));
            assert_eq!(error.to_string(), expected);
        }
    }
    for (levels, length) in [(vec![], 0), (vec![0.0; 2501], 2501)] {
        let error = smu.stage(&levels).await.unwrap_err().to_string();
        assert_eq!(error, format!("\"a0\" takes 1 to 2500 levels at once, not {length}"));
    }
    assert_eq!(received(&peer), [""; 0]);
}

#[tokio::test]
async fn nothing_is_measured_while_the_output_is_off() {
    let (smu, peer) = common::configure(Peer::default()).await;
    let mut smu = smu.unwrap();
    received(&peer);
    for error in [smu.read(0.1).await.unwrap_err(), smu.list_sweep(&[0.1]).await.unwrap_err()] {
        assert_eq!(error.to_string(), "the output of \"a0\" is off");
    }
    assert_eq!(received(&peer), [""; 0]);
}
