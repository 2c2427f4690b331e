//! Sessions in good order: what is sent when, and who gets which answer.

mod peer;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use peer::{LIMIT, session, session_with, text};
use tokio::task::yield_now;
use transport::{Session, SessionError, SessionOptions, Transcript};

#[tokio::test(start_paused = true)]
async fn answers_come_in_the_order_of_the_questions() {
    let (session, mut peer) = session();
    let asked = async { tokio::join!(session.query("A?", LIMIT), session.query("B?", LIMIT)) };
    let played = async {
        peer.answers("A?", "1\n").await;
        peer.answers("B?", "2\n").await;
    };
    let ((a, b), ()) = tokio::join!(asked, played);
    assert_eq!((text(a.unwrap()), text(b.unwrap())), ("1".to_owned(), "2".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_message_gets_exactly_one_line_feed_and_a_reply_loses_its_own() {
    let (session, mut peer) = session();
    session.write(":SOUR:VOLT 1.000001").await.unwrap();
    peer.expects(":SOUR:VOLT 1.000001").await;
    let (reply, ()) = tokio::join!(session.query("A?", LIMIT), peer.answers("A?", "+1.5\n"));
    assert_eq!(text(reply.unwrap()), "+1.5");
}

#[tokio::test(start_paused = true)]
async fn a_line_feed_inside_a_string_or_a_block_does_not_end_a_reply() {
    let (session, mut peer) = session();
    for reply in ["-113,\"two\nlines\"", "#15ab\nde", "1,\"a\"\"\n\",#12\n\n"] {
        let said = format!("{reply}\n");
        let (heard, ()) = tokio::join!(session.query("A?", LIMIT), peer.answers("A?", &said));
        assert_eq!(text(heard.unwrap()), reply);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_may_come_in_any_pieces() {
    let (session, mut peer) = session();
    let played = async {
        peer.expects("A?").await;
        for byte in ["1", ".", "5", "E-6", "\n"] {
            peer.says(byte).await;
            yield_now().await;
        }
    };
    let (reply, ()) = tokio::join!(session.query("A?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "1.5E-6");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_leaves_its_reply_to_nobody() {
    let (session, mut peer) = session();
    let impatient =
        tokio::time::timeout(Duration::from_millis(10), session.query("A?", LIMIT)).await;
    assert!(impatient.is_err());
    let played = async {
        peer.answers("A?", "1\n").await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_before_its_turn_is_never_sent() {
    let (session, mut peer) = session_with(one_by_one());
    let first = spawn_query(&session, "A?");
    peer.expects("A?").await;
    let second = session.clone();
    let second = tokio::spawn(async move { second.write(":OUTP ON").await });
    yield_now().await;
    second.abort();
    peer.says("1\n").await;
    first.await.unwrap().unwrap();
    session.write(":OUTP OFF").await.unwrap();
    peer.expects(":OUTP OFF").await;
}

#[tokio::test(start_paused = true)]
async fn an_urgent_message_overtakes_all_that_waits_and_the_outstanding_query() {
    let (session, mut peer) = session_with(one_by_one());
    let outstanding = spawn_query(&session, "A?");
    peer.expects("A?").await;
    let waiting = spawn_query(&session, "B?");
    yield_now().await;
    session.write_urgent(":OUTP OFF").await.unwrap();
    peer.expects(":OUTP OFF").await;
    peer.says("1\n").await;
    peer.answers("B?", "2\n").await;
    assert_eq!(text(outstanding.await.unwrap().unwrap()), "1");
    assert_eq!(text(waiting.await.unwrap().unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_query_cannot_be_written_nor_two_messages_smuggled_in_one() {
    let (session, mut peer) = session();
    for message in ["*IDN?", ":INIT;*OPC?"] {
        assert!(matches!(session.write(message).await, Err(SessionError::Unanswered { .. })));
        assert!(matches!(
            session.write_urgent(message).await,
            Err(SessionError::Unanswered { .. })
        ));
    }
    for message in [":VOLT 1\n:OUTP ON", ":VOLT 1\0"] {
        assert!(matches!(session.write(message).await, Err(SessionError::Unsendable(_))));
        assert!(matches!(session.write_urgent(message).await, Err(SessionError::Unsendable(_))));
        assert!(matches!(session.query(message, LIMIT).await, Err(SessionError::Unsendable(_))));
    }
    session.write(":OUTP OFF").await.unwrap();
    peer.expects(":OUTP OFF").await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_session_has_sent_what_was_asked_and_hung_up() {
    let (session, mut peer) = session();
    let other = session.clone();
    session.write(":OUTP OFF").await.unwrap();
    session.close().await;
    peer.expects(":OUTP OFF").await;
    assert_eq!(peer.hears().await, None);
    let error = other.query("*IDN?", LIMIT).await.unwrap_err();
    assert_eq!(error.to_string(), "the session has ended: it was closed");
    other.close().await;
}

#[tokio::test(start_paused = true)]
async fn the_link_closes_when_the_last_handle_is_dropped() {
    let (session, mut peer) = session();
    drop(session);
    assert_eq!(peer.hears().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_transcript_shows_both_sides_in_order() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let transcript = Transcript::new(move |line| log.lock().unwrap().push(line.to_string()));
    let options = SessionOptions { transcript: Some(transcript), ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    session.write("*CLS").await.unwrap();
    peer.expects("*CLS").await;
    let (reply, ()) =
        tokio::join!(session.query("*IDN?", LIMIT), peer.answers("*IDN?", "ACME,1\n"));
    reply.unwrap();
    assert_eq!(*lines.lock().unwrap(), ["> *CLS", "> *IDN?", "< ACME,1"]);
}

fn one_by_one() -> SessionOptions {
    SessionOptions { depth: 1, ..SessionOptions::default() }
}

fn spawn_query(
    session: &Session,
    message: &'static str,
) -> tokio::task::JoinHandle<Result<Vec<u8>, SessionError>> {
    let session = session.clone();
    tokio::spawn(async move { session.query(message, LIMIT).await })
}
