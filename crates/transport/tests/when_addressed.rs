//! Sessions over a link that has a device clear, serial polls, triggers and service requests.

mod peer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use peer::{LIMIT, Peer, session, text};
use tokio::{
    io::{BufReader, DuplexStream},
    sync::mpsc,
};
use transport::{LinkError, Session, SessionError, SessionOptions, StreamTransport, Transport};

/// A stream with what a bus has beside it. It carries one query at a time.
struct Bus {
    stream: StreamTransport<DuplexStream>,
    clears: Arc<AtomicUsize>,
    /// `None`: the poll is declined.
    status: Option<u8>,
    calls: mpsc::UnboundedReceiver<()>,
    triggers: Arc<AtomicUsize>,
}

impl Transport for Bus {
    async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        self.stream.send(message).await
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        self.stream.receive().await
    }

    async fn clear(&mut self) -> Result<(), LinkError> {
        self.clears.fetch_add(1, Ordering::Relaxed);
        self.stream.clear().await
    }

    fn clears_device(&self) -> bool {
        true
    }

    async fn status_byte(&mut self) -> Result<Option<u8>, LinkError> {
        let declined = LinkError::Declined {
            protocol: "bus",
            operation: "a serial poll",
            code: 8,
            meaning: "operation not supported",
        };
        self.status.map(Some).ok_or(declined)
    }

    async fn trigger(&mut self) -> Result<bool, LinkError> {
        self.triggers.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }

    async fn service_request(&mut self) -> Result<(), LinkError> {
        self.calls.recv().await.ok_or(LinkError::Closed)
    }
}

struct Far {
    peer: Peer,
    clears: Arc<AtomicUsize>,
    triggers: Arc<AtomicUsize>,
    calls: mpsc::UnboundedSender<()>,
}

impl Far {
    fn clears(&self) -> usize {
        self.clears.load(Ordering::Relaxed)
    }
}

fn bus(status: Option<u8>) -> (Session, Far) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (calls, heard) = mpsc::unbounded_channel();
    let (clears, triggers) = (Arc::default(), Arc::default());
    let link = Bus {
        stream: StreamTransport::new(near),
        clears: Arc::clone(&clears),
        status,
        calls: heard,
        triggers: Arc::clone(&triggers),
    };
    let peer = Peer(BufReader::new(far));
    (Session::spawn(link, SessionOptions::default()), Far { peer, clears, triggers, calls })
}

fn asked(times: usize) -> String {
    vec!["*ESE?"; times].join(";")
}

fn said(times: usize) -> String {
    vec!["0"; times].join(";") + "\n"
}

#[tokio::test(start_paused = true)]
async fn a_failed_proof_is_tried_again_after_a_second_device_clear() {
    let (session, mut far) = bus(None);
    let peer = &mut far.peer;
    let (lost, ()) = tokio::join!(session.query("A?", LIMIT), peer.expects("A?"));
    assert!(lost.is_err());
    let played = async {
        peer.answers("*ESE?", "0\n").await;
        peer.expects(&asked(4)).await;
        peer.answers("*ESE?", "0\n").await;
        // What the first try may still get is counted to what is outstanding.
        peer.answers(&asked(3 + 1 + 4 + 1), &said(9)).await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
    assert_eq!(far.clears(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_to_the_first_check_is_not_taken_for_the_second() {
    let (session, mut far) = bus(None);
    let peer = &mut far.peer;
    let (lost, ()) = tokio::join!(session.query("A?", LIMIT), peer.expects("A?"));
    assert!(lost.is_err());
    let played = async {
        peer.answers("*ESE?", "0\n").await;
        peer.expects(&asked(4)).await;
        peer.expects("*ESE?").await;
        peer.says(&said(4)).await;
        peer.says("0\n").await;
        peer.answers(&asked(9), &said(9)).await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_block_a_device_clear_and_the_proof_put_the_session_back_in_step() {
    let (session, mut far) = bus(None);
    let peer = &mut far.peer;
    let (lost, ()) =
        tokio::join!(session.query_block("A?", 100, LIMIT), peer.answers("A?", "#0half"));
    assert!(matches!(lost, Err(SessionError::TimedOut { .. })), "{lost:?}");
    let played = async {
        peer.answers("*ESE?", "0\n").await;
        peer.answers(&asked(4), &said(4)).await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_clear_gives_up_what_is_outstanding_and_lets_a_failed_proof_be_tried_again() {
    let (session, mut far) = bus(None);
    let peer = &mut far.peer;
    let (lost, ()) = tokio::join!(session.query("A?", LIMIT), async {
        peer.expects("A?").await;
        session.clear().await.unwrap();
    });
    assert_eq!(
        lost.unwrap_err().to_string(),
        "`A?` was given up: the link was cleared before its reply had come"
    );
    let played = async {
        for message in ["*ESE?", &asked(4), "*ESE?", &asked(9)] {
            peer.expects(message).await;
        }
    };
    let (refused, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert!(matches!(refused, Err(SessionError::OutOfStep { .. })), "{refused:?}");
    assert!(session.query("B?", LIMIT).await.is_err());
    session.clear().await.unwrap();
    let played = async {
        peer.answers("*ESE?", "0\n").await;
        peer.answers(&asked(9 + 1 + 9), &said(19)).await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_clear_of_a_stream_swallows_nothing_unseen() {
    let (session, mut peer) = session();
    peer.says("a banner\n").await;
    session.clear().await.unwrap();
    let played = async {
        peer.answers("*ESE?", "0\n").await;
        peer.answers(&asked(11), &said(11)).await;
        peer.answers("A?", "1\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("A?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "1");
}

#[tokio::test(start_paused = true)]
async fn the_status_byte_can_be_had_while_a_reply_is_outstanding() {
    let (session, mut far) = bus(Some(0x50));
    let asked = async { session.query("A?", LIMIT).await };
    let polled = async {
        far.peer.expects("A?").await;
        assert_eq!(session.status_byte(LIMIT).await.unwrap(), Some(0x50));
        far.peer.says("1\n").await;
    };
    let (reply, ()) = tokio::join!(asked, polled);
    assert_eq!(text(reply.unwrap()), "1");
}

#[tokio::test(start_paused = true)]
async fn a_link_without_serial_polls_says_so_and_one_that_declines_goes_on() {
    let (stream, _peer) = session();
    assert_eq!(stream.status_byte(LIMIT).await.unwrap(), None);
    let (session, mut far) = bus(None);
    let declined = session.status_byte(LIMIT).await.unwrap_err();
    assert_eq!(
        declined.to_string(),
        "bus: a serial poll was refused with code 8 (operation not supported)"
    );
    session.write("W").await.unwrap();
    far.peer.expects("W").await;
}

#[tokio::test(start_paused = true)]
async fn a_trigger_keeps_its_place_and_is_a_message_where_the_link_has_none() {
    let (session, mut peer) = session();
    let asked = async { tokio::join!(session.query("A?", LIMIT), session.trigger()) };
    let played = async {
        peer.answers("A?", "1\n").await;
        peer.expects("*TRG").await;
    };
    let ((reply, triggered), ()) = tokio::join!(asked, played);
    assert_eq!(text(reply.unwrap()), "1");
    triggered.unwrap();

    let (session, mut far) = bus(None);
    session.trigger().await.unwrap();
    session.write("W").await.unwrap();
    far.peer.expects("W").await;
    assert_eq!(far.triggers.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_request_is_heard_by_all_who_wait_and_queries_go_on_meanwhile() {
    let (session, mut far) = bus(None);
    let listeners: Vec<_> = (0..2)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { session.service_request().await })
        })
        .collect();
    for number in 0..3 {
        let said = format!("{number}\n");
        let (reply, ()) = tokio::join!(session.query("A?", LIMIT), far.peer.answers("A?", &said));
        assert_eq!(text(reply.unwrap()), number.to_string());
    }
    far.calls.send(()).unwrap();
    for listener in listeners {
        listener.await.unwrap().unwrap();
    }
    // One that comes while a reply is outstanding.
    let called = async {
        far.peer.expects("A?").await;
        far.calls.send(()).unwrap();
        session.service_request().await.unwrap();
        far.peer.says("1\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("A?", LIMIT), called);
    assert_eq!(text(reply.unwrap()), "1");
}

#[tokio::test(start_paused = true)]
async fn a_listener_does_not_keep_a_stream_from_telling_of_its_end() {
    let (session, mut peer) = session();
    let listener = tokio::spawn({
        let session = session.clone();
        async move { session.service_request().await }
    });
    let (reply, ()) = tokio::join!(session.query("A?", LIMIT), peer.answers("A?", "1\n"));
    assert_eq!(text(reply.unwrap()), "1");
    drop(peer);
    let error = tokio::time::timeout(Duration::from_secs(1), listener).await.unwrap();
    assert_eq!(
        error.unwrap().unwrap_err().to_string(),
        "the session has ended: the instrument closed the connection"
    );
}
