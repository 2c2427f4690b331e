//! However a run ends, the outputs are off: the real binary against simulated instruments over TCP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
};

use memloop_tests::{Server, bench_over_tcp, binary, iris, link_options};
use rusqlite::Connection;

/// `memloop train`, running, on two instruments whose outputs are on.
fn training(folder: &Path, base: &mut Server, probe: &mut Server) -> Child {
    let experiment = iris(folder, &[("epochs = 50", "epochs = 5000")]);
    let bench = bench_over_tcp(folder, base.port, probe.port);
    // The second try would come too late.
    link_options(&bench, "{ reconnect = { first = \"5 s\", limit = \"3 s\" } }");
    let mut command = Command::new(binary("memloop"));
    command.arg("train").arg(experiment).arg("--bench").arg(bench).args(["--quiet", "--long"]);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    // Of the survey, and of what follows it.
    for _ in 0..2 {
        base.wait_for("output on");
        probe.wait_for("output on");
    }
    process
}

fn signal(process: &Child, name: &str) {
    let status = Command::new("kill").args([name, &process.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Exit code, standard error, and how the campaign says that the run ended.
fn end(folder: &Path, mut process: Child) -> (Option<i32>, String, Option<String>) {
    let mut error = String::new();
    process.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    let code = process.wait().unwrap().code();
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    let exit = campaign.query_row("SELECT exit_status FROM runs", [], |row| row.get(0)).unwrap();
    (code, error, exit)
}

#[test]
fn a_signal_ends_the_run_with_the_outputs_off() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut base, mut probe) = (Server::start(&[]), Server::start(&["--seed", "1"]));
        let process = training(folder.path(), &mut base, &mut probe);
        signal(&process, name);
        let (code, error, exit) = end(folder.path(), process);
        assert_eq!((code, exit.as_deref()), (Some(130), Some("interrupted")), "{name}: {error}");
        assert!(error.contains("\ninterrupted: run 1 kept "), "{error}");
        assert!(error.ends_with("campaign.sqlite; all outputs are off (verified)\n"), "{error}");
        base.wait_for("output off");
        probe.wait_for("output off");
    }
}

#[test]
fn a_second_signal_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let (mut base, mut probe) = (Server::start(&[]), Server::start(&["--seed", "1"]));
    let process = training(folder.path(), &mut base, &mut probe);
    signal(&process, "-INT");
    signal(&process, "-INT");
    let (code, error, _) = end(folder.path(), process);
    assert_eq!(code, Some(130), "{error}");
    assert!(error.contains("\ninterrupted: run 1 kept "), "{error}");
    base.wait_for("output off");
    probe.wait_for("output off");
}

#[test]
fn an_error_of_one_instrument_switches_both_off() {
    let folder = tempfile::tempdir().unwrap();
    let (mut base, mut probe) =
        (Server::start(&[]), Server::start(&["--fault", "error -222 after 1000 messages"]));
    let process = training(folder.path(), &mut base, &mut probe);
    let (code, error, exit) = end(folder.path(), process);
    assert_eq!((code, exit.as_deref()), (Some(1), Some("failed")), "{error}");
    assert!(error.contains("\"b1\"") && error.contains("-222"), "{error}");
    base.wait_for("output off");
    probe.wait_for("output off");
}

#[test]
fn a_link_that_is_given_up_switches_both_off_over_a_fresh_one() {
    let folder = tempfile::tempdir().unwrap();
    let faults = [
        "--fault",
        "refuse 1 connection after 1000 readings",
        "--fault",
        "hang up after 1000 readings",
    ];
    let (mut base, mut probe) = (Server::start(&[]), Server::start(&faults));
    let process = training(folder.path(), &mut base, &mut probe);
    let (code, error, exit) = end(folder.path(), process);
    assert_eq!((code, exit.as_deref()), (Some(1), Some("failed")), "{error}");
    assert!(error.contains("\"b1\" was given up"), "{error}");
    assert!(error.contains("no connection within 3s, tried 1 times"), "{error}");
    assert!(!error.contains("MAY STILL BE ON"), "{error}");
    base.wait_for("output off");
    probe.wait_for("output off");
}

#[test]
fn an_instrument_that_is_gone_is_named_as_perhaps_still_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut base, mut probe) = (Server::start(&[]), Server::start(&[]));
    let process = training(folder.path(), &mut base, &mut probe);
    drop(probe);
    let (code, error, exit) = end(folder.path(), process);
    assert_eq!((code, exit.as_deref()), (Some(1), Some("failed")), "{error}");
    assert!(error.contains("THE OUTPUT MAY STILL BE ON at \"b1\""), "{error}");
    base.wait_for("output off");
}
