//! Slopes again from recorded readings, from the real binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::path::Path;

use memloop_tests::{iris, memloop, text};
use rusqlite::Connection;
use serde_json::Value;

#[track_caller]
fn trained(folder: &Path, edits: &[(&str, &str)]) {
    let path = iris(folder, edits);
    let output = memloop(folder, ["train", path.to_str().unwrap(), "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

fn change(folder: &Path, sql: &str) {
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    assert!(campaign.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn every_slope_of_a_training_follows_again_from_its_readings() {
    // The neighbours' readings; a calibration that ages and a sentinel; the whole session's readings.
    let methods = [
        "method = \"alternately-chopped\"",
        "method = \"calibrated-pair\"\ncalibration = { refresh = 300 }\nsentinel = { level = \"0.5 V\", every = 200 }",
        "method = \"local-regression\"",
    ];
    for method in methods {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let edits = [("epochs = 50", "epochs = 2"), ("method = \"alternately-chopped\"", method)];
        trained(folder, &edits);
        let output = memloop(folder, ["replay", "1", "--json", "--quiet"]);
        assert_eq!(output.status.code(), Some(0), "{method}: {}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let phases = report["phases"].as_array().unwrap();
        let names: Vec<_> = phases.iter().map(|it| it["phase"].as_str().unwrap()).collect();
        assert_eq!(names, ["gradient", "measured", "constant-slope"], "{method}");
        for phase in phases {
            assert!(phase["slopes"].as_u64().unwrap() > 50, "{method}: {phase}");
            assert_eq!(phase["slopes"], phase["equal"], "{method}: {phase}");
        }
    }
}

#[test]
fn a_changed_reading_slope_or_level_is_found_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    trained(folder, &[("epochs = 50", "epochs = 2"), ("\"alternately-chopped\"", "\"forward\"")]);
    let differs = |part: &str| {
        let output = memloop(folder, ["replay", "1", "--quiet"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let told = text(&output.stdout);
        assert!(told.contains(part), "{part} is not in {told}");
    };
    let of_measured = "(SELECT max(id) FROM batches WHERE phase = 'measured')";
    change(
        folder,
        &format!(
            "UPDATE gradients SET didv_siemens = didv_siemens * 1.0000000001 WHERE batch = {of_measured} AND position = 3"
        ),
    );
    differs(", point 3: slope ");
    change(
        folder,
        &format!(
            "UPDATE readings SET level_volts = level_volts + 0.1 WHERE batch = {of_measured} AND position = 2"
        ),
    );
    differs("shot 2 of ");
    change(folder, "DELETE FROM openings");
    let output = memloop(folder, ["replay", "1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("run 1 ended before its first epoch"));
}
