//! The real binary: what it prints, what it serves, what it refuses.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bench_server;

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::Output,
};

use bench_server::{Client, Server, firmware_sim};

fn outcome(arguments: &[&str]) -> (Output, String) {
    let output = firmware_sim(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, text)
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/sim/two-2400s-trigger-link.toml")
}

#[test]
fn a_bench_file_puts_every_instrument_on_its_port_with_its_cables_and_a_side_channel() {
    let mut server = Server::start(&[example().to_str().unwrap(), "--json"]);
    let said: serde_json::Value = serde_json::from_str(&server.line()).unwrap();
    let mut clients: Vec<_> = (0..2)
        .map(|index| {
            let instrument = &said["instruments"][index];
            assert_eq!(instrument["name"], ["a1", "b1"][index]);
            assert_eq!(instrument["model"], "keithley-2400");
            assert!(instrument["resource"].as_str().unwrap().ends_with("::SOCKET"));
            Client::connect(instrument["address"].as_str().unwrap())
        })
        .collect();
    let set_up = ":OUTP ON;:FORM:ELEM CURR;:TRIG:COUN 3;:TRIG:SOUR TLIN;INP SOUR;OUTP SENS";
    clients[1].send(set_up);
    clients[1].send(":READ?");
    clients[0].send(&format!("{set_up};DIR SOUR"));
    for client in [0, 1] {
        let reply = if client == 0 { clients[0].ask(":READ?") } else { clients[1].line() };
        assert_eq!(reply.split(',').count(), 3, "{reply}");
    }
    let mut panel = Client::connect(said["control"].as_str().unwrap());
    assert_eq!(panel.ask("instruments"), "ok a1 b1");
    let status = panel.ask("a1 status");
    assert!(status.starts_with("ok output on, idle, "), "{status}");
    assert!(status.ends_with("3 readings, no faults pending"), "{status}");
    assert_eq!(panel.ask("a1 silence for 1 reply"), "ok");
    assert_eq!(panel.ask("a1 trip after 2 messages"), "ok");
    let status = panel.ask("a1 status");
    assert!(status.contains("pending: trip after "), "{status}");
    clients[0].send("*OPC?");
    assert_eq!(clients[0].ask(":OUTP?"), "1", "the reply before was swallowed");
    assert_eq!(clients[0].ask(":OUTP?"), "0", "and the output has tripped behind it");
    assert_eq!(panel.ask("b1 refill"), "ok");
    let answer = panel.ask(&"x".repeat(100_000));
    assert!(answer.starts_with(&format!("error: \"{}...\" is not", "x".repeat(80))), "{answer}");
    let answer = panel.ask(&format!("a1 {}", "y".repeat(100_000)));
    assert!(answer.starts_with(&format!("error: \"{}...\" is not", "y".repeat(80))), "{answer}");
    assert_eq!(panel.ask("instruments"), "ok a1 b1", "one answer for one line");
    for (line, part) in [
        ("c1 status", "\"c1\" is not an instrument of this bench: expected one of a1 b1"),
        ("a1 explode", "\"power cycle\""),
        ("", "\"\" is not an instrument"),
    ] {
        let answer = panel.ask(line);
        assert!(answer.starts_with("error: ") && answer.contains(part), "{answer}");
    }
}

#[test]
fn one_instrument_says_where_it_listens_and_the_side_channel_needs_no_name_for_it() {
    let mut server =
        Server::start(&["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--seed", "7"]);
    let line = server.line();
    let mut client = Client::connect(line.strip_prefix("listening on ").unwrap());
    let line = server.line();
    let mut panel = Client::connect(line.strip_prefix("side channel on ").unwrap());
    assert_eq!(panel.ask("garbage of 4 bytes"), "ok");
    assert_eq!(panel.ask("smu error -222"), "ok");
    assert_eq!(client.0.get_ref().peer_addr().unwrap().ip().to_string(), "127.0.0.1");
    client.send("*OPC?");
    let mut reply = Vec::new();
    client.0.read_until(b'\n', &mut reply).unwrap();
    assert_eq!((reply.len(), &reply[4..]), (6, &b"1\n"[..]));
    assert_eq!(client.ask(":SYST:ERR?"), "-222,\"Parameter data out of range\"");
}

#[cfg(target_os = "linux")]
#[test]
fn a_serial_port_can_be_opened_by_its_path() {
    let mut server = Server::start(&["--serial", "57600", "--terminator", "lf"]);
    let line = server.line();
    let path = line.strip_prefix("listening on ").unwrap();
    let port = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    (&port).write_all(b"*OPC?;:FORM REAL,32;:SYST:ERR?\n").unwrap();
    let mut reply = String::new();
    BufReader::new(&port).read_line(&mut reply).unwrap();
    assert_eq!(reply, "1;701,\"ASCII only with RS-232\"\n");
}

#[cfg(unix)]
#[test]
fn sigterm_ends_a_bench_in_order() {
    let mut server = Server::start(&[example().to_str().unwrap()]);
    assert!(server.line().starts_with("a1 keithley-2400 TCPIP0::127.0.0.1::"));
    assert!(server.line().starts_with("b1 keithley-2400 TCPIP0::127.0.0.1::"));
    assert!(server.line().starts_with("side channel on 127.0.0.1:"));
    let id = rustix::process::Pid::from_child(&server.process);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn what_is_refused_is_named_with_what_is_accepted() {
    let folder = std::env::temp_dir().join(format!("firmware-sim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bench.toml");
    for (text, parts) in [
        ("[instrument.a1]\nseeed = 1\n", ["bench.toml:2: instrument.a1: ", "`seed`"]),
        ("pace = 0\n[instrument.a1]\n", ["pace = 0 is not possible", "0.001 to 1000"]),
        ("[instrument.a1]\npace = -1\n", ["instrument.a1.pace = -1", "0.001 to 1000"]),
        (
            "[instrument.a1]\n[[cable]]\nlines = [\"a1\", \"b2\"]\n",
            ["cable 1 leads to \"b2\"", "expected one of a1"],
        ),
        (
            "[instrument.a1]\n[[cable]]\nlines = [\"a1\", \"a1\"]\n",
            ["cable 1 leads from \"a1\" to itself", "two instruments"],
        ),
        (
            "[instrument.a1]\n[instrument.b1]\nmodel = \"keithley-2450\"\n[[cable]]\n\
             lines = [\"a1\", \"b1\"]\nmap = { 1 = 7 }\n",
            ["cable 1 leads to line 7 of \"b1\"", "expected 1 to 6 on the model"],
        ),
        (
            "[instrument.a1]\n[instrument.b1]\n[[cable]]\n\
             lines = [\"a1\", \"b1\"]\nmap = { 0 = 1 }\n",
            ["cable 1 leads to line 0 of \"a1\"", "expected 1 to 4 on the model"],
        ),
        (
            "[instrument.a1]\naccuracy = \"-1 %\"\n",
            ["instrument.a1: accuracy = \"-1 %\"", "expected 0 % to 1000 %"],
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let (output, said) = outcome(&[file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(parts.iter().all(|it| said.contains(it)), "{said}");
        assert!(said.contains("bench.toml"), "{said}");
    }
    let text = "device = { preset = \"resistor\", resistance = \"0 Ohm\" }\n";
    std::fs::write(&file, text).unwrap();
    let (output, said) = outcome(&["--config", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("bench.toml: device.resistance = \"0 Ohm\""), "{said}");
    assert_eq!(said.matches("device.resistance").count(), 1, "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
    let file = example();
    for (arguments, part) in [
        (&["--model", "fluke"][..], "possible values: keithley-2400, keithley-2401"),
        (&["--serial", "110"], "expected one of 300, 600"),
        (&["--fault", "explode"], "\"power cycle\""),
        (&["--refuse"], "--one-client"),
        (&["--device", "relay"], "resistor"),
        (&[file.to_str().unwrap(), "--seed", "1"], "cannot be used with"),
    ] {
        let (output, said) = outcome(arguments);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn the_help_shows_every_fault_and_the_models_are_listed() {
    let output = firmware_sim(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for part in [
        "hang up",
        "heal",
        "FNV-1a",
        "wrong stride",
        "ignores :SENS:CURR:PROT",
        "a1 status",
        "[[cable]]",
    ] {
        assert!(help.contains(part), "{part}");
    }
    let output = firmware_sim(&["--list-models"]).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let all: Vec<_> = firmware_sim::ModelName::ALL.iter().map(|it| it.text()).collect();
    assert_eq!(listed.lines().collect::<Vec<_>>(), all);
}
