//! An instrument that is lost in the middle of a run: the real binary against simulated instruments
//! over TCP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use memloop_tests::{Server, bench_over_tcp, binary, iris, link_options, memloop, text};
use rusqlite::Connection;

/// Short pauses, so that nobody waits.
const QUICK: &str = "{ reconnect = { first = \"0.01 s\", most = \"0.05 s\" } }";
/// In the middle of a sweep of both the curves before training and `memloop iv`.
const CUT: [&str; 2] = ["--fault", "hang up after 30 readings"];
const POWER_CYCLE: [&str; 4] =
    ["--fault", "power cycle after 30 readings", "--fault", "hang up after 30 readings"];

/// A short training on two instruments with these faults.
fn train(folder: &Path, base: &[&str], probe: &[&str]) -> Output {
    let experiment =
        iris(folder, &[("epochs = 50", "epochs = 2"), ("controls = [", "controls = [] # [")]);
    let (base, probe) = (Server::start(base), Server::start(probe));
    let bench = bench_over_tcp(folder, base.port, probe.port);
    link_options(&bench, QUICK);
    let (experiment, bench) = (experiment.to_str().unwrap(), bench.to_str().unwrap());
    memloop(folder, ["train", experiment, "--bench", bench, "--quiet", "--json"])
}

fn iv(folder: &Path, base: &[&str], probe: &[&str]) -> Output {
    let (base, probe) = (Server::start(base), Server::start(probe));
    let bench = bench_over_tcp(folder, base.port, probe.port);
    link_options(&bench, QUICK);
    memloop(folder, ["iv", "--bench", bench.to_str().unwrap(), "--quiet", "--json"])
}

fn campaign(folder: &Path) -> Connection {
    Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap()
}

/// How many readings are stored, and how many of them at different places.
fn readings(folder: &Path) -> (u64, u64) {
    let count = "SELECT COUNT(*), COUNT(DISTINCT batch || ' ' || instrument || ' ' || position) FROM readings";
    campaign(folder).query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// Levels that slopes were asked at.
fn asked(folder: &Path) -> u64 {
    let count = "SELECT COUNT(*) FROM requests";
    campaign(folder).query_row(count, [], |row| row.get(0)).unwrap()
}

/// What the campaign says of the instruments, in its order.
fn events(folder: &Path) -> Vec<String> {
    let campaign = campaign(folder);
    let mut rows = campaign.prepare("SELECT kind FROM events ORDER BY id").unwrap();
    let kinds = rows.query_map([], |row| row.get(0)).unwrap();
    kinds.collect::<Result<_, _>>().unwrap()
}

/// The run ended well, and asked and stored as much as one that nothing happened to, nothing twice.
#[track_caller]
fn is_whole(run: fn(&Path, &[&str], &[&str]) -> Output, base: &[&str], probe: &[&str]) -> String {
    let (quiet, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let undisturbed = run(quiet.path(), &[], &[]);
    assert!(undisturbed.status.success(), "{}", text(&undisturbed.stderr));
    assert!(events(quiet.path()).is_empty());
    let disturbed = run(folder.path(), base, probe);
    let said = text(&disturbed.stderr);
    assert!(disturbed.status.success(), "{said}");
    let (stored, distinct) = readings(folder.path());
    assert_eq!(stored, distinct);
    assert_eq!(asked(folder.path()), asked(quiet.path()), "{said}");
    // What a training asks is measured once where it rounds to the same code, and other noise leads
    // to other codes.
    if asked(folder.path()) == 0 {
        assert_eq!((stored, distinct), readings(quiet.path()), "{said}");
    }
    let report: serde_json::Value = serde_json::from_slice(&disturbed.stdout).unwrap();
    assert_eq!(report["readings_made"], stored);
    format!("{}\n{said}", events(folder.path()).join(" "))
}

#[test]
fn a_training_survives_a_link_that_is_cut_in_mid_sweep() {
    let said = is_whole(train, &CUT, &[]);
    assert!(said.starts_with("link-lost reconnected\n"), "{said}");
    assert!(said.contains("the link to \"a1\" is lost"), "{said}");
    assert!(said.contains("\"a1\" is back") && said.contains("as they were"), "{said}");
}

#[test]
fn a_training_survives_both_links_cut_at_once() {
    let said = is_whole(train, &CUT, &CUT);
    assert!(said.contains("\"a1\" is back") && said.contains("\"b1\" is back"), "{said}");
}

#[test]
fn a_sweep_survives_a_link_that_is_cut_in_its_middle() {
    let said = is_whole(iv, &CUT, &[]);
    assert!(said.starts_with("link-lost reconnected\n"), "{said}");
}

#[test]
fn connections_that_are_refused_for_a_while_are_tried_again() {
    let faults = ["--fault", "refuse 3 connections after 30 readings", CUT[0], CUT[1]];
    let said = is_whole(iv, &faults, &[]);
    assert!(said.contains("\"a1\" is not back, try 3"), "{said}");
    assert!(said.starts_with("link-lost reconnected\n"), "{said}");
}

#[test]
fn a_power_cycle_in_a_training_is_noticed_and_the_instrument_configured_again() {
    let said = is_whole(train, &[], &POWER_CYCLE);
    assert!(said.starts_with("link-lost power-cycled\n"), "{said}");
    assert!(said.contains("\"b1\" WAS SWITCHED OFF AND ON"), "{said}");
}

#[test]
fn a_power_cycle_in_a_sweep_is_noticed_and_the_instrument_configured_again() {
    let said = is_whole(iv, &[], &POWER_CYCLE);
    assert!(said.starts_with("link-lost power-cycled\n"), "{said}");
}

/// A long training whose second instrument has gone, and what it says from there on.
struct Deserted {
    process: Child,
    said: BufReader<ChildStderr>,
    base: Server,
    port: u16,
}

fn deserted(folder: &Path) -> Deserted {
    let experiment = iris(folder, &[("epochs = 50", "epochs = 5000")]);
    let (mut base, mut probe) = (Server::start(&[]), Server::start(&[]));
    let port = probe.port;
    let bench = bench_over_tcp(folder, base.port, port);
    link_options(&bench, QUICK);
    let mut command = Command::new(binary("memloop"));
    command.arg("train").arg(experiment).arg("--bench").arg(bench).args(["--quiet", "--long"]);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut said = BufReader::new(process.stderr.take().unwrap());
    base.wait_for("output on");
    probe.wait_for("output on");
    drop(probe);
    let mut line = String::new();
    while !line.contains("\"b1\" is not back, try 2") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended before it tried twice");
    }
    Deserted { process, said, base, port }
}

/// Exit code, the last of standard error, and how the campaign says that the run ended.
fn end(folder: &Path, mut it: Deserted) -> (Option<i32>, String, String) {
    let mut error = String::new();
    it.said.read_to_string(&mut error).unwrap();
    let code = it.process.wait().unwrap().code();
    it.base.wait_for("output off");
    let exit = "SELECT exit_status FROM runs";
    let exit = campaign(folder).query_row(exit, [], |row| row.get(0)).unwrap();
    (code, error, exit)
}

#[test]
fn another_instrument_at_the_address_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = deserted(folder.path());
    let config = folder.path().join("other.toml");
    fs::write(&config, "model = \"keithley-2400\"\nserial = \"7654321\"\n").unwrap();
    let mut other = Server::start_on(run.port, &["--config", config.to_str().unwrap()]);
    let (code, error, exit) = end(folder.path(), run);
    assert_eq!((code, exit.as_str()), (Some(1), "failed"), "{error}");
    assert!(error.contains("\"b1\" answers *IDN? with") && error.contains("7654321"), "{error}");
    // It was never switched on.
    drop(other.wait_for("disconnected"));
}

#[test]
fn ctrl_c_ends_the_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let run = deserted(folder.path());
    let status = Command::new("kill").args(["-INT", &run.process.id().to_string()]).status();
    assert!(status.unwrap().success());
    let (code, error, exit) = end(folder.path(), run);
    assert_eq!((code, exit.as_str()), (Some(130), "interrupted"), "{error}");
    assert!(error.contains("interrupted: run 1 kept "), "{error}");
    assert!(error.contains("; THE OUTPUT MAY STILL BE ON at \"b1\""), "{error}");
}
