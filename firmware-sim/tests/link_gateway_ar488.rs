//! Instruments on a GPIB bus, behind an AR488.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod gateway_box;

use firmware_sim::GatewayKind;
use gateway_box::Box488;

const VERSION: &str = "AR488 GPIB controller, ver. 0.51.09, 20/06/2022";

/// Two 2400s, at 24 and 25, as it takes to operate them.
async fn set_up() -> Box488 {
    let mut gateway = Box488::new(
        GatewayKind::Ar488,
        [(24, common::instrument(&[])), (25, common::instrument(&[]))],
    );
    gateway.send("++eos 2\n++eoi 1\n++auto 0\n++addr 24\n++read_tmo_ms 40\n").await;
    gateway
}

#[tokio::test(start_paused = true)]
async fn it_starts_as_its_manual_says_and_goes_back_there() {
    let mut gateway = set_up().await;
    assert_eq!(gateway.ask("++addr").await, "24");
    gateway.send("++default\n").await;
    for (question, answer) in [
        ("++addr", "1"),
        ("++auto", "0"),
        ("++eoi", "0"),
        ("++eos", "0"),
        ("++eor", "0"),
        ("++ren", "1"),
        ("++srqauto", "0"),
        ("++mode", "1"),
        ("++ver", VERSION),
        ("++id fwver", VERSION),
        ("++id serial", "000000000"),
        ("++frobnicate", "Unrecognized command"),
        ("++help eor", "++eor: [C] What ends a read"),
    ] {
        assert_eq!(gateway.ask(question).await, answer, "{question}");
    }
    // What is out of range is not taken, and nothing is said to a program.
    assert_eq!(gateway.ask("++addr 31\n++addr").await, "1");
    assert_eq!(gateway.ask("++id verstr GPIB-USB version 6\n++ver").await, "GPIB-USB version 6");
    assert_eq!(gateway.ask("++ver real").await, VERSION);
    assert_eq!(
        gateway.ask("++savecfg\n++id verstr other\n++rst\n++ver").await,
        "GPIB-USB version 6"
    );
}

#[tokio::test(start_paused = true)]
async fn a_read_ends_as_eor_says_and_may_go_to_another_address() {
    let mut gateway = set_up().await;
    assert_eq!(gateway.ask("++eor 2\n*OPC?\n++read").await, "1");
    assert_eq!(gateway.errors().await, []);
    // CR and LF never come, so it goes on asking.
    assert_eq!(gateway.ask("++eor 0\n*OPC?\n++read").await, "1");
    assert_eq!(gateway.errors().await, [-420]);
    gateway.send("++eor 7\n:SOUR:VOLT 0.5;VOLT?\n++addr 25\n").await;
    assert_eq!(gateway.ask("++read 24 eoi").await, "+5.000000E-01");
    assert_eq!(gateway.ask("++addr").await, "25");
    assert_eq!(gateway.ask("*OPC?\n++read").await, "1");
}

#[tokio::test(start_paused = true)]
async fn it_can_read_after_queries_only() {
    let mut gateway = set_up().await;
    gateway.send("++eor 7\n++auto 2\n:SOUR:VOLT 0.25\n").await;
    assert_eq!(gateway.ask(":SOUR:VOLT?").await, "+2.500000E-01");
    gateway.send("++auto 0\n").await;
    assert_eq!(gateway.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn it_polls_several_and_reports_who_asks_for_service() {
    let mut gateway = set_up().await;
    assert_eq!(gateway.ask("++fndl all").await, "24,25");
    assert_eq!(gateway.ask("++fndl 1-24,30").await, "24");
    gateway.send("++addr 25\n*SRE 16\n*OPC?\n").await;
    assert_eq!(gateway.ask("++srq").await, "1");
    assert_eq!(gateway.ask("++spoll all").await, "SRQ:25,80");
    assert_eq!(gateway.ask("++allspoll\n++spoll 24 25\n++srq").await, "0", "and nothing before");
    assert_eq!(gateway.ask("++read eoi").await, "1");
    gateway.send("++srqauto 1\n*OPC?\n").await;
    assert_eq!(gateway.line().await, "SRQ:25,80");
    assert_eq!(gateway.ask("++read eoi").await, "1");
    assert_eq!(gateway.ask("*OPC?\n++dcl\n++spoll 25").await, "SRQ:25,80");
    assert_eq!(gateway.line().await, "0");
}

#[tokio::test(start_paused = true)]
async fn it_talks_to_people_and_answers_for_instruments_that_have_no_name() {
    let mut gateway = set_up().await;
    gateway.send("++id name K2400\n++idn 1\n").await;
    assert_eq!(gateway.ask("*idn?").await, "K2400");
    assert_eq!(gateway.ask("++idn 2\n*IDN?").await, "K2400-000000000");
    assert_eq!(gateway.ask("++verbose").await, "Verbose: ON");
    assert_eq!(gateway.ask("++eos").await, "> 2");
    assert_eq!(gateway.ask("++eos 9").await, "> Invalid parameter");
    assert_eq!(gateway.ask("++verbose").await, "> Verbose: OFF");
    assert_eq!(gateway.ask("++tct 5\n++mode").await, "0", "control is passed, to nobody");
}

#[tokio::test(start_paused = true)]
async fn a_line_longer_than_its_buffer_reaches_the_instrument_whole() {
    let mut gateway = set_up().await;
    let levels: Vec<_> = (1..=60).map(|it| format!("{:.3}", f64::from(it) / 1e3)).collect();
    gateway.send(&format!(":SOUR:LIST:VOLT {}\n", levels.join(","))).await;
    assert_eq!(gateway.ask(":SOUR:LIST:VOLT:POIN?\n++read eoi").await, "60");
    assert_eq!(gateway.errors().await, []);
}

#[tokio::test(start_paused = true)]
async fn as_delivered_it_ends_messages_with_cr_and_lf_which_a_2400_takes() {
    let mut gateway = Box488::new(GatewayKind::Ar488, [(1, common::instrument(&[]))]);
    assert_eq!(gateway.ask("*OPC?\n++read eoi").await, "1");
    // Without them, and without EOI, it hangs.
    gateway.send("++eos 3\n*OPC?\n++read eoi\n").await;
    assert_eq!(gateway.ask("++ver").await, VERSION);
    assert_eq!(gateway.ask("++eos 0\n*OPC?\n++read eoi\n++ver").await, VERSION);
    assert_eq!(gateway.ask("++ifc\n*OPC?\n++read eoi").await, "1");
}
