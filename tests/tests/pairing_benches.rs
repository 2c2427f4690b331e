//! The benches of all couplings, through the binary and into the campaign.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{fs, process::Command};

use memloop_tests::{binary, root};
use rusqlite::Connection;
use serde_json::Value;

const EXPERIMENT: &str = "kind = \"gradient\"\nname = \"short\"\n\
    [gradient]\nmethod = \"forward\"\ndelta_v = \"50 mV\"\n\
    [sweep]\nwindow = [\"-1 V\", \"1 V\"]\npoints = 11\nsweeps = 1\n";

#[test]
fn every_coupling_measures_and_its_skew_is_reported_and_stored() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = folder.path().join("short.toml");
    fs::write(&experiment, EXPERIMENT).unwrap();
    let campaign = folder.path().join("c.sqlite");
    let couplings = ["software", "trigger-link", "digital-lines", "channels"];
    for coupling in couplings {
        let bench = root().join(format!("benches/pair-{coupling}.toml"));
        let output = Command::new(binary("memloop"))
            .args(["gradient", "--json", "--quiet", "--bench"])
            .args([&bench, &experiment])
            .arg("--campaign")
            .arg(&campaign)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{coupling}: {said}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let pair = &report["pairs"][0];
        assert_eq!(pair["coupling"], coupling);
        assert!(pair["skew_seconds_largest"].is_number(), "{pair}");
        assert!(pair["skew_uncertainty_seconds_largest"].as_f64().unwrap() > 0.0, "{pair}");
    }
    let stored = Connection::open(&campaign).unwrap();
    let mut names = stored.prepare("SELECT coupling FROM pairs ORDER BY run").unwrap();
    let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(names.collect::<Result<Vec<_>, _>>().unwrap(), couplings);
    // Every reading of a probe has its skew, and no other.
    let count = "SELECT sum(skew_seconds IS NOT NULL), count(*) FROM readings
                 JOIN instruments ON instruments.id = instrument WHERE name = ?";
    let counted = |name: &str| -> (i64, i64) {
        stored.query_row(count, [name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let (base, probe) = (counted("a1"), counted("b1"));
    assert_eq!((base.0, probe.0), (0, probe.1));
    assert!(base.1 == probe.1 && base.1 >= 4 * 11, "{base:?} {probe:?}");
}
