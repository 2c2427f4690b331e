//! What faults do to replies, as it looks on the wire.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use std::time::Duration;

use common::Client;
use firmware_sim::{Fault, FaultPlan};
use tokio::time::Instant;

const NO_ERROR: &str = "0,\"No error\"";

#[tokio::test(start_paused = true)]
async fn silence_swallows_replies_while_commands_still_act() {
    let mut client = Client::with(&["silence for 2 replies after 1 reply"]);
    assert_eq!(client.ask("*OPC?").await, "1");
    client.send(":SOUR:VOLT 0.5;:SOUR:VOLT?").await;
    client.send("*OPC?").await;
    assert!(client.hears_nothing().await);
    assert_eq!(client.ask(":SOUR:VOLT?").await, "+5.000000E-01");
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_stands_in_front_of_the_answer_to_the_next_question() {
    let mut client = Client::with(&["late reply"]);
    client.send(":SOUR:VOLT?").await;
    assert!(client.hears_nothing().await);
    assert_eq!(client.ask("*OPC?").await, "+0.000000E+00");
    assert_eq!(client.ask("*OPC?").await, "1", "the answer to the question before");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_late_by_a_time_comes_when_a_client_may_have_given_up() {
    let mut client = Client::with(&["late reply by 3 s"]);
    client.send("*OPC?").await;
    assert!(client.line_within(Duration::from_millis(2900)).await.is_none());
    assert_eq!(client.line_within(Duration::from_millis(200)).await.unwrap(), b"1");
}

#[tokio::test(start_paused = true)]
async fn a_torn_reply_ends_in_its_middle_and_the_next_is_glued_to_it() {
    let mut client = Client::with(&["torn reply"]);
    client.send(":SOUR:VOLT?").await;
    assert_eq!(client.segment().await, b"+0.0000");
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_pieces_comes_whole_in_several_segments() {
    let mut client = Client::with(&["reply in 3 pieces"]);
    client.send(":SYST:ERR?").await;
    let segments = [client.segment().await, client.segment().await, client.segment().await];
    assert!(segments.iter().all(|it| it.len() >= 4), "{segments:?}");
    assert_eq!(segments.concat(), format!("{NO_ERROR}\n").as_bytes());
    client.send(":SYST:ERR?").await;
    assert_eq!(client.segment().await, format!("{NO_ERROR}\n").as_bytes());
}

#[tokio::test(start_paused = true)]
async fn replies_together_come_in_one_segment_or_after_a_while() {
    let mut client = Client::with(&["3 replies together"]);
    client.send("*OPC?").await;
    assert!(client.segment_within(Duration::from_millis(150)).await.is_none());
    client.send("*OPC?").await;
    client.send(":SOUR:VOLT?").await;
    assert_eq!(client.segment().await, b"1\n1\n+0.000000E+00\n");
    let mut client = Client::with(&["3 replies together"]);
    let asked = Instant::now();
    assert_eq!(client.ask("*OPC?").await, "1");
    assert_eq!(asked.elapsed().as_millis() / 10, 20, "nobody waits for ever");
}

#[tokio::test(start_paused = true)]
async fn a_byte_in_the_middle_of_a_reply_is_lost_or_doubled() {
    let mut client = Client::with(&["lost byte for 2 replies", "doubled byte after 2 replies"]);
    assert_eq!(client.ask(":SOUR:VOLT?").await, "+0.000000E+00".replacen("0.0000", "0.000", 1));
    assert_eq!(client.ask(":SENS:CURR:PROT?").await, "+1.05000E-04");
    assert_eq!(client.ask(":SENS:CURR:PROT?").await, "+1.0500000E-04");
    assert_eq!(client.ask(":SENS:CURR:PROT?").await, "+1.050000E-04");
}

#[tokio::test(start_paused = true)]
async fn garbage_stands_in_front_of_a_reply_and_does_not_read_as_text() {
    let mut client = Client::with(&["garbage of 16 bytes"]);
    client.send("*OPC?").await;
    let line = client.line_within(Duration::from_secs(1)).await.unwrap();
    assert_eq!(line.len(), 17);
    assert!(line.ends_with(b"1"));
    assert!(String::from_utf8(line).is_err());
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_cuts_a_reply_in_its_middle_and_leaves_the_instrument_as_it_is() {
    let unit = common::instrument(&["disconnect after 1 reply"]);
    let host = common::host(unit, None);
    let mut client = Client::of(&host);
    client.send(":SOUR:VOLT:MODE SWE;STAR 0;STOP 1;STEP 0.1;:TRIG:COUN 11;:OUTP ON").await;
    client.send("*OPC?;:READ?").await;
    let whole = client.line_within(Duration::from_secs(1)).await.unwrap();
    client.send("*OPC?;:READ?").await;
    let cut = client.segment().await;
    assert_eq!(cut.len(), whole.len().div_ceil(2));
    assert!(client.is_cut_off().await);
    assert_eq!(Client::of(&host).ask(":OUTP?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_power_cycle_ends_what_is_in_force_on_replies_and_settings() {
    for fault in ["silence", "4 replies together", "late reply", "ignores :SOUR:VOLT", "torn reply"]
    {
        let host = common::host(common::instrument(&[]), None);
        let mut client = Client::of(&host);
        host.with(|it| it.strike(fault.parse::<FaultPlan>().unwrap().fault));
        if fault != "torn reply" {
            client.send("*OPC?").await;
        }
        let _ = client.segment_within(Duration::from_secs(1)).await;
        host.with(|it| it.strike(Fault::PowerCycle));
        assert_eq!(client.ask(":SOUR:VOLT 0.5;:SOUR:VOLT?").await, "+5.000000E-01", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn heal_ends_what_is_in_force_and_what_is_pending() {
    for fault in ["silence", "late reply", "ignores :SOUR:VOLT", "torn reply", "silence after 0 s"]
    {
        let host = common::host(common::instrument(&["trip after 3 messages"]), None);
        let mut client = Client::of(&host);
        host.with(|it| it.inject(fault.parse().unwrap()));
        if fault != "torn reply" {
            client.send("*OPC?").await;
        }
        let _ = client.segment_within(Duration::from_secs(1)).await;
        host.with(|it| it.strike(Fault::Heal));
        assert_eq!(client.ask(":SOUR:VOLT 0.5;:SOUR:VOLT?").await, "+5.000000E-01", "{fault}");
        assert_eq!(client.ask(":OUTP ON;:OUTP?").await, "1");
        assert_eq!(client.ask(":OUTP?").await, "1", "nothing trips any more");
    }
}

#[tokio::test(start_paused = true)]
async fn a_glance_names_what_is_in_force_and_what_is_pending() {
    for model in ["keithley-2400", "keithley-2450", "keysight-b2912a"] {
        let faults = ["silence", "ignores :OUTP for 2 messages", "compliance for 3 readings"];
        let mut unit = common::instrument_of(model, &faults);
        for fault in ["wrong stride", "interlock open", "refuse 2 connections", "trip after 1 s"] {
            unit.inject(fault.parse().unwrap());
        }
        let said = unit.outlook().to_string();
        let expected = "in force: silence; ignores :OUTP for 2 messages; refuse 2 connections; \
                        compliance for 3 readings; wrong stride; interlock open, pending: trip \
                        after 1 s";
        assert!(said.ends_with(expected), "{model}: {said}");
        unit.strike(Fault::Heal);
        let said = unit.outlook().to_string();
        assert!(said.ends_with("0 readings, no faults pending"), "{model}: {said}");
    }
}
