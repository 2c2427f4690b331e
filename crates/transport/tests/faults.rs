//! Sessions over links that fail: no answer may ever be given to another question.

mod peer;

use std::time::Duration;

use peer::{LIMIT, Peer, session, session_with, text};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use transport::{Session, SessionError, SessionOptions, StreamTransport};

const SWEEPER: &str = "*ESE?";
const PROOF: &str = "*ESE?;*ESE?;*ESE?;*ESE?";

/// A query that gets no answer in time.
async fn lose(session: &Session, peer: &mut Peer, message: &str) {
    let (lost, ()) = tokio::join!(session.query(message, LIMIT), peer.expects(message));
    assert!(matches!(lost, Err(SessionError::TimedOut { .. })), "{lost:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_query_at_its_limit_and_leaves_writes_alone() {
    let (session, mut peer) = session();
    let begun = tokio::time::Instant::now();
    let (lost, ()) = tokio::join!(session.query(":READ?", LIMIT), peer.expects(":READ?"));
    assert_eq!(lost.unwrap_err().to_string(), "no reply to `:READ?` within 1s");
    assert_eq!(begun.elapsed().as_secs(), 1);
    session.write_urgent(":OUTP OFF").await.unwrap();
    peer.expects(":OUTP OFF").await;
    session.write("*CLS").await.unwrap();
    peer.expects("*CLS").await;
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_that_came_meanwhile_is_dropped() {
    let (session, mut peer) = session();
    lose(&session, &mut peer, "A?").await;
    peer.says("1\n").await;
    let played = async {
        peer.answers(SWEEPER, "0\n").await;
        peer.answers(PROOF, "0;0;0;0\n").await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_that_comes_during_the_check_is_dropped() {
    let (session, mut peer) = session();
    lose(&session, &mut peer, "A?").await;
    let played = async {
        peer.answers(SWEEPER, "1\n").await;
        peer.says("0\n").await;
        peer.answers(PROOF, "0;0;0;0\n").await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_to_the_checks_own_question_proves_nothing() {
    let (session, mut peer) = session();
    lose(&session, &mut peer, PROOF).await;
    let longer = [SWEEPER; 13].join(";");
    let played = async {
        peer.answers(SWEEPER, "0;0;0;0\n").await;
        peer.expects(&longer).await;
        peer.says("0\n").await;
        peer.says("0;0;0;0;0;0;0;0;0;0;0;0;0\n").await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn the_head_of_a_torn_reply_glues_itself_to_no_answer() {
    for head in ["1", "+1.0000", "0;", "\"never closed", "#3100abc"] {
        let (session, mut peer) = session();
        let played = async {
            peer.answers("A?", head).await;
            peer.answers(SWEEPER, "0\n").await;
            peer.answers(PROOF, "0;0;0;0\n").await;
            peer.answers("B?", "2\n").await;
        };
        let asked = async {
            assert!(matches!(session.query("A?", LIMIT).await, Err(SessionError::TimedOut { .. })));
            session.query("B?", LIMIT).await
        };
        let (reply, ()) = tokio::join!(asked, played);
        assert_eq!(text(reply.unwrap()), "2", "{head}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tail_of_a_torn_reply_is_no_answer_even_when_it_looks_like_an_open_string_or_block() {
    for tail in ["23E-6\n", "tail of a string\"\n", "tail of another,\"\n", "#9\n", "#3100\n"] {
        let (session, mut peer) = session();
        let played = async {
            peer.answers("A?", "\"head, ").await;
            peer.expects(SWEEPER).await;
            peer.says(tail).await;
            peer.says("0\n").await;
            peer.answers(PROOF, "0;0;0;0\n").await;
            peer.answers("B?", "2\n").await;
        };
        let asked = async {
            assert!(matches!(session.query("A?", LIMIT).await, Err(SessionError::TimedOut { .. })));
            session.query("B?", LIMIT).await
        };
        let (reply, ()) = tokio::join!(asked, played);
        assert_eq!(text(reply.unwrap()), "2", "{tail}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_proof_queries_are_refused_and_writes_are_not() {
    let (session, mut peer) = session();
    lose(&session, &mut peer, "A?").await;
    let played = async {
        peer.expects(SWEEPER).await;
        peer.expects(PROOF).await;
    };
    let (refused, ()) = tokio::join!(session.query("B?", LIMIT), played);
    let sentence = "replies can no longer be trusted since `A?` got none and the instrument did not answer the \
                    check that followed; open a new connection";
    assert_eq!(refused.unwrap_err().to_string(), sentence);
    let begun = tokio::time::Instant::now();
    assert_eq!(session.query("C?", LIMIT).await.unwrap_err().to_string(), sentence);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    session.write(":ABOR").await.unwrap();
    session.write_urgent(":OUTP OFF").await.unwrap();
    peer.expects(":ABOR").await;
    peer.expects(":OUTP OFF").await;
}

#[tokio::test(start_paused = true)]
async fn an_urgent_message_leaves_also_during_the_check() {
    let (session, mut peer) = session();
    lose(&session, &mut peer, "A?").await;
    let asking = tokio::spawn({
        let session = session.clone();
        async move { session.query("B?", LIMIT).await }
    });
    peer.expects(SWEEPER).await;
    session.write_urgent(":OUTP OFF").await.unwrap();
    peer.expects(":OUTP OFF").await;
    peer.says("0\n").await;
    peer.answers(PROOF, "0;0;0;0\n").await;
    peer.answers("B?", "2\n").await;
    assert_eq!(text(asking.await.unwrap().unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_callers_lost_reply_makes_the_session_prove_itself_too() {
    let (session, mut peer) = session();
    let impatient =
        tokio::time::timeout(Duration::from_millis(10), session.query("A?", LIMIT)).await;
    assert!(impatient.is_err());
    let played = async {
        peer.expects("A?").await;
        peer.answers(SWEEPER, "1\n").await;
        peer.says("0\n").await;
        peer.answers(PROOF, "0;0;0;0\n").await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_nobody_asked_for_are_dropped_and_the_instrument_must_prove_that_it_has_finished()
 {
    let longer = [SWEEPER; 11].join(";");
    for noise in ["power on\n", "half a line", "a line\nand a half", "0;0;0;0\n"] {
        let (session, mut peer) = session();
        peer.says(noise).await;
        let played = async {
            peer.answers(SWEEPER, "0\n").await;
            peer.answers(&longer, "more\n0;0;0;0;0;0;0;0;0;0;0\n").await;
            peer.answers("A?", "1\n").await;
        };
        let (reply, ()) = tokio::join!(session.query("A?", LIMIT), played);
        assert_eq!(text(reply.unwrap()), "1", "{noise}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_line_after_a_reply_is_not_the_next_answer() {
    let (session, mut peer) = session();
    let played = async {
        peer.answers("A?", "1\nand more\n").await;
        peer.answers(SWEEPER, "0\n").await;
        peer.answers(&[SWEEPER; 11].join(";"), "0;0;0;0;0;0;0;0;0;0;0\n").await;
        peer.answers("B?", "2\n").await;
    };
    let asked = async {
        assert_eq!(text(session.query("A?", LIMIT).await.unwrap()), "1");
        session.query("B?", LIMIT).await
    };
    let (reply, ()) = tokio::join!(asked, played);
    assert_eq!(text(reply.unwrap()), "2");
}

#[tokio::test(start_paused = true)]
async fn a_disconnection_in_the_middle_of_a_reply_ends_the_session_with_the_reason() {
    let (session, mut peer) = session();
    let played = async {
        peer.answers("A?", "+1.00").await;
        drop(peer);
    };
    let (lost, ()) = tokio::join!(session.query("A?", LIMIT), played);
    let sentence = "the session has ended: the instrument closed the connection";
    assert_eq!(lost.unwrap_err().to_string(), sentence);
    assert_eq!(session.query("B?", LIMIT).await.unwrap_err().to_string(), sentence);
    assert_eq!(session.write("*CLS").await.unwrap_err().to_string(), sentence);
    assert_eq!(session.write_urgent(":OUTP OFF").await.unwrap_err().to_string(), sentence);
}

#[tokio::test(start_paused = true)]
async fn a_disconnection_of_an_idle_link_is_noticed() {
    let (session, peer) = session();
    drop(peer);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let error = session.write("*CLS").await.unwrap_err();
    assert_eq!(error.to_string(), "the session has ended: the instrument closed the connection");
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_takes_nothing_more_ends_the_session_instead_of_hanging_it() {
    let (near, _far) = tokio::io::duplex(8);
    let session = Session::spawn(StreamTransport::new(near), SessionOptions::default());
    let error = session.write(":SOUR:LIST:VOLT 1,2,3").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the session has ended: the instrument did not take `:SOUR:LIST:VOLT 1,2,3` within 10s"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_end_is_refused_before_it_fills_the_memory() {
    let (near, mut far) = tokio::io::duplex(1 << 16);
    let session =
        Session::spawn(StreamTransport::with_longest_reply(near, 1000), SessionOptions::default());
    let played = async {
        let mut heard = [0; 3];
        far.read_exact(&mut heard).await.unwrap();
        far.write_all(&[b'x'; 5000]).await.unwrap();
    };
    let (lost, ()) = tokio::join!(session.query("A?", LIMIT), played);
    assert_eq!(
        lost.unwrap_err().to_string(),
        "the reply to `A?` is unusable: the instrument sent more than 1000 bytes without ending its message"
    );
    session.write_urgent("OFF").await.unwrap();
    let mut heard = [0; 4];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"OFF\n");
}

#[tokio::test(start_paused = true)]
async fn an_endless_flood_neither_hangs_the_session_nor_keeps_output_off_from_leaving() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let session = Session::spawn(StreamTransport::new(near), SessionOptions::default());
    let (heard, mut said) = tokio::io::split(far);
    let mut heard = BufReader::new(heard).lines();
    let flood = tokio::spawn(async move { while said.write_all(b"0;0;0;0\n0\n").await.is_ok() {} });
    session.write_urgent(":OUTP OFF").await.unwrap();
    assert_eq!(heard.next_line().await.unwrap().unwrap(), ":OUTP OFF");
    let refused = session.query("A?", LIMIT).await;
    assert!(matches!(refused, Err(SessionError::Unasked { .. })), "{refused:?}");
    session.write_urgent(":OUTP OFF").await.unwrap();
    session.close().await;
    let mut last = None;
    while let Some(line) = heard.next_line().await.unwrap() {
        assert_ne!(line, "A?");
        last = Some(line);
    }
    assert_eq!(last.as_deref(), Some(":OUTP OFF"));
    flood.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_check_waits_as_long_as_the_lost_query_was_allowed_to_take() {
    let options =
        SessionOptions { proof_limit: Duration::from_secs(1), ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    let sweep = Duration::from_secs(60);
    let (lost, ()) = tokio::join!(session.query(":READ?", sweep), peer.expects(":READ?"));
    assert!(lost.is_err());
    let played = async {
        peer.expects(SWEEPER).await;
        tokio::time::advance(Duration::from_secs(50)).await;
        peer.says("1\n0\n").await;
        peer.answers(PROOF, "0;0;0;0\n").await;
        peer.answers("B?", "2\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("B?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "2");
}
