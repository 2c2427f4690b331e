//! GPIB controllers of the real binary: what it prints, and that it is there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bench_server;

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
};

use bench_server::{Client, Server, firmware_sim};

fn between<'t>(text: &'t str, before: &str, behind: &str) -> &'t str {
    text.strip_prefix(before).and_then(|it| it.strip_suffix(behind)).unwrap_or_else(|| {
        panic!("{text:?} is not {before}...{behind}");
    })
}

#[test]
fn a_single_instrument_is_on_the_bus_of_a_box_on_a_port() {
    let arguments = ["--gateway", "127.0.0.1:0", "--gpib", "18", "--model", "keithley-2450"];
    let mut server = Server::start(&arguments);
    let line = server.line();
    let port = between(&line, "listening on PRLGX-TCPIP0::127.0.0.1::", "::INTFC");
    assert_eq!(server.line(), "listening on GPIB0::18::INSTR");
    let mut client = Client::connect(&format!("127.0.0.1:{port}"));
    client.send("++auto 0\n++eos 2\n++addr 18");
    assert!(client.ask("*IDN?\n++read eoi").starts_with("KEITHLEY INSTRUMENTS,MODEL 2450,"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_bench_has_boxes_on_ports_and_on_lines_with_several_instruments_each() {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("firmware-sim-gateways-{}.toml", std::process::id()));
    let bench = "[gateway.g]\n[gateway.h]\nkind = \"ar488\"\nline = true\n\
                 [instrument.a1]\ngateway = \"g\"\naddress = 24\n\
                 [instrument.b1]\ngateway = \"g\"\naddress = 25\n\
                 [instrument.c1]\ngateway = \"h\"\naddress = 24\nlisten = \"127.0.0.1:0\"\n";
    std::fs::write(&path, bench).unwrap();
    let mut server = Server::start(&[path.to_str().unwrap()]);
    let line = server.line();
    std::fs::remove_file(&path).unwrap();
    let port = between(&line, "g prologix PRLGX-TCPIP0::127.0.0.1::", "::INTFC");
    let line = server.line();
    let pty = between(&line, "h ar488 PRLGX-ASRL1::", "::INTFC");
    let rest: Vec<_> = (0..4).map(|_| server.line()).collect();
    assert!(rest.contains(&"a1 keithley-2400 GPIB0::24::INSTR".to_owned()), "{rest:?}");
    assert!(rest.contains(&"b1 keithley-2400 GPIB0::25::INSTR".to_owned()), "{rest:?}");
    assert!(rest.contains(&"c1 keithley-2400 GPIB1::24::INSTR".to_owned()), "{rest:?}");

    let mut client = Client::connect(&format!("127.0.0.1:{port}"));
    client.send("++auto 0\n++eos 2");
    for address in [24, 25] {
        let asked = format!("++addr {address}\n:SOUR:VOLT 0.{address};VOLT?\n++read eoi");
        assert_eq!(client.ask(&asked), format!("+2.{}00000E-01", address - 20));
    }
    let mut line: File = OpenOptions::new().read(true).write(true).open(pty).unwrap();
    line.write_all(b"++addr 24\r\n*OPC?\r\n++read eoi\r\n").unwrap();
    let mut answer = String::new();
    BufReader::new(line).read_line(&mut answer).unwrap();
    assert_eq!(answer, "1\n");
}

#[test]
fn what_is_wrong_with_a_gateway_is_said() {
    for (arguments, said) in [
        (&["--gpib", "24"][..], "--gateway"),
        (&["--gateway", "here"], "expected an address such as 127.0.0.1:1234, or line"),
        (&["--gateway", "127.0.0.1:0", "--gpib", "31"], "31 is not in 0..=30"),
        (&["--gateway", "127.0.0.1:0", "--gateway-kind", "ni"], "expected prologix or ar488"),
    ] {
        let output = firmware_sim(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(said), "{text}");
    }
}

#[tokio::test]
async fn a_bench_refuses_buses_that_are_not_there_and_addresses_that_are_taken() {
    for (text, said) in [
        (
            "[instrument.a]\ngateway = \"g\"\naddress = 1\n",
            "instrument.a: \"g\" is not a gateway of this bench: expected [gateway.g]",
        ),
        (
            "[gateway.g]\n[instrument.a]\ngateway = \"g\"\naddress = 1\n\
             [instrument.b]\ngateway = \"g\"\naddress = 1\n",
            "instrument.b: address 1 on g is taken by another instrument",
        ),
    ] {
        let bench = firmware_sim::Bench::parse(text, "bench.toml").unwrap();
        let error = bench.start().await.err().unwrap();
        assert_eq!(error.to_string(), said);
    }
}
