//! What people are told: refusals before an instrument is touched, with the key that is at fault; and
//! reports that are printed, whole, whatever happens when all is measured.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use memloop_tests::{Server, bench_over_tcp, iris, link_options, memloop, root, text};
use rusqlite::Connection;
use serde_json::Value;

const GRADIENT: &str = r#"kind = "gradient"
name = "short"
[gradient]
method = "forward"
delta_v = "50 mV"
[reference]
points = 101
sweeps = 2
half_width = "100 mV"
[sweep]
window = ["-0.9 V", "0.9 V"]
points = 15
sweeps = 1
"#;

/// Writes a copy with an edit.
fn edited(folder: &Path, name: &str, text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "no `{old}`");
    let path = folder.join(name);
    fs::write(&path, text.replace(old, new)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn bench(name: &str) -> String {
    root().join(format!("benches/{name}.toml")).to_str().unwrap().to_owned()
}

fn one_pair() -> String {
    fs::read_to_string(bench("one-pair")).unwrap()
}

/// The command ends with 2, says all of this, and has sent and left nothing.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], parts: &[&str]) {
    let transcript = folder.join("said.txt");
    let recorded = ["--transcript", transcript.to_str().unwrap()];
    let output = memloop(folder, [arguments, &recorded].concat());
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    assert!(!transcript.exists(), "something was sent");
    assert!(!folder.join("memloop-data/campaign.sqlite").exists(), "a campaign was left behind");
}

#[track_caller]
fn done(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = memloop(folder, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    (text(&output.stdout), said)
}

#[test]
fn a_match_whose_link_dies_when_all_is_measured_reports_and_warns_of_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = folder.join("device.toml");
    fs::write(
        &config,
        "device = { preset = \"liquid-sinh\", memory = \"0 %\" }\nnoise = { read = \"0.2 %\" }\n",
    )
    .unwrap();
    let config = ["--config", config.to_str().unwrap()];
    let transcript = folder.join("said.txt");
    let run = |faults: &[&str], more: &[&str]| {
        let base = Server::start(&config);
        let probe = Server::start(&[&config, faults].concat());
        let bench = bench_over_tcp(folder, base.port, probe.port);
        link_options(&bench, "{ reconnect = { first = \"0.01 s\", limit = \"0.05 s\" } }");
        let arguments = ["match", bench.to_str().unwrap(), "--passes", "4", "--quiet"];
        done(folder, &[&arguments, more].concat())
    };
    let (_, said) = run(&[], &["--transcript", transcript.to_str().unwrap()]);
    assert_eq!(said, "");
    let of_probe = fs::read_dir(folder).unwrap().filter_map(|it| {
        let path = it.unwrap().path();
        let is_probes = path.file_name()?.to_str()?.contains("b1");
        (is_probes && path.is_file()).then(|| fs::read_to_string(path).unwrap())
    });
    let sent =
        of_probe.map(|it| it.lines().filter(|it| it.starts_with("> ")).count()).max().unwrap();
    let last = format!("hang up after {} messages", sent - 1);
    let refuse = format!("refuse 1000 connections after {} messages", sent - 1);
    let (report, said) = run(&["--fault", &refuse, "--fault", &last], &[]);
    assert!(report.contains("| estimator") && report.contains("operations at a point"), "{report}");
    assert!(said.contains("\"b1\"") && said.contains("all was measured before"), "{said}");
    assert!(said.contains("verified to be off") && !said.contains("MAY STILL BE ON"), "{said}");
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    let ended = "SELECT count(*) FROM runs WHERE exit_status = 'done'";
    assert_eq!(campaign.query_row(ended, [], |row| row.get::<_, u64>(0)).unwrap(), 2);
}

#[test]
fn a_curve_whose_last_line_may_be_cut_is_told_of_wherever_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let row = |it: i32| format!("{},{}\n", f64::from(it) / 50.0, 1e-6 * f64::from(it));
    let rows: String = (-75..=75).map(row).collect();
    fs::write(folder.join("whole.csv"), &rows).unwrap();
    fs::write(folder.join("cut.csv"), rows.trim_end()).unwrap();
    let cut = "cut.csv: the last line does not end with a line feed, so the file may be truncated";
    let table = |file: &str| {
        let device = format!("device = {{ preset = \"table\", file = \"{file}\" }}");
        let liquid = "device = { preset = \"liquid-sinh\", full_scale = \"60 uA\" }";
        let sense =
            one_pair().replace("\"100 uA\"", "\"1 mA\"").replace("\"105 uA\"", "\"1.05 mA\"");
        edited(folder, "table.toml", &sense, liquid, &device)
    };
    let iv = |bench: &str| done(folder, &["iv", "--bench", bench, "--quiet"]).1;
    assert_eq!(iv(&table("cut.csv")).matches(cut).count(), 1);
    assert_eq!(iv(&table("whole.csv")), "");
    let experiment = edited(folder, "e.toml", GRADIENT, "name", "name");
    let arguments = ["gradient", &experiment, "--bench", &bench("one-pair"), "-q", "--device"];
    let (_, said) = done(folder, &[&arguments[..], &["cut.csv"]].concat());
    assert_eq!(said.matches(cut).count(), 1, "{said}");
}

#[test]
fn levels_outside_the_window_and_windows_too_small_are_refused_with_their_key_before_anything_is_sent()
 {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bench = bench("one-pair");
    let accepted = "accepted is -1.2 V to 1.2 V, the window of \"a1\"";
    let step = "delta_v = \"50 mV\"";
    let table: &[(&str, &str, &[&str])] = &[
        (
            step,
            "delta_v = \"50 mV\"\nrest = { level = \"1.3 V\" }",
            &["e.toml: [gradient]", "rest.level = 1.3 V", accepted],
        ),
        (
            step,
            "delta_v = \"50 mV\"\ncondition = { level = \"-2 V\" }",
            &["condition.level = -2 V", accepted],
        ),
        (
            step,
            "delta_v = \"50 mV\"\nsentinel = { level = \"1.3 V\", every = 10 }",
            &["e.toml: [gradient]", "sentinel.level = 1.3 V", accepted],
        ),
        (
            "\"-0.9 V\", \"0.9 V\"",
            "\"0 V\", \"100 uV\"",
            &["reference.half_width = 100 mV", "at most sweep.window is wide, 100 uV"],
        ),
        (
            "half_width = \"100 mV\"\n[sweep]\nwindow = [\"-0.9 V\", \"0.9 V\"]",
            "[sweep]\nwindow = [\"0 V\", \"1 mV\"]",
            &["reference.half_width = 40 uV (4 % of sweep.window)"],
        ),
    ];
    for (old, new, parts) in table {
        let experiment = edited(folder, "e.toml", GRADIENT, old, new);
        refused(folder, &["gradient", &experiment, "--bench", &bench], parts);
    }
    let narrow = iris(folder, &[("[\"-1 V\", \"1 V\"]", "[\"0 V\", \"1 mV\"]")]);
    let parts = [
        "iris.toml: mapping.window = [\"0 V\", \"1 mV\"] is too narrow",
        "source codes are 50 uV apart",
    ];
    refused(folder, &["train", narrow.to_str().unwrap(), "--bench", &bench], &parts);
    let window = ["match", &bench, "--from", "0 V", "--to", "100 uV"];
    refused(folder, &window, &["pair \"pair 1\": the window 0 V to 100 uV has fewer than 5"]);
}

#[test]
fn the_least_survey_is_enough_also_where_the_outermost_levels_would_be_in_compliance() {
    let folder = tempfile::tempdir().unwrap();
    let auto = "delta_v = \"auto\"\nsurvey = { levels = 5 }";
    let experiment = edited(folder.path(), "e.toml", GRADIENT, "delta_v = \"50 mV\"", auto);
    done(folder.path(), &["gradient", &experiment, "--bench", &bench("one-pair"), "--quiet"]);
}

#[test]
fn names_with_control_characters_are_refused_with_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (old, new) in [
        ("\"pair 1\"", "\"pair\\u001b 1\""),
        ("\"one simulated", "\"one\\nsimulated"),
        ("\"a1\"", "\"a\\t1\""),
    ] {
        let path = edited(folder, "bench.toml", &one_pair(), old, new);
        refused(
            folder,
            &["iv", "--bench", &path],
            &["bench.toml:", "name", "control character U+00"],
        );
    }
    let experiment = edited(folder, "e.toml", GRADIENT, "\"short\"", "\"sh\\u0007ort\"");
    refused(folder, &["gradient", &experiment], &["e.toml:2", "control character U+0007"]);
}

#[test]
fn what_never_ends_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let never = "/dev/zero is not a file on disk but a device or a pipe, which may never end";
    let endless = iris(folder, &[("file = \"iris.csv\"", "file = \"/dev/zero\"")]);
    refused(folder, &["train", endless.to_str().unwrap()], &[never]);
    let experiment = edited(folder, "e.toml", GRADIENT, "name", "name");
    refused(folder, &["gradient", &experiment, "--device", "/dev/zero"], &[never]);
    let table = "device = { preset = \"table\", file = \"/dev/zero\" }";
    let liquid = "device = { preset = \"liquid-sinh\", full_scale = \"60 uA\" }";
    let bench = edited(folder, "b.toml", &one_pair(), liquid, table);
    refused(folder, &["iv", "--bench", &bench], &["/dev/zero", "may never end"]);
}

#[test]
fn a_training_blames_the_option_counts_from_nought_and_tells_what_was_noted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let method = (
        "delta_v = \"auto\"",
        "delta_v = \"50 mV\"\nsentinel = { level = \"0.5 V\", every = 500 }",
    );
    let short = [("epochs = 50", "epochs = 1"), ("controls = [", "controls = [] # ["), method];
    let experiment = iris(folder, &short);
    let path = experiment.to_str().unwrap();
    refused(
        folder,
        &["train", path, "--repeats", "0"],
        &["error: --repeats 0: accepted is a whole number from 1"],
    );
    let written = fs::read_to_string(&experiment).unwrap();
    let at = written.find("method = ").unwrap();
    let line = written[at..].lines().next().unwrap();
    let path = edited(folder, "iris.toml", &written, line, "method = \"baseline-subtracted\"");
    let (report, _) = done(folder, &["train", &path, "--quiet"]);
    assert!(report.contains("\nNoted: ") && report.contains("recalibrated "), "{report}");
    for figure in ["learning.svg", "learning.png"] {
        assert!(folder.join("memloop-data/campaign-run-0001").join(figure).exists(), "{figure}");
    }
    let shown = done(folder, &["show", "1"]).0;
    let folds = shown.lines().filter(|it| it.starts_with("| measured "));
    let folds: Vec<_> = folds.map(|it| it.split('|').nth(3).unwrap().trim().to_owned()).collect();
    assert_eq!(folds, ["0", "1", "2", "3", "4"], "{shown}");
}

#[test]
fn a_sweep_is_drawn_as_svg_and_as_png() {
    let folder = tempfile::tempdir().unwrap();
    let output = done(folder.path(), &["iv", "--bench", &bench("one-pair"), "--quiet", "--json"]).0;
    let report: Value = serde_json::from_str(&output).unwrap();
    let plots = report["plots"].as_array().unwrap().iter();
    let plots: Vec<PathBuf> = plots.map(|it| folder.path().join(it.as_str().unwrap())).collect();
    let kinds: Vec<_> = plots.iter().map(|it| it.extension().unwrap().to_str().unwrap()).collect();
    assert_eq!(kinds, ["svg", "png"]);
    assert!(plots.iter().all(|it| fs::metadata(it).unwrap().len() > 1000));
}

#[test]
fn a_match_says_nothing_twice_and_blames_what_its_figures_blame() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (report, _) = done(folder, &["match", &bench("twins-private-drift"), "--quiet"]);
    assert_eq!(report.matches("[gradient]\nmethod = ").count(), 1, "{report}");
    let no_better = "With four operations at a point: nothing is better than that with two.";
    assert!(report.contains(no_better), "{report}");
    let verdict = report.lines().find(|it| it.starts_with("Not twins enough")).unwrap();
    assert!(verdict.contains("because their gains drift, each by 0."), "{verdict}");
    let figure = folder.join("memloop-data/campaign-run-0001/pair-1-error.svg");
    let figure = fs::read_to_string(figure).unwrap();
    assert!(figure.contains("* alternately-chopped, 2 operations"), "{figure}");
}

#[test]
fn a_lost_link_is_written_down_with_the_time_of_its_loss() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let faults = [
        "--fault",
        "refuse 1 connection after 30 readings",
        "--fault",
        "hang up after 30 readings",
    ];
    let (base, probe) = (Server::start(&faults), Server::start(&[]));
    let bench = bench_over_tcp(folder, base.port, probe.port);
    link_options(&bench, "{ reconnect = { first = \"0.3 s\", most = \"0.3 s\" } }");
    done(folder, &["iv", "--bench", bench.to_str().unwrap(), "--quiet"]);
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    let seconds = "SELECT 86400 * (max(julianday(at_utc)) - min(julianday(at_utc))) FROM events
                   WHERE kind IN ('link-lost', 'reconnected')";
    let away: f64 = campaign.query_row(seconds, [], |row| row.get(0)).unwrap();
    // Between the refused try and the next one alone it waits so long, give or take its jitter.
    assert!(away > 0.1, "{away} s");
}
