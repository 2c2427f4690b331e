//! The whole loop, from the real binary: volts go out as SCPI text, amperes come back, a network
//! learns, and everything is on disk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::path::Path;

use memloop_tests::{iris, memloop, root, text};
use rusqlite::Connection;
use serde_json::Value;

const SHORT: &[(&str, &str)] = &[("epochs = 50", "epochs = 6")];

#[track_caller]
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = memloop(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn iris_is_learned_by_two_memristor_neurons_and_every_reading_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = iris(folder.path(), &[("epochs = 50", "epochs = 20")]);
    let report = json(folder.path(), &["train", path.to_str().unwrap(), "--json", "--quiet"]);

    let arms = report["arms"].as_array().unwrap();
    let names: Vec<_> = arms.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["measured", "constant-slope", "tanh", "relu"]);
    let accuracy = arms[0]["accuracy_percent_mean"].as_f64().unwrap();
    assert!(accuracy >= 93.0, "{accuracy} %");

    // 120 training rows a fold and epoch, 150 tests, 2 neurons; each different level of a batch is
    // measured once, on 2 devices.
    let asked = 2 * (5 * 20 * 120 + 150);
    let trained = arms[0]["readings"].as_i64().unwrap();
    assert!((asked..=2 * asked).contains(&trained), "{trained} readings for {asked} levels");
    let campaign = Connection::open(folder.path().join("memloop-data/campaign.sqlite")).unwrap();
    let count = |sql: &str| campaign.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let stored = count("SELECT count(*) FROM readings");
    assert_eq!(report["readings_made"], stored);
    assert_eq!(report["readings_stored"], stored);
    let measured = "FROM readings JOIN batches ON id = batch WHERE phase = 'measured'";
    assert_eq!(count(&format!("SELECT count(*) {measured}")), trained);
    let requests = "FROM requests JOIN batches ON id = batch WHERE phase = 'measured'";
    assert_eq!(count(&format!("SELECT count(*) {requests}")), asked);
    let points = "FROM gradients JOIN batches ON id = batch WHERE phase = 'measured'";
    assert_eq!(2 * count(&format!("SELECT count(*) {points}")), trained);
    let surveyed = "FROM readings JOIN batches ON id = batch WHERE phase = 'survey'";
    assert!(count(&format!("SELECT count(*) {surveyed} AND purpose = 'survey'")) > 0);
    assert_eq!(count("SELECT count(*) FROM results WHERE name = 'survey'"), 1);
    assert_eq!(count("SELECT count(*) FROM gradients WHERE didv_siemens IS NULL"), 0);
    assert_eq!(count("SELECT count(*) FROM epochs"), 4 * 5 * 20);
    assert_eq!(count("SELECT count(*) FROM instruments WHERE model = 'MODEL 2400'"), 4);

    for plot in report["plots"].as_array().unwrap() {
        assert!(folder.path().join(plot.as_str().unwrap()).exists(), "{plot}");
    }
}

#[test]
fn the_same_files_and_seeds_give_the_same_numbers() {
    let run = || {
        let folder = tempfile::tempdir().unwrap();
        let path = iris(folder.path(), SHORT);
        let mut report =
            json(folder.path(), &["train", path.to_str().unwrap(), "--json", "--quiet"]);
        report["wall_seconds"] = Value::Null;
        report
    };
    assert_eq!(run(), run());
}

#[test]
fn a_chopped_step_is_chosen_announced_with_its_cost_and_better_than_the_forward_one() {
    let folder = tempfile::tempdir().unwrap();
    let edits = [SHORT[0], ("\"alternately-chopped\" ", "\"chopped-central\" ")];
    let path = iris(folder.path(), &edits);
    let output = memloop(folder.path(), ["train", path.to_str().unwrap(), "--json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "survey of the pairs: ",
        "pair \"neuron 1\": delta_v",
        "chosen: ",
        "curves and training: at most ",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for pair in report["gradient_fidelity"].as_array().unwrap() {
        assert!(pair["rmse_over_range"].as_f64().unwrap() < 0.03, "{pair}");
    }
    let most = said.split("training: at most ").nth(1).unwrap().split(' ').next().unwrap();
    let most: u64 = most.parse().unwrap();
    let arms = report["arms"].as_array().unwrap();
    let made: u64 = arms.iter().map(|it| it["readings"].as_u64().unwrap()).sum();
    assert!(made <= most && 10 * made > 6 * most, "{made} of at most {most}");
}

#[test]
fn a_calibration_reaches_every_slope_although_the_survey_meets_the_compliance() {
    let folder = tempfile::tempdir().unwrap();
    let edits = [
        ("epochs = 50", "epochs = 1"),
        ("\"alternately-chopped\" ", "\"baseline-subtracted\" "),
        ("\"auto\" ", "\"auto\"\nsentinel = { level = \"0.5 V\", every = 1000 }"),
    ];
    let path = iris(folder.path(), &edits);
    let output = memloop(folder.path(), ["train", path.to_str().unwrap(), "--json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(", without recalibrations after drift; "), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for arm in report["arms"].as_array().unwrap() {
        assert_eq!(arm["slopes_absent"], 0, "{arm}");
    }
    let campaign = Connection::open(folder.path().join("memloop-data/campaign.sqlite")).unwrap();
    let count = |sql: &str| campaign.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert!(count("SELECT count(*) FROM readings WHERE purpose = 'survey' AND in_compliance") > 0);
}

#[test]
fn a_survey_that_teaches_nothing_is_on_disk_and_its_outputs_go_off_as_at_any_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = iris(folder.path(), SHORT);
    let bench = std::fs::read_to_string(root().join("benches/simulated.toml")).unwrap();
    // So much current that all but a few levels are in compliance.
    let bench = bench.replace("full_scale = \"60 uA\"", "full_scale = \"5 mA\"");
    let file = folder.path().join("bench.toml");
    std::fs::write(&file, bench).unwrap();
    let transcript = folder.path().join("said.scpi");
    let arguments = [
        "train",
        path.to_str().unwrap(),
        "--bench",
        file.to_str().unwrap(),
        "--transcript",
        transcript.to_str().unwrap(),
        "--quiet",
    ];
    let output = memloop(folder.path(), arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["the survey of pair \"neuron 1\"", "a survey needs 5"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let campaign = Connection::open(folder.path().join("memloop-data/campaign.sqlite")).unwrap();
    let count = |sql: &str| campaign.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let surveyed = "FROM readings WHERE purpose = 'survey'";
    // 41 levels, eight times, on four devices.
    assert_eq!(count(&format!("SELECT count(*) {surveyed}")), 41 * 8 * 4);
    assert_eq!(count("SELECT count(*) FROM results"), 0);
    for smu in ["a1", "b1", "a2", "b2"] {
        let file = folder.path().join(format!("said-{smu}.scpi"));
        let text = std::fs::read_to_string(file).unwrap();
        // An output that goes off in an emergency is not asked about.
        let off = text.find(":OUTP OFF").unwrap();
        assert!(text[off..].contains(":OUTP?"), "{text}");
    }
}

#[test]
fn on_devices_that_remember_slopes_are_told_by_a_curve_with_the_same_rest() {
    let folder = tempfile::tempdir().unwrap();
    let auto = "\"auto\" ";
    let rest = "\"auto\"\nrest = { level = \"0 V\", readings = 2 }";
    let path = iris(folder.path(), &[("epochs = 50", "epochs = 1"), (auto, rest)]);
    let bench = root().join("benches/twins-keeps-30.toml");
    let arguments =
        ["train", path.to_str().unwrap(), "--bench", bench.to_str().unwrap(), "--json", "--quiet"];
    let report = json(folder.path(), &arguments);
    // Without the rest in the curve it was 12 %.
    let rmse = report["gradient_fidelity"][0]["rmse_over_range"].as_f64().unwrap();
    assert!(rmse < 0.02, "{rmse}");
    let uncertain = report["reference"]["uncertainty_over_range"].as_f64().unwrap();
    assert!((0.001..0.01).contains(&uncertain), "{uncertain}");
    let campaign = Connection::open(folder.path().join("memloop-data/campaign.sqlite")).unwrap();
    let count = |purpose: &str| {
        let sql = "SELECT count(*) FROM readings JOIN batches ON id = batch WHERE phase = 'iv'";
        let sql = format!("{sql} AND purpose = '{purpose}'");
        campaign.query_row(&sql, [], |row| row.get::<_, u64>(0)).unwrap()
    };
    assert!(count("point") > 0);
    assert_eq!(count("rest"), 2 * count("point"));
}

#[test]
fn slopes_of_the_shipped_experiment_are_within_a_per_cent() {
    let folder = tempfile::tempdir().unwrap();
    let path = iris(folder.path(), &[("epochs = 50", "epochs = 1")]);
    let report = json(folder.path(), &["train", path.to_str().unwrap(), "--json", "--quiet"]);
    for pair in report["gradient_fidelity"].as_array().unwrap() {
        let rmse = pair["rmse_over_range"].as_f64().unwrap();
        assert!((0.003..0.01).contains(&rmse), "{pair}");
    }
}

#[test]
fn a_rest_of_weeks_is_refused_before_an_output_is_on_with_the_flag_that_permits_it() {
    let folder = tempfile::tempdir().unwrap();
    let rest = "\"auto\"\nrest = { level = \"0 V\", readings = 100000 }";
    let train = iris(folder.path(), &[("\"auto\" ", rest)]);
    let gradient = folder.path().join("gradient.toml");
    let text_of = "kind = \"gradient\"\nname = \"long\"\n[gradient]\nmethod = \"forward\"\n\
                   delta_v = \"50 mV\"\nrest = { level = \"0 V\", readings = 100000 }\n\
                   [sweep]\nwindow = [\"-0.5 V\", \"0.5 V\"]\npoints = 11\nsweeps = 1\n";
    std::fs::write(&gradient, text_of).unwrap();
    for (command, path) in [("train", &train), ("gradient", &gradient)] {
        let arguments =
            [command, path.to_str().unwrap(), "--transcript", &format!("{command}.scpi")];
        let output = memloop(folder.path(), arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(" days of instrument time"), "{error}");
        assert!(error.ends_with("more than 24 h start only with --long\n"), "{error}");
        for smu in ["a1", "b1", "a2", "b2"] {
            let file = folder.path().join(format!("{command}-{smu}.scpi"));
            assert!(!std::fs::read_to_string(file).unwrap().contains(":OUTP ON"));
        }
        let help = memloop(folder.path(), [command, "--help"]);
        assert!(text(&help.stdout).contains("--long"));
    }
    assert!(!folder.path().join("memloop-data/campaign.sqlite").exists());
}

#[test]
fn another_seed_gives_other_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = iris(folder.path(), SHORT);
    let confusion = |seed: &str| {
        let arguments = ["train", path.to_str().unwrap(), "--json", "--quiet", "--seed", seed];
        json(folder.path(), &arguments)["arms"][0].clone()
    };
    assert_ne!(confusion("1"), confusion("2"));
}

#[test]
fn two_instruments_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = iris(folder.path(), SHORT);
    let bench = root().join("benches/one-pair.toml");
    let arguments =
        ["train", path.to_str().unwrap(), "--bench", bench.to_str().unwrap(), "--json", "--quiet"];
    let report = json(folder.path(), &arguments);
    assert_eq!(report["gradient_fidelity"].as_array().unwrap().len(), 1);
    assert!(report["arms"][0]["accuracy_percent_mean"].as_f64().unwrap() > 80.0);
}

#[test]
fn the_forward_difference_lands_where_the_papers_did_and_every_convention_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = root().join("experiments/paper/gradient-fidelity.toml");
    let report = json(folder.path(), &["gradient", path.to_str().unwrap(), "--json", "--quiet"]);
    let mean = |figure: &str| report["over_pairs"][figure]["mean"].as_f64().unwrap();
    let range = mean("rmse_over_range");
    assert!((0.07..0.10).contains(&range), "RMSE over range {range}");
    let correlation = mean("r2_correlation");
    assert!((0.97..0.99).contains(&correlation), "squared correlation {correlation}");
    assert!(mean("r2_determination") <= 1.0 - 4.0 * range * range);
    assert!(mean("rmse_over_mean_abs") > range);

    let shown = memloop(folder.path(), ["gradient", path.to_str().unwrap()]);
    let shown = text(&shown.stdout);
    for name in ["over range", "over mean |g|", "1−SSE/SST", "r²", "8.38 %"] {
        assert!(shown.contains(name), "{name} is not in {shown}");
    }
}

#[test]
fn what_was_run_is_listed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(folder.path(), &["iv", "--points", "21", "--json", "--quiet"]);
    assert_eq!(report["devices"].as_array().unwrap().len(), 4);
    assert_eq!(report["readings_stored"], 4 * 42);
    let runs = json(folder.path(), &["runs", "--json"]);
    assert_eq!(runs["runs"][0]["exit"], "done");
    let shown = json(folder.path(), &["show", "1", "--json"]);
    assert_eq!(shown["readings"], 4 * 42);
    assert_eq!(shown["instruments"][0]["maker"], "KEITHLEY INSTRUMENTS INC.");
    assert_eq!(shown["bench"]["settings"]["source_range"], "2 V");
    let missing = memloop(folder.path(), ["show", "7"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("no run 7"));
}

#[test]
fn help_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--help"][..],
        &["train", "--help"],
        &["gradient", "--help"],
        &["iv", "--help"],
        &["runs", "--help"],
        &["show", "--help"],
    ] {
        let output = memloop(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("Examples:"), "{arguments:?}");
    }
}
