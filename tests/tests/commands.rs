//! `idn`, `scpi`, `check`, `discover` and `--transcript`: the real binary against simulated
//! instruments.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use memloop_tests::{Server, bench_over_tcp, binary, memloop, root, text};
use serde_json::Value;

fn address(server: &Server) -> String {
    format!("TCPIP0::127.0.0.1::{}::SOCKET", server.port)
}

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

#[test]
fn idn_tells_who_is_there_and_which_model_file_fits() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let report = json(folder.path(), &["idn", &address(&server), "SIM::a1", "b1"], 0);
    let instruments = report["instruments"].as_array().unwrap();
    let resources: Vec<_> = instruments.iter().map(|it| it["resource"].as_str().unwrap()).collect();
    assert_eq!(resources, [address(&server).as_str(), "SIM::a1", "SIM::b1"]);
    for it in instruments {
        assert_eq!(it["model"], "MODEL 2400");
        assert_eq!(it["model_file"], "keithley-2400");
        assert!(it["round_trip_seconds"].as_f64().unwrap() > 0.0, "{it}");
        assert_eq!(it["failed"], Value::Null);
    }
}

#[test]
fn one_silent_address_does_not_keep_the_other_from_answering() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let gone = address(&Server::start(&[]));
    let report = json(folder.path(), &["idn", &gone, &address(&server)], 1);
    let instruments = report["instruments"].as_array().unwrap();
    assert!(instruments[0]["failed"].as_str().unwrap().contains("was refused"), "{report}");
    assert_eq!(instruments[1]["maker"], "KEITHLEY INSTRUMENTS INC.");
}

#[test]
fn a_slip_in_an_address_or_an_option_is_a_usage_error_that_says_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let socket = "TCPIP0::127.0.0.1::5025::SOCKET";
    for (arguments, expected) in [
        (vec!["192.168.1.5:5025"], "did you mean TCPIP0::192.168.1.5::5025::SOCKET?"),
        (vec!["COM3"], "did you mean ASRLCOM3::INSTR?"),
        (vec!["/dev/ttyUSB0"], "did you mean ASRL/dev/ttyUSB0::INSTR?"),
        (vec!["nobody"], "instruments of bench \"two simulated pairs\""),
        (vec![socket, "--baud", "9600"], "baud = an option of serial lines"),
        (vec![socket, "--option", "bauds=9600"], "unknown key `bauds`"),
        (vec![socket, "--option", "baud"], "write key=value"),
        (vec!["ASRL1::INSTR", "--baud", "9600", "--option", "baud=1200"], "it is given twice"),
        (vec![socket, "--limit", "5"], "--limit: \"5\" has no unit"),
        (vec!["GPIB0::24::INSTR", "--gateway", socket], "write PRLGX-TCPIP0::host::1234::INTFC"),
    ] {
        let output = run(folder.path(), &[&["idn"], arguments.as_slice()].concat(), 2);
        let error = text(&output.stderr);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn gpib_without_a_gateway_says_how_to_declare_one() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(folder.path(), &["idn", "GPIB3::24::INSTR"], 1);
    let sentence = report["instruments"][0]["failed"].as_str().unwrap().to_owned();
    assert!(sentence.contains("[[gateway]] with board = 3"), "{sentence}");
    assert!(sentence.contains("--gateway PRLGX-TCPIP3::host::1234::INTFC"), "{sentence}");
}

#[test]
fn scpi_sends_what_it_is_given_and_reads_the_error_queue() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let address = address(&server);
    let output = run(folder.path(), &["scpi", &address, ":SOUR:VOLT 0.5", ":SOUR:VOLT?;*OPC?"], 0);
    assert_eq!(text(&output.stdout), "+5.000000E-01;1\n");
    let output = run(folder.path(), &["scpi", &address, ":NONSENSE 1", "*OPC?"], 1);
    assert!(text(&output.stdout).starts_with("! -113,\"Undefined header"), "{output:?}");
    assert!(text(&output.stdout).ends_with("\n1\n"), "{output:?}");
    // The queue can be left alone, and then it still holds the entry.
    run(folder.path(), &["scpi", &address, ":NONSENSE 1", "--no-errors"], 0);
    let output = run(folder.path(), &["scpi", &address, ":SYST:ERR?"], 0);
    assert!(text(&output.stdout).starts_with("-113"), "{output:?}");
}

#[test]
fn a_binary_reply_is_shown_as_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&[]);
    let setup = "*RST;:FORM:DATA SREAL;:FORM:ELEM CURR;:OUTP ON";
    let arguments = ["scpi", &address(&server), setup, ":READ?", ":OUTP OFF"];
    let report = json(folder.path(), &arguments, 0);
    let reading = &report[1];
    assert_eq!(reading["message"], ":READ?");
    assert_eq!(reading["reply"], Value::Null);
    // #0 or a definite block, and four bytes of a number.
    let hex = reading["reply_hex"].as_str().unwrap();
    assert!(hex.starts_with("23"), "{hex}");
    assert_eq!(hex.len() / 2, reading["reply_bytes"].as_u64().unwrap() as usize);
}

#[test]
fn messages_are_read_from_a_pipe_and_words_of_the_console_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary("memloop"));
    command.args(["scpi", "SIM::a1", "--json"]).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let lines = b"# a comment\n\n!limit 3 s\n*OPC?\n!status\n!clear\n*OPC?\n!quit\n*IDN?\n";
    process.stdin.take().unwrap().write_all(lines).unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let replies: Vec<_> = report.as_array().unwrap().iter().map(|it| it["reply"].clone()).collect();
    let no_poll = "this link has no serial poll; ask *STB?";
    assert_eq!(replies, ["replies may take 3s", "1", no_poll, "cleared", "1"]);
}

#[test]
fn the_output_goes_off_at_the_end_also_when_the_end_is_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&[]);
    let address = address(&server);
    run(folder.path(), &["scpi", &address, ":OUTP ON", "--off-at-end"], 0);
    server.wait_for("output on");
    server.wait_for("output off");

    let mut command = Command::new(binary("memloop"));
    command.args(["scpi", &address, "--off-at-end"]).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut process = command.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(b":OUTP ON\n*OPC?\n").unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(process.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "1\n");
    server.wait_for("output on");
    let kill = Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(process.wait().unwrap().code(), Some(130));
    drop(stdin);
    server.wait_for("output off");
}

#[test]
fn a_transcript_is_in_the_golden_format_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["scpi", "SIM::a1", "*IDN?", ":DISP:TEXT 'a \"b\"'", "--transcript", "talk.scpi"];
    run(folder.path(), &arguments, 0);
    let written = fs::read_to_string(folder.path().join("talk.scpi")).unwrap();
    let lines: Vec<_> = written.lines().collect();
    assert!(lines[0].starts_with("# source: firmware-sim at SIM::a1, recorded by memloop "));
    assert_eq!(lines[1], "> *IDN?");
    assert!(lines[2].starts_with("< KEITHLEY INSTRUMENTS INC.,MODEL 2400,"), "{written}");
    assert_eq!(lines[3], "> :SYST:ERR?");
    assert_eq!(lines[5], "> :DISP:TEXT 'a \"b\"'");
    assert!(lines[1..].iter().all(|it| it.starts_with("> ") || it.starts_with("< ")), "{written}");

    let output = run(folder.path(), &arguments, 2);
    assert!(text(&output.stderr).contains("the file is there already"), "{output:?}");
    assert_eq!(fs::read_to_string(folder.path().join("talk.scpi")).unwrap(), written);

    run(folder.path(), &["idn", "a1", "b1", "--transcript", "who.scpi"], 0);
    for name in ["who-a1.scpi", "who-b1.scpi"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
}

/// A simulated 2400 on a pseudo-terminal; killed when dropped.
struct Line(Child, String);

impl Line {
    fn start() -> Line {
        let mut command = Command::new(binary("firmware-sim"));
        command.args(["--serial", "57600", "--flow", "xon-xoff", "--terminator", "cr-lf"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let path = line.trim().rsplit(' ').next().unwrap().to_owned();
        Line(process, path)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_serial_line_is_opened_with_its_options_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let line = Line::start();
    let resource = format!("ASRL{}::INSTR", line.1);
    let given = ["--baud", "57600", "--option", "flow=xon-xoff", "--option", "terminator=crlf"];
    let report = json(folder.path(), &[&["idn", &resource], &given[..]].concat(), 0);
    assert_eq!(report["instruments"][0]["link"], "serial");
    assert_eq!(report["instruments"][0]["model_file"], "keithley-2400");

    let shipped = fs::read_to_string(root().join("benches/one-pair.toml")).unwrap();
    let link =
        "link = { baud = 57600, flow = \"xon-xoff\", terminator = \"crlf\", clear = \"^C\" }";
    let bench = shipped
        .replace("resource = \"SIM::a1\"", &format!("resource = \"{resource}\"\n{link}"))
        .replace("[simulated.a1]", "[unused]");
    let unused = bench.find("[unused]").unwrap();
    let next = unused + bench[unused..].find("[simulated.b1]").unwrap();
    fs::write(folder.path().join("bench.toml"), [&bench[..unused], &bench[next..]].concat())
        .unwrap();
    let report = json(folder.path(), &["check", "bench.toml"], 0);
    let items = report["instruments"][0]["items"].as_array().unwrap();
    assert_eq!(items[1]["what"], "serial line");
    assert_eq!(items[1]["found"], "57600 baud, 8N1, xon-xoff, ends with \\r\\n");
}

/// Every level that a transcript's messages send.
fn levels(transcript: &str) -> Vec<f64> {
    let sent = transcript.lines().filter_map(|it| it.strip_prefix("> "));
    let mut found = Vec::new();
    for message in sent {
        for level in [":SOUR:VOLT ", ":SOUR:LIST:VOLT ", ":SOUR:LIST:VOLT:APP "] {
            let Some(numbers) = message.strip_prefix(level) else { continue };
            found.extend(numbers.split(',').map(|it| it.parse::<f64>().unwrap()));
        }
    }
    found
}

#[test]
fn a_bench_that_is_ready_passes_and_sees_no_level_but_zero() {
    let folder = tempfile::tempdir().unwrap();
    let (mut base, probe) = (Server::start(&[]), Server::start(&["--seed", "1"]));
    let bench = bench_over_tcp(folder.path(), base.port, probe.port);
    let bench = bench.to_str().unwrap();
    let report = json(folder.path(), &["check", bench, "--transcript", "check.scpi"], 0);
    for instrument in report["instruments"].as_array().unwrap() {
        let items = instrument["items"].as_array().unwrap();
        let what: Vec<_> = items.iter().map(|it| it["what"].as_str().unwrap()).collect();
        assert_eq!(what, ["link", "identity", "settings", "error queue"]);
        assert!(items.iter().all(|it| it["outcome"] == "passed"), "{instrument}");
        let rate = &instrument["rate"];
        let single = rate["single_points_per_second"].as_f64().unwrap();
        assert!(rate["sweep_points_per_second"].as_f64().unwrap() > single, "{rate}");
    }
    let items = report["pairs"][0]["items"].as_array().unwrap();
    let what: Vec<_> = items.iter().map(|it| it["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["trigger path", "outputs"]);
    assert!(items.iter().all(|it| it["outcome"] == "passed"), "{report}");
    base.wait_for("output off");
    for name in ["check-a1.scpi", "check-b1.scpi"] {
        let transcript = fs::read_to_string(folder.path().join(name)).unwrap();
        let levels = levels(&transcript);
        assert!(!levels.is_empty() && levels.iter().all(|it| *it == 0.0), "{levels:?}");
    }
}

#[test]
fn every_instrument_is_tried_although_one_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let probe = Server::start(&[]);
    let gone = Server::start(&[]).port;
    let bench = bench_over_tcp(folder.path(), gone, probe.port);
    let report = json(folder.path(), &["check", bench.to_str().unwrap()], 1);
    let outcomes = |at: usize| -> Vec<String> {
        let items = report["instruments"][at]["items"].as_array().unwrap().iter();
        items.map(|it| it["outcome"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(outcomes(0), ["failed", "skipped", "skipped", "skipped"]);
    assert_eq!(outcomes(1), ["passed", "passed", "passed", "passed"]);
    assert_eq!(report["pairs"][0]["items"][0]["outcome"], "skipped");
    let output = run(folder.path(), &["check", bench.to_str().unwrap()], 1);
    let table = text(&output.stdout);
    assert!(
        table.contains("✗") && table.contains("✓") && table.contains("check the cable"),
        "{table}"
    );
}

#[test]
fn an_instrument_that_refuses_a_setting_fails_the_check_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (base, probe) = (
        Server::start(&["--fault", "ignores :SOUR:VOLT:RANG for 99 messages"]),
        Server::start(&[]),
    );
    let bench = bench_over_tcp(folder.path(), base.port, probe.port);
    let report = json(folder.path(), &["check", bench.to_str().unwrap()], 1);
    let settings = &report["instruments"][0]["items"][2];
    assert_eq!((&settings["what"], &settings["outcome"]), (&"settings".into(), &"failed".into()));
    assert!(settings["found"].as_str().unwrap().contains("source_range"), "{settings}");
    assert!(settings["advice"].as_str().unwrap().contains("the bench's settings"), "{settings}");
}

#[test]
fn discovery_is_bounded_and_each_source_can_be_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let off = ["discover", "--no-mdns", "--no-vxi11", "--no-usb"];
    let report = json(folder.path(), &[&off[..], &["--limit", "0.2 s"]].concat(), 0);
    for found in report["found"].as_array().unwrap() {
        assert_eq!(found["source"], "serial");
        assert!(found["resource"].as_str().unwrap().starts_with("ASRL"), "{found}");
    }
    assert!(report["failed"].as_array().unwrap().is_empty(), "{report}");
    let output = run(folder.path(), &[&off[..], &["--no-serial"]].concat(), 2);
    assert!(text(&output.stderr).contains("every source is switched off"), "{output:?}");
}

#[test]
fn a_bench_that_misuses_a_link_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = fs::read_to_string(root().join("benches/one-pair.toml")).unwrap();
    let path = folder.path().join("bench.toml");
    let line = "resource = \"SIM::a1\"\n";
    let gateway = |board: u16, resource: &str| {
        format!(
            "[[gateway]]\nboard = {board}\nresource = \"{resource}\"\n[[pair]]\nname = \"pair 1\""
        )
    };
    for (old, new, expected) in [
        (
            line,
            "resource = \"TCPIP::h::5025::SOCKET\"\nlink = { baud = 9600 }\n".to_owned(),
            "smu \"a1\": link: TCPIP0::h::5025::SOCKET: baud",
        ),
        (
            line,
            "resource = \"ASRL1::INSTR\"\nlink = { bauds = 9600 }\n".to_owned(),
            "unknown key `bauds`",
        ),
        (line, "resource = \"GPIB0::24::INSTR\"\n".to_owned(), "no `[[gateway]]` has board = 0"),
        (
            "[[pair]]\nname = \"pair 1\"",
            gateway(0, "PRLGX-TCPIP::h::1234::INTFC"),
            "the `[[gateway]]` of board 0 is not used",
        ),
        (
            "[[pair]]\nname = \"pair 1\"",
            gateway(0, "TCPIP::h::1234::SOCKET"),
            "accepted is PRLGX-TCPIP0::host::1234::INTFC",
        ),
        (line, "resource = \"COM3\"\n".to_owned(), "did you mean ASRLCOM3::INSTR?"),
    ] {
        assert!(shipped.contains(old));
        fs::write(&path, shipped.replacen(old, &new, 1)).unwrap();
        let output = run(folder.path(), &["check", "bench.toml"], 2);
        let error = text(&output.stderr);
        assert!(error.contains(expected), "`{expected}` is not in: {error}");
    }
}
