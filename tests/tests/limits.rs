//! What ends a run by itself: the limits of a device, and what the bench watches. The real binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use memloop_tests::{iris, memloop, root, text};
use rusqlite::Connection;

/// `benches/one-pair.toml` with something more in it.
fn bench(folder: &Path, after: &str, more: &str) -> PathBuf {
    let one = fs::read_to_string(root().join("benches/one-pair.toml")).unwrap();
    assert!(one.contains(after), "{after}");
    let path = folder.join("bench.toml");
    fs::write(&path, one.replace(after, &format!("{after}{more}"))).unwrap();
    path
}

/// Trains for a while on a bench; the exit code and what standard error said.
fn train(folder: &Path, bench: &Path) -> (Option<i32>, String) {
    let path = iris(folder, &[("epochs = 50", "epochs = 3")]);
    let arguments =
        ["train", path.to_str().unwrap(), "--bench", bench.to_str().unwrap(), "--quiet"];
    let output = memloop(folder, arguments);
    (output.status.code(), text(&output.stderr))
}

fn ended(folder: &Path) -> (String, String) {
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    let sql = "SELECT exit_status, exit_message FROM runs";
    campaign.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

const RAMP: &str = "ramp = \"10 V/s\"\n";

#[test]
fn a_charge_limit_ends_a_training_before_it_is_passed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bench = bench(folder, RAMP, "limits = { charge = \"5 mC\" }\n");
    let (code, said) = train(folder, &bench);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("have flowed through the device of \"b1\""), "{said}");
    assert!(said.contains("limits.charge is 5 mC"), "{said}");
    assert!(!said.contains("MAY STILL BE ON"), "{said}");
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    let sql = "SELECT total(abs(current_amperes)) * 0.064 FROM readings
               JOIN instruments ON instruments.id = instrument WHERE name = 'b1'";
    let charge: f64 = campaign.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!((0.003..=0.005).contains(&charge), "{charge}");
    assert_eq!(ended(folder).0, "failed");
}

#[test]
fn what_the_bench_watches_ends_a_run_safely_and_it_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Devices of 60 uA at a compliance of 30 uA.
    let path = bench(folder, RAMP, "\n[watch]\nreadings = 200\nin_compliance = 0.01\n");
    let limited = fs::read_to_string(&path).unwrap();
    let limited = limited
        .replace("sense_range = \"100 uA\"", "sense_range = \"10 uA\"")
        .replace("compliance = \"105 uA\"", "compliance = \"10.5 uA\"");
    fs::write(&path, limited).unwrap();
    let (code, said) = train(folder, &path);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ended by the bench's watch: "), "{said}");
    assert!(said.contains("readings were in compliance: watch.in_compliance is 0.01"), "{said}");
    assert!(said.contains("all outputs are off (verified)"), "{said}");
    let (status, message) = ended(folder);
    assert_eq!(status, "interrupted");
    assert!(message.contains("watch.in_compliance"), "{message}");
    let shown = memloop(folder, ["show", "1"]);
    assert!(text(&shown.stdout).contains("watch.in_compliance"), "{}", text(&shown.stdout));
}

#[test]
fn thresholds_and_limits_that_cannot_be_are_refused_with_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows = [
        ("limits = { power = \"1 uW\" }\n", "limits.power = 1 uW: accepted is at least 126 uW"),
        ("limits = { dvdt = \"1 V/s\" }\n", "unknown key `dvdt`"),
        (
            "\n[watch]\nin_compliance = 5\n",
            "watch.in_compliance = 5: accepted is a share from 0 to 1",
        ),
        ("\n[watch]\nfree_disk = \"1 W\"\n", "\"1 W\" is not in B"),
    ];
    for (more, expected) in rows {
        let (code, said) = train(folder, &bench(folder, RAMP, more));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(expected), "{expected} is not in {said}");
        assert!(!folder.join("memloop-data").exists());
    }
}

#[test]
fn a_limit_of_dv_dt_is_kept_by_approaching_each_list_in_steps() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bench = bench(folder, RAMP, "limits = { dv_dt = \"10 V/s\" }\n");
    let arguments = ["iv", "--bench", bench.to_str().unwrap(), "--from", "-1 V", "--to", "1 V"];
    let output = memloop(folder, arguments.into_iter().chain(["--points", "101", "--quiet"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = memloop(folder, arguments.into_iter().chain(["--points", "3", "--quiet"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("limits.dv_dt is 10 V/s"), "{}", text(&output.stderr));
}
