//! Instrument files: what is refused, and what is said about it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::PathBuf;

use smu::{Model, ModelError};

const FILE: &str = "instruments/keithley-2400.toml";
/// The most lines of an instrument file: a model is written down, not programmed.
const MOST_LINES: usize = 80;

fn instruments() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../instruments")
}

fn text() -> String {
    std::fs::read_to_string(instruments().join("keithley-2400.toml")).unwrap()
}

/// The file's text with `before` replaced.
fn edited(before: &str, after: &str) -> String {
    let text = text();
    assert_eq!(text.matches(before).count(), 1, "{before} is not once in the file");
    text.replace(before, after)
}

/// What is said about a text.
fn refusal(text: &str) -> String {
    match Model::from_toml(FILE, text) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The line in which `part` first stands.
fn line(text: &str, part: &str) -> usize {
    let at = text.find(part).unwrap_or_else(|| panic!("{part} is not in the text"));
    text[..at].matches('\n').count() + 1
}

#[test]
fn every_instrument_file_is_short_loads_and_bears_its_models_name() {
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(instruments()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() < MOST_LINES, "{} is long", path.display());
        let model = Model::from_toml(&path.to_string_lossy(), &text).unwrap();
        assert_eq!(model.name(), path.file_stem().unwrap());
        assert_eq!(Model::builtin(model.name()).unwrap().name(), model.name());
        seen.push(model.name().to_owned());
    }
    seen.sort();
    assert_eq!(seen, Model::names().collect::<Vec<_>>());
}

#[test]
fn a_model_that_there_is_not_lists_those_that_there_are() {
    let error = Model::builtin("keithley-2499").unwrap_err();
    assert!(matches!(&error, ModelError::Unknown { name, .. } if name == "keithley-2499"));
    let text = error.to_string();
    assert!(text.starts_with("there is no model \"keithley-2499\"; known are keithley-2400, "));
    assert!(text.ends_with(", or the path of a .toml file"));
}

#[test]
fn an_instrument_file_that_does_not_fit_its_schema_is_refused_by_line() {
    // What is edited, and what is said of the line in which the fourth text stands.
    let rows = [
        ("abort = \":ABOR\"\n", "", "missing field `abort`", "[operations]"),
        ("fetch = \":FETC?\"\n", "", "missing field `fetch`", "[operations]"),
        (
            "\nnplc = { set",
            "\nspeed = { set",
            "unknown field `speed`, expected one of `order`, `source_range`, `compliance`, \
                `sense_range`, `nplc`, `line_frequency`, `source_delay`, `four_wire`, \
                `auto_zero`, `filter`, `output_off_mode`",
            "speed =",
        ),
        ("start = \":INIT\"", "begin = \":INIT\"", "unknown field `begin`", "begin ="),
        ("most = 2500", "most = -1", "invalid value: integer `-1`, expected usize", "most = -1"),
        (
            "least = \"1 nA\"",
            "least = 1e-9",
            "invalid type: floating point `0.000000001`, expected a quantity in quotes \
                with its unit, for example \"20 mA\"",
            "least = 1e-9",
        ),
        (
            "least = \"1 nA\"",
            "least = \"1\"",
            "\"1\" has no unit; write for example \"20 mA\"",
            "least = \"1\"",
        ),
        (
            "most = \"1.05 A\"",
            "most = \"1.05 V\"",
            "\"1.05 V\" is not in A; write for example \"20 mA\"",
            "1.05 V",
        ),
        (
            "VOLT {level}\"",
            "VOLT {volts}\"",
            "`:SOUR:VOLT {volts}`: unknown placeholder {volts}, known are {channel}, {level}, \
                {levels}, {count}, {value}, {start}, {stop}",
            "{volts}",
        ),
        ("COUN {count}\"", "COUN {count\"", "`:TRIG:COUN {count`: `{` is not closed", "{count\""),
        ("COUN {count}\"", "COUN count}\"", "`:TRIG:COUN count}`: `}` was not opened", "count}"),
        (
            "COUN {count}\"",
            "COUN {count}{\"",
            "`:TRIG:COUN {count}{`: `{` is not closed",
            "{count}{",
        ),
        ("start = \":INIT\"", "start = \"\"", "a command is one line of text", "start = \"\""),
        (
            "start = \":INIT\"",
            "start = \":INIT\\n:ABOR\"",
            "a command is one line of text",
            "start = \":I",
        ),
        (
            "list_mode = \":SOUR:VOLT:MODE LIST\"",
            "list_mode = 7",
            "invalid type: integer `7`, expected a command in quotes, or a list of commands",
            "list_mode",
        ),
        ("[\"current\", \"time\"", "[\"amps\", \"time\"", "unknown variant `amps`", "amps"),
        (
            "guard = \"GUAR\"",
            "guarded = \"GUAR\"",
            "unknown variant `guarded`, expected one of `normal`, `high-impedance`, `zero`, \
                `guard`",
            "guarded",
        ),
        ("width = 4", "width = \"4\"", "invalid type: string \"4\", expected usize", "width"),
        (
            "order = \"big-endian\"",
            "order = \"big\"",
            "unknown variant `big`, expected `big-endian` or `little-endian`",
            "order = \"big\"",
        ),
        ("below = \"C27\", ", "", "missing field `below`", "firmware ="),
        ("[operations]", "[operations", "", "[operations"),
    ];
    for (before, after, expected, at) in rows {
        let text = edited(before, after);
        let expected = format!("{FILE}:{}: {expected}", line(&text, at));
        let found = refusal(&text);
        assert!(found.starts_with(&expected), "{found}\ninstead of {expected}");
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
        (
            "operations.fetch",
            "fetch = \":FETC?\"",
            "fetch = \":FETC? {level}\"",
            "`:FETC? {level}` may hold only {count}",
        ),
        (
            "operations.read",
            "read = \":READ?\"",
            "read = \"READ?\"",
            "`READ?` must begin with : or *",
        ),
        (
            "operations.count",
            "count = \":TRIG:COUN {count}\"",
            "count = []",
            "one of its commands must hold {count}",
        ),
        (
            "operations.zero_once",
            "AZER ONCE\"",
            "AZER {value}\"",
            "`:SYST:AZER {value}` must hold no placeholder",
        ),
        (
            "staircase.levels",
            "\":SOUR:VOLT:STOP {stop}\", ",
            "",
            "one of its commands must hold {stop}",
        ),
        (
            "staircase.levels",
            "STAR {start}\"",
            "STAR {start},{level}\"",
            "`:SOUR:VOLT:STAR {start},{level}` may hold only {start}, {stop}, {count}",
        ),
        ("operations.prepare", "\"*CLS\"", "\"*ESR?\"", "`*ESR?` must be a command without reply"),
        ("identity.query", "\"*IDN?\"", "\"*IDN\"", "`*IDN` must be one query"),
        ("identity.makers", "[\"KEITHLEY INSTRUMENTS INC.\"]", "[]", "at least one"),
        ("channels", "channels = 1", "channels = 0", "at least 1"),
        (
            "settings.order",
            "\"compliance\", \"sense_range\",",
            "\"sense_range\", \"sense_range\",",
            "source_range, compliance, sense_range, nplc, line_frequency, source_delay, \
                four_wire, once each",
        ),
        (
            "settings.nplc",
            "NPLC {value}\"",
            "NPLC {level}\"",
            "`:SENS:CURR:NPLC {level}` must hold {value}",
        ),
        ("settings.nplc", "NPLC?\"", "NPLC\"", "`:SENS:CURR:NPLC` must be one query"),
        (
            "settings.filter",
            "AVER:COUN {value}\"",
            "AVER:COUN 10\"",
            "`:SENS:AVER:COUN 10` must hold {value}",
        ),
        ("settings.auto_zero", "AZER?\"", "AZER\"", "`:SYST:AZER` must be one query"),
        ("settings.output_off_mode", "SMOD?\"", "SMOD\"", "`:OUTP:SMOD` must be one query"),
        (
            "settings.source_range",
            "VOLT:RANG?\", answers = [1.0, 1.05]",
            "VOLT:RANG?\", answers = []",
            "answers are factors above zero, at least one",
        ),
        ("sense.ranges", "\"1 uA\", \"10 uA\"", "\"10 uA\", \"1 uA\"", rising),
        (
            "sense.ranges",
            "[\"1 uA\", \"10 uA\", \"100 uA\", \"1 mA\", \"10 mA\", \"100 mA\", \"1 A\"]",
            "[]",
            rising,
        ),
        ("source.ranges", "[\"200 mV\",", "[\"2 V\",", rising),
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
            "\"5 mV\"]], over_range = 1.05",
            "\"5 mV\"]], over_range = 0.5",
            "0.5 is not from 1 to 2",
        ),
        ("nplc", "[0.01, 10]", "[10, 0.01]", "two numbers above zero, the smaller first"),
        ("nplc", "[0.01, 10]", "[0.01, inf]", "two numbers above zero, the smaller first"),
        ("list.per_command", "per_command = 100", "per_command = 0", "from 1 to list.most = 2500"),
        ("compliance.least", "\"1 nA\"", "\"2 A\"", "above zero and below compliance.most"),
        (
            "compliance.least_share_of_sense_range",
            "range = 1 }",
            "range = nan }",
            "NaN is not from 0 to 1",
        ),
        (
            "timing.auto_zeroed",
            "conversions = 3",
            "conversions = -3",
            "-3 conversions are not a number above zero",
        ),
        ("timing.plain", "\"575 us\"", "\"-2 ms\"", "overhead -2 ms is below 0 s"),
        (
            "readings.elements",
            "elements = [\"current\", \"time\", \"status\"]",
            "elements = [\"current\", \"status\"]",
            "current, time (or seconds and fraction) and status, once each",
        ),
        (
            "readings.with_voltage",
            "with_voltage = [\"voltage\", ",
            "with_voltage = [",
            "voltage, current, time (or seconds and fraction) and status, once each",
        ),
        (
            "readings.with_voltage",
            "with_voltage = [\"voltage\", \"current\", \"time\", \"status\"]\n",
            "",
            "stands in a file that has operations.measure_voltage, and only there",
        ),
        ("readings.in_compliance", "[3, 16]", "[3, 32]", "bit numbers from 0 to 31, at least one"),
        ("readings.in_compliance", "[3, 16]", "[]", "bit numbers from 0 to 31, at least one"),
        ("binary.layout", "width = 4", "width = 5", "width 5 is neither 4 nor 8"),
    ];
    for (key, before, after, expected) in rows {
        let text = edited(before, after);
        let found = refusal(&text);
        assert!(found.ends_with(&format!(": {key}: {expected}")), "{found}\ninstead of {expected}");
        let number = found.strip_prefix(&format!("{FILE}:")).unwrap().split(':').next().unwrap();
        let at = text.lines().nth(number.parse::<usize>().unwrap() - 1).unwrap();
        let word = key.rsplit('.').next().unwrap();
        let table = format!("[{}]", key.split('.').next().unwrap());
        assert!(at.contains(word) || at.contains(&table), "{found} is not about {at}");
    }
}

const CLONE: &str = "name = \"my-clone\"\nlike = \"keithley-2400\"\n";

#[test]
fn a_file_that_is_like_another_says_only_what_differs() {
    let text = format!(
        "{CLONE}without = [\"staircase\", \"settings.filter\"]\n\
         [identity]\nmakers = [\"ACME\"]\nmodel = \"S1\"\n\
         [source]\nranges = [[\"2 V\", \"100 uV\"]]\n"
    );
    let model = Model::from_toml("my-clone.toml", &text).unwrap();
    assert_eq!(model.name(), "my-clone");
    let two: smu::units::Volts = "2 V".parse().unwrap();
    let twenty: smu::units::Volts = "20 V".parse().unwrap();
    assert_eq!(model.source_resolution(two).unwrap().to_string(), "100 uV");
    assert_eq!(model.source_resolution(twenty), None);
}

#[test]
fn a_file_that_is_like_another_is_refused_in_its_own_lines() {
    let rows = [
        ("identity.modle = \"S1\"\n", "3: unknown field `modle`, expected one of `query`"),
        ("nplc = [10, 1]\n", "3: nplc: two numbers above zero, the smaller first"),
        (
            "\n[operations]\nlevel = \":SOUR:VOLT {volts}\"\n",
            "5: `:SOUR:VOLT {volts}`: unknown placeholder {volts}",
        ),
        (
            "\n[operations]\nlevel = \":SOUR:VOLT\"\n",
            "5: operations.level: `:SOUR:VOLT` must hold {level}",
        ),
        ("without = [\"stairs\"]\n", "3: without: there is no \"stairs\" to leave out"),
        ("without = [\"settings.x.y\"]\n", "3: without: there is no \"settings.x.y\" to leave out"),
        ("without = 3\n", "3: without: a list of keys that the other file has, in quotes"),
        ("nplc = [10, 1", "3: "),
        (
            "settings.nplc = { set = \":SENS:CURR:NPLC\", get = \":SENS:CURR:NPLC?\" }\n",
            "3: settings.nplc: `:SENS:CURR:NPLC` must hold {value}",
        ),
        (
            "without = [\"operations.measure_voltage\"]\n",
            "1: readings.with_voltage: stands in a file that has operations.measure_voltage",
        ),
    ];
    for (more, expected) in rows {
        let error = Model::from_toml("mine.toml", &format!("{CLONE}{more}")).unwrap_err();
        let found = error.to_string();
        let of_base = found.starts_with("instruments/keithley-2400.toml:");
        let found = found.rsplit_once(".toml:").unwrap().1;
        let expected = if of_base { expected.split_once(": ").unwrap().1 } else { expected };
        let found = if of_base { found.split_once(": ").unwrap().1 } else { found };
        assert!(found.starts_with(expected), "{error}\ninstead of {expected}");
    }
    for (text, expected) in [
        ("like = \"keithley-2400\"\n", "mine.toml:1: missing field `name`"),
        (
            "name = \"x\"\nlike = \"keithley-2499\"\n",
            "mine.toml:2: like: there is no model \"keithley-2499\"; known are keithley-2400,",
        ),
        ("name = \"x\"\nlike = 2400\n", "mine.toml:2: like: the name of a model, in quotes"),
    ] {
        let found = Model::from_toml("mine.toml", text).unwrap_err().to_string();
        assert!(found.starts_with(expected), "{found}\ninstead of {expected}");
    }
    let alone = text().replacen("channels = 1\n", "channels = 1\nwithout = [\"staircase\"]\n", 1);
    assert!(refusal(&alone).ends_with("without: stands beside `like`"));
}
