//! Instruments on a GPIB bus, behind a Prologix GPIB-ETHERNET.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod gateway_box;

use std::time::Duration;

use firmware_sim::{GatewayKind, Pace};
use gateway_box::{Box488, VERSION};
use tokio::time::{Instant, advance};

/// Two 2400s, at 24 and 25, as pyvisa-py sets the box up.
async fn set_up(faults: &[&str]) -> Box488 {
    let mut gateway = Box488::new(
        GatewayKind::Prologix,
        [(24, common::instrument(faults)), (25, common::instrument(&[]))],
    );
    gateway.send("++mode 1\n++auto 0\n++read_tmo_ms 50\n++eos 3\n++eoi 1\n++addr 24\n").await;
    gateway
}

#[tokio::test(start_paused = true)]
async fn settings_are_asked_for_by_their_names_and_belong_to_the_box() {
    let mut gateway = set_up(&[]).await;
    for (question, answer) in [
        ("++addr", "24"),
        ("++auto", "0"),
        ("++eos", "3"),
        ("++eoi", "1"),
        ("++eot_enable", "0"),
        ("++mode", "1"),
        ("++read_tmo_ms", "50"),
        ("++savecfg", "0"),
        ("++ver", VERSION),
        ("++EOI", "1"),
    ] {
        assert_eq!(gateway.ask(question).await, answer, "{question}");
    }
    gateway.send("++addr 9 96\n").await;
    let mut other = gateway.connect();
    assert_eq!(other.ask("++addr").await, "9 96");
    for refused in ["++addr 31", "++addr 9 95", "++eos 4", "++read_tmo_ms 3001", "++frobnicate"] {
        assert_eq!(other.ask(refused).await, "Unrecognized command", "{refused}");
    }
    assert_eq!(other.ask("++addr").await, "9 96");
}

#[tokio::test(start_paused = true)]
async fn a_read_ends_with_eoi_with_a_character_or_when_nothing_comes_any_more() {
    let mut gateway = set_up(&[]).await;
    assert_eq!(gateway.ask("*OPC?\n++read eoi").await, "1");
    gateway.send("*OPC?\n++read 49\n").await;
    assert_eq!(gateway.bytes(1).await, b"1");
    gateway.send("++read eoi\n").await;
    assert_eq!(gateway.bytes(1).await, b"\n", "what was left in the instrument");
    gateway.send("++eot_enable 1\n++eot_char 42\n*OPC?\n++read eoi\n").await;
    assert_eq!(gateway.bytes(3).await, b"1\n*");
    let before = Instant::now();
    gateway.send("++eot_enable 0\n++read_tmo_ms 700\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION, "nothing else came");
    assert!(before.elapsed() >= Duration::from_millis(700));
    // Asked twice in vain: once behind a reply that had ended, by a read that did not stop there.
    assert_eq!(gateway.errors().await, [-420]);
    gateway.send("*OPC?\n++read\n").await;
    assert_eq!(gateway.bytes(2).await, b"1\n");
    assert_eq!(gateway.errors().await, [-420]);
}

#[tokio::test(start_paused = true)]
async fn a_reply_stays_in_its_instrument_when_the_address_changes() {
    let mut gateway = set_up(&[]).await;
    gateway.send(":SENS:FUNC \"VOLT\"\n:SENS:FUNC?\n++addr 25\n").await;
    assert_eq!(gateway.ask("*OPC?\n++read eoi").await, "1");
    assert_eq!(gateway.ask("++addr 24\n++read eoi").await, "\"VOLT:DC\",\"CURR:DC\"");
    // Unread and written over: interrupted.
    gateway.send("*IDN?\n").await;
    assert_eq!(gateway.errors().await, [-410]);
    gateway.send("++addr 7\n*IDN?\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION, "nobody is there");
    assert_eq!(gateway.ask("++spoll\n++ver").await, VERSION);
}

#[tokio::test(start_paused = true)]
async fn without_a_terminator_and_eoi_a_2400_hangs_until_it_or_the_interface_is_cleared() {
    for cure in ["++clr\n", "++ifc\n"] {
        let mut gateway = set_up(&[]).await;
        gateway.send("++eoi 0\n*OPC?\n++read eoi\n").await;
        assert_eq!(gateway.ask("++ver").await, VERSION, "no reply");
        // The right settings come too late.
        gateway.send("++eoi 1\n++eos 2\n*OPC?\n++read eoi\n").await;
        assert_eq!(gateway.ask("++ver").await, VERSION, "no reply");
        assert_eq!(gateway.ask("++addr 25\n*OPC?\n++read eoi").await, "1", "another works");
        gateway.send("++addr 24\n").await;
        gateway.send(cure).await;
        assert_eq!(gateway.ask("*OPC?\n++read eoi").await, "1", "{cure}");
        assert_eq!(gateway.errors().await, []);
    }
    // Other families do what IEEE 488.2 says.
    let instrument = common::instrument_of("keithley-2450", &[]);
    let mut gateway = Box488::new(GatewayKind::Prologix, [(18, instrument)]);
    gateway.send("++auto 0\n++eoi 0\n++eos 3\n++addr 18\n*OPC?\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION);
    assert_eq!(gateway.ask("++eos 2\n*OPC?\n++read eoi").await, "1");
    assert_eq!(gateway.errors().await, [-420]);
}

#[tokio::test(start_paused = true)]
async fn read_after_write_makes_an_instrument_talk_that_has_nothing_to_say() {
    let mut gateway = set_up(&[]).await;
    gateway.send("++auto 1\n").await;
    assert_eq!(gateway.ask("*OPC?").await, "1");
    gateway.send(":SOUR:VOLT 0.5\n").await;
    assert_eq!(gateway.ask(":SYST:ERR:CODE?").await, "-420");
    assert_eq!(gateway.ask(":SYST:ERR:CODE?").await, "0");
}

#[tokio::test(start_paused = true)]
async fn escaped_bytes_are_data_and_unescaped_pluses_are_lost() {
    let mut gateway = set_up(&[]).await;
    // A line feed in the middle of a message: two messages, and the first reply is lost.
    gateway.send(":SOUR:VOLT 0.25\x1b\n:SOUR:VOLT?\n++read eoi\n").await;
    assert_eq!(gateway.line().await, "+2.500000E-01");
    assert_eq!(gateway.ask(":SOUR:VOLT \x1b+0.5;VOLT?\n++read eoi").await, "+5.000000E-01");
    assert_eq!(gateway.ask(":SOUR:VOLT +1e-1;VOLT?\n++read eoi").await, "+1.000000E-01");
    gateway.send("\x1b+\x1b+ver\n").await;
    assert_eq!(gateway.errors().await, [-111], "which is not the box's");
    assert_eq!(gateway.ask("++eos 0\r\n*OPC?\r\n++read eoi").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_serial_poll_ends_a_request_for_service_and_srq_is_a_line_of_all() {
    let mut gateway = set_up(&[]).await;
    assert_eq!(gateway.ask("++srq").await, "0");
    // Message available asks for service.
    gateway.send("*SRE 16\n*OPC?\n++addr 25\n").await;
    assert_eq!(gateway.ask("++srq").await, "1");
    assert_eq!(gateway.ask("++spoll").await, "0");
    assert_eq!(gateway.ask("++spoll 24").await, "80");
    assert_eq!(gateway.ask("++srq").await, "0");
    assert_eq!(gateway.ask("++spoll 24").await, "16", "asked for once");
    assert_eq!(gateway.ask("++addr 24\n++read eoi").await, "1");
    assert_eq!(gateway.ask("++spoll").await, "0");
    gateway.send("*OPC?\n").await;
    assert_eq!(gateway.ask("++srq").await, "1", "a new reason");
    assert_eq!(gateway.ask("++clr\n++srq").await, "0");
}

#[tokio::test(start_paused = true)]
async fn a_group_execute_trigger_starts_all_that_wait_for_the_bus() {
    let mut gateway = set_up(&[]).await;
    for address in [24, 25] {
        gateway.send(&format!("++addr {address}\n")).await;
        gateway.send(":OUTP ON;:FORM:ELEM CURR;:ARM:SOUR BUS\n:READ?\n").await;
    }
    gateway.send("++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION, "it waits");
    gateway.send("++trg 24 25\n").await;
    for address in [24, 25] {
        let reading = gateway.ask(&format!("++addr {address}\n++read eoi")).await;
        assert_eq!(reading.parse::<f64>().unwrap(), 0.0, "no voltage, no current");
        assert_eq!(gateway.errors().await, []);
    }
    // In the middle of a message it is an error.
    gateway.send("++eos 3\n++eoi 0\n:SOUR\n++trg\n++eos 2\n").await;
    assert_eq!(gateway.errors().await, [-105]);
}

#[tokio::test(start_paused = true)]
async fn as_a_device_the_box_has_no_commands_of_a_controller() {
    let mut gateway = set_up(&[]).await;
    assert_eq!(gateway.ask("++status").await, "Unrecognized command");
    gateway.send("++mode 0\n").await;
    for command in ["++read", "++clr", "++ifc", "++spoll", "++srq", "++trg", "++auto"] {
        assert_eq!(gateway.ask(command).await, "Unrecognized command", "{command}");
    }
    assert_eq!(gateway.ask("++status 68\n++status").await, "68");
    assert_eq!(gateway.ask("++lon 1\n++lon").await, "1");
    gateway.send(":SOUR:VOLT 1\n++mode 1\n").await;
    assert_eq!(gateway.ask(":SOUR:VOLT?\n++read eoi").await, "+0.000000E+00");
}

#[tokio::test(start_paused = true)]
async fn a_restart_takes_what_was_saved_and_closes_the_connections() {
    let mut gateway = set_up(&[]).await;
    gateway.send("++savecfg 1\n++eos 2\n++savecfg 0\n++eos 1\n").await;
    let mut other = gateway.connect();
    assert_eq!(other.ask("++eos").await, "1");
    gateway.send("++rst\n").await;
    assert!(gateway.is_closed().await && other.is_closed().await);
    let mut gateway = gateway.connect();
    assert_eq!(gateway.ask("++eos").await, "2");
    assert_eq!(gateway.ask("++addr").await, "24");
}

#[tokio::test(start_paused = true)]
async fn replies_suffer_the_faults_that_they_would_over_tcp() {
    let mut gateway = set_up(&["silence for 1 reply"]).await;
    gateway.send("*OPC?\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION, "swallowed");
    assert_eq!(gateway.errors().await, [], "and the instrument knows nothing of it");

    let mut gateway = set_up(&["late reply"]).await;
    gateway.send("*IDN?\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION);
    assert!(gateway.ask("*OPC?\n++read eoi").await.starts_with("KEITHLEY"), "one behind");
    assert_eq!(gateway.ask("++read eoi").await, "1");

    let mut gateway = set_up(&["late reply by 3 s"]).await;
    gateway.send("*OPC?\n").await;
    assert_eq!(gateway.ask("++spoll\n++read eoi\n++ver").await, "0");
    assert_eq!(gateway.line().await, VERSION);
    advance(Duration::from_secs(3)).await;
    assert_eq!(gateway.ask("++spoll").await, "16");
    assert_eq!(gateway.ask("++read eoi").await, "1");

    let mut gateway = set_up(&["torn reply"]).await;
    gateway.send("++eot_enable 1\n++eot_char 33\n:SOUR:VOLT?\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, format!("+0.0000{VERSION}"), "and no EOI");

    let mut gateway = set_up(&["disconnect"]).await;
    gateway.send(":SOUR:VOLT?\n++read eoi\n").await;
    assert_eq!(gateway.bytes(7).await, b"+0.0000");
    assert!(gateway.is_closed().await);
    assert_eq!(gateway.connect().ask("*OPC?\n++read eoi").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_closes_all_connections_and_a_power_cut_takes_what_was_unread() {
    let mut gateway = set_up(&[]).await;
    let mut other = gateway.connect();
    assert_eq!(other.ask("++addr").await, "24");
    gateway.send("*IDN?\n:SOUR:VOLT 2\n").await;
    assert_eq!(gateway.ask("++spoll\n").await, "4", "-410 is in the queue");
    gateway.send("*IDN?\n").await;
    assert_eq!(gateway.ask("++spoll").await, "20");
    gateway.strike(24, "power cycle");
    assert_eq!(gateway.ask("++spoll").await, "0");
    assert_eq!(gateway.ask(":SOUR:VOLT?\n++read eoi").await, "+0.000000E+00");
    gateway.strike(25, "hang up");
    assert!(gateway.is_closed().await && other.is_closed().await);
    assert_eq!(gateway.connect().ask("*OPC?\n++read eoi").await, "1");
}

#[tokio::test(start_paused = true)]
async fn where_time_is_paced_a_reading_is_there_when_it_is_done() {
    let instrument = common::instrument(&[]);
    let pace = Some(Pace::real_time());
    let mut gateway = Box488::paced(GatewayKind::Prologix, [(24, instrument)], pace);
    gateway.send("++auto 0\n++eos 2\n++addr 24\n++read_tmo_ms 100\n").await;
    gateway.send(":OUTP ON;:FORM:ELEM CURR;:SENS:CURR:NPLC 10;:TRIG:COUN 2\n:READ?\n").await;
    gateway.send("++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION, "it measures for two seconds");
    assert_eq!(gateway.ask("++spoll").await, "0");
    gateway.send("++read_tmo_ms 3000\n").await;
    let reading = gateway.ask("++read eoi").await;
    assert_eq!(reading.split(',').count(), 2, "{reading}");
    assert_eq!(gateway.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_could_mean_is_bounded_and_survived() {
    let mut gateway = set_up(&[]).await;
    let mut noise = b"++".to_vec();
    noise.extend(vec![b'z'; 1 << 20]);
    noise.extend(b"\n++\n++ \n++addr 24 96 97\n++addr -1\n++trg x\n");
    noise.extend("++spoll 1 2 3\n".bytes());
    gateway.raw(&noise).await;
    for _ in 0..7 {
        assert_eq!(gateway.line().await, "Unrecognized command");
    }
    let mut noise = vec![b'z'; 1 << 20];
    noise.extend([0, 255, 27, 10, 27, 27, 13, 10]);
    gateway.raw(&noise).await;
    assert_eq!(gateway.ask("++ver").await, VERSION);
    assert_eq!(gateway.ask("++clr\n*OPC?\n++read eoi").await, "1");
}
