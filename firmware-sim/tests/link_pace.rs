//! Time that follows the clock on the wall: replies, runs and devices keep to it. The clock of the
//! tests is paused, so none of this takes time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use std::time::Duration;

use common::{Client, host, instrument};
use firmware_sim::Pace;
use tokio::time::{Instant, advance};

/// Eleven readings of 10 power-line cycles and their autozero each, after half a second of delay.
const SWEEP: &str = ":SENS:CURR:NPLC 10;:SOUR:DEL 0.5;:TRIG:COUN 11;:OUTP ON";

fn paced(factor: f64) -> Client {
    Client::of(&host(instrument(&[]), Pace::real_time().times(factor)))
}

#[tokio::test(start_paused = true)]
async fn a_reply_leaves_when_its_simulated_time_has_come() {
    let mut durations = Vec::new();
    for factor in [1.0, 10.0] {
        let mut client = paced(factor);
        client.send(SWEEP).await;
        let asked = Instant::now();
        client.ask(":READ?").await;
        durations.push(asked.elapsed().as_secs_f64() * factor);
    }
    assert!((11.0..14.0).contains(&durations[0]), "{durations:?}");
    assert!((durations[0] / durations[1] - 1.0).abs() < 0.01, "{durations:?}");
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_run_is_answered_when_an_abort_ends_it() {
    let mut client = paced(1.0);
    client.send(SWEEP).await;
    client.send(":INIT").await;
    advance(Duration::from_secs(2)).await;
    let asked = Instant::now();
    client.send("*OPC?").await;
    client.send(":ABOR").await;
    assert!(client.line_within(Duration::from_secs(2)).await.is_some());
    assert!(asked.elapsed() < Duration::from_millis(1200), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_abort_in_mid_run_leaves_the_readings_made_so_far() {
    let mut client = paced(1.0);
    client.send(&format!("{SWEEP};:TRAC:POIN 11;FEED SENS;FEED:CONT NEXT;:INIT")).await;
    tokio::time::sleep(Duration::from_millis(3200)).await;
    client.send(":ABOR").await;
    let stored: u32 = client.ask(":TRAC:POIN:ACT?").await.parse().unwrap();
    assert!((2..4).contains(&stored), "{stored}");
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(client.ask(":TRAC:POIN:ACT?").await, stored.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_reset_in_mid_run_ends_it_there() {
    let mut client = paced(1.0);
    client.send(SWEEP).await;
    let asked = Instant::now();
    client.send(":INIT").await;
    client.send("*RST").await;
    assert_eq!(client.ask(":TRIG:COUN?").await, "1");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_while_nobody_is_connected_and_what_was_sent_is_still_done() {
    let host = host(instrument(&[]), Some(Pace::real_time()));
    let mut client = Client::of(&host);
    client.send(SWEEP).await;
    client.send(":INIT").await;
    client.send(":OUTP OFF").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(client);
    assert!(host.with(|it| it.output_is_on()), "the run is going");
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(!host.with(|it| it.output_is_on()), "what the client had sent came behind it");
}

#[tokio::test(start_paused = true)]
async fn idle_time_passes_for_the_device_too() {
    let config = "accuracy = \"0 %\"\ndevice = { preset = \"liquid-sinh\", memory = \"50 %\", relaxation = \"10 s\" }";
    let unit = || firmware_sim::Instrument::new(&toml::from_str(config).unwrap()).unwrap();
    let pace = Some(Pace::real_time());
    let (mut paced, mut virtual_) =
        (Client::of(&host(unit(), pace)), Client::of(&host(unit(), None)));
    let mut read = Vec::new();
    for client in [&mut paced, &mut virtual_] {
        client.send(":FORM:ELEM CURR;:SOUR:VOLT 1;:OUTP ON").await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        read.push(client.ask(":READ?").await.parse::<f64>().unwrap());
    }
    assert!(read[0] > 1.1 * read[1], "{read:?}");
}

#[tokio::test(start_paused = true)]
async fn simulated_time_keeps_to_the_wall_over_many_messages() {
    let host = host(instrument(&[]), Pace::real_time().times(10.0));
    let mut client = Client::of(&host);
    client.send(":OUTP ON").await;
    let begun = (Instant::now(), host.with(|it| it.time()));
    for _ in 0..200 {
        client.ask(":READ?").await;
    }
    let wall = begun.0.elapsed().as_secs_f64() * 10.0;
    let simulated = host.with(|it| it.time()) - begun.1;
    assert!((simulated - wall).abs() < 0.1, "{simulated} {wall}");
}

#[tokio::test(start_paused = true)]
async fn without_a_pace_nothing_waits() {
    let mut client = Client::with(&[]);
    client.send(SWEEP).await;
    let asked = Instant::now();
    client.ask(":READ?").await;
    assert_eq!(asked.elapsed(), Duration::ZERO);
}
