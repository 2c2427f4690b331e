//! Bad days over VXI-11: silence, lateness, torn replies, closed connections, lost power, paced time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod vxi11_client;

use std::{sync::Arc, time::Duration};

use common::{host, instrument};
use firmware_sim::{Fault, Host, Pace, Refusal, Vxi11Options};
use tokio::io::AsyncReadExt;
use vxi11_client::{CORE, Client, HAS_END, Read, numbers, record, serve, words, write_arguments};

async fn with(faults: &[&str]) -> (Client, Arc<Host>, u16) {
    let host = host(instrument(faults), None);
    let port = serve(&host, Vxi11Options::default()).await;
    (Client::link(port).await, host, port)
}

/// Writes, and reads for no longer than a millisecond, in one segment: no time passes in between.
async fn ask_briefly(client: &mut Client, message: &str) -> Read {
    let write = write_arguments(client.lid, HAS_END, message.as_bytes());
    let read = words(&[client.lid, 1000, 1, 0, 0, 0]);
    let calls = [record(1, CORE, 1, 11, &write), record(2, CORE, 1, 12, &read)].concat();
    client.send(&calls).await;
    assert_eq!(numbers(&client.results(1).await), [0, message.len() as u32]);
    Read::of(&client.results(2).await)
}

fn timed_out(data: &[u8]) -> Read {
    Read { error: 15, reason: 0, data: data.to_vec() }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_swallowed_times_out_and_is_no_error_of_the_client() {
    let (mut client, ..) = with(&["silence for 1 reply"]).await;
    assert_eq!(ask_briefly(&mut client, "*IDN?").await, timed_out(b""));
    assert_eq!((client.ask("*OPC?").await.as_str(), client.error().await), ("1", 0));
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_comes_to_a_client_who_waits() {
    let (mut client, ..) = with(&["late reply by 3 s"]).await;
    assert_eq!(ask_briefly(&mut client, "*OPC?").await, timed_out(b""));
    assert_eq!(client.read().await, Read { error: 0, reason: 4, data: b"1\n".to_vec() });
    assert_eq!(client.error().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_interrupted_by_a_client_who_does_not_wait() {
    let (mut client, ..) = with(&["late reply by 3 s"]).await;
    assert_eq!(ask_briefly(&mut client, "*IDN?").await, timed_out(b""));
    assert_eq!(client.ask("*OPC?").await, "1", "not the late one");
    assert_eq!((client.error().await, client.error().await), (-410, 0));
}

#[tokio::test(start_paused = true)]
async fn a_device_clear_forgets_a_late_reply() {
    let (mut client, ..) = with(&["late reply by 3 s"]).await;
    assert_eq!(ask_briefly(&mut client, "*IDN?").await, timed_out(b""));
    assert_eq!(client.generic(15, 0, 0).await, [0]);
    assert_eq!((client.ask("*OPC?").await.as_str(), client.error().await), ("1", 0));
}

#[tokio::test(start_paused = true)]
async fn a_torn_reply_has_no_end_and_one_in_pieces_has_it_in_the_last() {
    let (mut client, ..) = with(&["torn reply", "reply in 3 pieces"]).await;
    assert_eq!(ask_briefly(&mut client, "*OPC?;*OPC?").await, timed_out(b"1;"));
    client.write("*OPC?;*OPC?;*OPC?").await;
    let mut pieces = Vec::new();
    for reason in [0, 0, 4] {
        let read = client.read().await;
        assert_eq!((read.error, read.reason), (0, reason));
        pieces.push(read.data);
    }
    assert_eq!(pieces, [b"1;", b"1;", b"1\n"]);
    assert_eq!(client.error().await, 0);
}

#[tokio::test]
async fn a_connection_is_closed_in_the_middle_of_a_reply() {
    let (mut client, _host, port) = with(&["disconnect"]).await;
    client.write("*IDN?").await;
    let read = words(&[client.lid, 1000, 10_000, 0, 0, 0]);
    client.send(&record(2, CORE, 1, 12, &read)).await;
    let promised = client.stream.read_u32().await.unwrap() & 0x7fff_ffff;
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).await.unwrap();
    assert!(!rest.is_empty() && rest.len() < promised as usize, "{} of {promised}", rest.len());
    assert_eq!(Client::link(port).await.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn all_connections_end_when_the_instrument_hangs_up() {
    let (mut client, host, port) = with(&[]).await;
    let mut other = Client::link(port).await;
    client.send(&record(2, CORE, 1, 12, &words(&[client.lid, 9, u32::MAX, 0, 0, 0]))).await;
    host.with(|it| it.strike(Fault::HangUp));
    assert!(other.is_cut_off().await);
    assert!(client.is_cut_off().await);
    assert_eq!(Client::link(port).await.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn connections_are_refused_as_often_as_asked() {
    let (mut client, host, port) = with(&[]).await;
    host.with(|it| it.strike(Fault::Refuse(Refusal::Connections(1))));
    assert!(Client::connect(port).await.is_cut_off().await);
    assert_eq!(Client::link(port).await.ask("*OPC?").await, "1");
    assert_eq!(client.ask("*OPC?").await, "1", "who was there stays");
}

#[tokio::test(start_paused = true)]
async fn a_power_cycle_takes_the_reply_that_was_not_read() {
    let (mut client, host, _) = with(&[]).await;
    client.write("*IDN?").await;
    host.with(|it| it.strike(Fault::PowerCycle));
    assert_eq!(client.read_with(100, 1, 0, 0).await, timed_out(b""));
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn in_paced_time_a_reply_is_withheld_until_it_is_formed() {
    let host = host(instrument(&[]), Some(Pace::real_time()));
    let mut client = Client::link(serve(&host, Vxi11Options::default()).await).await;
    client.write(":SENS:CURR:NPLC 10;:SOUR:DEL 0.5;:TRIG:COUN 11;:OUTP ON").await;
    assert_eq!(ask_briefly(&mut client, ":READ?").await, timed_out(b""));
    let read = client.read().await;
    assert_eq!((read.error, read.reason), (0, 4));
    assert_eq!(read.data.split(|it| *it == b',').count(), 55);
    // A run that is not waited for ends when it is aborted, and what waited for it is answered.
    client.write(":INIT").await;
    assert_eq!(ask_briefly(&mut client, "*OPC?").await, timed_out(b""));
    client.write(":ABOR").await;
    assert_eq!(client.read().await.data, b"1\n");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(client.error().await, 0);
}
