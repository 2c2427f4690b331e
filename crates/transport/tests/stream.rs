//! Streams: terminators, and blocks whose length only the asker knows.

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use transport::{LinkError, StreamOptions, StreamTransport, Terminator, Transport};

const ALL: [Terminator; 4] = [Terminator::Lf, Terminator::Cr, Terminator::CrLf, Terminator::LfCr];

fn link(terminator: Terminator) -> (StreamTransport<DuplexStream>, DuplexStream) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let options =
        StreamOptions { send: terminator, accept: terminator, ..StreamOptions::default() };
    (StreamTransport::with_options(near, options), far)
}

#[tokio::test]
async fn a_message_is_sent_and_received_with_the_configured_terminator() {
    for terminator in ALL {
        let (mut link, mut far) = link(terminator);
        link.send(b"*IDN?").await.unwrap();
        let mut heard = vec![0; 5 + terminator.bytes().len()];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, [b"*IDN?", terminator.bytes()].concat());

        for message in ["1.5", "2.5"] {
            far.write_all(message.as_bytes()).await.unwrap();
            far.write_all(terminator.bytes()).await.unwrap();
        }
        assert_eq!(link.receive().await.unwrap(), b"1.5", "{terminator:?}");
        assert_eq!(link.receive().await.unwrap(), b"2.5", "{terminator:?}");
    }
}

#[tokio::test]
async fn a_link_set_to_two_bytes_understands_an_instrument_that_sends_the_last_alone() {
    let (mut link, mut far) = link(Terminator::CrLf);
    far.write_all(b"1.5\n2.5\r\n").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), b"1.5");
    assert_eq!(link.receive().await.unwrap(), b"2.5");
}

#[tokio::test]
async fn a_carriage_return_in_a_message_is_refused_where_it_would_end_it() {
    let (mut link, _far) = link(Terminator::Cr);
    let error = link.send(b":DISP:TEXT 'a\rb'").await.unwrap_err();
    assert!(matches!(error, LinkError::Unsendable { name: "carriage return", position: 13, .. }));
}

#[tokio::test]
async fn an_expected_block_may_hold_line_feeds_and_what_follows_is_the_next_message() {
    let (mut link, mut far) = link(Terminator::Lf);
    far.write_all(b"#0a\n\"\nb\nnext\n").await.unwrap();
    link.expect_block(5);
    assert_eq!(link.receive().await.unwrap(), b"#0a\n\"\nb");
    assert_eq!(link.receive().await.unwrap(), b"next");
}

#[tokio::test]
async fn an_expected_block_that_does_not_come_changes_nothing() {
    let (mut link, mut far) = link(Terminator::Lf);
    far.write_all(b"1.5\n#13a\nb\n;#0\n").await.unwrap();
    for (expected, reply) in [(100, &b"1.5"[..]), (100, b"#13a\nb"), (100, b";#0")] {
        link.expect_block(expected);
        assert_eq!(link.receive().await.unwrap(), reply);
    }
}

#[tokio::test]
async fn a_block_is_expected_once() {
    let (mut link, mut far) = link(Terminator::Lf);
    far.write_all(b"1\n#0a\nb\n").await.unwrap();
    link.expect_block(3);
    assert_eq!(link.receive().await.unwrap(), b"1");
    assert_eq!(link.receive().await.unwrap(), b"#0a");
}

#[tokio::test(start_paused = true)]
async fn a_receive_that_was_given_up_in_a_block_goes_on_in_it() {
    let (mut link, mut far) = link(Terminator::Lf);
    far.write_all(b"#0a\n").await.unwrap();
    link.expect_block(4);
    let soon = std::time::Duration::from_millis(1);
    assert!(tokio::time::timeout(soon, link.receive()).await.is_err());
    far.write_all(b"\nb\n").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), b"#0a\n\nb");
}

#[tokio::test]
async fn an_expected_block_that_is_too_long_is_endless() {
    let (near, mut far) = tokio::io::duplex(1 << 16);
    let mut link = StreamTransport::with_longest_reply(near, 8);
    far.write_all(b"#0aaaaaaaaaa\n").await.unwrap();
    link.expect_block(10);
    assert!(matches!(link.receive().await, Err(LinkError::Endless { limit: 8 })));
}

#[tokio::test]
async fn a_stream_carries_many_queries() {
    assert_eq!(link(Terminator::Lf).0.depth(), 64);
}

proptest! {
    /// Text, definite and expected indefinite blocks of any bytes, in any pieces, with any terminator.
    #[test]
    fn messages_come_whole_however_they_are_torn(
        which in 0_usize..4,
        messages in proptest::collection::vec((0_u8..3, proptest::collection::vec(any::<u8>(), 1..40)), 1..6),
        pieces in proptest::collection::vec(1_usize..30, 1..20),
    ) {
        let terminator = ALL[which];
        let mut wire = Vec::new();
        let messages: Vec<_> = messages.iter().map(|(kind, data)| message(*kind, data)).collect();
        for (message, _) in &messages {
            wire.extend_from_slice(message);
            wire.extend_from_slice(terminator.bytes());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let heard: Vec<_> = runtime.block_on(async {
            let (mut link, mut far) = link(terminator);
            let talk = async {
                let mut rest = &wire[..];
                for size in pieces.iter().cycle() {
                    if rest.is_empty() { break; }
                    let (piece, left) = rest.split_at((*size).min(rest.len()));
                    far.write_all(piece).await.unwrap();
                    tokio::task::yield_now().await;
                    rest = left;
                }
            };
            let listen = async {
                let mut heard = Vec::new();
                for (_, block) in &messages {
                    if let Some(bytes) = block { link.expect_block(*bytes); }
                    heard.push(link.receive().await.unwrap());
                }
                heard
            };
            tokio::join!(talk, listen).1
        });
        let said: Vec<_> = messages.into_iter().map(|(message, _)| message).collect();
        prop_assert_eq!(heard, said);
    }
}

fn message(kind: u8, data: &[u8]) -> (Vec<u8>, Option<usize>) {
    match kind {
        0 => (data.iter().map(|byte| b'0' + byte % 10).collect(), None),
        1 => ([format!("#2{:02}", data.len()).as_bytes(), data].concat(), None),
        _ => ([b"#0", data].concat(), Some(data.len())),
    }
}

#[tokio::test]
async fn a_link_set_to_a_line_feed_understands_an_instrument_that_sends_a_carriage_return_too() {
    let (mut link, mut far) = link(Terminator::Lf);
    far.write_all(b"1.5\r\n2.5\n\"a\r\"\r\n#13ab\r\r\n#13ab\r\n").await.unwrap();
    for expected in [&b"1.5"[..], b"2.5", b"\"a\r\"", b"#13ab\r", b"#13ab\r"] {
        assert_eq!(link.receive().await.unwrap(), expected);
    }
}
