//! `campaign verify` and `export`: the real binary, on files whole and damaged, in folders where nothing
//! can be written, and after others were killed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Command, Output},
};

use memloop_tests::{binary, iris, memloop, text};
use rusqlite::Connection;
use serde_json::Value;

/// Runs memloop and requires its exit code.
#[track_caller]
fn run(folder: &Path, arguments: &[&str], code: i32) -> Output {
    let output = memloop(folder, arguments);
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{error}");
    output
}

#[track_caller]
fn json(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat(), code);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder with `c.sqlite`: a sweep, then slopes with a survey.
fn measured() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["iv", "--points", "21", "--campaign", "c.sqlite"], 0);
    run(folder.path(), &["match", "--levels", "11", "--campaign", "c.sqlite"], 0);
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_memloop_wrote_is_whole_and_what_was_deleted_is_named() {
    let folder = measured();
    let path = folder.path().join("c.sqlite");
    let verify = ["campaign", "verify", "--campaign", "c.sqlite"];
    let report = json(folder.path(), &verify, 0);
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report}");
    assert_eq!(report["runs"].as_array().unwrap().len(), 2);
    assert!(report["runs"][1]["readings"].as_u64().unwrap() > 100);
    let before = names(folder.path());
    let connection = Connection::open(&path).unwrap();
    connection.execute("DELETE FROM readings WHERE batch = 1 AND position = 7", []).unwrap();
    connection.close().unwrap();
    let output = run(folder.path(), &verify, 1);
    let told = text(&output.stdout);
    assert!(told.contains("run 1, batch 1: \"a1\": reading 7 is missing"), "{told}");
    assert!(text(&output.stderr).starts_with("error: the campaign is not whole: 2 findings"));
    run(folder.path(), &[&verify[..], &["2"]].concat(), 0);
    assert_eq!(names(folder.path()), before);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, &bytes).unwrap();
    let output = run(folder.path(), &verify, 1);
    assert!(text(&output.stdout).contains("damaged"), "{}", text(&output.stdout));
    for command in [&["runs"][..], &["show"], &["export", "--to", "lab"]] {
        let output = run(folder.path(), &[command, &["--campaign", "c.sqlite"]].concat(), 1);
        let error = text(&output.stderr);
        assert!(error.contains("damaged") && error.lines().count() == 1, "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(names(folder.path()), before);
}

#[test]
fn what_is_no_campaign_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text.sqlite"), "volts,amperes\n").unwrap();
    let newer = Connection::open(folder.path().join("newer.sqlite")).unwrap();
    let pragmas = "CREATE TABLE runs (id INTEGER); PRAGMA application_id = 0x6d6c6f70; PRAGMA user_version = 99;";
    newer.execute_batch(pragmas).unwrap();
    newer.close().unwrap();
    for (file, expected) in [
        ("none.sqlite", "there is no campaign file none.sqlite"),
        ("text.sqlite", "text.sqlite is not a memloop campaign"),
        ("newer.sqlite", "newer.sqlite has campaign schema 99, this memloop knows schemas up to"),
    ] {
        for command in
            [&["runs"][..], &["show"], &["campaign", "verify"], &["export", "--to", "lab"]]
        {
            let output = run(folder.path(), &[command, &["--campaign", file]].concat(), 2);
            let error = text(&output.stderr);
            assert!(error.contains(expected) && error.lines().count() == 1, "{error}");
        }
    }
    assert_eq!(names(folder.path()), ["newer.sqlite", "text.sqlite"]);
}

#[test]
fn a_read_only_file_in_a_read_only_folder_is_read_and_nothing_is_left_beside_it() {
    let folder = measured();
    let shelf = folder.path().join("shelf");
    fs::create_dir(&shelf).unwrap();
    fs::copy(folder.path().join("c.sqlite"), shelf.join("c.sqlite")).unwrap();
    let desk = folder.path().join("desk");
    fs::create_dir(&desk).unwrap();
    // Where the tests' user may write everywhere, somebody else reads.
    let program = desk.join("memloop");
    fs::copy(binary("memloop"), &program).unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(folder.path(), 0o755);
    mode(&desk, 0o777);
    mode(&shelf.join("c.sqlite"), 0o444);
    mode(&shelf, 0o555);
    let is_root = fs::write(shelf.join("probe"), "").is_ok();
    if is_root {
        fs::remove_file(shelf.join("probe")).unwrap();
    }
    for arguments in
        [&["runs"][..], &["show", "2"], &["campaign", "verify"], &["export", "--to", "lab"]]
    {
        let mut command = Command::new(&program);
        command.args(arguments).args(["--campaign", "../shelf/c.sqlite"]).current_dir(&desk);
        if is_root {
            command.uid(65534).gid(65534);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(names(&shelf), ["c.sqlite"]);
    }
    assert!(desk.join("lab/readings/campaign=c/run=1/readings.parquet").exists());
    mode(&shelf, 0o755);
}

#[test]
fn files_are_in_their_places_and_none_is_overwritten_unasked() {
    let folder = measured();
    let export = |arguments: &[&str], code| {
        run(folder.path(), &[&["export", "--campaign", "c.sqlite"], arguments].concat(), code)
    };
    export(&["--to", "lab"], 0);
    let place = folder.path().join("lab/readings/campaign=c/run=2/readings.parquet");
    let first = fs::read(&place).unwrap();
    assert!(first.starts_with(b"PAR1") && first.ends_with(b"PAR1"));
    assert!(folder.path().join("lab/results/campaign=c/run=2/results.parquet").exists());
    assert!(!folder.path().join("lab/epochs").exists(), "an empty table has no file");
    let error = text(&export(&["2", "--to", "lab"], 2).stderr);
    assert!(error.contains("exists; --force replaces it"), "{error}");
    export(&["2", "--to", "lab", "--force"], 0);
    export(&["2", "--to", "lab", "--name", "the same again"], 0);
    assert!(folder.path().join("lab/runs/campaign=the%20same%20again/run=2/runs.parquet").exists());
    export(&["1", "--table", "readings", "--to", "r.csv"], 0);
    let table = fs::read_to_string(folder.path().join("r.csv")).unwrap();
    let header =
        "batch,phase,instrument,position,purpose,point,level_volts,current_amperes,in_compliance,";
    assert!(table.starts_with(header), "{table}");
    let facts = fs::read_to_string(folder.path().join("r.csv.json")).unwrap();
    let facts: Value = serde_json::from_str(&facts).unwrap();
    let units: Value = serde_json::from_str(facts["memloop.units_json"].as_str().unwrap()).unwrap();
    assert_eq!((&facts["memloop.run"], &units["current_amperes"]), (&"1".into(), &"A".into()));
    export(&["1", "--table", "readings,instruments", "--to", "lab", "--format", "netcdf"], 0);
    let netcdf = fs::read(folder.path().join("lab/readings/campaign=c/run=1/readings.nc")).unwrap();
    assert!(netcdf.starts_with(b"CDF\x02"));
    for (arguments, code, expected) in [
        (&["--to", "all.parquet"][..], 2, "is one file, of one run and one table"),
        (&["--to", "r.csv", "--format", "arrow"], 2, "are two formats"),
        (&["7", "--to", "lab"], 2, "the campaign has no run 7"),
        (&["--to", "lab", "--table", "reading"], 2, "there is no table \"reading\""),
        (&["1", "--to", "lab", "--table", "epochs"], 1, "there are no rows of epochs"),
        (&["1", "--to", "c.sqlite/lab"], 1, "cannot be written"),
    ] {
        let error = text(&export(arguments, code).stderr);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_a_killed_export_has_left_goes_with_the_next_one() {
    let folder = measured();
    let place = folder.path().join("lab/readings/campaign=c/run=1");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join(".readings.parquet.k1ll3d.partial"), "half").unwrap();
    run(folder.path(), &["export", "1", "--campaign", "c.sqlite", "--to", "lab"], 0);
    assert_eq!(names(&place), ["readings.parquet"]);
}

#[test]
fn a_curve_that_others_measured_becomes_a_run_that_is_shown_checked_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("loop.csv"), "V;I\n-1;-2e-6\n0.1;3.0000000000000004e-7\n1;2e-6\n")
        .unwrap();
    let report = json(folder.path(), &["import", "loop.csv", "--campaign", "c.sqlite"], 0);
    assert_eq!((&report["run"], &report["readings"]), (&1.into(), &3.into()));
    assert_eq!(report["largest_current_amperes"], 2e-6);
    let shown = json(folder.path(), &["show", "1", "--campaign", "c.sqlite"], 0);
    assert_eq!((&shown["kind"], &shown["exit"]), (&"import".into(), &"done".into()));
    assert_eq!(shown["instruments"][0]["resource"], "loop.csv");
    assert_eq!(shown["configuration"]["sha256"].as_str().unwrap().len(), 64);
    run(folder.path(), &["campaign", "verify", "--campaign", "c.sqlite"], 0);
    let export = ["export", "1", "--table", "readings", "--to", "r.csv", "--campaign", "c.sqlite"];
    run(folder.path(), &export, 0);
    let table = fs::read_to_string(folder.path().join("r.csv")).unwrap();
    assert!(table.contains("\n1,iv,loop,1,,,0.1,3.0000000000000004e-7,0,0,,0,,\n"), "{table}");
    fs::write(folder.path().join("no.csv"), "t,x\n1,2\n").unwrap();
    let error =
        text(&run(folder.path(), &["import", "no.csv", "--campaign", "d.sqlite"], 2).stderr);
    assert!(error.contains("no.csv:1: the header"), "{error}");
    assert!(!folder.path().join("d.sqlite").exists());
}

#[test]
fn trainings_are_compared_on_the_same_splits_and_on_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for edits in [&[("epochs = 50", "epochs = 6")][..], &[("epochs = 50", "epochs = 1")]] {
        let experiment = iris(path, edits);
        run(path, &["train", experiment.to_str().unwrap(), "--quiet"], 0);
    }
    let experiment = iris(path, &[("epochs = 50", "epochs = 1")]);
    run(path, &["train", experiment.to_str().unwrap(), "--quiet", "--seed", "7"], 0);
    run(path, &["iv", "--quiet"], 0);
    run(path, &["campaign", "verify"], 0);
    let report = json(path, &["compare", "1", "2", "3", "4", "--plot", "curves.svg"], 0);
    let keys: Vec<_> = report["differences"].as_array().unwrap().iter().collect();
    let epochs = keys.iter().find(|it| it["key"] == "experiment.training.epochs").unwrap();
    assert_eq!((&epochs["values"][0], &epochs["values"][1]), (&6.into(), &1.into()));
    assert!(report["arms"].as_array().unwrap().len() >= 9, "{report}");
    assert_eq!(report["not_compared"][0], "run 4 is of kind iv: it has no accuracies to compare");
    let measured = &report["comparisons"][0];
    assert_eq!(measured["reference"], "run 1, measured");
    let verdict = |it: usize| measured["methods"][it]["comparison"]["verdict"].as_str().unwrap();
    assert!(["worse", "no difference shown"].contains(&verdict(1)), "{measured}");
    assert_eq!(verdict(2), "not compared: different splits");
    assert!(fs::read_to_string(path.join("curves.svg")).unwrap().contains("run 2, tanh"));
    let told = text(&run(path, &["compare", "1", "2"], 0).stdout);
    assert!(told.contains("experiment.training.epochs: 6 | 1"), "{told}");
    for (arguments, expected) in [
        (&["compare", "1"][..], "name two or more"),
        (&["compare", "1", "9"], "the campaign has no run 9"),
        (&["compare", "1", "2", "--plot", "curves.svg"], "exists"),
        (&["compare", "1", "2", "--plot", "curves"], "expected a name in .svg or .png"),
    ] {
        let error = text(&run(path, arguments, 2).stderr);
        assert!(error.contains(expected), "{error}");
    }
}
