//! `memloop iv` refuses what it cannot do before an output is on, and ends when it is asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{fs, path::Path};

use memloop_tests::{memloop, text};
use rusqlite::Connection;

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], code: i32, part: &str) {
    let output = memloop(folder, [&["iv", "--campaign", "c.sqlite"], arguments].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(part), "{part} is not in {said}");
}

#[test]
fn counts_beyond_memory_and_sweeps_beyond_a_day_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let accepted = "--points 1000000000000: accepted is 2 to 1000000";
    refused(folder, &["--points", "1000000000000"], 2, accepted);
    refused(folder, &["--sweeps", "0"], 2, "--sweeps 0: accepted is 1 to 1000000");
    let days = "days of instrument time; more than 24 h start only with --long";
    refused(folder, &["--points", "1000000", "--sweeps", "20"], 2, days);
    assert!(!folder.join("c.sqlite").exists());
}

#[test]
fn a_folder_for_figures_that_cannot_be_made_is_told_before_anything_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("c-run-0001"), "").unwrap();
    refused(folder, &[], 1, "c-run-0001 cannot be made");
    let campaign = Connection::open(folder.join("c.sqlite")).unwrap();
    let count = |sql: &str| campaign.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM readings"), 0);
    assert_eq!(count("SELECT count(*) FROM runs WHERE exit_status = 'failed'"), 1);
}

#[test]
fn a_sweep_longer_than_a_part_is_stored_whole_and_its_bill_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let output = memloop(folder, ["iv", "--points", "3001", "--campaign", "c.sqlite"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("sweeps: 24008 operations, about "), "{said}");
    assert!(text(&output.stdout).contains("Readings: 24008 made, 24008 stored."));
}
