//! A training that was interrupted goes on, from the real binary: by table to the same bits as one that
//! was not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use memloop_tests::{binary, iris, memloop, text};
use rusqlite::Connection;
use serde_json::Value;

/// Iris by table, with controls on devices and of software, long enough to be interrupted.
fn by_table(folder: &Path, epochs: usize) -> PathBuf {
    let edits = [
        ("epochs = 50", format!("epochs = {epochs}")),
        ("[gradient]", "[devices]\nrun = \"table\"\nlevels = 33\n\n[gradient]".to_owned()),
        (
            "\"constant-slope\", \"tanh\", \"relu\"",
            "\"shuffled-slope\", \"constant-slope\", \"tanh\"".to_owned(),
        ),
    ];
    let edits: Vec<_> = edits.iter().map(|(old, new)| (*old, new.as_str())).collect();
    iris(folder, &edits)
}

fn start(folder: &Path, path: &Path, campaign: &str) -> Child {
    let mut command = Command::new(binary("memloop"));
    command.arg("train").arg(path).args(["--campaign", campaign, "--quiet"]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the campaign holds what `sql` counts.
fn wait_for(folder: &Path, campaign: &str, process: &mut Child, sql: &str) {
    let path = folder.join(campaign);
    let count =
        || Connection::open(&path).ok()?.query_row(sql, [], |row| row.get::<_, i64>(0)).ok();
    while !path.exists() || count().is_none_or(|it| it == 0) {
        assert!(process.try_wait().unwrap().is_none(), "it ended before {sql}");
        std::thread::yield_now();
    }
}

fn signal(process: &Child, name: &str) {
    let status = Command::new("kill").args([name, &process.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The hashes of everything that every fold has learned, and every epoch.
fn learned(folder: &Path, campaign: &str) -> (Vec<String>, Vec<String>) {
    let campaign = Connection::open(folder.join(campaign)).unwrap();
    let lines = |sql: &str| {
        let mut statement = campaign.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.collect::<rusqlite::Result<Vec<_>>>().unwrap()
    };
    (
        lines("SELECT arm || repeat || fold || sha256 FROM folds ORDER BY arm, repeat, fold"),
        lines(
            "SELECT arm || fold || epoch || quote(loss) FROM epochs ORDER BY arm, repeat, fold, epoch",
        ),
    )
}

#[track_caller]
fn report(folder: &Path, arguments: &[&str]) -> Value {
    let output = memloop(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for different in ["wall_seconds", "campaign", "plots"] {
        report[different] = Value::Null;
    }
    report
}

#[test]
fn a_training_by_table_that_was_interrupted_or_killed_ends_with_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = by_table(folder, 1500);
    let whole = report(
        folder,
        &["train", path.to_str().unwrap(), "--campaign", "whole.sqlite", "--json", "--quiet"],
    );
    let expected = learned(folder, "whole.sqlite");
    assert_eq!(expected.0.len(), 4 * 5);
    // In the first arm; in an arm that remembers; where the opening is measured; between the two.
    let moments = [
        ("-INT", "SELECT epochs FROM checkpoints WHERE fold > 0"),
        ("-KILL", "SELECT epochs FROM checkpoints WHERE arm = 'shuffled-slope' AND epochs > 1"),
        ("-KILL", "SELECT count(*) FROM readings"),
        ("-INT", "SELECT count(*) FROM openings"),
    ];
    for (number, (name, sql)) in moments.into_iter().enumerate() {
        let file = format!("part-{number}.sqlite");
        let mut process = start(folder, &path, &file);
        wait_for(folder, &file, &mut process, sql);
        signal(&process, name);
        let code = process.wait().unwrap().code();
        assert_eq!(code, if name == "-INT" { Some(130) } else { None });
        // Elsewhere than where it was begun.
        let elsewhere = folder.join("elsewhere");
        fs::create_dir_all(&elsewhere).unwrap();
        let campaign = format!("../{file}");
        let resumed = report(&elsewhere, &["resume", "--campaign", &campaign, "--json", "--quiet"]);
        assert_eq!(learned(folder, &file), expected, "{sql}");
        let began_twice = sql.ends_with("readings");
        for key in whole.as_object().unwrap().keys() {
            if !(began_twice && (key.starts_with("readings") || key == "arms")) {
                assert_eq!(resumed[key], whole[key], "{key}, {sql}");
            }
        }
        let connection = Connection::open(folder.join(&file)).unwrap();
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM checkpoints"), 0);
        assert_eq!(count("SELECT count(*) FROM events WHERE kind = 'resumed'"), 1);
        assert_eq!(count("SELECT count(*) FROM runs WHERE exit_status = 'done'"), 1);
    }
}

/// Every reading, every slope and every level asked, in the order of the batches.
fn measured(folder: &Path, campaign: &str) -> Vec<String> {
    let campaign = Connection::open(folder.join(campaign)).unwrap();
    let sql = "SELECT phase || instrument || ' ' || position || quote(level_volts) || quote(current_amperes)
                      || quote(instrument_seconds)
               FROM batches JOIN readings ON batch = batches.id ORDER BY batch, instrument, position";
    let mut statement = campaign.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_live_training_on_simulated_instruments_ends_with_the_same_bits_and_readings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = iris(folder, &[("epochs = 50", "epochs = 5")]);
    let whole = report(
        folder,
        &["train", path.to_str().unwrap(), "--campaign", "whole.sqlite", "--json", "--quiet"],
    );
    let moments = [
        ("-INT", "SELECT count(*) > 20 FROM batches WHERE phase = 'measured'"),
        ("-KILL", "SELECT count(*) FROM batches WHERE phase = 'constant-slope'"),
        ("-KILL", "SELECT count(*) FROM readings"),
    ];
    for (number, (name, sql)) in moments.into_iter().enumerate() {
        let file = format!("part-{number}.sqlite");
        let mut process = start(folder, &path, &file);
        wait_for(folder, &file, &mut process, sql);
        signal(&process, name);
        process.wait().unwrap();
        let output = memloop(folder, ["resume", "1", "--campaign", &file, "--json"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("run 1 is done again from its beginning"), "{said}");
        let mut resumed: Value = serde_json::from_slice(&output.stdout).unwrap();
        for different in ["wall_seconds", "campaign", "plots"] {
            resumed[different] = Value::Null;
        }
        assert_eq!(resumed, whole, "{sql}");
        assert_eq!(learned(folder, &file), learned(folder, "whole.sqlite"), "{sql}");
        assert!(measured(folder, &file) == measured(folder, "whole.sqlite"), "{sql}");
    }
}

#[test]
fn a_simulation_that_does_not_repeat_itself_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = iris(folder, &[("epochs = 50", "epochs = 20")]);
    let mut process = start(folder, &path, "c.sqlite");
    wait_for(folder, "c.sqlite", &mut process, "SELECT count(*) FROM epochs");
    signal(&process, "-INT");
    process.wait().unwrap();
    let connection = Connection::open(folder.join("c.sqlite")).unwrap();
    let edit = "UPDATE readings SET current_amperes = 2 * current_amperes
                WHERE batch = (SELECT max(id) - 1 FROM batches)";
    assert!(connection.execute(edit, []).unwrap() > 0);
    let output = memloop(folder, ["resume", "1", "--campaign", "c.sqlite"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("run 1 cannot be done again: its batch "), "{said}");
}

#[test]
fn a_run_that_is_done_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = iris(folder, &[("epochs = 50", "epochs = 2")]);
    let arguments = ["train", path.to_str().unwrap(), "--campaign", "c.sqlite", "--quiet"];
    assert_eq!(memloop(folder, arguments).status.code(), Some(0));
    let output = memloop(folder, ["resume", "1", "--campaign", "c.sqlite"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("run 1 is done"), "{}", text(&output.stderr));
}

#[test]
fn what_cannot_be_resumed_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = by_table(folder, 3000);
    let mut process = start(folder, &path, "c.sqlite");
    wait_for(folder, "c.sqlite", &mut process, "SELECT epochs FROM checkpoints");
    let resume = |run: &str| {
        let output = memloop(folder, ["resume", run, "--campaign", "c.sqlite"]);
        (output.status.code(), text(&output.stderr))
    };
    let expect = |run: &str, code: i32, part: &str| {
        let (found, error) = resume(run);
        assert_eq!(found, Some(code), "{error}");
        assert!(error.contains(part), "{part} is not in {error}");
    };
    expect("1", 2, "c.sqlite is being written by process ");
    signal(&process, "-KILL");
    process.wait().unwrap();
    expect("7", 1, "no run 7");
    let edit = |sql: &str| {
        Connection::open(folder.join("c.sqlite")).unwrap().execute_batch(sql).unwrap();
    };

    let rows = fs::read_to_string(folder.join("iris.csv")).unwrap();
    fs::write(folder.join("iris.csv"), rows.replacen("5.1", "5.2", 1)).unwrap();
    expect("1", 2, "the data set of run 1 has changed since: ");
    fs::write(folder.join("iris.csv"), rows).unwrap();

    edit("UPDATE instruments SET serial = 'another' WHERE name = 'a1'");
    expect("1", 2, "run 1 began with KEITHLEY INSTRUMENTS INC. MODEL 2400, serial another");
    edit("UPDATE checkpoints SET format = 9");
    expect("1", 1, "the checkpoint of arm \"measured\" of run 1: its layout is 9");
    edit("UPDATE checkpoints SET state = zeroblob(9)");
    expect("1", 1, "the checkpoint of run 1 is damaged");
    edit("UPDATE runs SET configuration_json = json_remove(configuration_json, '$.mapping')");
    expect("1", 2, "the configuration of run 1 no longer loads: missing field `mapping`");
    edit("UPDATE runs SET experiment_file = NULL");
    expect("1", 2, "in a campaign before version 4, which keeps no checkpoints");
    edit("UPDATE runs SET kind = 'iv'");
    expect("1", 2, "run 1 is of kind iv");
}
