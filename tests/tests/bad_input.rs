//! What is refused, in which words, and that it leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use memloop_tests::{Server, bench_over_tcp, iris, memloop, root, text};
use tempfile::TempDir;

/// Runs `memloop train` and requires its refusal: exit code, a sentence that contains all of
/// `parts`, and no campaign.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], code: i32, parts: &[&str]) {
    let output = memloop(folder, arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    let sentences = error.lines().filter(|it| !it.trim().is_empty()).count();
    assert_eq!(sentences, 1, "more than a sentence: {error}");
    let left = folder.join("memloop-data/campaign.sqlite").exists();
    assert!(!left, "a campaign was left behind");
}

/// The same with a copy of the experiment and a copy of the one-pair bench, with one edit.
#[track_caller]
fn refused_on_bench(folder: &Path, old: &str, new: &str, code: i32, parts: &[&str]) {
    let experiment = iris(folder, &[]);
    let bench = edited(folder, "benches/one-pair.toml", old, new);
    let arguments = ["train", experiment.to_str().unwrap(), "--bench", bench.to_str().unwrap()];
    refused(folder, &arguments, code, parts);
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A copy of a file of the checkout, with one edit.
fn edited(folder: &Path, file: &str, old: &str, new: &str) -> PathBuf {
    let text = fs::read_to_string(root().join(file)).unwrap();
    assert!(text.contains(old), "{file} has no `{old}`");
    let path = folder.join(Path::new(file).file_name().unwrap());
    fs::write(&path, text.replacen(old, new, 1)).unwrap();
    path
}

#[test]
fn an_experiment_that_cannot_be_is_refused_with_file_line_and_key() {
    let table: &[(&str, &str, &[&str])] = &[
        ("hidden = 2 ", "hiden = 2 ", &["iris.toml:13", "unknown key `hiden`", "`hidden`"]),
        ("hidden = 2 ", "hidden = 0 ", &["iris.toml:", "network.hidden = 0", "from 1"]),
        ("\"auto\"", "100", &["iris.toml:", "quotes with its unit", "20 mV"]),
        ("\"auto\"", "\"100\"", &["iris.toml:", "\"100\" has no unit", "20 mV"]),
        ("\"auto\"", "\"100 mA\"", &["iris.toml:", "is not in V"]),
        ("\"auto\"", "\"20 uV\"", &["delta_v", "20 uV", "one source code, 50 uV", "2 V range"]),
        (
            "[\"-1 V\", \"1 V\"]",
            "[\"-1 V\", \"1.25 V\"]",
            &["iris.toml: [gradient]", "level 1.25 V is outside the window -1.2 V to 1.2 V"],
        ),
        (
            "[\"-1 V\", \"1 V\"]",
            "[\"-1 V\", \"1.2 V\"]",
            &["delta_v = \"auto\"", "limited by the window -1.2 V to 1.2 V", "smallest step"],
        ),
        (
            "\"alternately-chopped\"",
            "\"backward\"",
            &["iris.toml:", "gradient.method = \"backward\"", "\"forward\""],
        ),
        ("\"auto\"", "\"automatic\"", &["iris.toml:", "automatic", "or \"auto\""]),
        (
            "\"auto\"",
            "\"0 V\"",
            &["gradient.delta_v = 0 V", "a voltage other than 0 V, or \"auto\""],
        ),
        (
            "delta_v = \"auto\"",
            "delta_v = \"auto\"\nrepeats = 0",
            &["iris.toml: [gradient]", "gradient.repeats = 0", "1 or more"],
        ),
        (
            "delta_v = \"auto\"",
            "delta_v = \"100 mV\"\nrest = { level = \"2 V\" }",
            &["iris.toml: [gradient]", "rest.level = 2 V", "-1.2 V to 1.2 V"],
        ),
        (
            "delta_v = \"auto\"",
            "delta_v = \"auto\"\nhold = 7",
            &["iris.toml: [gradient]", "gradient.hold = 7 with protocol", "accepted is none"],
        ),
        (
            "delta_v = \"auto\"",
            "delta_v = \"auto\"\nrepeats = -1",
            &["iris.toml:", "repeats = -1", "a whole number of 1 or more"],
        ),
        (
            "delta_v = \"auto\"",
            "delta_v = \"auto\"\nsurvey = { levels = 1000000000000 }",
            &["gradient.survey.levels = 1000000000000: accepted is 5 to 1000000"],
        ),
        ("\"species\"", "\"kind\"", &["iris.csv:1", "no column \"kind\"", "species"]),
        ("\"iris.csv\"", "\"iris2.csv\"", &["iris2.csv", "cannot be read"]),
        ("kind = \"train\"", "kind = \"gradient\"", &["gradient experiment", "memloop gradient"]),
        ("epochs = 50", "epochs = \"fifty\"", &["iris.toml:", "epochs = \"fifty\""]),
        ("folds = 5", "folds = 51", &["folds = 51", "50 rows"]),
    ];
    for (old, new, parts) in table {
        let folder = folder();
        let path = iris(folder.path(), &[(old, new)]);
        refused(folder.path(), &["train", path.to_str().unwrap()], 2, parts);
    }
}

#[test]
fn a_truncated_table_is_refused_with_its_line() {
    let folder = folder();
    let path = iris(folder.path(), &[]);
    let table = folder.path().join("iris.csv");
    let whole = fs::read_to_string(&table).unwrap();
    let at = whole.find("\n6.3").unwrap() + 8;
    fs::write(&table, &whole[..at]).unwrap();
    refused(folder.path(), &["train", path.to_str().unwrap()], 2, &["iris.csv"]);
    fs::write(&table, whole.replacen("5.1,", "5.1x,", 1)).unwrap();
    let parts = ["iris.csv:2", "sepal_length_cm", "5.1x", "number"];
    refused(folder.path(), &["train", path.to_str().unwrap()], 2, &parts);
}

#[test]
fn a_bench_that_cannot_be_is_refused_before_anything_is_sent() {
    let table: &[(&str, &str, &[&str])] = &[
        ("nplc = 1", "nplcs = 1", &["one-pair.toml:", "unknown key `nplcs`", "`nplc`"]),
        ("nplc = 1", "nplc = 20", &["smu \"a1\"", "nplc = 20", "0.01 to 10"]),
        ("\"2 V\"", "\"3 V\"", &["source_range = 3 V", "200 mV, 2 V, 20 V, 200 V"]),
        ("\"105 uA\"", "\"50 uA\"", &["compliance = 50 uA", "100 uA"]),
        ("\"105 uA\"", "\"1 mA\"", &["compliance = 1 mA", "105 uA"]),
        ("\"1.2 V\"", "\"2.5 V\"", &["window", "2.1 V"]),
        ("\"1.2 V\"", "\"1 V\"", &["window -1.2 V to 1 V"]),
        (
            "\"keithley-2400\"",
            "\"keithley-2499\"",
            &["no model \"keithley-2499\"", "keithley-2400"],
        ),
        (
            "resource = \"SIM::a1\"",
            "resource = \"SIM::a1\"\nchannel = 2",
            &["smu \"a1\"", "channel = 2", "accepted is 1"],
        ),
        (
            "probe = \"b1\"",
            "probe = \"b1\"\ncoupling = \"cable\"",
            &["pair.coupling = \"cable\"", "\"trigger-link\""],
        ),
        (
            "probe = \"b1\"",
            "probe = \"b1\"\nleader = \"probe\"",
            &["pair \"pair 1\" has `leader`", "coupling = \"software\" has no cable"],
        ),
        (
            "probe = \"b1\"",
            "probe = \"b1\"\ncoupling = \"digital-lines\"",
            &["pair \"pair 1\": ", "the model keithley-2400 has no such lines"],
        ),
        (
            "probe = \"b1\"",
            "probe = \"b1\"\ncoupling = \"trigger-link\"\nlines = { base = { output = 9, input = 1 } }",
            &["line 9 of \"a1\"", "lines are 1 to 4"],
        ),
        (
            "monotonic = true",
            "monotonic = true\n[[cable]]\nlines = [\"a1\", \"c1\"]",
            &["`[[cable]]` leads to \"c1\"", "a1, b1"],
        ),
        (
            "monotonic = true",
            "monotonic = true\n[[cable]]\nlines = [\"a1\", \"b1\"]\nmap = { 5 = 1 }",
            &["line 5 of \"a1\"", "lines 1 to 4"],
        ),
        (
            "resource = \"SIM::b1\"",
            "resource = \"SIM::a1\"",
            &["smu \"a1\" and smu \"b1\"", "same resource SIM::a1 and channel 1", "one `[[smu]]`"],
        ),
        (
            "resource = \"SIM::b1\"\nmodel = \"keithley-2400\"",
            "resource = \"SIM::a1\"\nchannel = 2\nmodel = \"keithley-2401\"",
            &["channels of the instrument at SIM::a1", "\"keithley-2400\" and \"keithley-2401\""],
        ),
        ("\"SIM::a1\"", "\"SIM::a9\"", &["[simulated.a9]"]),
        ("\"SIM::a1\"", "\"GPIB0::24\"", &["GPIB0::24", "[[gateway]]", "board = 0"]),
        ("probe = \"b1\"", "probe = \"b9\"", &["probe = \"b9\"", "a1, b1"]),
        ("probe = \"b1\"", "probe = \"a1\"", &["\"a1\"", "one device"]),
        ("preset = \"liquid-sinh\"", "preset = \"solid\"", &["solid", "liquid-sinh"]),
        ("read = \"0.2 %\"", "read = \"0.2\"", &["0.2", "%"]),
    ];
    for (old, new, parts) in table {
        refused_on_bench(folder().path(), old, new, 2, parts);
    }
}

#[test]
fn a_model_file_that_lacks_an_operation_is_refused() {
    let folder = folder();
    let experiment = iris(folder.path(), &[]);
    edited(folder.path(), "instruments/keithley-2400.toml", "fetch = \":FETC?\"\n", "");
    let bench = edited(
        folder.path(),
        "benches/one-pair.toml",
        "\"keithley-2400\"",
        "\"keithley-2400.toml\"",
    );
    let arguments = ["train", experiment.to_str().unwrap(), "--bench", bench.to_str().unwrap()];
    refused(folder.path(), &arguments, 2, &["keithley-2400.toml:", "missing key `fetch`"]);
}

#[test]
fn an_address_where_nothing_listens_is_named() {
    let folder = folder();
    // Bound and dropped: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Server::start(&[]);
    let experiment = iris(folder.path(), &[]);
    let bench = bench_over_tcp(folder.path(), server.port, port);
    let arguments = ["train", experiment.to_str().unwrap(), "--bench", bench.to_str().unwrap()];
    let resource = format!("TCPIP0::127.0.0.1::{port}::SOCKET");
    refused(folder.path(), &arguments, 1, &["smu \"b1\"", &resource, "refused"]);
}

#[test]
fn another_instrument_than_the_bench_says_is_refused() {
    let folder = folder();
    let experiment = iris(folder.path(), &[]);
    edited(folder.path(), "instruments/keithley-2400.toml", "\"MODEL 2400\"", "\"MODEL 2410\"");
    let bench = edited(
        folder.path(),
        "benches/one-pair.toml",
        "\"keithley-2400\"",
        "\"keithley-2400.toml\"",
    );
    let arguments = ["train", experiment.to_str().unwrap(), "--bench", bench.to_str().unwrap()];
    refused(folder.path(), &arguments, 1, &["\"a1\"", "MODEL 2400", "expected", "MODEL 2410"]);
}

#[test]
fn an_output_folder_that_cannot_be_is_named() {
    let folder = folder();
    let experiment = iris(folder.path(), &[]);
    fs::write(folder.path().join("occupied"), "a file").unwrap();
    let arguments = ["train", experiment.to_str().unwrap(), "--campaign", "occupied/c.sqlite"];
    refused(folder.path(), &arguments, 2, &["occupied", "cannot be made"]);
    assert_eq!(fs::read_to_string(folder.path().join("occupied")).unwrap(), "a file");

    let arguments = ["train", experiment.to_str().unwrap(), "--campaign", "iris.csv"];
    refused(folder.path(), &arguments, 2, &["iris.csv is not a memloop campaign"]);
}

#[test]
fn options_that_mean_nothing_are_refused() {
    let folder = folder();
    for (arguments, part) in [
        (&["iv", "--from", "1"][..], "has no unit"),
        (&["iv", "--from", "1 V"], "both"),
        (&["iv", "--to", "5 V"], "outside the window"),
        (&["iv", "--points", "1"], "--points"),
    ] {
        refused(folder.path(), arguments, 2, &[part]);
    }
    let output = memloop(folder.path(), ["runs"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("there is no campaign file memloop-data/campaign.sqlite")
    );
    assert_eq!(memloop(folder.path(), ["tarin"]).status.code(), Some(2));
}
