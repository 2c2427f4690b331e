//! HiSLIP byte by byte: sessions, messages and their numbers, status, locks, device clear, what is
//! refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod hislip_client;

use common::{host, instrument};
use firmware_sim::HislipOptions;
use hislip_client::{Channel, Client, DATA, DATA_END, FIRST, message, plain, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn port() -> u16 {
    serve(&host(instrument(&[]), None), HislipOptions::default()).await
}

#[tokio::test]
async fn a_session_has_two_channels_and_the_earlier_version_of_both_sides() {
    let port = port().await;
    for (asked, agreed) in [(0x0100, 0x0100), (0x0200, 0x0200), (0x0300, 0x0200)] {
        let mut sync = Channel::connect(port).await;
        let response = sync.exchange(0, 0, asked << 16 | 0x5858, b"HISLIP0").await;
        assert_eq!((response.kind, response.control, response.parameter >> 16), (1, 0, agreed));
        let mut other = Channel::connect(port).await;
        let response = other.exchange(17, 0, response.parameter & 0xffff, b"").await;
        assert_eq!((response.kind, response.control, response.payload.len()), (18, 0, 0));
        sync.send(DATA_END, 0, FIRST, b"*OPC?").await;
        let reply = sync.receive().await.unwrap();
        assert_eq!(
            (reply.kind, reply.parameter, &reply.payload[..]),
            (DATA_END, FIRST, &b"1\n"[..])
        );
    }
}

#[tokio::test]
async fn a_reply_has_the_number_of_the_message_that_asked_for_it() {
    let mut client = Client::open(port().await).await;
    assert!(client.ask("*IDN?").await.starts_with("KEITHLEY INSTRUMENTS INC.,MODEL 2400,"));
    // A message in three: each has a number of its own, and the last one's is answered.
    for piece in [":SOUR:VO", "LT 0.25;:SOUR"] {
        client.id = client.id.wrapping_add(2);
        let control = std::mem::take(&mut client.delivered).into();
        client.sync.send(DATA, control, client.id, piece.as_bytes()).await;
    }
    assert_eq!(client.ask(":VOLT?").await, "+2.500000E-01");
    // An empty DataEND ends a message too.
    client.sync.send(DATA, 1, 0x10, b"*OPC?").await;
    client.sync.send(DATA_END, 0, 0x12, b"").await;
    assert_eq!(client.read(0x12).await, "1");
    assert_eq!(client.error().await, 0);
}

#[tokio::test]
async fn messages_are_no_longer_than_either_side_takes() {
    let options = HislipOptions { max_message_size: 1000, ..HislipOptions::default() };
    let port = serve(&host(instrument(&[]), None), options).await;
    let mut client = Client::open(port).await;
    let response = client.other.exchange(15, 0, 0, &64_u64.to_be_bytes()).await;
    assert_eq!((response.kind, &response.payload[..]), (16, &1000_u64.to_be_bytes()[..]));
    let id = client.write("*IDN?").await;
    let mut sizes = Vec::new();
    loop {
        let message = client.sync.receive().await.unwrap();
        assert_eq!(message.parameter, id);
        sizes.push(message.payload.len());
        if message.kind == DATA_END {
            break;
        }
        assert_eq!(message.kind, DATA);
    }
    assert!(sizes.len() > 1 && sizes.iter().all(|it| (1..=64).contains(it)), "{sizes:?}");
    client.delivered = true;
    client.sync.send(DATA_END, 1, 9, &[b' '; 1001]).await;
    let refused = client.sync.receive().await.unwrap();
    assert_eq!((refused.kind, refused.control), (3, 4));
    assert_eq!(client.ask("*OPC?").await, "1");
    // A client that takes nothing is sent a byte at a time.
    client.other.exchange(15, 0, 0, &0_u64.to_be_bytes()).await;
    assert_eq!(client.ask("*OPC?").await, "1");
    let refused = client.other.exchange(15, 0, 0, b"many").await;
    assert_eq!((refused.kind, refused.control), (3, 2));
}

#[tokio::test]
async fn a_reply_that_the_client_has_not_read_is_interrupted() {
    let mut client = Client::open(port().await).await;
    let id = client.write("*IDN?").await;
    client.read(id).await;
    // It does not say that it has.
    client.delivered = false;
    assert_eq!(client.ask("*OPC?").await, "1");
    assert_eq!((client.error().await, client.error().await), (-410, 0));
}

#[tokio::test]
async fn a_reply_is_not_sent_when_the_next_message_has_come_already() {
    let mut client = Client::open(port().await).await;
    let two = [message(DATA_END, 0, FIRST, b"*IDN?"), message(DATA_END, 0, FIRST + 2, b"*OPC?")];
    client.sync.0.write_all(&two.concat()).await.unwrap();
    client.id = FIRST + 2;
    let first = client.sync.receive().await.unwrap();
    // Whether the second was there in time is the network's affair.
    if first.kind == DATA_END {
        assert_eq!(first.parameter, FIRST);
    } else {
        assert_eq!(first, plain(13, 0, FIRST + 2));
        assert_eq!(client.other.receive().await.unwrap(), plain(14, 0, FIRST + 2));
    }
    assert_eq!(client.read(FIRST + 2).await, "1");
    assert_eq!((client.error().await, client.error().await), (-410, 0));
}

#[tokio::test]
async fn a_message_is_available_until_the_client_has_read_it() {
    let mut client = Client::open(port().await).await;
    assert_eq!(client.status().await & 16, 0);
    let id = client.write("*OPC?").await;
    client.read(id).await;
    client.delivered = false;
    assert_eq!(client.status().await & 16, 16);
    // A client that has said more than has come has nothing to read.
    assert_eq!(client.other.exchange(21, 0, id + 20, b"").await, plain(22, 0, 0));
    assert_eq!(client.status().await & 16, 16);
    client.delivered = true;
    assert_eq!(client.status().await & 16, 0);
    assert_eq!(client.status().await & 16, 0);
    assert_eq!(client.error().await, 0, "what was said in a query counts");
}

#[tokio::test]
async fn service_is_requested_once_for_each_rising_until_a_query() {
    let mut client = Client::open(port().await).await;
    client.write("*CLS;*ESE 32;*SRE 32").await;
    for _ in 0..2 {
        client.write("FOO").await;
        client.write("FOO").await;
        let request = client.other.receive().await.unwrap();
        assert_eq!((request.kind, request.control & 0x60, request.parameter), (20, 0x60, 0));
        assert_eq!(client.ask("*OPC?").await, "1");
        assert_eq!(client.status().await & 0x60, 0x60, "requested");
        assert_eq!(client.status().await & 0x60, 0x20, "and no more");
        client.write("*CLS").await;
        assert_eq!(client.ask("*OPC?").await, "1");
        assert_eq!(client.status().await & 0x60, 0);
    }
}

#[tokio::test]
async fn a_trigger_does_what_its_command_does() {
    let mut client = Client::open(port().await).await;
    client.write(":ARM:SOUR BUS;:OUTP ON;:INIT").await;
    client.id = client.id.wrapping_add(2);
    client.sync.send(12, 0, client.id, b"").await;
    assert_eq!(client.ask("*OPC?").await, "1");
    assert_eq!(client.error().await, 0);
}

#[tokio::test]
async fn a_device_clear_forgets_what_was_said_and_agrees_on_a_mode() {
    let mut client = Client::open(port().await).await;
    client.write(":SOUR:VOLT 0.25").await;
    client.write("*IDN?").await;
    assert_eq!(client.other.exchange(19, 0, 0, b"").await, plain(23, 0, 0));
    // Ignored: it was on its way.
    client.sync.send(DATA_END, 0, FIRST + 4, b":SOUR:VOLT 0.5").await;
    client.sync.send(8, 0, 0, b"").await;
    while client.sync.receive().await.unwrap() != plain(9, 0, 0) {}
    (client.id, client.delivered) = (FIRST - 2, false);
    assert_eq!(client.ask(":SOUR:VOLT?").await, "+2.500000E-01");
    assert_eq!(client.error().await, 0);
}

#[tokio::test]
async fn in_overlapped_mode_replies_queue_with_numbers_of_their_own() {
    let mut client = Client::open(port().await).await;
    assert_eq!(client.clear(1).await, 1);
    for _ in 0..3 {
        client.write("*OPC?").await;
    }
    client.write("*SRE?\n:SYST:ERR:CODE?").await;
    for (index, reply) in [&b"1\n"[..], b"1\n", b"1\n", b"0\n", b"0\n"].into_iter().enumerate() {
        let message = client.sync.receive().await.unwrap();
        assert_eq!((message.kind, &message.payload[..]), (DATA_END, reply));
        assert_eq!(message.parameter, FIRST.wrapping_add(2 * index as u32));
    }
    // Available is what the client has not read, by the server's numbers.
    let last = FIRST + 8;
    assert_eq!(client.other.exchange(21, 0, last - 2, b"").await.control & 16, 16);
    assert_eq!(client.other.exchange(21, 0, last, b"").await.control & 16, 0);
    assert_eq!(client.clear(0).await, 0);
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn a_lock_keeps_others_off_until_it_is_given_back_or_its_holder_goes() {
    let port = port().await;
    let (mut one, mut other) = (Client::open(port).await, Client::open(port).await);
    let response = |control| plain(5, control, 0);
    assert_eq!(one.other.exchange(4, 1, 0, b"").await, response(1));
    assert_eq!(one.other.exchange(4, 1, 0, b"").await, response(3));
    assert_eq!(other.other.exchange(4, 1, 1, b"").await, response(0));
    assert_eq!(other.other.exchange(4, 0, 0, b"").await, response(3));
    assert_eq!(other.other.exchange(24, 0, 0, b"").await, plain(25, 1, 1));
    // Messages wait for their turn; the asynchronous channel does not.
    let id = other.write(":SOUR:VOLT?").await;
    assert_eq!(other.status().await & 16, 0);
    one.write(":SOUR:VOLT 0.5").await;
    assert_eq!(one.ask("*OPC?").await, "1");
    assert_eq!(one.other.exchange(4, 0, one.id, b"").await, response(1));
    assert_eq!(other.read(id).await, "+5.000000E-01");
    // Shared by those who know its name.
    assert_eq!(one.other.exchange(4, 1, 0, b"key").await, response(1));
    assert_eq!(other.other.exchange(4, 1, 0, b"yek").await, response(0));
    assert_eq!(other.other.exchange(4, 1, 0, b"key").await, response(1));
    assert_eq!(other.other.exchange(24, 0, 0, b"").await, plain(25, 0, 2));
    assert_eq!(one.other.exchange(4, 0, 0, b"").await, response(2));
    assert_eq!(other.other.exchange(4, 0, 0, b"").await, response(2));
    assert_eq!(one.other.exchange(4, 1, 0, b"").await, response(1));
    other.other.send(4, 1, 60_000, b"").await;
    drop(one);
    assert_eq!(other.other.receive().await.unwrap(), response(1));
}

#[tokio::test]
async fn remote_and_local_are_acknowledged() {
    let mut client = Client::open(port().await).await;
    for control in 0..=6 {
        assert_eq!(client.other.exchange(10, control, client.id, b"").await, plain(11, 0, 0));
    }
    let refused = client.other.exchange(10, 7, client.id, b"").await;
    assert_eq!((refused.kind, refused.control), (3, 2));
}

#[tokio::test]
async fn what_is_not_understood_is_refused_and_the_session_goes_on() {
    let mut client = Client::open(port().await).await;
    for (kind, code) in [(200, 3), (128, 3), (39, 1), (127, 1), (26, 1), (28, 1), (1, 1)] {
        for channel in [&mut client.sync, &mut client.other] {
            let refused = channel.exchange(kind, 0, 0, b"payload").await;
            assert_eq!((refused.kind, refused.control), (3, code), "{kind}");
        }
    }
    let refused = client.other.exchange(4, 2, 0, b"").await;
    assert_eq!((refused.kind, refused.control), (3, 2));
    // On the wrong channel.
    assert_eq!(client.sync.exchange(21, 0, 0, b"").await.kind, 3);
    assert_eq!(client.other.exchange(DATA_END, 0, 0, b"*RST").await.kind, 3);
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn what_cannot_go_on_ends_with_a_reason() {
    let options = HislipOptions { sessions: 1, ..HislipOptions::default() };
    let port = serve(&host(instrument(&[]), None), options).await;
    let mut client = Client::open(port).await;
    let begin = |kind, parameter, name: &[u8]| message(kind, 0, parameter, name);
    for (hostile, code) in [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), 1),
        (begin(DATA_END, FIRST, b"*RST"), 3),
        (begin(17, 9999, b""), 3),
        (begin(17, 0x7fff_ffff, b""), 3),
        // The session has its channel already.
        (begin(17, 1, b""), 3),
        (begin(0, 0x0100_0000, b"hislip0"), 4),
        (begin(0, 0x0100_0000, b"hislip9"), 0),
        (begin(0, 0x0100_0000, &[b'x'; 300]), 3),
    ] {
        let mut stranger = Channel::connect(port).await;
        stranger.0.write_all(&hostile).await.unwrap();
        let reason = stranger.receive().await.unwrap();
        assert_eq!((reason.kind, reason.control), (2, code), "{hostile:?}");
        assert_eq!(stranger.receive().await, None);
    }
    assert_eq!(client.ask("*OPC?").await, "1");
    // A header that is none ends both channels.
    client.sync.0.write_all(&[b'x'; 16]).await.unwrap();
    let reason = client.sync.receive().await.unwrap();
    assert_eq!((reason.kind, reason.control), (2, 1));
    assert_eq!(client.other.receive().await, None);
    // Nothing is said before both channels are there.
    let mut sync = loop {
        // That the session before has gone is seen by the server a moment later.
        let mut sync = Channel::connect(port).await;
        if sync.exchange(0, 0, 0x0200_0000, b"").await.kind == 1 {
            break sync;
        }
    };
    let reason = sync.exchange(DATA_END, 0, FIRST, b"*RST").await;
    assert_eq!((reason.kind, reason.control), (2, 2));
    assert_eq!(sync.receive().await, None);
}

#[tokio::test]
async fn a_promise_of_more_bytes_than_there_are_ends_only_its_session() {
    let port = port().await;
    let mut client = Client::open(port).await;
    let mut liar = Client::open(port).await;
    let mut promise = message(DATA_END, 0, FIRST, b"");
    promise[8..16].copy_from_slice(&u64::MAX.to_be_bytes());
    liar.sync.0.write_all(&promise).await.unwrap();
    liar.sync.0.write_all(&[0; 100_000]).await.unwrap();
    liar.sync.0.shutdown().await.unwrap();
    assert_eq!(liar.sync.0.read(&mut [0; 9]).await.unwrap_or(0), 0);
    assert_eq!(liar.other.receive().await, None);
    assert_eq!(client.ask("*OPC?").await, "1");
}
