//! memloop dies, and its outputs go off: the guard, and the campaign that belongs to one process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use memloop_tests::{Server, bench_over_tcp, binary, iris, memloop, text};
use rusqlite::Connection;
use serde_json::Value;

fn servers() -> [Server; 2] {
    let start = |seed| Server::start(&["--control", "127.0.0.1:0", "--seed", seed]);
    [start("0"), start("1")]
}

/// A long training whose outputs are on.
fn training(folder: &Path, servers: &mut [Server; 2], more: &[&str]) -> Child {
    let experiment = iris(folder, &[("epochs = 50", "epochs = 5000")]);
    let bench = bench_over_tcp(folder, servers[0].port, servers[1].port);
    let mut command = Command::new(binary("memloop"));
    command.arg("train").arg(experiment).arg("--bench").arg(bench).args(["--quiet", "--long"]);
    command.args(more).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    let process = command.stderr(Stdio::piped()).spawn().unwrap();
    for server in servers {
        server.wait_for("output on");
        server.wait_for("output on");
    }
    process
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Everything that memloop, and its guard after it, say; returns when both have ended.
fn to_the_end(process: &mut Child) -> String {
    let mut said = String::new();
    process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    process.wait().unwrap();
    said
}

fn owner_file(folder: &Path) -> PathBuf {
    folder.join("memloop-data/campaign.sqlite.owner")
}

fn guard_of(folder: &Path) -> Option<u32> {
    let owner = fs::read_to_string(owner_file(folder)).unwrap();
    let owner: Value = serde_json::from_str(&owner).unwrap();
    owner["guard_pid"].as_u64().map(|it| u32::try_from(it).unwrap())
}

fn events(folder: &Path) -> Vec<(String, String)> {
    let campaign = Connection::open(folder.join("memloop-data/campaign.sqlite")).unwrap();
    let mut rows = campaign.prepare("SELECT kind, text FROM events ORDER BY id").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn outputs_go_off_when_memloop_is_killed_and_the_run_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut servers = servers();
    let mut process = training(folder, &mut servers, &[]);
    let guard = guard_of(folder).unwrap();
    // None of what ends a process that is not the guard ends it, and as long as memloop lives, also
    // stopped, it does nothing.
    for name in ["-INT", "-TERM", "-HUP"] {
        signal(guard, name);
    }
    signal(process.id(), "-STOP");
    for _ in 0..100 {
        let told = [servers[0].say("status"), servers[1].say("status")];
        assert!(told.iter().all(|it| it.contains("output on")), "{told:?}");
    }
    signal(process.id(), "-KILL");
    let said = to_the_end(&mut process);
    let told =
        format!("guard {guard}: memloop is gone; outputs off: \"a1\" at TCPIP0::127.0.0.1::");
    assert!(said.contains(&told), "{said}");
    assert_eq!(said.matches("is off (verified)").count(), 2, "{said}");
    assert!(servers.iter().all(|it| !it.is_on()));
    assert_eq!(events(folder), [("guard-acted".to_owned(), said.trim_end().to_owned())]);
    assert!(!owner_file(folder).exists());
    for arguments in [["runs"].as_slice(), &["show", "1"], &["runs", "--json"]] {
        let output = memloop(folder, arguments);
        let shown = text(&output.stdout).split_whitespace().collect::<String>();
        assert!(shown.contains("memloopisgone;outputsoff:"), "{shown}");
    }
}

#[test]
fn without_a_guard_nothing_switches_off_and_nothing_else_is_different() {
    let folder = tempfile::tempdir().unwrap();
    let mut servers = servers();
    let mut process = training(folder.path(), &mut servers, &["--no-guard"]);
    assert_eq!(guard_of(folder.path()), None);
    let runs = memloop(folder.path(), ["runs"]);
    assert!(text(&runs.stdout).contains("; no guard: nothing switches outputs off"));
    signal(process.id(), "-KILL");
    assert_eq!(to_the_end(&mut process), "");
    assert!(servers.iter().all(Server::is_on));
    assert!(events(folder.path()).is_empty());
}

#[test]
fn a_run_that_switches_off_by_itself_dismisses_its_guard() {
    let folder = tempfile::tempdir().unwrap();
    let mut servers = servers();
    let mut process = training(folder.path(), &mut servers, &[]);
    let guard = guard_of(folder.path()).unwrap();
    signal(process.id(), "-INT");
    let said = to_the_end(&mut process);
    assert!(said.ends_with("all outputs are off (verified)\n"), "{said}");
    let is_alive = Command::new("kill").args(["-0", &guard.to_string()]).output().unwrap();
    assert!(!is_alive.status.success());
    assert!(events(folder.path()).is_empty());
    assert!(!owner_file(folder.path()).exists());
}

#[test]
fn a_guard_that_ends_before_its_run_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let mut servers = servers();
    let mut process = training(folder.path(), &mut servers, &[]);
    let guard = guard_of(folder.path()).unwrap();
    signal(guard, "-KILL");
    let shown = loop {
        let runs = text(&memloop(folder.path(), ["runs"]).stdout);
        if runs.contains("HAS DIED") {
            break runs;
        }
    };
    assert!(shown.contains(&format!("ITS GUARD, process {guard}, HAS DIED")), "{shown}");
    signal(process.id(), "-INT");
    let said = to_the_end(&mut process);
    assert!(said.contains(&format!("the guard (process {guard}) has ended (signal: 9")), "{said}");
    assert!(servers.iter().all(|it| !it.is_on()));
    assert!(!owner_file(folder.path()).exists());
}

#[test]
fn a_guard_goes_on_with_an_output_that_memloop_could_not_switch_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut servers = servers();
    let mut process = training(folder.path(), &mut servers, &[]);
    // memloop's own fresh link is refused, and the ones that try to come back before that.
    for what in ["refuse 1000 connections", "hang up"] {
        servers[1].say(what);
    }
    signal(process.id(), "-INT");
    signal(process.id(), "-INT");
    let mut said = BufReader::new(process.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(" tries for 30 s more)") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended without a word");
    }
    // A connection that is accepted and closed at once may have taken it.
    let doubt = ["THE OUTPUT MAY STILL BE ON at \"b1\"", "could not be verified at \"b1\""];
    assert!(doubt.iter().any(|it| line.contains(it)), "{line}");
    servers[1].say("heal");
    drop(servers[1].wait_for("output off"));
    said.read_to_string(&mut line).unwrap();
    process.wait().unwrap();
    assert!(!servers[1].is_on());
    let events = events(folder.path());
    assert!(events.iter().any(|it| it.0 == "guard-acted"), "{events:?}");
}

#[test]
fn a_second_process_on_the_same_campaign_is_refused_with_its_owner_named_and_may_take_notes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut servers = servers();
    let mut process = training(folder, &mut servers, &[]);
    let others = [Server::start(&[]), Server::start(&[])];
    let bench = folder.join("other");
    fs::create_dir(&bench).unwrap();
    let bench = bench_over_tcp(&bench, others[0].port, others[1].port);
    let output = memloop(folder, ["iv", "--bench", bench.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    let parts = [
        format!("campaign.sqlite is being written by process {} on ", process.id()),
        format!("(memloop train {}", folder.join("iris.toml").display()),
        ") since 20".to_owned(),
    ];
    assert!(parts.iter().all(|it| said.contains(it)) && said.lines().count() == 1, "{said}");
    for mut other in others {
        // Whoever connects first is this test.
        drop(std::net::TcpStream::connect(("127.0.0.1", other.port)).unwrap());
        let connected = other.wait_for("connected");
        assert!(!other.wait_for("disconnected").contains("sent"), "{connected}");
    }
    let note = ["note", "1", "refilled the left device", "--kind", "refill"];
    assert_eq!(memloop(folder, note).status.code(), Some(0));
    assert_eq!(memloop(folder, ["note", "2", "nobody"]).status.code(), Some(1));
    assert_eq!(memloop(folder, ["note", "1", " "]).status.code(), Some(2));
    for arguments in [["runs"].as_slice(), &["show"]] {
        let shown = text(&memloop(folder, arguments).stdout);
        let owner = format!("run 1: written now by process {} on ", process.id());
        assert!(shown.contains(&owner) && shown.contains("; guard: process "), "{shown}");
    }
    signal(process.id(), "-TERM");
    to_the_end(&mut process);
    assert_eq!(events(folder), [("refill".to_owned(), "refilled the left device".to_owned())]);
}
