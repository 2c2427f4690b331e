//! USBTMC, against a simulated interface that checks what it gets.

#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

mod usb;

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::timeout;
use transport::{
    LinkError, Session, SessionError, SessionOptions, Transport,
    usbtmc::{UsbtmcOptions, UsbtmcTransport},
};
use usb::Sim;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> UsbtmcOptions {
    UsbtmcOptions::new("USB")
}

async fn open_with(sim: &Sim, options: &UsbtmcOptions) -> UsbtmcTransport<Sim> {
    let link = UsbtmcTransport::over(sim.clone(), 0x05E6, 0x2450, options).await.unwrap();
    sim.take_said();
    link
}

async fn open(sim: &Sim) -> UsbtmcTransport<Sim> {
    open_with(sim, &options()).await
}

async fn query(link: &mut UsbtmcTransport<Sim>, message: &str) -> Vec<u8> {
    link.send(message.as_bytes()).await.unwrap();
    link.receive().await.unwrap()
}

#[tokio::test]
async fn an_instrument_is_asked_what_it_can_enabled_and_cleared() {
    let sim = Sim::new();
    let link = UsbtmcTransport::over(sim.clone(), 0x05E6, 0x2450, &options()).await.unwrap();
    assert_eq!(sim.take_said(), ["capabilities", "ren", "clear", "check clear", "unhalt Out"]);
    let can = link.capabilities();
    assert!(can.term_char && can.trigger && can.remote_local && can.ieee_488_2);
}

#[tokio::test]
async fn an_instrument_that_knows_no_requests_still_works() {
    let sim = Sim::new();
    sim.set(|device| device.unknown = vec![5, 7, 128]);
    let mut link = UsbtmcTransport::over(sim.clone(), 0x05E6, 0x2450, &options()).await.unwrap();
    assert_eq!(sim.take_said(), ["capabilities", "clear"]);
    sim.will_answer(b"1.5\n");
    assert_eq!(query(&mut link, "A?").await, b"1.5");
    assert!(!link.trigger().await.unwrap() && !link.go_to_local().await.unwrap());
    assert_eq!(link.status_byte().await.unwrap(), None);
    link.clear().await.unwrap();
}

#[tokio::test]
async fn a_long_message_leaves_in_parts_of_which_the_last_has_eom() {
    let sim = Sim::new();
    let mut link = open_with(&sim, &UsbtmcOptions { transfer: 30, ..options() }).await;
    link.send(&[b'x'; 35]).await.unwrap();
    link.send(b"y").await.unwrap();
    assert_eq!(sim.heard(), [format!("{}\n", "x".repeat(35)), "y\n".to_owned()]);
    assert_eq!(sim.device.lock().unwrap().parts, [16, 16, 4, 2]);
}

#[tokio::test]
async fn tags_go_round_without_zero() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    for _ in 0..600 {
        link.send(b"A").await.unwrap();
    }
    assert_eq!(sim.heard().len(), 600);
}

#[tokio::test]
async fn a_line_feed_that_is_data_stays() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    for (reply, heard) in [
        (&b"+1.5\n"[..], &b"+1.5"[..]),
        (b"+1.5", b"+1.5"),
        (b"a\nb\n", b"a\nb"),
        (b"#12a\n", b"#12a\n"),
        (b"#12a\n\n", b"#12a\n"),
    ] {
        sim.will_answer(reply);
        assert_eq!(query(&mut link, "A?").await, heard);
    }
    sim.will_answer(b"#0\n\n\n");
    link.send(b"A?").await.unwrap();
    link.expect_block(3);
    assert_eq!(link.receive().await.unwrap(), b"#0\n\n\n");
}

#[tokio::test]
async fn a_termination_character_is_used_where_asked_for_and_known() {
    let sim = Sim::new();
    let mut link = open_with(&sim, &UsbtmcOptions { term_char: Some(b';'), ..options() }).await;
    sim.will_answer(b"1;2;3\n");
    assert_eq!(query(&mut link, "A?").await, b"1;2;3");
    assert_eq!(sim.device.lock().unwrap().requests.len(), 3);
}

proptest! {
    #[test]
    fn replies_come_whole_in_whatever_transfers(
        size in 1_usize..400,
        per_transfer in 1_usize..150,
        padding in 0_usize..70,
        read_size in 1_usize..200,
        cut in proptest::option::of(20_usize..100),
        stale in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let sim = Sim::new();
            let mut link = open_with(&sim, &UsbtmcOptions { read_size, ..options() }).await;
            // A cut transfer has no padding whose end could be told.
            sim.set(|device| {
                device.per_transfer = per_transfer;
                device.padding = padding % 4;
                device.cut = cut;
                if stale {
                    // The empty packet of an earlier transfer, and an answer that came too late.
                    device.before = vec![vec![], b"\x02\xfa\x05\x00\x01\x00\x00\x00\x01\x00\x00\x00old!".to_vec()];
                }
            });
            let reply: Vec<u8> = (0..size).map(|at| b'0' + (at % 10) as u8).collect();
            for _ in 0..3 {
                sim.will_answer(&[&reply[..], b"\n"].concat());
                assert_eq!(query(&mut link, "A?").await, reply);
            }
        });
    }
}

#[tokio::test]
async fn over_long_padding_is_no_data() {
    let sim = Sim::new();
    sim.set(|device| device.padding = 50);
    let mut link = open(&sim).await;
    sim.will_answer(b"+1.5\n");
    assert_eq!(query(&mut link, "A?").await, b"+1.5");
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_that_says_so() {
    for (transfer, said) in [
        (&b"\x02\x01"[..], "a header of 12 bytes"),
        (b"\x01\x01\xfe\x00\x01\x00\x00\x00\x01\x00\x00\x00x", "DEV_DEP_MSG_IN"),
        (b"\x02\x01\xff\x00\x01\x00\x00\x00\x01\x00\x00\x00x", "a bTag from 1 to 255"),
        (b"\x02\x02\xfd\x00\x01\x00\x02\x00\x01\x00\x00\x00x", "no more bytes than asked for"),
    ] {
        let sim = Sim::new();
        let mut link = open(&sim).await;
        sim.set(|device| device.before = vec![transfer.to_vec()]);
        sim.will_answer(b"+1.5\n");
        link.send(b"A?").await.unwrap();
        let error = link.receive().await.unwrap_err().to_string();
        assert!(error.starts_with("USBTMC: expected ") && error.contains(said), "{error}");
        link.clear().await.unwrap();
        sim.will_answer(b"+2.5\n");
        assert_eq!(query(&mut link, "A?").await, b"+2.5");
    }
}

#[tokio::test]
async fn a_reply_that_is_too_long_is_endless() {
    let sim = Sim::new();
    let mut link = open_with(&sim, &UsbtmcOptions { longest: 10, ..options() }).await;
    sim.will_answer(b"12345678901\n");
    link.send(b"A?").await.unwrap();
    assert!(matches!(link.receive().await, Err(LinkError::Endless { limit: 10 })));
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_was_dropped_asks_once_and_gets_the_reply() {
    let sim = Sim::new();
    sim.set(|device| device.per_transfer = 3);
    let mut link = open(&sim).await;
    sim.will_be_silent();
    link.send(b"A?").await.unwrap();
    for _ in 0..3 {
        assert!(timeout(SECOND, link.receive()).await.is_err());
    }
    assert_eq!(sim.device.lock().unwrap().requests.len(), 1);
    sim.speaks(b"+1.5\n");
    assert_eq!(link.receive().await.unwrap(), b"+1.5");
}

#[tokio::test(start_paused = true)]
async fn a_clear_aborts_the_read_under_way_and_the_next_reply_is_the_next() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    sim.will_be_silent();
    link.send(b"A?").await.unwrap();
    assert!(timeout(SECOND, link.receive()).await.is_err());
    sim.set(|device| device.pending = 3);
    link.clear().await.unwrap();
    let said = sim.take_said();
    assert_eq!(said.iter().filter(|name| *name == "check abort in").count(), 4);
    assert_eq!(said[0], "abort in");
    assert_eq!(said[5..], ["clear", "check clear", "unhalt Out"]);
    sim.will_answer(b"+2.5\n");
    assert_eq!(query(&mut link, "B?").await, b"+2.5");
}

#[tokio::test(start_paused = true)]
async fn a_clear_aborts_a_message_that_is_half_sent() {
    let sim = Sim::new();
    let mut link = open_with(&sim, &UsbtmcOptions { transfer: 20, ..options() }).await;
    sim.set(|device| device.full = true);
    assert!(timeout(SECOND, link.send(b":SOUR:LIST:VOLT 1,2,3")).await.is_err());
    sim.set(|device| device.full = false);
    link.clear().await.unwrap();
    let said = sim.take_said();
    assert_eq!(said[..3], ["abort out", "check abort out", "unhalt Out"]);
    sim.heard();
    link.send(b"B").await.unwrap();
    assert_eq!(sim.heard(), ["B\n"]);
}

#[tokio::test(start_paused = true)]
async fn a_clear_that_never_ends_is_no_answer() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    sim.set(|device| device.pending = usize::MAX);
    let error = link.clear().await.unwrap_err();
    assert!(matches!(error, LinkError::NoAnswer { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_instrument_whose_replies_fall_behind_is_always_aborted() {
    let sim = Sim::new();
    let mut link = UsbtmcTransport::over(sim.clone(), 0x2184, 0x007D, &options()).await.unwrap();
    sim.take_said();
    link.clear().await.unwrap();
    assert_eq!(sim.take_said()[..2], ["abort in", "check abort in"]);
}

#[tokio::test]
async fn stalls_are_cleared_and_told() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    sim.set(|device| device.stall_out = true);
    let error = link.send(b"A").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "USBTMC: expected the instrument to take a message, found a stall"
    );
    assert_eq!(sim.take_said(), ["unhalt Out"]);
    link.clear().await.unwrap();
    sim.take_said();
    sim.will_answer(b"1\n");
    link.send(b"A?").await.unwrap();
    sim.set(|device| device.stall_in = true);
    let error = link.receive().await.unwrap_err();
    assert_eq!(error.to_string(), "USBTMC: expected a reply, found a stall");
    assert_eq!(sim.take_said(), ["unhalt In"]);
}

#[tokio::test]
async fn a_status_byte_is_read_over_either_pipe() {
    for interrupt in [true, false] {
        let sim = Sim::new();
        sim.set(|device| (device.interrupt, device.status) = (interrupt, 0x44));
        let mut link = open(&sim).await;
        for _ in 0..300 {
            assert_eq!(link.status_byte().await.unwrap(), Some(0x44));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_request_is_told_once_also_when_it_came_with_a_status_byte() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    assert!(timeout(SECOND, link.service_request()).await.is_err());
    sim.requests_service(0x41);
    assert_eq!(link.status_byte().await.unwrap(), Some(0));
    link.service_request().await.unwrap();
    assert!(timeout(SECOND, link.service_request()).await.is_err());
    sim.requests_service(0x41);
    assert!(timeout(SECOND, link.unsolicited()).await.is_err());
    link.service_request().await.unwrap();
}

#[tokio::test]
async fn a_trigger_and_the_front_panel_are_messages_of_their_own() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    assert!(link.trigger().await.unwrap());
    assert_eq!(sim.device.lock().unwrap().triggered, 1);
    assert!(link.local_lockout().await.unwrap() && link.go_to_local().await.unwrap());
    assert_eq!(sim.take_said(), ["llo", "gtl"]);
}

#[tokio::test]
async fn an_instrument_that_is_unplugged_ends_the_link() {
    let sim = Sim::new();
    let mut link = open(&sim).await;
    sim.set(|device| device.gone = true);
    assert!(matches!(link.unsolicited().await, Err(LinkError::Closed)));
    assert!(matches!(link.receive().await, Err(LinkError::Closed)));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_lost_a_reply_is_in_step_again() {
    let sim = Sim::new();
    let session = Session::spawn(open(&sim).await, SessionOptions::default());
    sim.will_be_silent();
    let lost = session.query("A?", SECOND).await;
    assert!(matches!(lost, Err(SessionError::TimedOut { .. })));
    sim.speaks(b"late\n");
    let asked = session.clone();
    let answer = tokio::spawn(async move { asked.query("*ESE?", SECOND).await });
    assert_eq!(answer.await.unwrap().unwrap(), b"0");
    session.close().await;
}

#[tokio::test]
async fn an_instrument_that_is_not_there_is_named() {
    let error = transport::usbtmc::open(0x05E6, 0xFFFF, Some("1"), None, &options(), SECOND)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(
            "USB0::0x05E6::0xFFFF::1::INSTR: the USB device 05e6:ffff cannot be opened (there is"
        ),
        "{error}"
    );
    // Whatever is plugged in, listing it opens nothing and fails never.
    for found in transport::usbtmc::list().await {
        assert!(found.resource().starts_with("USB0::0x"));
    }
}
