//! A training that begins with weights from a file, from the real binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use memloop_tests::{iris, memloop, text};
use rusqlite::Connection;
use serde_json::Value;

/// Iris by table, held out once, with one control of software.
fn by_table(folder: &Path, epochs: usize, start: &str) -> PathBuf {
    let edits = [
        ("epochs = 50", format!("epochs = {epochs}")),
        ("folds = 5", "hold_out = 0.2".to_owned()),
        ("[gradient]", format!("{start}[devices]\nrun = \"table\"\nlevels = 33\n\n[gradient]")),
        ("\"constant-slope\", \"tanh\", \"relu\"", "\"tanh\"".to_owned()),
    ];
    let edits: Vec<_> = edits.iter().map(|(old, new)| (*old, new.as_str())).collect();
    iris(folder, &edits)
}

#[track_caller]
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let arguments = arguments.iter().copied().chain(["--json", "--quiet"]);
    let output = memloop(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The losses of the measured arm's epochs.
fn losses(folder: &Path, campaign: &str) -> Vec<f64> {
    let campaign = Connection::open(folder.join(campaign)).unwrap();
    let sql = "SELECT loss FROM epochs WHERE arm = 'measured' ORDER BY epoch";
    let mut statement = campaign.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_training_goes_on_from_the_weights_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = by_table(folder, 20, "");
    let path = path.to_str().unwrap();
    let drawn = json(folder, &["train", path, "--campaign", "drawn.sqlite"]);
    assert!(drawn.get("start").is_none());
    let to = ["weights", "export", "1", "--campaign", "drawn.sqlite", "--to", "w.safetensors"];
    json(folder, &to);

    by_table(folder, 2, "");
    let started = ["train", path, "--campaign", "started.sqlite", "--start", "w.safetensors"];
    let report = json(folder, &started);
    let sha256 = report["start"]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(sha256.len(), 64);
    let (drawn, started) = (losses(folder, "drawn.sqlite"), losses(folder, "started.sqlite"));
    assert!(started[0] < 0.5 * drawn[0], "{drawn:?} {started:?}");

    // The same from the experiment file, which is told to people.
    fs::create_dir(folder.join("learned")).unwrap();
    fs::rename(folder.join("w.safetensors"), folder.join("learned/w.safetensors")).unwrap();
    let table = format!("[start]\nfile = \"learned/w.safetensors\"\nsha256 = \"{sha256}\"\n\n");
    by_table(folder, 2, &table);
    let output = memloop(folder, ["train", path, "--campaign", "file.sqlite"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("began with the weights of learned/w.safetensors; if"), "{said}");
    assert_eq!(losses(folder, "file.sqlite"), started);
    let hash = |campaign: &str| -> Vec<String> {
        let campaign = Connection::open(folder.join(campaign)).unwrap();
        let mut statement = campaign.prepare("SELECT sha256 FROM folds ORDER BY arm").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    };
    assert_eq!(hash("file.sqlite"), hash("started.sqlite"));
}

#[test]
fn weights_that_do_not_fit_are_refused_before_an_instrument_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = by_table(folder, 2, "");
    let path = path.to_str().unwrap();
    json(folder, &["train", path]);
    json(folder, &["weights", "export", "1", "--to", "w.npz"]);
    let refused = |edits: &[(&str, &str)], start: &str, part: &str| {
        let path = by_table(folder, 2, start);
        let mut text_of_file = fs::read_to_string(&path).unwrap();
        for (old, new) in edits {
            assert!(text_of_file.contains(old), "{old}");
            text_of_file = text_of_file.replace(old, new);
        }
        fs::write(&path, text_of_file).unwrap();
        let output = memloop(folder, ["train", path.to_str().unwrap(), "--campaign", "no.sqlite"]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(part), "{part} is not in {error}");
        assert!(!folder.join("no.sqlite").exists());
    };
    let start = "[start]\nfile = \"w.npz\"\n\n";
    let part = "the weights to begin with are of layers [4, 2, 3] wide: expected [4, 3, 3]";
    refused(&[("hidden = 2", "hidden = 3")], start, part);
    refused(&[], "[start]\nfile = \"none.npz\"\n\n", "none.npz cannot be read: ");
    refused(&[], "[start]\nfile = \"iris.csv\"\n\n", "a name in .safetensors or .npz");
    let other = "[start]\nfile = \"w.npz\"\nsha256 = \"00\"\n\n";
    refused(&[], other, "start.sha256 is 00, and the file has SHA-256 ");
    fs::write(folder.join("w.npz"), "no longer").unwrap();
    refused(&[], start, "w.npz: ");
}
