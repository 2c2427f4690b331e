//! Bad days over HiSLIP: silence, lateness, torn replies, closed connections, lost power, paced time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod hislip_client;

use std::{sync::Arc, time::Duration};

use common::{host, instrument};
use firmware_sim::{Fault, HislipOptions, Host, Pace, Refusal};
use hislip_client::{Channel, Client, DATA, DATA_END, plain, serve};
use tokio::{io::AsyncReadExt, time::timeout};

async fn with(faults: &[&str]) -> (Client, Arc<Host>, u16) {
    let host = host(instrument(faults), None);
    let port = serve(&host, HislipOptions::default()).await;
    (Client::open(port).await, host, port)
}

/// Whether nothing comes for an hour. The clock of the tests is paused.
async fn hears_nothing(client: &mut Client) -> bool {
    timeout(Duration::from_secs(3600), client.sync.0.peek(&mut [0])).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_swallowed_is_no_error_of_the_client() {
    let (mut client, ..) = with(&["silence for 1 reply"]).await;
    client.write("*IDN?").await;
    assert!(hears_nothing(&mut client).await);
    assert_eq!((client.ask("*OPC?").await.as_str(), client.error().await), ("1", 0));
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_interrupted_by_a_client_who_does_not_wait() {
    let (mut client, ..) = with(&["late reply by 3 s", "late reply by 3 s"]).await;
    assert_eq!(client.ask("*OPC?").await, "1", "to one who waits it comes");
    // The next message and the question for it go in one segment: no time passes in between.
    let first = client.id.wrapping_add(2);
    let second = first.wrapping_add(2);
    let two = [
        hislip_client::message(DATA_END, 1, first, b"*IDN?"),
        hislip_client::message(DATA_END, 0, second, b"*OPC?"),
    ];
    tokio::io::AsyncWriteExt::write_all(&mut client.sync.0, &two.concat()).await.unwrap();
    (client.id, client.delivered) = (second, false);
    assert_eq!(client.sync.receive().await.unwrap(), plain(13, 0, second));
    assert_eq!(client.other.receive().await.unwrap(), plain(14, 0, second));
    assert_eq!(client.read(second).await, "1", "not the late one");
    assert_eq!((client.error().await, client.error().await), (-410, 0));
}

#[tokio::test(start_paused = true)]
async fn a_device_clear_forgets_a_late_reply() {
    let (mut client, ..) = with(&["late reply by 100000 s"]).await;
    client.write("*IDN?").await;
    assert!(hears_nothing(&mut client).await);
    assert_eq!(client.clear(0).await, 0);
    assert_eq!((client.ask("*OPC?").await.as_str(), client.error().await), ("1", 0));
}

#[tokio::test(start_paused = true)]
async fn a_torn_reply_has_no_end_and_one_in_pieces_has_it_in_the_last() {
    let (mut client, ..) = with(&["torn reply", "reply in 2 pieces"]).await;
    let id = client.write("*OPC?;*OPC?").await;
    let torn = client.sync.receive().await.unwrap();
    assert_eq!((torn.kind, torn.parameter, &torn.payload[..]), (DATA, id, &b"1;"[..]));
    assert!(hears_nothing(&mut client).await);
    let id = client.write("*OPC?;*OPC?").await;
    for (kind, piece) in [(DATA, b"1;"), (DATA_END, b"1\n")] {
        let message = client.sync.receive().await.unwrap();
        assert_eq!((message.kind, message.parameter, &message.payload[..]), (kind, id, &piece[..]));
    }
    client.delivered = true;
    assert_eq!(client.error().await, 0);
}

#[tokio::test]
async fn a_connection_is_closed_in_the_middle_of_a_reply() {
    let (mut client, _host, port) = with(&["disconnect"]).await;
    client.write("*IDN?").await;
    let mut bytes = Vec::new();
    client.sync.0.read_to_end(&mut bytes).await.unwrap();
    let promised = u64::from_be_bytes(bytes[8..16].try_into().unwrap());
    assert!(bytes.len() > 16 && (bytes.len() as u64) < 16 + promised, "{bytes:?}");
    assert_eq!(client.other.receive().await, None);
    assert_eq!(Client::open(port).await.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn all_connections_end_when_the_instrument_hangs_up() {
    let (mut client, host, port) = with(&[]).await;
    host.with(|it| it.strike(Fault::HangUp));
    assert_eq!(client.sync.receive().await, None);
    assert_eq!(client.other.receive().await, None);
    host.with(|it| it.strike(Fault::Refuse(Refusal::Connections(1))));
    assert_eq!(Channel::connect(port).await.receive().await, None);
    assert_eq!(Client::open(port).await.ask("*OPC?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_power_cycle_takes_the_reply_that_was_not_sent() {
    let (mut client, host, _) = with(&["late reply by 3 s"]).await;
    client.write(":SOUR:VOLT 0.5;:SOUR:VOLT?").await;
    while host.with(|it| it.outlook().faults.len()) > 0 {
        tokio::task::yield_now().await;
    }
    host.with(|it| it.strike(Fault::PowerCycle));
    assert!(hears_nothing(&mut client).await);
    assert_eq!(client.ask(":SOUR:VOLT?").await, "+0.000000E+00");
}

#[tokio::test(start_paused = true)]
async fn in_paced_time_a_reply_comes_when_it_is_formed_and_an_abort_brings_it_forward() {
    let host = host(instrument(&[]), Some(Pace::real_time()));
    let mut client = Client::open(serve(&host, HislipOptions::default()).await).await;
    client.write(":SENS:CURR:NPLC 10;:SOUR:DEL 0.5;:TRIG:COUN 11;:OUTP ON").await;
    let id = client.write(":READ?").await;
    let soon = timeout(Duration::from_secs(8), client.sync.0.peek(&mut [0])).await;
    assert!(soon.is_err(), "eleven readings of a second each");
    assert_eq!(client.read(id).await.split(',').count(), 55);
    client.write(":INIT").await;
    let id = client.write("*OPC?").await;
    let abort = client.write(":ABOR").await;
    let message = client.sync.receive().await.unwrap();
    assert_eq!((message.kind, &message.payload[..]), (DATA_END, &b"1\n"[..]));
    assert!(message.parameter == id || message.parameter == abort, "{message:?}");
}
