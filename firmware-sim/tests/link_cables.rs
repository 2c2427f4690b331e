//! Two instruments joined by a trigger cable, each served by a task of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use common::{Client, host, instrument};
use firmware_sim::Pace;

/// Source, wait for the other, measure: the classic ping-pong of two 2400s. `{in}` and `{out}` are
/// the lines.
fn partner(level: &str, input: u32, output: u32) -> String {
    format!(
        ":SOUR:VOLT {level};:OUTP ON;:FORM:ELEM VOLT,TIME;:TRIG:COUN 5;\
         :TRIG:SOUR TLIN;ILIN {input};OLIN {output};INP SOUR;OUTP SENS"
    )
}

async fn times(client: &mut Client, message: &str) -> Vec<f64> {
    let reply = client.ask(message).await;
    let numbers: Vec<f64> = reply.split(',').map(|it| it.parse().unwrap()).collect();
    numbers.chunks(2).map(|it| it[1]).collect()
}

#[tokio::test(start_paused = true)]
async fn two_2400s_take_turns_over_a_crossed_cable() {
    for pace in [None, Some(Pace::real_time())] {
        let (one, other) = (host(instrument(&[]), pace), host(instrument(&[]), pace));
        assert!(one.join(&other, Some(&[(2, 1), (1, 2)])));
        let (mut a1, mut b1) = (Client::of(&one), Client::of(&other));
        b1.send(&partner("0.6", 1, 2)).await;
        b1.send(":READ?").await;
        // The first wait of the one that serves is bypassed.
        a1.send(&partner("0.5", 1, 2)).await;
        a1.send(":TRIG:DIR SOUR").await;
        let first = times(&mut a1, ":READ?").await;
        let reply =
            String::from_utf8(b1.line_within(std::time::Duration::from_secs(60)).await.unwrap());
        let numbers: Vec<f64> = reply.unwrap().split(',').map(|it| it.parse().unwrap()).collect();
        let second: Vec<_> = numbers.chunks(2).map(|it| it[1]).collect();
        assert_eq!((first.len(), second.len()), (5, 5));
        for at in 0..5 {
            assert!(first[at] < second[at], "{at}: {first:?} {second:?}");
            assert!(at == 4 || second[at] < first[at + 1], "{at}: {first:?} {second:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pulse_wakes_a_client_that_waits_and_a_line_that_is_not_joined_does_not() {
    let (one, other) = (host(instrument(&[]), None), host(instrument(&[]), None));
    assert!(one.join(&other, Some(&[(2, 1)])));
    let (mut a1, mut b1) = (Client::of(&one), Client::of(&other));
    b1.send(":OUTP ON;:ARM:SOUR TLIN;ILIN 1").await;
    b1.send(":READ?").await;
    assert!(b1.hears_nothing().await);
    a1.send(":OUTP ON;:TRIG:OUTP SENS;OLIN 3").await;
    a1.ask(":READ?").await;
    assert!(b1.hears_nothing().await);
    a1.send(":TRIG:OLIN 2").await;
    a1.ask(":READ?").await;
    assert!(b1.line_within(std::time::Duration::from_secs(1)).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn another_clients_abort_frees_the_one_that_waits() {
    let host = host(instrument(&[]), None);
    let (mut one, mut other) = (Client::of(&host), Client::of(&host));
    one.send(":OUTP ON;:ARM:SOUR TLIN;ILIN 1;:INIT").await;
    one.send("*OPC?").await;
    assert!(one.hears_nothing().await);
    other.send(":ABOR").await;
    assert_eq!(one.line_within(std::time::Duration::from_secs(1)).await.unwrap(), b"1");
}
