//! Settings and levels: what is refused, and what is said about it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::{Peer, SETTINGS, connect, model, received, settings};
use smu::{Settings, Smu, SmuError};

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
            "invalid type: integer `20`, expected a quantity in quotes with its unit, for \
                example \"20 mV\"",
        ),
        ("\"2 V\"", "\"two V\"", "\"two V\" is not a quantity; write for example \"20 mV\""),
        ("\"105 uA\"", "\"105 uV\"", "\"105 uV\" is not in A; write for example \"20 mA\""),
        ("\"10 V/s\"", "\"10 V\"", "\"10 V\" is not in V/s; write for example \"20 mV/s\""),
        (
            "nplc = 1",
            "speed = 1",
            "unknown field `speed`, expected one of `source_range`, `sense_range`, \
                `compliance`, `nplc`, `line_frequency`, `source_delay`, `four_wire`, `window`, \
                `ramp`, `limits`, `settle`, `measure_voltage`, `auto_zero`, `output_off_mode`, `filter`",
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
        (
            "\"2 V\"",
            "\"3 V\"",
            "source_range = 3 V: accepted is one of 200 mV, 2 V, 20 V, 200 V".to_owned(),
        ),
        ("\"100 uA\"", "\"50 uA\"", format!("sense_range = 50 uA: accepted is {currents}")),
        ("\"105 uA\"", "\"50 nA\"", format!("compliance = 50 nA: accepted is {compliance}")),
        ("\"105 uA\"", "\"99 uA\"", format!("compliance = 99 uA: accepted is {compliance}")),
        ("\"105 uA\"", "\"106 uA\"", format!("compliance = 106 uA: accepted is {compliance}")),
        ("\"105 uA\"", "\"-105 uA\"", format!("compliance = -105 uA: accepted is {compliance}")),
        ("nplc = 1", "nplc = 0.001", "nplc = 0.001: accepted is 0.01 to 10".to_owned()),
        ("nplc = 1", "nplc = nan", "nplc = NaN: accepted is 0.01 to 10".to_owned()),
        ("\"50 Hz\"", "\"55 Hz\"", "line_frequency = 55 Hz: accepted is 50 Hz or 60 Hz".to_owned()),
        (
            "\"1 ms\"",
            "\"-1 ms\"",
            "source_delay = -1 ms: accepted is 0 s to 9.999999 ks".to_owned(),
        ),
        (
            "\"1.2 V\"",
            "\"2.2 V\"",
            "window = [\"-1.2 V\", \"2.2 V\"]: accepted is levels within ±2.1 V with \
            source_range 2 V"
                .to_owned(),
        ),
        (
            "\"2 V\"",
            "\"200 mV\"",
            "window = [\"-1.2 V\", \"1.2 V\"]: accepted is levels within ±210 mV with \
            source_range 200 mV"
                .to_owned(),
        ),
        (
            "\"-1.2 V\"",
            "\"0.1 V\"",
            format!("window = [\"100 mV\", \"1.2 V\"]: accepted is {window}"),
        ),
        (
            "[\"-1.2 V\", \"1.2 V\"]",
            "[\"1 V\", \"-1 V\"]",
            format!("window = [\"1 V\", \"-1 V\"]: accepted is {window}"),
        ),
        ("\"10 V/s\"", "\"0 V/s\"", "ramp = 0 V/s: accepted is a rate above 0 V/s".to_owned()),
        ("\"10 V/s\"", "\"-1 V/s\"", "ramp = -1 V/s: accepted is a rate above 0 V/s".to_owned()),
        (
            "\"10 V/s\"",
            "\"1 uV/s\"",
            "ramp = 1 uV/s: accepted is at least 333.3333333333333 uV/s, which takes the \
            window's end to 0 V in 3.6 ks"
                .to_owned(),
        ),
    ];
    for (before, after, expected) in rows {
        let refused = edited_settings(before, after).unwrap();
        let (session, peer) = connect(Peer::default());
        let error = Smu::open("a0", session, model(), refused).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(received(&peer), [""; 0]);
    }
}

#[test]
fn options_that_the_model_cannot_take_are_refused() {
    let rows = [
        (
            "keithley-2400",
            "filter = { kind = \"repeat\", count = 101 }",
            "filter.count = 101: accepted is 1 to 100",
        ),
        (
            "keithley-2400",
            "filter = { kind = \"moving\", count = 0 }",
            "filter.count = 0: accepted is 1 to 100",
        ),
        (
            "keithley-2400",
            "settle = \"-1 ms\"",
            "settle = -1 ms: accepted is 0 s to 9.999998 ks with source_delay 1 ms",
        ),
        (
            "keysight-b2901a",
            "output_off_mode = \"guard\"",
            "output_off_mode = guard: accepted is one of normal, high-impedance, zero",
        ),
        (
            "keysight-b2901a",
            "auto_zero = \"on\"",
            "auto_zero = on: accepted is nothing: this model has no such setting",
        ),
        (
            "keysight-b2901a",
            "filter = { kind = \"repeat\", count = 2 }",
            "filter = repeat: accepted is nothing: this model has no such setting",
        ),
    ];
    for (model, more, expected) in rows {
        let settings: Settings = toml::from_str(&format!("{SETTINGS}{more}")).unwrap();
        let error = settings.check(&smu::Model::builtin(model).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    for (more, expected) in [
        ("auto_zero = \"always\"", "unknown variant `always`, expected one of `on`, `off`, `once`"),
        (
            "filter = { kind = \"median\", count = 2 }",
            "unknown variant `median`, expected `repeat` or `moving`",
        ),
        ("filter = { kind = \"repeat\" }", "missing field `count`"),
        (
            "output_off_mode = \"off\"",
            "unknown variant `off`, expected one of `normal`, `high-impedance`, `zero`, `guard`",
        ),
        ("measure_voltage = 1", "invalid type: integer `1`, expected a boolean"),
    ] {
        let error = toml::from_str::<Settings>(&format!("{SETTINGS}{more}")).unwrap_err();
        assert_eq!(error.message(), expected);
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
    let more = "auto_zero = \"once\"\nfilter = { kind = \"moving\", count = 3 }\nsettle = \"1 ms\"\n\
                output_off_mode = \"high-impedance\"\nmeasure_voltage = true\n";
    let optioned = toml::from_str(&format!("{SETTINGS}{more}")).unwrap();
    for settings in [settings(), optioned] {
        let text = toml::to_string(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings, "{text}");
    }
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
