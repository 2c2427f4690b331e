//! The faults that strike an instrument, as they look on the wire of each family.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use std::time::Duration;

use common::Client;

/// One instrument of each family.
const FAMILIES: [&str; 3] = ["keithley-2400", "keithley-2450", "keysight-b2912a"];

fn client(model: &str, faults: &[&str]) -> Client {
    Client::of(&common::host(common::instrument_of(model, faults), None))
}

fn numbers(reply: &str) -> Vec<f64> {
    reply.split(',').map(|it| it.parse().unwrap()).collect()
}

async fn ask_number(client: &mut Client, message: &str) -> f64 {
    client.ask(message).await.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_open_interlock_blocks_a_2400_that_obeys_its_enable_line() {
    let mut client =
        client("keithley-2400", &["interlock open", "interlock closed after 4 messages"]);
    let reply = client.ask(":OUTP:ENAB ON;:OUTP ON;:OUTP:ENAB:TRIP?;:OUTP?").await;
    assert_eq!(reply, "0;0");
    assert_eq!(client.ask(":SYST:ERR?").await, "802,\"OUTPUT blocked by output enable\"");
    assert_eq!(client.ask(":SYST:ERR?").await, "0,\"No error\"");
    client.send("*CLS").await;
    assert_eq!(client.ask(":OUTP:ENAB:TRIP?;:OUTP ON;:OUTP?").await, "1;1");
}

#[tokio::test(start_paused = true)]
async fn an_open_interlock_holds_a_2450_at_42_volts_with_event_5074() {
    let mut client = client("keithley-2450", &["interlock open"]);
    client.send(":SOUR:VOLT:ILIM 0.1;:SOUR:VOLT 100;:OUTP ON").await;
    assert_eq!(client.ask(":MEAS:VOLT?").await, "4.200000E+01");
    let event = client.ask(":SYST:EVEN:NEXT?").await;
    assert!(event.starts_with("5074,\"Output voltage limited by interlock;2;"), "{event}");
    assert_eq!(client.ask(":OUTP:INT:TRIP?").await, "0");
}

#[tokio::test(start_paused = true)]
async fn an_open_interlock_refuses_the_output_of_a_b2900_above_42_volts() {
    let mut client = client("keysight-b2912a", &["interlock open"]);
    client.send(":SENS:CURR:PROT 1E-2;:SOUR:VOLT 50;:OUTP 1").await;
    assert_eq!(client.ask(":OUTP?;:SYST:INT:TRIP?;:SYST:ERR:CODE?").await, "0;1;-221");
    assert_eq!(client.ask(":SOUR:VOLT 42;:OUTP 1;:OUTP?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_trip_takes_every_familys_output_off_and_keeps_the_settings() {
    for model in FAMILIES {
        let mut client = client(model, &["trip after 2 messages"]);
        client.send(":SOUR:VOLT 0.5;:OUTP ON").await;
        assert_eq!(client.ask(":OUTP?").await, "1", "{model}");
        assert_eq!(client.ask(":OUTP?").await, "0", "{model}");
        assert_eq!(ask_number(&mut client, ":SOUR:VOLT?").await, 0.5, "{model}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_power_cycle_takes_every_familys_settings_and_output() {
    for model in FAMILIES {
        let mut client = client(model, &["power cycle after 3 messages"]);
        client.send(":SOUR:VOLT 0.5;:OUTP ON").await;
        assert_eq!(client.ask(":OUTP?").await, "1", "{model}");
        client.send("FOO;*IDN?").await;
        assert!(client.hears_nothing().await, "{model}: what was asked is lost as well");
        assert_eq!(client.ask(":OUTP?").await, "0", "{model}");
        assert_eq!(ask_number(&mut client, ":SOUR:VOLT?").await, 0.0, "{model}");
        let error = client.ask(":SYST:ERR?").await;
        assert!(error.trim_start_matches('+').starts_with("0,"), "{model}: {error}");
    }
}

/// How each family reads a current and its status, the bit of compliance in it, and that of
/// overflow where there is one.
const READINGS: [(&str, &str, &str, u64, u64); 3] = [
    // User's Manual p18-52: bits 3 and 0.
    ("keithley-2400", ":FORM:ELEM CURR,STAT", ":READ?", 1 << 3, 1),
    // Source status: bit 5 is the source limit; an overflow is in the reading only.
    ("keithley-2450", "*CLS", ":READ? \"defbuffer1\",READ,SOURSTAT", 1 << 5, 0),
    // SCPI Reference: bits 1 and 2, and 13.
    ("keysight-b2912a", ":FORM:ELEM:SENS CURR,STAT", ":MEAS?", 0b110, 1 << 13),
];

#[tokio::test(start_paused = true)]
async fn compliance_and_overflow_show_in_every_familys_next_readings_only() {
    for (model, set_up, read, compliance, overflow) in READINGS {
        let faults = ["compliance for 2 readings", "overflow for 1 reading after 3 readings"];
        let mut client = client(model, &faults);
        client.send(set_up).await;
        client.send(":SOUR:VOLT 0.5;:OUTP ON").await;
        for at in 0..5 {
            let reading = numbers(&client.ask(read).await);
            let status = reading[1] as u64;
            assert_eq!(status & compliance != 0, at < 2, "{model}, {at}: {reading:?}");
            assert_eq!(reading[0] == 9.9e37, at == 3, "{model}, {at}: {reading:?}");
            assert_eq!(status & overflow != 0, at == 3 && overflow != 0, "{model}: {reading:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_stride_is_one_element_too_many_on_every_family() {
    for (model, run, fetch) in [
        ("keithley-2400", ":FORM:ELEM VOLT,CURR;:TRIG:COUN 3", ":READ?"),
        (
            "keithley-2450",
            ":SENS:COUN 3;:TRAC:TRIG \"defbuffer1\"",
            ":TRAC:DATA? 1,3,\"defbuffer1\",SOUR,READ",
        ),
        ("keysight-b2912a", ":FORM:ELEM:SENS VOLT,CURR;:TRIG:COUN 3;:INIT (@1)", ":FETC:ARR?"),
    ] {
        let mut client = client(model, &["wrong stride", "right stride after 1 reply"]);
        client.send(":OUTP ON").await;
        client.send(run).await;
        assert_eq!(numbers(&client.ask(fetch).await).len(), 9, "{model}");
        assert_eq!(numbers(&client.ask(fetch).await).len(), 6, "{model}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_family_can_be_deaf_to_its_compliance() {
    for (model, header) in [
        ("keithley-2400", ":SENS:CURR:PROT"),
        ("keithley-2450", ":SOUR:VOLT:ILIM"),
        ("keysight-b2912a", ":SENS:CURR:PROT"),
    ] {
        let mut client = client(model, &[&format!("ignores {header} for 1 message")]);
        let before = ask_number(&mut client, &format!("{header}?")).await;
        client.send(&format!("{header} 1E-3")).await;
        assert_eq!(ask_number(&mut client, &format!("{header}?")).await, before, "{model}");
        let error = client.ask(":SYST:ERR?").await;
        assert!(error.trim_start_matches('+').starts_with("0,"), "{model}: {error}");
        client.send(&format!("{header} 1E-3")).await;
        assert_eq!(ask_number(&mut client, &format!("{header}?")).await, 1e-3, "{model}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_fills_every_familys_queue_and_ends_it_with_an_overflow() {
    for (model, flood, depth, last) in [
        ("keithley-2400", "error flood of 30 entries", 10, "-350,\"Queue overflow\""),
        ("keithley-2450", "error flood of 1100 entries", 1000, "-350,\"Queue overflow;"),
        ("keysight-b2912a", "error flood of 40 entries", 30, "-350,\"Error queue overflow\""),
    ] {
        let mut client = client(model, &[flood]);
        let mut entries = Vec::new();
        loop {
            let entry = client.ask(":SYST:ERR?").await;
            if entry.trim_start_matches('+').starts_with("0,") {
                break;
            }
            entries.push(entry);
        }
        assert_eq!(entries.len(), depth, "{model}");
        assert!(entries[..depth - 1].iter().all(|it| it.starts_with("-363,")), "{model}");
        assert!(entries[depth - 1].starts_with(last), "{model}: {}", entries[depth - 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_in_mid_sweep_comes_before_any_data_of_every_family() {
    for (model, messages) in [
        (
            "keithley-2400",
            [":SOUR:VOLT:MODE SWE;STAR 0;STOP 1;STEP 0.1;:TRIG:COUN 11;:OUTP ON", ":READ?"],
        ),
        ("keithley-2450", [":SOUR:SWE:VOLT:LIN 0,1,11,1E-3;:INIT", "*OPC?"]),
        (
            "keysight-b2912a",
            [":SOUR:VOLT:MODE SWE;STAR 0;STOP 1;POIN 11;:TRIG:COUN 11;:OUTP ON", ":READ:ARR?"],
        ),
    ] {
        let mut client = client(model, &["hang up after 7 readings"]);
        for message in messages {
            client.send(message).await;
        }
        assert!(client.is_cut_off().await, "{model}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_replies_of_every_model_can_be_swallowed_late_torn_and_cut_off() {
    for model in firmware_sim::ModelName::ALL {
        let mut one = client(model.text(), &["silence for 1 reply", "late reply after 1 reply"]);
        one.send(":OUTP ON;*OPC?").await;
        assert!(one.hears_nothing().await, "{model}");
        one.send(":OUTP?").await;
        assert!(one.hears_nothing().await, "{model}");
        // The answer to the question before; from here on the stream is one behind.
        assert_eq!(one.ask("*IDN?").await, "1", "{model}");
        assert!(
            one.line_within(Duration::from_secs(1)).await.unwrap().starts_with(b"K"),
            "{model}"
        );
        let mut other = client(model.text(), &["torn reply", "disconnect after 1 reply"]);
        other.send("*IDN?").await;
        let torn = other.segment().await;
        assert!(torn.starts_with(b"K") && !torn.ends_with(b"\n"), "{model}");
        other.send("*IDN?").await;
        let cut = other.segment().await;
        assert!(!cut.contains(&b'\n'), "{model}");
        assert!(other.is_cut_off().await, "{model}");
    }
}
