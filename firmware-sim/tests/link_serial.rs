//! A serial line, as bytes and times at the client's end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use std::{sync::Arc, time::Duration};

use common::{host, instrument};
use firmware_sim::{Pace, SerialSettings, serve_serial};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, timeout},
};

/// The client's end of a line to a new instrument.
fn line(settings: &str, pace: Option<f64>) -> (DuplexStream, Arc<firmware_sim::Host>) {
    let settings: SerialSettings = toml::from_str(settings).unwrap();
    let host = host(instrument(&[]), pace.and_then(|it| Pace::real_time().times(it)));
    let (near, far) = tokio::io::duplex(1 << 20);
    tokio::spawn(serve_serial(far, Arc::clone(&host), settings));
    (near, host)
}

/// What comes until `end`.
async fn until(stream: &mut DuplexStream, end: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.last() != Some(&end) {
        bytes.push(timeout(Duration::from_secs(600), stream.read_u8()).await.unwrap().unwrap());
    }
    bytes
}

#[tokio::test(start_paused = true)]
async fn bytes_take_ten_bits_each_in_both_directions() {
    let (mut client, _host) = line("baud = 300\nterminator = \"LF\"", Some(1.0));
    let asked = Instant::now();
    client.write_all(b"*IDN?\n").await.unwrap();
    let reply = until(&mut client, b'\n').await;
    let bytes = 6 + reply.len();
    let expected = bytes as f64 * 10.0 / 300.0;
    let took = asked.elapsed().as_secs_f64();
    assert!((took - expected).abs() < 0.1, "{took} s for {bytes} bytes, not {expected} s");
}

#[tokio::test(start_paused = true)]
async fn in_virtual_time_nobody_waits_and_the_instrument_grows_older_by_as_much() {
    let (mut client, host) = line("baud = 300\nterminator = \"LF\"", None);
    let asked = Instant::now();
    client.write_all(b"*IDN?\n").await.unwrap();
    let bytes = 6 + until(&mut client, b'\n').await.len();
    assert_eq!(asked.elapsed(), Duration::ZERO);
    let took = host.with(|it| it.time());
    assert!((took - bytes as f64 / 30.0).abs() < 0.02, "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_line_ends_as_the_front_panel_says() {
    for (terminator, text) in [("CR", "\r"), ("LF", "\n"), ("CR+LF", "\r\n"), ("LF+CR", "\n\r")] {
        let (mut client, _host) = line(&format!("terminator = \"{terminator}\""), None);
        client.write_all(format!("*OPC?{text}").as_bytes()).await.unwrap();
        let mut reply = vec![0; 1 + text.len()];
        timeout(Duration::from_secs(1), client.read_exact(&mut reply)).await.unwrap().unwrap();
        assert_eq!(reply, format!("1{text}").as_bytes());
    }
    let (mut client, _host) = line("terminator = \"CR\"", None);
    client.write_all(b"*OPC?\n").await.unwrap();
    assert!(
        timeout(Duration::from_secs(60), client.read_u8()).await.is_err(),
        "a mismatch is mute"
    );
}

#[tokio::test(start_paused = true)]
async fn binary_data_are_refused_over_a_serial_line() {
    let (mut client, _host) = line("terminator = \"LF\"", None);
    client.write_all(b":FORM REAL,32;:FORM?;:SYST:ERR?\n").await.unwrap();
    assert_eq!(until(&mut client, b'\n').await, b"ASC;701,\"ASCII only with RS-232\"\n");
    client.write_all(b":FORM ASC;:SYST:ERR?\n").await.unwrap();
    assert_eq!(until(&mut client, b'\n').await, b"0,\"No error\"\n");
}

#[tokio::test(start_paused = true)]
async fn control_c_is_device_clear() {
    let (mut client, host) = line("terminator = \"LF\"", None);
    client.write_all(b":OUTP ON;:ARM:SOUR BUS;:INIT\n*OPC?\n:SOUR").await.unwrap();
    assert!(timeout(Duration::from_secs(60), client.read_u8()).await.is_err(), "it waits");
    client.write_all(b"\x03*OPC?;:OUTP?\n").await.unwrap();
    assert_eq!(until(&mut client, b'\n').await, b"1;1\n");
    assert!(host.with(|it| it.output_is_on()));
}

/// More than the input queue holds, while a run makes everything wait.
async fn flood(client: &mut DuplexStream) {
    client.write_all(b":OUTP ON;:ARM:SOUR BUS;:INIT\n").await.unwrap();
    for _ in 0..200 {
        client.write_all(b":SOUR:VOLT 0.125\n").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn without_flow_control_a_busy_instrument_loses_what_does_not_fit() {
    let (mut client, _host) = line("terminator = \"LF\"", None);
    flood(&mut client).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    client.write_all(b"\x03:SYST:ERR?\n").await.unwrap();
    let entry = String::from_utf8(until(&mut client, b'\n').await).unwrap();
    assert!(entry.starts_with("-363,"), "{entry}");
}

#[tokio::test(start_paused = true)]
async fn with_flow_control_the_client_is_stopped_before_and_may_go_on_after() {
    let (mut client, _host) = line("terminator = \"LF\"\nflow = \"XON-XOFF\"", None);
    client.write_all(b":OUTP ON;:ARM:SOUR BUS;:INIT\n").await.unwrap();
    let mut sent = 0;
    let stop = loop {
        client.write_all(b":SOUR:VOLT 0.125\n").await.unwrap();
        sent += 1;
        if let Ok(byte) = timeout(Duration::from_millis(10), client.read_u8()).await {
            break byte.unwrap();
        }
    };
    assert_eq!((stop, sent), (0x13, 2048 * 3 / 4 / 16 + 1), "XOFF above three quarters");
    client.write_all(b"\x03:SYST:ERR?\n").await.unwrap();
    let reply = until(&mut client, b'\n').await;
    assert_eq!(reply, b"\x110,\"No error\"\n", "XON, and nothing was lost");
}

#[tokio::test(start_paused = true)]
async fn an_overrun_is_said_once_and_what_comes_behind_the_next_terminator_is_heard() {
    for pace in [None, Some(1.0)] {
        for terminator in ["\r", "\n"] {
            let name = if terminator == "\r" { "CR" } else { "LF" };
            let (mut client, _host) = line(&format!("terminator = {name:?}"), pace);
            client.write_all(&[b'A'; 5000]).await.unwrap();
            client.write_all(terminator.as_bytes()).await.unwrap();
            for expected in ["-363,\"Input buffer overrun\"", "0,\"No error\""] {
                client.write_all(format!(":SYST:ERR?{terminator}").as_bytes()).await.unwrap();
                let reply = until(&mut client, terminator.as_bytes()[0]).await;
                assert_eq!(String::from_utf8(reply).unwrap().trim_end(), expected);
            }
        }
    }
}
