//! Training by tables on devices of several shapes: a measured curve, and twins that differ too much
//! for the step.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use memloop_tests::{memloop, root, text};
use serde_json::Value;

/// Writes `experiments/yin-yang.toml`, shorter and without controls, for the bench beside it, with edits.
fn experiment(folder: &Path, edits: &[(&str, &str)]) -> PathBuf {
    let mut text = fs::read_to_string(root().join("experiments/yin-yang.toml")).unwrap();
    let shorter = [
        ("../benches/twins-saturating.toml", "bench.toml"),
        ("[\"constant-slope\", \"shuffled-slope\", \"numerical-slope\", \"tanh\", \"relu\"]", "[]"),
        ("repeats = 10", "repeats = 1"),
        ("epochs = 60", "epochs = 30"),
    ];
    for (old, new) in shorter.iter().chain(edits) {
        assert!(text.contains(old), "no `{old}`");
        text = text.replacen(old, new, 1);
    }
    let path = folder.join("experiment.toml");
    fs::write(&path, text).unwrap();
    path
}

/// Writes the bench of the measured curve, with `curve.csv` beside it for the curve.
fn bench_of_a_curve(folder: &Path) {
    let bench = fs::read_to_string(root().join("benches/nanofluidic.toml")).unwrap();
    let published = "../memloop-data/curves/nanofluidic_conductance.dat";
    assert_eq!(bench.matches(published).count(), 2);
    fs::write(folder.join("bench.toml"), bench.replace(published, "curve.csv")).unwrap();
}

fn train(folder: &Path, experiment: &Path) -> Output {
    memloop(folder, ["train", experiment.to_str().unwrap(), "--json", "--quiet"])
}

#[track_caller]
fn report(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_network_is_trained_by_the_tables_of_an_imported_conductance() {
    let folder = tempfile::tempdir().unwrap();
    bench_of_a_curve(folder.path());
    // A channel that rectifies: conductance against volts, 40 mV apart, without a header.
    let rows = (-50..=50).map(|it| 0.04 * f64::from(it));
    let rows = rows.map(|it| format!("{it}\t{}\n", 0.6 + 2.0 * (1.0 + (1.5 * it).exp()).ln()));
    fs::write(folder.path().join("curve.csv"), rows.collect::<String>()).unwrap();
    let edits = [("\"60 uA\"", "\"50 uA\""), ("gain = 1.5", "gain = 4.0")];
    let found = report(&train(folder.path(), &experiment(folder.path(), &edits)));
    let rmse = found["gradient_fidelity"][0]["rmse_over_range"].as_f64().unwrap();
    assert!((0.001..0.03).contains(&rmse), "{rmse}");
    let arm = &found["arms"][0];
    // 257 levels, two readings each.
    assert_eq!((&arm["readings"], &arm["slopes_absent"]), (&514.into(), &0.into()));
    let accuracy = arm["accuracy_percent_mean"].as_f64().unwrap();
    assert!(accuracy > 93.0, "{accuracy} %");
}

#[test]
fn a_curve_that_is_not_there_is_refused_by_its_path_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    bench_of_a_curve(folder.path());
    let output = train(folder.path(), &experiment(folder.path(), &[]));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("[simulated.a1]: ") && said.contains("curve.csv cannot be read"),
        "{said}"
    );
    assert!(!folder.path().join("memloop-data").exists());
}

#[test]
fn slopes_that_are_mostly_mismatch_are_raised_to_zero_and_still_train() {
    let folder = tempfile::tempdir().unwrap();
    let bench = root().join("benches/mismatched.toml");
    fs::copy(bench, folder.path().join("bench.toml")).unwrap();
    let edits =
        [("\"alternately-chopped\"", "\"forward\""), ("delta_v = \"auto\"", "delta_v = \"20 mV\"")];
    let found = report(&train(folder.path(), &experiment(folder.path(), &edits)));
    let rmse = found["gradient_fidelity"][0]["rmse_over_range"].as_f64().unwrap();
    assert!(rmse > 0.3, "{rmse}");
    let arm = &found["arms"][0];
    let clamped = arm["slopes_clamped"].as_u64().unwrap();
    assert!((50..150).contains(&clamped), "{clamped} of 257");
    let accuracy = arm["accuracy_percent_mean"].as_f64().unwrap();
    assert!(accuracy > 90.0, "{accuracy} %");
}
