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
