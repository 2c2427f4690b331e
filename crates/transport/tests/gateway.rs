//! GPIB behind a gateway, against one written after the manuals.

#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

mod bus;

use std::time::Duration;

use bus::{Bus, Saying, Shared, play};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, timeout},
};
use transport::{
    LinkError, Session, SessionOptions, Transport,
    gateway::{Eos, Gateway, GatewayKind, GatewayOptions, GatewayTransport},
};

const LIMIT: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

fn options() -> GatewayOptions {
    GatewayOptions::default()
}

async fn open(bus: &Shared) -> Gateway {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(play(bus.clone(), far));
    Gateway::over(near, "GW", &options(), LIMIT).await.unwrap()
}

async fn at(gateway: &Gateway, primary: u8) -> GatewayTransport {
    gateway.instrument(primary, None, LIMIT).await.unwrap()
}

fn will_answer(bus: &Shared, at: &str, saying: Saying) {
    bus.lock().unwrap().devices.get_mut(at).unwrap().answers.push_back(saying);
}

fn heard(bus: &Shared, at: &str) -> Vec<String> {
    let bus = bus.lock().unwrap();
    bus.devices[at].heard.iter().map(|bytes| String::from_utf8(bytes.clone()).unwrap()).collect()
}

fn commands(bus: &Shared) -> Vec<String> {
    std::mem::take(&mut bus.lock().unwrap().commands)
}

async fn query(link: &mut GatewayTransport, message: &str) -> String {
    link.send(message.as_bytes()).await.unwrap();
    String::from_utf8(link.receive().await.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_prologix_is_set_up_as_a_2400_needs_and_its_eeprom_is_spared() {
    let bus = Bus::with(&[]);
    let gateway = open(&bus).await;
    assert_eq!(gateway.kind(), GatewayKind::Prologix);
    let said: Vec<_> = commands(&bus).into_iter().filter(|line| line != "++ver").collect();
    let expected = [
        "++savecfg 0",
        "++mode 1",
        "++auto 0",
        "++eos 2",
        "++eoi 1",
        "++read_tmo_ms 500",
        "++eot_char 4",
        "++eot_enable 1",
        "++ifc",
        "++eot_enable",
        "++eot_char",
    ];
    assert_eq!(said, expected);
}

#[tokio::test(start_paused = true)]
async fn an_ar488_is_never_told_savecfg_which_would_write_its_eeprom() {
    let bus = Bus::with(&[]);
    bus.lock().unwrap().version = "AR488 GPIB controller, ver. 0.51.29, 18/03/2024";
    let gateway = open(&bus).await;
    assert_eq!(gateway.kind(), GatewayKind::Ar488);
    assert!(!commands(&bus).iter().any(|line| line.starts_with("++savecfg")));
}

#[tokio::test(start_paused = true)]
async fn a_kind_given_by_option_is_not_guessed() {
    let bus = Bus::with(&[]);
    bus.lock().unwrap().version = "GPIB-USB version 6.1";
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(play(bus.clone(), far));
    let options = GatewayOptions {
        kind: Some(GatewayKind::Ar488),
        eos: Eos::None,
        slice: Duration::from_millis(50),
        ..options()
    };
    let gateway = Gateway::over(near, "GW", &options, LIMIT).await.unwrap();
    assert_eq!(gateway.kind(), GatewayKind::Ar488);
    let said = commands(&bus);
    assert!(said.contains(&"++eos 3".to_owned()) && said.contains(&"++read_tmo_ms 50".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_arduino_that_restarts_is_asked_again() {
    let (near, mut far) = tokio::io::duplex(1 << 16);
    let bus = Bus::with(&[]);
    let played = bus.clone();
    tokio::spawn(async move {
        let mut deaf = [0; 12];
        far.read_exact(&mut deaf).await.unwrap();
        assert_eq!(&deaf, b"++ver\n++ver\n");
        play(played, far).await;
    });
    Gateway::over(near, "GW", &options(), LIMIT).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn silence_and_strangers_are_no_gateway() {
    let (near, _far) = tokio::io::duplex(1 << 16);
    let error = Gateway::over(near, "GW", &options(), SECOND).await.unwrap_err();
    assert!(error.to_string().starts_with("GW: no answer within 1s"), "{error}");

    let bus = Bus::with(&[]);
    bus.lock().unwrap().unknown.push("++ver");
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(play(bus, far));
    let error = Gateway::over(near, "GW", &options(), LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("found Unrecognized command"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_echo_is_refused_with_what_to_do() {
    let bus = Bus::with(&[]);
    bus.lock().unwrap().echo = true;
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(play(bus, far));
    let error = Gateway::over(near, "GW", &options(), LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("switch its echo off"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_to_its_instrument_whatever_it_holds() {
    let bus = Bus::with(&["24", "7 97"]);
    let gateway = open(&bus).await;
    let mut smu = at(&gateway, 24).await;
    let mut other = gateway.instrument(7, Some(1), LIMIT).await.unwrap();
    smu.send(b"++addr 5").await.unwrap();
    other.send(b":SOUR:VOLT +1.0E+0\x1b").await.unwrap();
    let refused = smu.send(b"a\nb").await.unwrap_err();
    assert!(matches!(refused, LinkError::Unsendable { name: "line feed", .. }));
    assert!(other.trigger().await.unwrap());
    assert_eq!(heard(&bus, "24"), ["++addr 5\n"]);
    assert_eq!(heard(&bus, "7 97"), [":SOUR:VOLT +1.0E+0\x1b\n"]);
    assert_eq!(bus.lock().unwrap().devices["7 97"].triggered, 1);
}

#[tokio::test(start_paused = true)]
async fn addresses_that_gpib_does_not_have_are_refused() {
    let gateway = open(&Bus::with(&[])).await;
    for (primary, secondary, said) in [
        (31, None, "GW: primary address = 31: accepted is 0 to 30"),
        (1, Some(31), "GW: secondary address = 31: accepted is 0 to 30, or 96 to 126"),
        (1, Some(127), "GW: secondary address = 127: accepted is 0 to 30, or 96 to 126"),
    ] {
        let error = gateway.instrument(primary, secondary, LIMIT).await.unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}

/// Every reply here is one message on the bus, ended by EOI.
async fn replies_come_whole(bus: Shared) {
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    for (reply, heard) in [
        (&b"+1.0,+2.0\n"[..], &b"+1.0,+2.0"[..]),
        (b"+1.0\r\n", b"+1.0"),
        (b"\n", b""),
        (b"#15a\n\x04\nb\n", b"#15a\n\x04\nb"),
        (b"-113,\"a\x04\nb\"\n", b"-113,\"a\x04\nb\""),
    ] {
        will_answer(&bus, "24", Saying::now(reply));
        link.send(b"A?").await.unwrap();
        assert_eq!(link.receive().await.unwrap(), heard);
    }
    will_answer(&bus, "24", Saying::now(b"#0\n\x04\n\x04\n"));
    link.send(b"TRAC:DATA?").await.unwrap();
    link.expect_block(4);
    assert_eq!(link.receive().await.unwrap(), b"#0\n\x04\n\x04");
}

#[tokio::test(start_paused = true)]
async fn replies_come_whole_from_a_gateway_that_marks_eoi() {
    for piece in [1, 3, usize::MAX] {
        let bus = Bus::with(&["24"]);
        bus.lock().unwrap().piece = piece;
        replies_come_whole(bus).await;
    }
}

#[tokio::test(start_paused = true)]
async fn replies_come_whole_from_a_gateway_that_knows_no_mark() {
    for piece in [1, 3, usize::MAX] {
        let bus = Bus::with(&["24"]);
        bus.lock().unwrap().piece = piece;
        bus.lock().unwrap().unknown.extend(["++eot_enable", "++eot_char"]);
        replies_come_whole(bus).await;
    }
}

#[tokio::test(start_paused = true)]
async fn replies_come_whole_from_a_gateway_that_forgets_its_mark() {
    let bus = Bus::with(&["24"]);
    bus.lock().unwrap().lies_about_eot = true;
    replies_come_whole(bus).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_several_lines_is_one_reply() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    will_answer(&bus, "24", Saying::now(b"line 1\nline 2\n"));
    assert_eq!(query(&mut link, "A?").await, "line 1\nline 2");
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_a_line_feed_ends_with_eoi() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    will_answer(&bus, "24", Saying::now(b"+1.5"));
    assert_eq!(query(&mut link, "A?").await, "+1.5");
    will_answer(&bus, "24", Saying::now(b"#12a\n"));
    assert_eq!(query(&mut link, "A?").await, "#12a\n");
    // A quote that is never closed cannot hide the end for ever.
    will_answer(&bus, "24", Saying::now(b"\"torn"));
    assert_eq!(query(&mut link, "A?").await, "\"torn");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_never_sees_eoi_ends_with_its_line_feed() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    for reply in ["+1.5", "+2.5"] {
        let saying = Saying { eoi: false, ..Saying::now(format!("{reply}\n").as_bytes()) };
        will_answer(&bus, "24", saying);
        assert_eq!(query(&mut link, "A?").await, reply);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reply_is_fetched_in_slices_between_which_others_are_served() {
    let bus = Bus::with(&["24", "25"]);
    let gateway = open(&bus).await;
    let (mut slow, mut quick) = (at(&gateway, 24).await, at(&gateway, 25).await);
    will_answer(&bus, "24", Saying::after(Duration::from_secs(20), b"slow\n"));
    slow.send(b"A?").await.unwrap();
    let begun = Instant::now();
    let others = async {
        for number in 0..10 {
            will_answer(&bus, "25", Saying::now(format!("{number}\n").as_bytes()));
            assert_eq!(query(&mut quick, "B?").await, number.to_string());
        }
        begun.elapsed()
    };
    let (reply, others) = tokio::join!(slow.receive(), others);
    assert_eq!(reply.unwrap(), b"slow");
    // In virtual time: ten queries, each behind two slices at most.
    assert!(others < Duration::from_secs(13), "{others:?}");
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_was_dropped_loses_nothing() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    for patience in [0, 1, 100, 499, 550, 700] {
        will_answer(&bus, "24", Saying::after(Duration::from_millis(550), b"late\n"));
        link.send(b"A?").await.unwrap();
        let patience = Duration::from_millis(patience);
        if timeout(patience, link.receive()).await.is_err() {
            assert_eq!(link.receive().await.unwrap(), b"late");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_late_from_one_instrument_is_never_given_to_another() {
    for lag in [0, 50, 550, 601, 900, 3000] {
        let bus = Bus::with(&["24", "25"]);
        bus.lock().unwrap().lag = Duration::from_millis(lag);
        let gateway = open(&bus).await;
        let (mut late, mut other) = (at(&gateway, 24).await, at(&gateway, 25).await);
        will_answer(&bus, "24", Saying::after(Duration::from_millis(450), b"late\n"));
        late.send(b"A?").await.unwrap();
        assert!(timeout(Duration::from_millis(100), late.receive()).await.is_err());
        will_answer(&bus, "25", Saying::now(b"other\n"));
        assert_eq!(query(&mut other, "B?").await, "other", "lag {lag}");
        // Cleared, it starts afresh.
        late.clear().await.unwrap();
        will_answer(&bus, "24", Saying::now(b"fresh\n"));
        assert_eq!(query(&mut late, "A?").await, "fresh", "lag {lag}");
        assert_eq!(bus.lock().unwrap().devices["24"].cleared, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_dropped_while_it_reads_leaves_nothing_to_the_next() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let mut first = at(&gateway, 24).await;
    will_answer(&bus, "24", Saying::after(Duration::from_millis(300), b"first\n"));
    first.send(b"A?").await.unwrap();
    assert!(timeout(Duration::from_millis(1), first.receive()).await.is_err());
    drop(first);
    let mut second = at(&gateway, 24).await;
    will_answer(&bus, "24", Saying::now(b"second\n"));
    assert_eq!(query(&mut second, "B?").await, "second");
}

#[tokio::test(start_paused = true)]
async fn two_sessions_on_one_gateway_never_get_each_others_replies() {
    let bus = Bus::with(&["1", "2"]);
    bus.lock().unwrap().piece = 2;
    let gateway = open(&bus).await;
    let sessions = [
        Session::spawn(at(&gateway, 1).await, SessionOptions::default()),
        Session::spawn(at(&gateway, 2).await, SessionOptions::default()),
    ];
    for number in 0..50 {
        for at in ["1", "2"] {
            let wait = Duration::from_millis(number % 7 * 90);
            will_answer(&bus, at, Saying::after(wait, format!("{at}.{number}\n").as_bytes()));
        }
    }
    for number in 0..50 {
        let (one, two) =
            tokio::join!(sessions[0].query("A?", LIMIT), sessions[1].query("B?", LIMIT));
        assert_eq!(one.unwrap(), format!("1.{number}").into_bytes());
        assert_eq!(two.unwrap(), format!("2.{number}").into_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_byte_is_polled_also_while_a_reply_is_awaited() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    will_answer(&bus, "24", Saying::after(SECOND, b"slow\n"));
    link.send(b"A?").await.unwrap();
    assert!(timeout(Duration::from_millis(10), link.receive()).await.is_err());
    bus.lock().unwrap().devices.get_mut("24").unwrap().status = 4;
    assert_eq!(link.status_byte().await.unwrap(), Some(4));
    assert_eq!(link.receive().await.unwrap(), b"slow");
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_is_not_there_does_not_answer_a_poll() {
    let bus = Bus::with(&["24"]);
    let gateway = open(&bus).await;
    let (mut absent, mut link) = (at(&gateway, 5).await, at(&gateway, 24).await);
    assert!(matches!(absent.status_byte().await, Err(LinkError::NoAnswer { .. })));
    will_answer(&bus, "24", Saying::now(b"here\n"));
    assert_eq!(query(&mut link, "A?").await, "here");
}

#[tokio::test(start_paused = true)]
async fn a_service_request_wakes_the_instrument_that_asked() {
    let bus = Bus::with(&["24", "25"]);
    let gateway = open(&bus).await;
    let (mut asks, mut other) = (at(&gateway, 24).await, at(&gateway, 25).await);
    assert!(timeout(SECOND, asks.service_request()).await.is_err());
    bus.lock().unwrap().devices.get_mut("24").unwrap().status = 64 + 16;
    assert!(timeout(SECOND, other.service_request()).await.is_err());
    asks.service_request().await.unwrap();
    assert!(timeout(SECOND, asks.service_request()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_does_not_know_is_absent_and_breaks_nothing() {
    let bus = Bus::with(&["24"]);
    bus.lock().unwrap().unknown.extend(["++trg", "++spoll", "++clr", "++ifc", "++srq"]);
    let gateway = open(&bus).await;
    let mut link = at(&gateway, 24).await;
    assert!(!link.trigger().await.unwrap());
    assert_eq!(link.status_byte().await.unwrap(), None);
    link.clear().await.unwrap();
    assert!(!link.clears_device());
    assert!(timeout(SECOND, link.service_request()).await.is_err());
    will_answer(&bus, "24", Saying::now(b"1\n"));
    assert_eq!(query(&mut link, "A?").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_falls_silent_has_ended_for_all() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let bus = Bus::with(&["24"]);
    let playing = tokio::spawn(play_until_told(bus.clone(), far));
    let gateway = Gateway::over(near, "GW", &options(), LIMIT).await.unwrap();
    let (mut link, mut other) = (at(&gateway, 24).await, at(&gateway, 25).await);
    bus.lock().unwrap().unknown.push("stop");
    let error = link.receive().await.unwrap_err();
    assert!(error.to_string().contains("expected its version"), "{error}");
    let error = other.unsolicited().await.unwrap_err();
    assert!(error.to_string().contains("expected its version"), "{error}");
    playing.abort();
}

/// Plays until "stop" is among what it does not know, then hears without answering.
async fn play_until_told(bus: Shared, far: DuplexStream) {
    let (near, end) = tokio::io::duplex(1 << 16);
    tokio::spawn(play(bus.clone(), end));
    let (mut from_client, mut to_client) = tokio::io::split(far);
    let (mut from_gateway, mut to_gateway) = tokio::io::split(near);
    let up = async { tokio::io::copy(&mut from_client, &mut to_gateway).await };
    let down = async {
        let mut bytes = [0; 1024];
        while let Ok(count) = from_gateway.read(&mut bytes).await {
            if !bus.lock().unwrap().unknown.contains(&"stop") {
                to_client.write_all(&bytes[..count]).await.unwrap();
            }
        }
    };
    let _ = tokio::join!(up, down);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_unplugged_ends_its_sessions() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let playing = tokio::spawn(play(Bus::with(&["24"]), far));
    let gateway = Gateway::over(near, "GW", &options(), LIMIT).await.unwrap();
    let mut link = at(&gateway, 24).await;
    playing.abort();
    assert!(matches!(link.unsolicited().await, Err(LinkError::Closed)));
    assert!(matches!(link.send(b"A").await, Err(LinkError::Closed)));
}

#[tokio::test]
async fn a_gateway_over_tcp_says_why_it_cannot_be_reached() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let bus = Bus::with(&["24"]);
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (near, far) = tokio::io::duplex(1 << 16);
        tokio::spawn(play(bus.clone(), far));
        let mut near = near;
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut near).await });
        listener
    };
    let options = options();
    let connecting = Gateway::connect_tcp("127.0.0.1", port, &options, LIMIT);
    let (gateway, listener) = tokio::join!(connecting, serving);
    let mut link = at(&gateway.unwrap(), 24).await;
    will_answer(&bus, "24", Saying::now(b"1\n"));
    assert_eq!(query(&mut link, "A?").await, "1");
    drop(listener);
    let error = Gateway::connect_tcp("127.0.0.1", port, &options, LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("port 1234"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_gateway_on_a_serial_port_carries_any_byte() {
    use tokio_serial::{SerialPort, SerialStream};
    use transport::serial::{FlowControl, SerialOptions};

    let (mut far, near) = SerialStream::pair().unwrap();
    let path = near.name().unwrap();
    drop(near);
    let line = SerialOptions { baud: 115_200, ..SerialOptions::default() };
    for refused in [
        SerialOptions { data_bits: 7, ..line.clone() },
        SerialOptions { flow_control: FlowControl::XonXoff, ..line.clone() },
    ] {
        let error = Gateway::open_serial(&path, &refused, &options(), LIMIT).await.unwrap_err();
        assert!(matches!(error, LinkError::Option { .. }), "{error}");
    }
    let bus = Bus::with(&["24"]);
    let played = bus.clone();
    let opening = options();
    let opening = Gateway::open_serial(&path, &line, &opening, LIMIT);
    let serving = async {
        let (mut near, end) = tokio::io::duplex(1 << 16);
        tokio::spawn(play(played, end));
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut far, &mut near).await });
    };
    let (gateway, ()) = tokio::join!(opening, serving);
    let mut link = at(&gateway.unwrap(), 24).await;
    let data: Vec<u8> = (0..=255).collect();
    let block = [b"#3256", data.as_slice()].concat();
    will_answer(&bus, "24", Saying::now(&[&block[..], b"\n"].concat()));
    link.send(b"TRAC:DATA?").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), block);
}
