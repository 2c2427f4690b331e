//! A trained network on devices that have drifted since, and its weights as files: the real binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{fs, path::Path};

use memloop_tests::{iris, memloop, root, text};
use serde_json::Value;

#[track_caller]
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let arguments = arguments.iter().copied().chain(["--json", "--quiet"]);
    let output = memloop(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_evaluation_shows_what_the_devices_drift_did_and_weights_go_out_and_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = iris(folder, &[("epochs = 50", "epochs = 8")]);
    let trained = json(folder, &["train", path.to_str().unwrap()]);
    let again = json(folder, &["evaluate", "1"]);
    let accuracy = |it: &Value| it.as_f64().unwrap();
    let then = accuracy(&trained["arms"][0]["accuracy_percent_mean"]);
    assert_eq!(again["accuracy_percent_then"], then);
    assert!((accuracy(&again["accuracy_percent_now"]) - then).abs() < 3.0, "{again}");
    assert_eq!(again["folds"].as_array().unwrap().len(), 5);
    // The simulated devices begin afresh: the same survey.
    assert_eq!(again["drift"][0]["current_rms_amperes"], 0.0);
    assert_eq!(again["readings_made"], again["readings_stored"]);

    let bench = fs::read_to_string(root().join("benches/simulated.toml")).unwrap();
    let aged = bench.replace("full_scale = \"60 uA\"", "full_scale = \"40 uA\"");
    fs::write(folder.join("aged.toml"), aged).unwrap();
    let aged = json(folder, &["evaluate", "1", "--bench", "aged.toml", "--table"]);
    assert!(accuracy(&aged["drift"][1]["current_rms_over_range"]) > 0.05, "{aged}");
    let changed = aged["folds"].as_array().unwrap().iter();
    let changed: usize = changed.map(|it| it["changed"].as_array().unwrap().len()).sum();
    assert!(changed > 5, "{aged}");
    assert_eq!(aged["comparison"]["methods"][1]["comparison"]["test"]["name"], "mcnemar");

    let one = ["evaluate", "1", "--repeat", "0", "--fold", "2"];
    let own = json(folder, &one);
    for name in ["w.npz", "w.safetensors"] {
        json(folder, &["weights", "export", "1", "--fold", "2", "--to", name]);
        let mut read = json(folder, &[&one[..], &["--weights", name]].concat());
        read["run"] = own["run"].clone();
        assert_eq!(read, own, "{name}");
    }
    let runs = json(folder, &["runs"]);
    assert_eq!(runs["runs"][1]["kind"], "evaluate");

    let refused = |arguments: &[&str], part: &str| {
        let output = memloop(folder, arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(part), "{part} is not in {error}");
    };
    refused(&["evaluate", "1", "--arm", "tanh"], "arm \"tanh\" has no devices");
    refused(&["evaluate", "1", "--fold", "7"], "it has 20 ended folds, of measured, ");
    refused(&["weights", "export", "1", "--to", "w.npz"], "w.npz cannot be written: ");
    refused(&["weights", "export", "1", "--to", "w.pt"], "expected a name in .safetensors or .npz");
    let weights = ["--weights", "iris.toml"];
    refused(&[&one[..], &weights].concat(), "expected a name in .safetensors or .npz");
}

#[test]
fn the_help_of_what_works_with_trained_networks_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["resume", "--help"][..], &["evaluate", "--help"], &["weights", "export", "--help"]]
    {
        let output = memloop(folder.path(), arguments);
        assert!(text(&output.stdout).contains("Examples:"), "{arguments:?}");
    }
}
