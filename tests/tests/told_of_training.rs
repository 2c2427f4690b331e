//! What people are told of a training before it costs anything, and after it. The real binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use memloop_tests::{binary, iris, memloop, text};
use rusqlite::Connection;
use serde_json::Value;

/// Iris by small tables, held out once.
const BY_TABLE: [(&str, &str); 3] = [
    ("epochs = 50", "epochs = 2"),
    ("folds = 5", "hold_out = 0.2"),
    ("[gradient]", "[devices]\nrun = \"table\"\nlevels = 17\n\n[gradient]"),
];

#[track_caller]
fn train(folder: &Path, edits: &[(&str, &str)], more: &[&str]) -> (Option<i32>, String, String) {
    let path = iris(folder, edits);
    let output = memloop(folder, ["train", path.to_str().unwrap()].iter().chain(more));
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn arms_that_could_not_differ_are_refused() {
    let controls = "controls = [\"constant-slope\", \"tanh\", \"relu\"]";
    let rows: [(&[(&str, &str)], &str); 4] = [
        (&[(controls, "controls = [\"tanh\", \"tanh\"]")], "controls has \"tanh\" twice"),
        (
            &[("hidden = 2 ", "activation = \"tanh\"\nhidden = 2 ")],
            "network.activation has no layer of devices: accepted is \"device\" for at least one",
        ),
        (
            &[("epochs = 50", "epochs = 50\nrule = { spsa = { perturbation = 0.05 } }")],
            "controls has \"constant-slope\", and training.rule = spsa uses no slope",
        ),
        (
            &[("hidden = 2 ", "pairs = \"own\"\nhidden = 3 ")],
            "network.pairs = \"own\" needs a pair for each of 3 neurons, and bench \"two simulated pairs\" has 2",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (edits, expected) in rows {
        let (code, _, said) = train(folder.path(), edits, &["--quiet"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(expected), "{expected} is not in {said}");
        assert!(!folder.path().join("memloop-data").exists());
    }
}

#[test]
fn a_bill_holds_where_every_check_measures_the_tables_again() {
    let folder = tempfile::tempdir().unwrap();
    let devices = "[devices]\nrun = \"table\"\nlevels = 17\ncheck = 1\ndrift = 1e-6\n\n[gradient]";
    let edits = [BY_TABLE[0], BY_TABLE[1], ("[gradient]", devices)];
    let (code, _, said) = train(folder.path(), &edits, &["--json"]);
    assert_eq!(code, Some(0), "{said}");
    let most = said.lines().find_map(|it| {
        it.strip_prefix("curves and training: at most ")?.split(' ').next()?.parse::<u64>().ok()
    });
    let campaign = Connection::open(folder.path().join("memloop-data/campaign.sqlite")).unwrap();
    let sql =
        "SELECT count(*) FROM readings JOIN batches ON batches.id = batch WHERE phase <> 'survey'";
    let made: u64 = campaign.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(made > 2000 && made <= most.unwrap(), "{made} of {most:?}: {said}");
}

#[test]
fn weights_of_other_classes_or_without_numbers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(train(folder, &BY_TABLE, &["--quiet"]).0, Some(0));
    let to = ["weights", "export", "1", "--to", "w.safetensors"];
    assert_eq!(memloop(folder, to).status.code(), Some(0));
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();

    // The same rows, the last class first.
    let path = iris(folder, &BY_TABLE);
    let table = fs::read_to_string(folder.join("iris.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    let reversed: Vec<_> = rows.lines().rev().collect();
    fs::write(folder.join("iris.csv"), format!("{head}\n{}\n", reversed.join("\n"))).unwrap();
    let start = ["train", path.to_str().unwrap(), "--start", "w.safetensors", "--quiet"];
    let output = memloop(folder, start);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("its class_names are [\"setosa\","), "{said}");

    // A weight that is not a number: the first value after the header.
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut broken = bytes.clone();
    let at = broken.len() - 4;
    assert!(at > 8 + length);
    broken[8 + length..][..8].copy_from_slice(&f64::NAN.to_le_bytes());
    fs::write(folder.join("nan.safetensors"), broken).unwrap();
    iris(folder, &BY_TABLE);
    let start = ["train", path.to_str().unwrap(), "--start", "nan.safetensors", "--quiet"];
    let output = memloop(folder, start);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("nan.safetensors: ") && said.contains(" has a value NaN"), "{said}");
}

#[test]
fn the_report_has_validation_confusion_and_arms_that_only_guess() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let validated = ("hold_out = 0.2", "hold_out = 0.2\nvalidate = 0.2");
    let edits = [&BY_TABLE[..], &[validated]].concat();
    let (code, told, said) = train(folder, &edits, &["--quiet"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(told.contains("| validation rows | epochs, mean over the folds |"), "{told}");
    assert!(told.contains("| \"measured\": rows of | told as setosa |"), "{told}");
    assert!(!told.contains("No better than guessing"), "{told}");

    // Everything is clipped: nothing can be learned.
    let clipped = ("volts_per_unit = \"0.5 V\"", "volts_per_unit = \"1000 V\"");
    let (_, told, _) = train(folder, &[&BY_TABLE[..], &[clipped]].concat(), &["--quiet"]);
    assert!(told.contains("No better than guessing among 3 classes (33.3 %)"), "{told}");
}

#[test]
fn campaigns_of_one_name_and_two_endings_have_folders_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (campaign, expected) in [("a.sqlite", "a-run-0001"), ("a.db", "a.db-run-0001")] {
        let (code, told, said) = train(folder, &BY_TABLE, &["--campaign", campaign, "--json"]);
        assert_eq!(code, Some(0), "{said}");
        let report: Value = serde_json::from_str(&told).unwrap();
        let plots = report["plots"].as_array().unwrap();
        assert!(!plots.is_empty());
        for plot in plots {
            let path = Path::new(plot.as_str().unwrap());
            assert!(path.starts_with(expected) && folder.join(path).exists(), "{plot}");
        }
    }
}

#[test]
fn a_second_signal_leaves_a_run_that_says_it_was_interrupted_and_how_much_it_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = iris(folder, &[]);
    let mut command = Command::new(binary("memloop"));
    command.arg("train").arg(&path).arg("--quiet").current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    let campaign = folder.join("memloop-data/campaign.sqlite");
    let ask = |sql: &str| -> Option<i64> {
        Connection::open(&campaign).ok()?.query_row(sql, [], |row| row.get(0)).ok()
    };
    let training = "SELECT count(*) FROM batches WHERE phase = 'measured'";
    while !campaign.exists() || ask(training).is_none_or(|it| it == 0) {
        std::thread::yield_now();
    }
    for _ in 0..2 {
        let mut kill = Command::new("kill");
        assert!(kill.args(["-INT", &process.id().to_string()]).status().unwrap().success());
    }
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(ask("SELECT count(*) FROM runs WHERE exit_status = 'interrupted'"), Some(1));
    let said = text(&output.stderr).replace(' ', "");
    let kept = ask("SELECT count(*) FROM readings").unwrap();
    assert!(said.contains(&format!("run1kept{kept}readings")), "{kept}: {said}");
}
