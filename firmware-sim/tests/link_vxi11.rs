//! VXI-11 byte by byte: links, reading and writing, locks, abort, interrupts, what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;
mod vxi11_client;

use std::sync::Arc;

use common::{host, instrument};
use firmware_sim::{Services, Vxi11Options, answer_portmapper};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, UdpSocket},
};
use vxi11_client::{
    ABORT, CORE, Client, HAS_CHARACTER, HAS_END, INTERRUPT, Read, WAIT_LOCK, numbers, opaque,
    record, serve, words, write_arguments,
};

async fn port() -> u16 {
    serve(&host(instrument(&[]), None), Vxi11Options::default()).await
}

#[tokio::test]
async fn a_link_writes_and_reads_and_says_why_it_stopped_reading() {
    let mut client = Client::connect(port().await).await;
    let made = client.create("inst0", false, 0).await;
    assert!(made[0] == 0 && made[2] > 0 && made[3] >= 1024, "{made:?}");
    client.lid = made[1];
    assert!(client.ask("*IDN?").await.starts_with("KEITHLEY INSTRUMENTS INC.,MODEL 2400,"));
    client.write("*OPC?;*SRE?").await;
    let read = |reason, data: &[u8]| Read { error: 0, reason, data: data.to_vec() };
    assert_eq!(client.read_with(0, 10, 0, 0).await, read(1, b""));
    assert_eq!(client.read_with(1, 10_000, 0, 0).await, read(1, b"1"));
    assert_eq!(client.read_with(9, 10_000, HAS_CHARACTER, b';').await, read(2, b";"));
    assert_eq!(client.read_with(2, 10_000, HAS_CHARACTER, b'\n').await, read(7, b"0\n"));
    // A message in three calls; only the last has its end.
    for (flags, piece) in [(0, ":SOUR:VO"), (0, "LT 0.25;:SOUR"), (HAS_END, ":VOLT?")] {
        let arguments = write_arguments(client.lid, flags, piece.as_bytes());
        assert_eq!(client.core(11, &arguments).await, [0, piece.len() as u32]);
    }
    assert_eq!(client.read().await, read(4, b"+2.500000E-01\n"));
    assert_eq!(client.core(23, &words(&[client.lid])).await, [0]);
    assert_eq!(client.core(23, &words(&[client.lid])).await, [4]);
    assert_eq!(client.write("*CLS").await, [4, 0]);
}

#[tokio::test]
async fn what_was_not_asked_times_out_and_what_was_not_read_is_interrupted() {
    let mut client = Client::link(port().await).await;
    assert_eq!(client.read_with(100, 1, 0, 0).await, Read { error: 15, reason: 0, data: vec![] });
    assert_eq!((client.error().await, client.error().await), (-420, 0));
    client.write("*IDN?").await;
    assert_eq!(client.ask("*OPC?").await, "1");
    assert_eq!(client.error().await, -410);
    client.write("*IDN?").await;
    assert_eq!(client.generic(15, 0, 0).await, [0]);
    assert_eq!((client.ask("*OPC?").await.as_str(), client.error().await), ("1", 0));
}

#[tokio::test]
async fn two_links_and_two_connections_share_the_instrument_and_not_their_replies() {
    let port = port().await;
    let (mut one, mut other) = (Client::link(port).await, Client::link(port).await);
    let first = one.lid;
    let second = one.create("INST0", false, 0).await[1];
    assert!(first != second && second != other.lid);
    one.write("*IDN?").await;
    one.lid = second;
    one.write(":SOUR:VOLT 0.5;*OPC?").await;
    assert_eq!(other.ask(":SOUR:VOLT?").await, "+5.000000E-01");
    assert_eq!(one.read().await.data, b"1\n");
    one.lid = first;
    assert!(one.read().await.data.starts_with(b"KEITHLEY"));
    // Nobody reads another's replies.
    one.lid = other.lid;
    assert_eq!(one.read().await.error, 4);
}

#[tokio::test]
async fn a_long_reply_is_read_in_pieces_of_what_was_asked_for() {
    let mut client = Client::link(port().await).await;
    client.write(":TRAC:POIN 2500;FEED SENS;FEED:CONT NEXT;:TRIG:COUN 2500;:OUTP ON;:INIT").await;
    assert_eq!(client.write(":TRAC:DATA?").await[0], 0);
    let mut reply = Vec::new();
    loop {
        let Read { error, reason, data } = client.read_with(60_000, 10_000, 0, 0).await;
        assert_eq!(error, 0);
        reply.extend(data);
        if reason & 4 != 0 {
            break;
        }
        assert_eq!(reason, 1);
    }
    assert_eq!(reply.len(), 12_500 * 14);
    assert_eq!(client.error().await, 0);
}

#[tokio::test]
async fn a_poll_shows_what_waits_and_ends_the_request() {
    let mut client = Client::link(port().await).await;
    client.write("*SRE 16;*IDN?").await;
    assert_eq!(client.generic(13, 0, 0).await, [0, 16 + 64]);
    assert_eq!(client.generic(13, 0, 0).await, [0, 16]);
    client.read().await;
    assert_eq!(client.generic(13, 0, 0).await, [0, 0]);
}

#[tokio::test]
async fn a_service_request_calls_the_client_once_for_each_rising() {
    let mut client = Client::link(port().await).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = u32::from(listener.local_addr().unwrap().port());
    let channel = |program, version, family| words(&[0x7f00_0001, own, program, version, family]);
    for wrong in [channel(CORE, 1, 0), channel(INTERRUPT, 2, 0), channel(INTERRUPT, 1, 2)] {
        assert_eq!(client.core(25, &wrong).await, [8]);
    }
    assert_eq!(client.core(26, b"").await, [6]);
    assert_eq!(client.core(25, &channel(INTERRUPT, 1, 0)).await, [0]);
    assert_eq!(client.core(25, &channel(INTERRUPT, 1, 0)).await, [29]);
    let (mut calls, _) = listener.accept().await.unwrap();
    client.write("*CLS;*ESE 32;*SRE 32").await;
    let enable = |lid, on| [words(&[lid, on]), opaque(b"link 1")].concat();
    assert_eq!(client.core(20, &enable(client.lid, 1)).await, [0]);
    assert_eq!(client.core(20, &enable(client.lid + 99, 1)).await, [4]);
    for _ in 0..2 {
        client.write("FOO").await;
        client.write("FOO").await;
        let mut call = vec![0; 44 + 12];
        calls.read_exact(&mut call).await.unwrap();
        let head = [0x8000_0034, 0, 0, 2, INTERRUPT, 1, 30, 0, 0, 0, 0];
        let mut found = numbers(&call);
        found[1] = 0;
        assert_eq!(found[..11], head);
        assert_eq!(call[44..], opaque(b"link 1"));
        client.write("*CLS").await;
    }
    // Disabled, nothing comes; the channel ends when asked to.
    client.core(20, &enable(client.lid, 0)).await;
    client.write("FOO").await;
    assert_eq!(client.ask("*OPC?").await, "1");
    assert_eq!(client.core(26, b"").await, [0]);
    assert_eq!(calls.read(&mut [0; 4]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_lock_keeps_others_off_until_it_is_given_back_or_its_holder_goes() {
    let port = port().await;
    let (mut one, mut other) = (Client::link(port).await, Client::link(port).await);
    let lock = |lid, flags, timeout| words(&[lid, flags, timeout]);
    assert_eq!(one.core(18, &lock(one.lid, 0, 0)).await, [0]);
    assert_eq!(one.core(18, &lock(one.lid, 0, 0)).await, [11]);
    assert_eq!(other.core(18, &lock(other.lid, WAIT_LOCK, 1)).await, [11]);
    assert_eq!(other.core(19, &words(&[other.lid])).await, [12]);
    assert_eq!(other.write("*CLS").await, [11, 0]);
    assert_eq!(other.read().await.error, 11);
    for procedure in [14, 15, 16, 17] {
        assert_eq!(other.generic(procedure, 0, 0).await, [11]);
        assert_eq!(one.generic(procedure, 0, 0).await, [0]);
    }
    assert_eq!(other.generic(13, 0, 0).await, [11, 0]);
    assert_eq!(other.create("inst0", true, 1).await[0], 11);
    assert_eq!(other.create("inst0", false, 0).await[0], 0);
    // It waits until the lock is free.
    let arguments = [words(&[other.lid, 10_000, 60_000, WAIT_LOCK | HAS_END]), opaque(b"*OPC?")];
    other.send(&record(8, CORE, 1, 11, &arguments.concat())).await;
    assert_eq!(one.core(19, &words(&[one.lid])).await, [0]);
    assert_eq!(numbers(&other.results(8).await), [0, 5]);
    assert_eq!(one.core(18, &lock(one.lid, 0, 0)).await, [0]);
    other.send(&record(9, CORE, 1, 18, &lock(other.lid, WAIT_LOCK, 60_000))).await;
    drop(one);
    assert_eq!(numbers(&other.results(9).await), [0]);
}

#[tokio::test]
async fn an_abort_ends_the_read_that_waits_behind_its_own_answer() {
    let port = port().await;
    let mut client = Client::link(port).await;
    let mut abort = Client::connect(port).await;
    let lid = client.lid;
    let read = words(&[lid, 10, u32::MAX, 0, 0, 0]);
    client.send(&record(6, CORE, 1, 12, &read)).await;
    // Only a call that is in progress is aborted: asked again until it was.
    let mut aborted = tokio::spawn(async move {
        let answer = client.results(6).await;
        (client, answer)
    });
    let (mut client, answer) = loop {
        assert_eq!(numbers(&abort.call(ABORT, 1, &words(&[lid])).await), [0]);
        tokio::select! {
            biased;
            ended = &mut aborted => break ended.unwrap(),
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(Read::of(&answer), Read { error: 23, reason: 0, data: vec![] });
    assert_eq!(numbers(&abort.call(ABORT, 1, &words(&[999])).await), [4]);
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn a_trigger_does_what_its_command_does() {
    let mut client = Client::link(port().await).await;
    client.write(":ARM:SOUR BUS;:OUTP ON;:INIT").await;
    assert_eq!(client.generic(14, 0, 0).await, [0]);
    assert_eq!(client.ask("*OPC?").await, "1");
    client.core(11, &write_arguments(client.lid, 0, b":SOUR:VOLT 0;")).await;
    assert_eq!(client.generic(14, 0, 0).await, [0]);
    assert_eq!(client.ask("*OPC?").await, "1");
    assert_eq!(client.error().await, -105);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_its_number() {
    let options = Vxi11Options { links: 2, max_receive_size: 2000, ..Vxi11Options::default() };
    let port = serve(&host(instrument(&[]), None), options).await;
    let mut client = Client::link(port).await;
    assert_eq!(client.create("inst1", false, 0).await, [3, 0, 0, 0]);
    assert_eq!(client.create("gpib0,24", false, 0).await, [3, 0, 0, 0]);
    assert_eq!(client.create("inst0", false, 0).await[3], 2000);
    assert_eq!(client.create("inst0", false, 0).await, [9, 0, 0, 0]);
    let long = vec![b' '; 2001];
    assert_eq!(client.core(11, &write_arguments(client.lid, HAS_END, &long)).await, [5, 0]);
    let command = [words(&[client.lid, 0, 0, 0, 0x20000, 1, 4]), opaque(b"")].concat();
    assert_eq!(client.core(22, &command).await, [8, 0]);
    let statuses = [
        (CORE, 1, 0, &b""[..], &[0_u32, 0, 0, 0][..]),
        (ABORT, 1, 0, b"", &[0, 0, 0, 0]),
        (100_003, 1, 0, b"", &[0, 0, 0, 1]),
        (CORE, 3, 10, b"", &[0, 0, 0, 2, 1, 1]),
        (CORE, 1, 21, b"", &[0, 0, 0, 3]),
        (ABORT, 1, 12, b"", &[0, 0, 0, 3]),
        (CORE, 1, 11, b"\0\0\0\x01", &[0, 0, 0, 4]),
        (CORE, 1, 10, b"\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0", &[0, 0, 0, 4]),
    ];
    for (program, version, procedure, arguments, expected) in statuses {
        client.send(&record(7, program, version, procedure, arguments)).await;
        assert_eq!(numbers(&client.answer(7).await), expected, "{program} {procedure}");
    }
    // Version 3 of the message protocol.
    client.send(&words(&[0x8000_0028, 9, 0, 3, CORE, 1, 0, 0, 0, 0, 0])).await;
    assert_eq!(numbers(&client.answer(9).await), [1, 0, 2, 2]);
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn a_record_in_fragments_is_one_and_what_is_none_ends_only_its_connection() {
    let port = port().await;
    let mut client = Client::link(port).await;
    let whole = record(4, CORE, 1, 11, &write_arguments(client.lid, HAS_END, b"*OPC?"));
    let (head, tail) = whole[4..].split_at(10);
    let first = words(&[head.len() as u32]);
    let last = words(&[0x8000_0000 | tail.len() as u32]);
    client.send(&[&first[..], head, &last, tail].concat()).await;
    assert_eq!(numbers(&client.results(4).await), [0, 5]);
    assert_eq!(client.read().await.data, b"1\n");
    let endless = [0, 0, 0, 0].repeat(100_000);
    for hostile in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &words(&[0xffff_ffff]),
        &words(&[0x7fff_ffff]),
        &endless,
        &words(&[0x8000_0004, 1]),
        &words(&[0x8000_0000]),
        // A reply, and credentials that promise more than there is.
        &words(&[0x8000_0018, 1, 1, 0, 0, 0, 0]),
        &words(&[0x8000_0020, 1, 0, 2, CORE, 1, 0, 1, 0xffff_fff0]),
    ] {
        let mut stranger = Client::connect(port).await;
        // The server may have hung up before it has taken all.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stranger.stream, hostile).await;
        assert!(stranger.is_cut_off().await, "{:?}", &hostile[..4]);
    }
    assert_eq!(client.ask("*OPC?").await, "1");
}

#[tokio::test]
async fn a_portmapper_tells_where_the_programs_are() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let datagrams = socket.local_addr().unwrap();
    tokio::spawn(answer_portmapper(listener, socket, Services { vxi11: 1234 }));
    let mut client = Client::connect(port).await;
    for (program, protocol, expected) in
        [(CORE, 6, 1234), (ABORT, 6, 1234), (CORE, 17, 0), (INTERRUPT, 6, 0)]
    {
        let mapping = words(&[program, 1, protocol, 0]);
        client.send(&record(3, 100_000, 2, 3, &mapping)).await;
        assert_eq!(numbers(&client.results(3).await), [expected]);
    }
    client.send(&record(3, 100_000, 2, 4, b"")).await;
    let list = [1, CORE, 1, 6, 1234, 1, ABORT, 1, 6, 1234, 0];
    assert_eq!(numbers(&client.results(3).await), list);
    client.send(&record(3, 100_000, 2, 1, &words(&[CORE, 1, 6, 9]))).await;
    assert_eq!(numbers(&client.results(3).await), [0], "nothing is set from outside");
    client.send(&record(3, 100_000, 3, 3, b"")).await;
    assert_eq!(numbers(&client.answer(3).await), [0, 0, 0, 2, 2, 2]);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(b"nonsense", datagrams).await.unwrap();
    let ask = record(3, 100_000, 2, 3, &words(&[CORE, 1, 6, 0]));
    socket.send_to(&ask[4..], datagrams).await.unwrap();
    let mut answer = [0; 100];
    let count = socket.recv(&mut answer).await.unwrap();
    assert_eq!(numbers(&answer[..count]), [3, 1, 0, 0, 0, 0, 1234]);
}

#[tokio::test]
async fn what_a_client_has_written_is_done_although_it_goes() {
    let host = host(instrument(&[]), None);
    let port = serve(&host, Vxi11Options::default()).await;
    let mut client = Client::link(port).await;
    client.ask(":OUTP ON;*OPC?").await;
    let off = write_arguments(client.lid, HAS_END, b":OUTP OFF");
    client.send(&record(1, CORE, 1, 11, &off)).await;
    drop(client);
    let mut other = Client::link(port).await;
    while other.ask(":OUTP?").await != "0" {
        tokio::task::yield_now().await;
    }
    assert!(!Arc::clone(&host).with(|it| it.output_is_on()));
}
