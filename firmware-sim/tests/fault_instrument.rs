//! What faults do to the instrument and its connections, as it looks on the wire.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use std::{sync::Arc, time::Duration};

use common::Client;
use firmware_sim::{Fault, Pace};

const NO_ERROR: &str = "0,\"No error\"";

fn numbers(reply: &str) -> Vec<f64> {
    reply.split(',').map(|it| it.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_ends_every_connection_at_once_and_nothing_else() {
    let host = common::host(common::instrument(&[]), None);
    let (mut one, mut other) = (Client::of(&host), Client::of(&host));
    assert_eq!(one.ask(":OUTP ON;*OPC?").await, "1");
    assert_eq!(other.ask("*OPC?").await, "1");
    host.with(|it| it.strike(Fault::HangUp));
    assert!(one.is_cut_off().await);
    assert!(other.is_cut_off().await);
    assert_eq!(Client::of(&host).ask(":OUTP?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_in_mid_sweep_comes_before_any_data() {
    let mut client = Client::with(&["hang up after 7 readings"]);
    client.send(":SOUR:VOLT:MODE SWE;STAR 0;STOP 1;STEP 0.1;:TRIG:COUN 11;:OUTP ON").await;
    client.send(":READ?").await;
    assert!(client.is_cut_off().await);
}

#[tokio::test(start_paused = true)]
async fn every_instrument_counts_the_readings_after_which_a_fault_strikes() {
    for model in firmware_sim::ModelName::ALL {
        let config = format!("model = \"{model}\"\nfaults = [\"error -222 after 2 readings\"]");
        let unit = firmware_sim::Instrument::new(&toml::from_str(&config).unwrap()).unwrap();
        let mut client = Client::of(&common::host(unit, None));
        client.send(":OUTP ON").await;
        client.ask(":READ?").await;
        let before = client.ask(":SYST:ERR?").await;
        assert!(before.trim_start_matches('+').starts_with("0,"), "{model}: {before}");
        client.ask(":READ?").await;
        let after = client.ask(":SYST:ERR?").await;
        assert!(after.starts_with("-222,"), "{model}: {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_to_its_end_behind_a_fault_that_strikes_in_the_middle_of_it() {
    let mut client = Client::with(&["error -222 after 7 readings"]);
    client.send(":SOUR:VOLT:MODE SWE;STAR 0;STOP 1;STEP 0.1;:TRIG:COUN 11;:OUTP ON").await;
    client.send(":FORM:ELEM VOLT;:TRAC:POIN 11;FEED SENS;FEED:CONT NEXT;:INIT").await;
    assert_eq!(client.ask(":TRAC:POIN:ACT?").await, "11");
    assert_eq!(numbers(&client.ask(":FETC?").await).len(), 11);
    assert!(client.ask(":SYST:ERR?").await.starts_with("-222,"));
}

#[tokio::test(start_paused = true)]
async fn a_power_cycle_in_mid_sweep_loses_settings_output_and_what_was_asked() {
    let mut client = Client::with(&["power cycle after 7 readings"]);
    client.send(":SOUR:VOLT:MODE SWE;STAR 0;STOP 1;STEP 0.1;:TRIG:COUN 11;:OUTP ON").await;
    client.send(":READ?").await;
    assert!(client.hears_nothing().await);
    assert_eq!(client.ask(":OUTP?;:TRIG:COUN?;:SOUR:VOLT:MODE?").await, "0;1;FIX");
}

#[tokio::test(start_paused = true)]
async fn an_error_entry_and_a_flood_stand_in_the_queue() {
    let mut client = Client::with(&["error -222 after 1 message", "error flood after 3 messages"]);
    assert_eq!(client.ask(":SYST:ERR?").await, NO_ERROR);
    assert_eq!(client.ask(":SYST:ERR?").await, "-222,\"Parameter data out of range\"");
    assert_eq!(client.ask(":SYST:ERR?").await, NO_ERROR);
    let mut entries = Vec::new();
    loop {
        let entry = client.ask(":SYST:ERR?").await;
        if entry == NO_ERROR {
            break;
        }
        entries.push(entry);
    }
    assert_eq!(entries.len(), 10);
    assert!(entries[..9].iter().all(|it| it.starts_with("-363,")), "{entries:?}");
    assert_eq!(entries[9], "-350,\"Queue overflow\"");
}

#[tokio::test(start_paused = true)]
async fn a_trip_takes_the_output_off_and_keeps_the_settings() {
    let mut client = Client::with(&["trip after 2 messages"]);
    assert_eq!(client.ask(":SOUR:VOLT 0.5;:OUTP ON;:OUTP?").await, "1");
    assert_eq!(client.ask(":OUTP?").await, "1");
    assert_eq!(client.ask(":OUTP?;:SOUR:VOLT?").await, "0;+5.000000E-01");
}

#[tokio::test(start_paused = true)]
async fn compliance_and_overflow_are_forced_on_the_next_readings_only() {
    const COMPLIANCE: u64 = 1 << 3;
    const OVERFLOW: u64 = 1;
    let mut client =
        Client::with(&["compliance for 2 readings", "overflow for 1 reading after 3 readings"]);
    client.send(":FORM:ELEM CURR,STAT;:SOUR:VOLT 0.5;:OUTP ON").await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let reading = numbers(&client.ask(":READ?").await);
        let status = reading[1] as u64;
        seen.push((status & COMPLIANCE != 0, status & OVERFLOW != 0, reading[0] >= 9.9e37));
    }
    let plain = (false, false, false);
    let limited = (true, false, false);
    assert_eq!(seen, [limited, limited, plain, (false, true, true), plain]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_stride_is_one_element_too_many_for_each_reading_until_it_is_right_again() {
    let mut client = Client::with(&["wrong stride", "right stride after 1 reply"]);
    client.send(":FORM:ELEM VOLT,CURR;:TRIG:COUN 3;:OUTP ON").await;
    assert_eq!(numbers(&client.ask(":READ?").await).len(), 9);
    assert_eq!(numbers(&client.ask(":READ?").await).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_setting_that_is_ignored_raises_no_error_and_reads_back_as_before() {
    let mut client = Client::with(&["ignores :SENS:CURR:PROT for 1 message"]);
    let reply = client.ask("sense:current:protection 1E-3;:SENS:CURR:PROT?;:SYST:ERR?").await;
    assert_eq!(reply, format!("+1.050000E-04;{NO_ERROR}"));
    assert_eq!(client.ask(":SENS:CURR:PROT 1E-3;PROT?").await, "+1.000000E-03");
}

#[tokio::test(start_paused = true)]
async fn a_slow_query_takes_the_instruments_own_time() {
    let pace = Pace::real_time().times(10.0).unwrap();
    let host = common::host(common::instrument(&["slow query by 5 s after 1 message"]), Some(pace));
    let mut client = Client::of(&host);
    client.send("*CLS").await;
    client.send("*OPC?").await;
    assert!(client.line_within(Duration::from_millis(490)).await.is_none());
    assert!(client.line_within(Duration::from_millis(20)).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_fault_at_a_simulated_time_strikes_in_idleness_too() {
    let pace = Pace::real_time();
    let host =
        common::host(common::instrument(&["trip after 3 s", "hang up after 4 s"]), Some(pace));
    let mut client = Client::of(&host);
    assert_eq!(client.ask(":OUTP ON;:OUTP?").await, "1");
    tokio::time::advance(Duration::from_millis(2500)).await;
    assert_eq!(client.ask(":OUTP?").await, "1");
    tokio::time::advance(Duration::from_millis(1000)).await;
    assert_eq!(client.ask(":OUTP?").await, "0");
    assert!(client.is_cut_off().await);
}

#[tokio::test(start_paused = true)]
async fn a_refill_brings_the_liquid_back_to_rest() {
    let config = "accuracy = \"0 %\"\ndevice = { preset = \"liquid-sinh\", memory = \"50 %\", relaxation = \"1000 s\" }";
    let unit = firmware_sim::Instrument::new(&toml::from_str(config).unwrap()).unwrap();
    let host = common::host(unit, None);
    let mut client = Client::of(&host);
    let message = ":FORM:ELEM CURR;:SOUR:VOLT 1;:SENS:CURR:RANG 1E-4;:OUTP ON;:READ?";
    let fresh = numbers(&client.ask(message).await)[0];
    let message = ":TRIG:COUN 2000;:SENS:CURR:NPLC 10;:SYST:AZER OFF;:READ?";
    let used = *numbers(&client.ask(message).await).last().unwrap();
    assert!(used > 1.05 * fresh, "{fresh} {used}");
    host.with(|it| it.strike(Fault::Refill));
    let renewed = numbers(&client.ask(":TRIG:COUN 1;:SENS:CURR:NPLC 1;:READ?").await)[0];
    assert!((renewed / fresh - 1.0).abs() < 1e-3, "{fresh} {renewed}");
}

#[tokio::test(start_paused = true)]
async fn a_refill_undoes_the_drying() {
    let config = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\" }\n\
                  drying = { depth = \"50 %\", over = \"10 s\" }";
    let unit = firmware_sim::Instrument::new(&toml::from_str(config).unwrap()).unwrap();
    let host = common::host(unit, Some(Pace::real_time()));
    let mut client = Client::of(&host);
    client.send(":FORM:ELEM CURR;:SOUR:VOLT 1;:OUTP ON").await;
    let fresh = numbers(&client.ask(":READ?").await)[0];
    tokio::time::sleep(Duration::from_secs(30)).await;
    let dried = numbers(&client.ask(":READ?").await)[0];
    assert!((dried / fresh - 0.525).abs() < 0.01, "{fresh} {dried}");
    host.with(|it| it.strike(Fault::Refill));
    let renewed = numbers(&client.ask(":READ?").await)[0];
    assert!((renewed / fresh - 1.0).abs() < 0.01, "{fresh} {renewed}");
}

#[tokio::test(start_paused = true)]
async fn each_client_has_its_own_half_written_line_and_its_own_replies() {
    let host = common::host(common::instrument(&[]), None);
    let (mut one, mut other) = (Client::of(&host), Client::of(&host));
    one.send("*OPC?;:SOUR:VOLT 0.25;*OPC?").await;
    assert_eq!(other.ask("*OPC?").await, "1");
    assert_eq!(one.line_within(Duration::from_secs(1)).await.unwrap(), b"1;1");
    assert_eq!(other.ask(":SOUR:VOLT?").await, "+2.500000E-01");
    drop(one);
    assert_eq!(other.ask("*OPC?").await, "1");
    assert_eq!(Arc::strong_count(&host), 3, "the keeper, the client that stayed, and this");
}
