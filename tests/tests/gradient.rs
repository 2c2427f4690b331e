//! `memloop gradient`: estimators compared at equal budgets, on drawn devices and on measured curves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use memloop_tests::{memloop, root, text};
use serde_json::Value;

const EXPERIMENT: &str = r#"kind = "gradient"
name = "short"
draws = 2
[gradient]
method = "forward"
delta_v = "50 mV"
[compare]
methods = ["forward", "chopped-central", "abba"]
operations = [2, 4]
delta_v = "100 mV"
[reference]
points = 101
sweeps = 2
half_width = "100 mV"
[sweep]
window = ["-0.9 V", "0.9 V"]
points = 15
sweeps = 2
"#;

/// Writes the experiment, with edits.
fn experiment(folder: &Path, edits: &[(&str, &str)]) -> PathBuf {
    let mut text = EXPERIMENT.to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "no `{old}`");
        text = text.replacen(old, new, 1);
    }
    let path = folder.join("short.toml");
    fs::write(&path, text).unwrap();
    path
}

#[track_caller]
fn json(folder: &Path, experiment: &Path, more: &[&str]) -> Value {
    let bench = root().join("benches/one-pair.toml");
    let mut arguments = vec!["gradient", experiment.to_str().unwrap(), "--json", "--quiet"];
    arguments.extend(["--bench", bench.to_str().unwrap()]);
    arguments.extend(more);
    let output = memloop(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn refused(folder: &Path, experiment: &Path, more: &[&str], parts: &[&str]) {
    let bench = root().join("benches/one-pair.toml");
    let mut arguments = vec!["gradient", experiment.to_str().unwrap()];
    arguments.extend(["--bench", bench.to_str().unwrap()]);
    arguments.extend(more);
    let output = memloop(folder, arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    assert!(!folder.join("memloop-data/campaign.sqlite").exists(), "a campaign was left behind");
}

#[test]
fn estimators_are_compared_at_equal_budgets_and_what_does_not_fit_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = experiment(folder.path(), &[]);
    let report = json(folder.path(), &path, &[]);
    assert_eq!(report["pairs"].as_array().unwrap().len(), 2);
    let budgets = report["comparison"].as_array().unwrap();
    let operations: Vec<_> = budgets.iter().map(|it| it["operations_per_point"].as_u64()).collect();
    assert_eq!(operations, [Some(2), Some(4)]);
    for budget in budgets {
        let most = budget["operations_per_point"].as_f64().unwrap();
        let mut before = 0.0;
        for method in budget["methods"].as_array().unwrap() {
            assert!(method["operations_per_point"].as_f64().unwrap() <= most, "{method}");
            // Two draws of one pair, two sweeps each.
            assert_eq!(method["sweeps"], 4);
            let rmse = method["rmse_over_range"]["mean"].as_f64().unwrap();
            assert!(rmse >= before, "the best comes first");
            assert!(method["rmse_over_range"]["sd"].as_f64().unwrap() > 0.0);
            before = rmse;
        }
    }
    assert_eq!(budgets[1]["methods"][0]["method"], "chopped-central");
    let left_out: Vec<_> = report["left_out"].as_array().unwrap().iter().collect();
    let names: Vec<_> = left_out.iter().map(|it| it["method"].as_str().unwrap()).collect();
    assert_eq!(names, ["chopped-central", "abba", "abba"]);
    assert!(report["reference"]["uncertainty_over_range"].as_f64().unwrap() < 0.05);
    assert_eq!(report["readings_made"], report["readings_stored"]);
    for plot in report["plots"].as_array().unwrap() {
        let file = folder.path().join(plot.as_str().unwrap());
        assert!(fs::metadata(&file).unwrap().len() > 1000, "{}", file.display());
    }
}

#[test]
fn the_same_draws_give_the_same_figures() {
    let run = || {
        let folder = tempfile::tempdir().unwrap();
        let path = experiment(folder.path(), &[]);
        let report = json(folder.path(), &path, &[]);
        (
            report["over_pairs"].clone(),
            report["comparison"][0]["methods"][0]["rmse_siemens"].clone(),
        )
    };
    assert_eq!(run(), run());
}

#[test]
fn a_measured_curve_takes_the_place_of_the_devices_law() {
    let folder = tempfile::tempdir().unwrap();
    let curve = folder.path().join("curve.csv");
    let row = |it: i32| {
        let volts = f64::from(it) / 50.0;
        format!("{volts},{}\n", 2e-3 * (2.0 * volts).sinh())
    };
    let rows: String = (-75..=75).map(row).collect();
    fs::write(&curve, format!("V_volt,I_ampere\n{rows}")).unwrap();
    let curve = curve.to_str().unwrap();
    let free = [("window = [\"-0.9 V\", \"0.9 V\"]\n", ""), ("draws = 2", "draws = 1")];
    let path = experiment(folder.path(), &free);
    let report = json(folder.path(), &path, &["--device", curve]);
    // ±1.2 V of the bench less 5 % of the span at both ends.
    assert_eq!(report["window_volts"], serde_json::json!([-1.08, 1.08]));
    // 4e-3·cosh(2·1.08) − 4e-3 S, gains of the bench's mismatch aside.
    let range = report["reference"]["range_siemens"].as_f64().unwrap();
    let expected = 4e-3 * ((2.0_f64 * 1.08).cosh() - 1.0);
    assert!((range / expected - 1.0).abs() < 0.15, "{range} and {expected}");
    let twice = json(folder.path(), &path, &["--device", curve, "--device", curve]);
    assert_eq!(twice["curves"].as_array().unwrap().len(), 2);
}

#[test]
fn curves_and_experiments_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let path = experiment(at, &[]);
    let curve = |name: &str, text: &str| {
        fs::write(at.join(name), text).unwrap();
        at.join(name).to_str().unwrap().to_owned()
    };
    let huge = curve("huge.csv", "-2,-8\n2,8\n");
    let short = curve("short.csv", "-0.5,-1e-5\n0.5,1e-5\n");
    let words = curve("words.csv", "t,x\n1,2\n");
    let zero = curve("zero.csv", "-2,0\n2,0\n");
    refused(at, &path, &["--device", &zero], &["zero.csv: the curve has no current"]);
    let flat = curve("flat.csv", "-2,-1e-5\n1,0\n2,1e-5\n");
    let scale = ["--device", &flat, "--full-scale", "60 uA"];
    refused(at, &path, &scale, &["flat.csv: --full-scale", "+1 V", "cannot be scaled"]);
    let siemens = curve("siemens.csv", "-2,0.712345678\n2,2.812345678\n");
    let named = curve("named.csv", "volts,amperes\n-2,-8\n2,8\n");
    refused(at, &path, &["--device", &huge], &["huge.csv", "--values siemens", "--full-scale"]);
    refused(at, &path, &["--device", &siemens], &["reaches 2.81 A", "add --values siemens"]);
    refused(at, &path, &["--device", &named], &["its currents reach 8 A", "--full-scale '60 uA'"]);
    refused(at, &path, &["--device", &short], &["sweep.window", "leaves the curve", "short.csv"]);
    refused(at, &path, &["--device", &words], &["words.csv:1", "names no `volts`"]);
    let thrice = ["--device", &short, "--device", &short, "--device", &short];
    refused(at, &path, &thrice, &["--device is given 3 times", "twice for base and probe"]);
    let table: &[(&str, &str, &[&str])] = &[
        ("draws = 2", "draws = 0", &["draws = 0"]),
        ("\"abba\"", "\"abbba\"", &["\"abbba\" is no estimator", "chopped-central"]),
        ("\"abba\"", "\"forward\"", &["names forward twice"]),
        ("operations = [2, 4]", "operations = []", &["compare.operations", "[2, 4, 8]"]),
        ("sweeps = 2\nhalf", "sweeps = 3\nhalf", &["reference.sweeps = 3", "even"]),
        ("window = [\"-0.9 V\", \"0.9 V\"]\n", "", &["sweep.window is missing", "--device"]),
        ("\"0.9 V\"]", "\"1.19 V\"]", &["level 1.29 V", "window -1.2 V to 1.2 V"]),
        ("delta_v = \"50 mV\"", "delta_v = \"20 uV\"", &["20 uV", "one source code"]),
    ];
    for (old, new, parts) in table {
        refused(at, &experiment(at, &[(old, new)]), &[], parts);
    }
    let auto =
        [("\"50 mV\"", "\"auto\""), ("delta_v = \"100 mV\"\n", ""), ("\"0.9 V\"]", "\"1.2 V\"]")];
    let parts = ["delta_v = \"auto\"", "limited by the window -1.2 V to 1.2 V", "at level 1.2 V"];
    refused(at, &experiment(at, &auto), &[], &parts);
}

#[test]
fn a_reference_that_cannot_be_fitted_is_refused_before_an_output_is_on() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let edit = |points: &str, half_width: &str, window: &str| {
        let edits = [
            ("points = 101", points),
            ("half_width = \"100 mV\"\n", half_width),
            ("[\"-0.9 V\", \"0.9 V\"]", window),
        ];
        experiment(at, &edits)
    };
    let wide = "[\"-1 V\", \"1 V\"]";
    let parts = [
        "reference.half_width = 80 mV (4 % of sweep.window) with reference.points = 51",
        "reaches 5 different levels at -1 V, and needs 7",
        "enough is a half_width of 240 mV or more, or 151 points or more",
    ];
    refused(at, &edit("points = 51", "", wide), &[], &parts);
    let hundred = "half_width = \"100 mV\"\n";
    let parts =
        ["reference.half_width = 100 mV with reference.points = 41", "300 mV", "121 points"];
    refused(at, &edit("points = 41", hundred, wide), &[], &parts);
    // Fewer source codes than a fit needs.
    let parts = ["reference.half_width = 40 uV", "needs 7", "enough is a half_width of 350 uV"];
    refused(at, &edit("points = 401", "", "[\"0 V\", \"1 mV\"]"), &[], &parts);
    let parts = ["reference.half_width = 3 V", "at most sweep.window is wide, 2 V"];
    refused(at, &edit("points = 401", "half_width = \"3 V\"\n", wide), &[], &parts);
}

#[test]
fn what_the_refusal_of_a_reference_calls_enough_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let edits = |points, half_width| {
        let wide = ("[\"-0.9 V\", \"0.9 V\"]", "[\"-1 V\", \"1 V\"]");
        [wide, ("points = 101", points), ("half_width = \"100 mV\"\n", half_width)]
    };
    for edits in [
        edits("points = 51", "half_width = \"240 mV\"\n"),
        edits("points = 151", "half_width = \"80 mV\"\n"),
    ] {
        let path = experiment(folder.path(), &edits);
        json(folder.path(), &path, &[]);
    }
}

#[test]
fn counts_beyond_memory_are_refused_by_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let table: &[(&str, &str, &[&str])] = &[
        ("points = 15", "points = 100000000000", &["sweep.points = 100000000000", "5 to 1000000"]),
        ("points = 101", "points = 100000000000", &["reference.points = 1000", "20 to 1000000"]),
        ("[2, 4]", "[9000000000000000000]", &["compare.operations = 9000", "1 to 100000"]),
        ("\"50 mV\"", "\"50 mV\"\nrepeats = 9000000000", &["gradient.repeats = 9000000000"]),
        ("\"50 mV\"", "\"50 mV\"\nrepeats = 9223372036854775807", &["1 to 100000"]),
        (
            "points = 15\nsweeps = 2",
            "points = 100000\nsweeps = 2\n",
            &["sweep.points = 100000 with 10000 operations", "at most 100000000 in a sweep"],
        ),
    ];
    for (old, new, parts) in table {
        let more = ("operations = [2, 4]", "operations = [10000]");
        let edits = if new.contains("points = 100000\n") {
            vec![(*old, *new), more]
        } else {
            vec![(*old, *new)]
        };
        refused(at, &experiment(at, &edits), &["--long"], parts);
    }
}

#[test]
fn where_no_slope_is_left_the_reasons_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // By the host and its clock one might be on time; the second of a Trigger Link never is.
    let late = ("\"50 mV\"", "\"50 mV\"\nskew = \"1 us\"");
    let path = experiment(at, &[late, ("draws = 2", "draws = 1")]);
    let bench = root().join("benches/pair-trigger-link.toml");
    let arguments = ["gradient", path.to_str().unwrap(), "--bench", bench.to_str().unwrap()];
    let output = memloop(at, arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    let expected =
        "by forward: 30 of 30 slopes are absent, and at least 2 are needed: skew too large 30";
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_estimators_noted_is_counted_below_the_tables_and_in_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let calibrated = [
        ("\"forward\"\n", "\"baseline-subtracted\"\n"),
        ("draws = 2", "draws = 1"),
        (
            "[compare]\nmethods = [\"forward\", \"chopped-central\", \"abba\"]\noperations = [2, 4]\ndelta_v = \"100 mV\"\n",
            "",
        ),
    ];
    let path = experiment(folder.path(), &calibrated);
    let report = json(folder.path(), &path, &[]);
    assert_eq!(report["notes"]["recalibrated"], 2, "one in each sweep");
    let bench = root().join("benches/one-pair.toml");
    let arguments = ["gradient", path.to_str().unwrap(), "--bench", bench.to_str().unwrap()];
    let output = text(&memloop(folder.path(), arguments).stdout);
    assert!(
        output.contains("\nNoted: recalibrated 2; the campaign's table `events` has each."),
        "{output}"
    );
}

/// Copper sulphate, three consecutive sweeps, and a nanofluidic channel; where they are at hand.
#[test]
fn on_measured_liquid_devices_chopping_beats_the_forward_pair() {
    let data = root().join("../shared/data/memristors");
    let file = |name: &str| data.join(name).to_str().unwrap().to_owned();
    if !data.is_dir() {
        return;
    }
    let [one, two] = ["cuso4_sweep1.csv", "cuso4_sweep2.csv"].map(file);
    let channel = file("nanofluidic_conductance.dat");
    let cases: [&[&str]; 3] = [
        &["--device", &one, "--branch", "up"],
        &["--device", &one, "--device", &two, "--branch", "mean"],
        &["--device", &channel, "--values", "siemens", "--full-scale", "60 uA"],
    ];
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = experiment(folder.path(), &[("points = 101", "points = 201")]);
        let report = json(folder.path(), &path, case);
        let methods = report["comparison"][1]["methods"].as_array().unwrap();
        let rmse = |name: &str| {
            let found = methods.iter().find(|it| it["method"] == name).unwrap();
            found["rmse_over_range"]["mean"].as_f64().unwrap()
        };
        let (chopped, forward) = (rmse("chopped-central"), rmse("forward"));
        assert!(chopped < 0.7 * forward, "{case:?}: {chopped} and {forward}");
    }
}
