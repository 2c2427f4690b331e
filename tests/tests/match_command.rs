//! `memloop match`: the real binary on simulated pairs whose differences are known.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use gradient::{GradientConfig, Method, Step};
use memloop_tests::{Server, bench_over_tcp, binary, memloop, root, text};
use rusqlite::Connection;
use serde_json::Value;

fn bench(name: &str) -> PathBuf {
    root().join(format!("benches/{name}.toml"))
}

/// Matches the pairs of a bench into `twins.sqlite`.
#[track_caller]
fn matched(folder: &Path, bench: &Path, options: &[&str]) -> Value {
    let bench = bench.to_str().unwrap();
    let arguments =
        [&["match", bench, "--json", "--quiet", "--campaign", "twins.sqlite"], options].concat();
    let output = memloop(folder, &arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said, "", "--quiet leaves results and errors");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one-pair bench without what hides the two figures that it states: memory, drift, and a voltage
/// scale that is drawn.
fn plain_pair(folder: &Path) -> PathBuf {
    let text = fs::read_to_string(bench("one-pair")).unwrap();
    let plain = text
        .replace("full_scale = \"60 uA\" }", "full_scale = \"60 uA\", memory = \"0 %\" }")
        .replace(", v_scale_sd = \"0.5 %\"", "")
        .replace("drift = { gain = \"0.5 %\", over = \"600 s\" }\n", "");
    assert_eq!(plain.matches("memory = \"0 %\"").count(), 2, "{plain}");
    assert!(!plain.contains("v_scale_sd") && !plain.contains("drift ="), "{plain}");
    let path = folder.join("plain.toml");
    fs::write(&path, plain).unwrap();
    path
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The `[gradient]` table of a recommendation, as an experiment file has it.
#[track_caller]
fn pasted(advice: &Value) -> GradientConfig {
    let file: toml::Table = toml::from_str(advice["gradient_toml"].as_str().unwrap()).unwrap();
    let gradient: GradientConfig = file["gradient"].clone().try_into().unwrap();
    gradient.check().unwrap();
    gradient
}

#[test]
fn gain_offset_and_noise_are_those_that_the_bench_states() {
    let folder = tempfile::tempdir().unwrap();
    let report = matched(folder.path(), &plain_pair(folder.path()), &[]);
    let pair = &report["pairs"][0];
    let unlike = &pair["unlike"];
    // 102.5 % over 97.5 %.
    for (figure, stated) in [("gain", 1.0513), ("voltage_scale", 1.0)] {
        let (value, uncertainty) =
            (number(&unlike[figure]["value"]), number(&unlike[figure]["uncertainty"]));
        assert!((value - stated).abs() < 3.0 * uncertainty, "{figure}: {value} ± {uncertainty}");
    }
    // 0.5 % of 60 µA, to a tenth per cent of that full scale.
    let [offset, uncertainty] =
        ["value", "uncertainty"].map(|it| number(&unlike["offset_amperes"][it]));
    assert!((offset - 0.3e-6).abs() < 0.06e-6, "offset {offset}");
    assert!((offset - 0.3e-6).abs() < 3.0 * uncertainty, "offset {offset} ± {uncertainty}");
    assert!(number(&unlike["gain"]["uncertainty"]) < 0.01, "{unlike}");
    let noise = number(&pair["unsteady"]["noise_floor_amperes"]);
    assert!((noise / 120e-9 - 1.0).abs() < 0.1, "noise {noise}");
    assert_eq!(pair["memory"]["seen"], false);
    // No drift is there: what is said of it is a bound.
    let drift = &pair["unsteady"]["at_most_per_shot"]["drift_of_each"];
    assert!((1e-7..1e-3).contains(&number(drift)), "{drift}");
    assert_eq!(pair["window_volts"], serde_json::json!([-1.0, 1.0]));
}

#[test]
fn devices_that_remember_are_read_again_with_a_rest_and_recommended_one() {
    let folder = tempfile::tempdir().unwrap();
    let report = matched(folder.path(), &bench("twins-keeps-30"), &[]);
    let pair = &report["pairs"][0];
    let surveys = pair["surveys"].as_array().unwrap();
    assert!(surveys.len() >= 2, "{surveys:?}");
    let (first, last) = (&surveys[0], &surveys[surveys.len() - 1]);
    assert!(first["rest"].is_null() && first["memory"]["counts"] == true, "{first}");
    assert!(last["memory"]["counts"] == false, "{last}");
    let index = |it: &Value| number(&it["memory"]["hysteresis_index"]);
    assert!(index(last) < 0.3 * index(first), "{} {}", index(first), index(last));
    for advice in [&pair["at_two_operations"], &pair["at_four_operations"]] {
        let gradient = pasted(advice);
        let rest = gradient.rest.unwrap();
        assert_eq!(rest.level.0, 0.0);
        assert!((1..=5).contains(&rest.readings), "{rest:?}");
        assert_eq!(number(&advice["operations_beside_per_point"]) as usize % rest.readings, 0);
    }
}

#[test]
fn devices_without_memory_need_no_rest_and_the_table_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let report = matched(folder.path(), &bench("twins-saturating"), &[]);
    let pair = &report["pairs"][0];
    assert_eq!(pair["surveys"].as_array().unwrap().len(), 1);
    let estimators = pair["estimators"].as_array().unwrap();
    for (budget, advice) in [(2.0, &pair["at_two_operations"]), (4.0, &pair["at_four_operations"])]
    {
        let gradient = pasted(advice);
        assert!(gradient.rest.is_none() && gradient.condition.is_none(), "{gradient:?}");
        let chosen = &advice["estimator"];
        assert_eq!(gradient.method.name(), chosen["method"].as_str().unwrap());
        assert_eq!(gradient.repeats as u64, chosen["repeats"].as_u64().unwrap());
        let Step::Fixed(step) = gradient.delta_v else { panic!("{gradient:?}") };
        assert_eq!(step.0, number(&chosen["delta_v_volts"]));
        assert!(!advice["gradient_toml"].as_str().unwrap().contains("condition"), "{advice}");
        // Nothing that costs no more is expected to be better.
        let rmse = number(&chosen["rmse_over_range"]);
        let affordable =
            estimators.iter().filter(|it| number(&it["operations_per_point"]) <= budget);
        let least = affordable.map(|it| number(&it["rmse_siemens"])).fold(f64::INFINITY, f64::min);
        assert_eq!(number(&chosen["rmse_siemens"]), least);
        assert!(rmse < number(&pair["forward_pair_rmse_over_range"]));
        assert!(advice["why"].as_str().unwrap().contains("limits"), "{advice}");
    }
    // Five per cent apart: the paper's pair would be wrong by more than the paper's was.
    assert_eq!(pair["good_enough_for_forward_pair"], false);
    assert!(pair["verdict"].as_str().unwrap().starts_with("Not twins enough"), "{pair}");
}

#[test]
fn the_recommended_table_measures_slopes_with_about_the_expected_error() {
    let folder = tempfile::tempdir().unwrap();
    let report = matched(folder.path(), &bench("twins-saturating"), &[]);
    let advice = &report["pairs"][0]["at_four_operations"];
    let experiment = folder.path().join("pasted.toml");
    let table = advice["gradient_toml"].as_str().unwrap();
    let rest = "kind = \"gradient\"\nname = \"pasted\"\n[sweep]\nwindow = [\"-1 V\", \"1 V\"]\n\
                points = 101\nsweeps = 4\n";
    fs::write(&experiment, format!("{rest}{table}\n")).unwrap();
    let bench = bench("twins-saturating");
    let arguments = ["gradient", "pasted.toml", "--json", "--quiet", "--bench"];
    let output = memloop(folder.path(), arguments.iter().copied().chain([bench.to_str().unwrap()]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let measured: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = number(&measured["pairs"][0]["rmse_over_range"]);
    let expected = number(&advice["estimator"]["rmse_over_range"]);
    // The numerical gradient that it is compared with is itself uncertain.
    let reference = number(&measured["reference"]["uncertainty_over_range"]);
    let range = 0.5 * expected..1.5 * expected.hypot(reference);
    assert!(range.contains(&found), "{found}, expected {expected}, reference {reference}");
}

#[test]
fn ctrl_c_in_a_survey_leaves_the_outputs_off_and_the_readings_in_the_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let (mut base, mut probe) = (Server::start(&[]), Server::start(&["--seed", "1"]));
    let bench = bench_over_tcp(folder.path(), base.port, probe.port);
    let mut command = Command::new(binary("memloop"));
    command.args(["match", "--passes", "4000", "--quiet"]).arg(bench).current_dir(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    base.wait_for("output on");
    probe.wait_for("output on");
    let interrupt = Command::new("kill").args(["-INT", &process.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = process.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("\ninterrupted: run 1 kept "), "{said}");
    assert!(said.contains(" readings in memloop-data/campaign.sqlite; "), "{said}");
    assert!(said.ends_with("; all outputs are off (verified)\n"), "{said}");
    base.wait_for("output off");
    probe.wait_for("output off");
    let stored = Connection::open(folder.path().join("memloop-data/campaign.sqlite")).unwrap();
    let exit: String =
        stored.query_row("SELECT exit_status FROM runs", [], |row| row.get(0)).unwrap();
    assert_eq!(exit, "interrupted");
    let odd: u64 =
        stored.query_row("SELECT count(*) % 2 FROM readings", [], |row| row.get(0)).unwrap();
    assert_eq!(odd, 0, "both readings of every shot are there, or none");
}

#[test]
fn a_signal_while_it_is_computed_what_a_survey_teaches_ends_the_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // So many passes take minutes to learn from.
    let mut command = Command::new(binary("memloop"));
    command.args(["match", "--passes", "2000", "--quiet"]).arg(bench("twins-saturating"));
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    let process = command.stderr(Stdio::piped()).spawn().unwrap();
    let file = folder.path().join("memloop-data/campaign.sqlite");
    // 41 levels, 2000 times, then 21 that are not used and 40 in a row, on two devices.
    let all = 2 * (41 * 2000 + 21 + 40);
    let stored = || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let campaign = Connection::open_with_flags(&file, flags).ok()?;
        campaign.query_row("SELECT count(*) FROM readings", [], |row| row.get::<_, u64>(0)).ok()
    };
    while stored() != Some(all) {
        std::thread::yield_now();
    }
    let status = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(status.success());
    let output = process.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("\ninterrupted: run 1 kept 164 122 readings in "), "{said}");
    assert!(said.ends_with("; all outputs are off (verified)\n"), "{said}");
}

#[test]
fn what_was_read_and_found_is_in_the_campaign_and_the_figures_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let report = matched(folder.path(), &bench("twins-keeps-10"), &[]);
    let stored = Connection::open(folder.path().join("twins.sqlite")).unwrap();
    let one = |query: &str| stored.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("SELECT kind FROM runs"), "match");
    let result: Value =
        serde_json::from_str(&one("SELECT value_json FROM results WHERE name = 'report'")).unwrap();
    assert_eq!(result["pairs"], report["pairs"]);
    let count: u64 =
        stored.query_row("SELECT count(*) FROM readings", [], |row| row.get(0)).unwrap();
    assert_eq!(report["readings_made"].as_u64(), Some(count));
    let surveys = report["pairs"][0]["surveys"].as_array().unwrap();
    let planned: u64 = surveys.iter().map(|it| it["operations"].as_u64().unwrap()).sum();
    assert_eq!(planned, count);
    let plots: Vec<&str> =
        report["plots"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for name in ["pair-1-iv-1.svg", "pair-1-mismatch.svg", "pair-1-error.svg"] {
        let plot = plots.iter().find(|it| it.ends_with(name)).unwrap();
        let svg = fs::read_to_string(folder.path().join(plot)).unwrap();
        assert!(svg.contains("</svg>"), "{name}");
    }
}

#[test]
fn people_read_a_verdict_a_table_and_what_to_paste() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench("twins-convex");
    let output = memloop(
        folder.path(),
        [
            "match",
            bench.to_str().unwrap(),
            "--from",
            "-0.5 V",
            "--to",
            "0.5 V",
            "--transcript",
            "t.scpi",
        ],
    );
    let (report, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("operations, about"), "no cost was announced: {said}");
    assert!(said.contains("while it is computed what it teaches"), "{said}");
    for part in
        ["-0.5 V to 0.5 V", "gain", "hysteresis index", "[gradient]\nmethod = ", "forward pair"]
    {
        assert!(report.contains(part), "`{part}` is not in: {report}");
    }
    assert!(Method::ALL.iter().all(|it| report.contains(it.name())), "{report}");
    assert!(
        report.contains("No line: small-signal, which takes 16 operations for each point"),
        "{report}"
    );
    // Outputs are off at the end.
    for name in ["t-a1.scpi", "t-b1.scpi"] {
        let said = fs::read_to_string(folder.path().join(name)).unwrap();
        let last = |message: &str| said.rfind(message).unwrap();
        assert!(last(":OUTP OFF") > last(":OUTP ON"), "{name}");
    }
}

#[test]
fn options_that_cannot_be_are_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench("one-pair");
    let bench = bench.to_str().unwrap();
    for (options, parts) in [
        (vec!["--from", "1"], vec!["--from: \"1\" has no unit"]),
        (vec!["--to", "1 A"], vec!["--to: ", "is not in V"]),
        (vec!["--from", "0.5 V", "--to", "-0.5 V"], vec!["from 500 mV to -500 mV is no window"]),
        (
            vec!["--to", "3 V"],
            vec!["reaches outside the window -1.2 V to 1.2 V", "pair \"pair 1\""],
        ),
        (vec!["--to", "1.2 V"], vec!["leaves no room for a step inside", "-1 V to 1.178 V"]),
        (vec!["--levels", "4"], vec!["--levels 4: at least 5"]),
        (vec!["--passes", "3"], vec!["--passes 3: at least 4", "two up and two down"]),
        (vec!["--passes", "1000000000"], vec!["--passes 1000000000: at most 1000000"]),
        (vec!["--passes", "many"], vec!["invalid value 'many' for '--passes <N>'"]),
    ] {
        let transcript = ["--transcript", "t.scpi"];
        let arguments = [&["match", bench], options.as_slice(), &transcript].concat();
        let output = memloop(folder.path(), &arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{options:?}: {error}");
        for part in parts {
            assert!(error.contains(part), "`{part}` is not in: {error}");
        }
        assert!(output.stdout.is_empty());
        let left = fs::read_dir(folder.path()).unwrap().flatten().filter(|it| it.path().is_file());
        assert_eq!(left.count(), 0, "{options:?} left something behind");
    }
    let output = memloop(folder.path(), ["match", bench, "--passes", "1000000"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.starts_with("error: the surveys: 82000122 operations, about "), "{error}");
    assert!(error.ends_with(" days of instrument time; more than 24 h start only with --long\n"));
    assert!(!folder.path().join("memloop-data/campaign.sqlite").exists());
    let lonely = fs::read_to_string(bench).unwrap();
    let [first, rest] =
        [lonely.find("[[pair]]").unwrap(), lonely.find("# The two devices").unwrap()];
    fs::write(folder.path().join("lonely.toml"), lonely[..first].to_owned() + &lonely[rest..])
        .unwrap();
    let output = memloop(folder.path(), ["match", "lonely.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("has no `[[pair]]`"), "{}", text(&output.stderr));
}
