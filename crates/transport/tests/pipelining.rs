//! Queries that are on their way together: what is sent when, and who gets which answer.

#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

mod peer;

use std::time::Duration;

use peer::{LIMIT, Peer, session, session_with, text};
use tokio::time::{Instant, advance};
use transport::{Session, SessionError, SessionOptions};

type Answers = Vec<Result<Vec<u8>, SessionError>>;

fn proof(queries: usize) -> String {
    vec!["*ESE?"; 3 * queries + 1].join(";")
}

fn proven(queries: usize) -> String {
    vec!["0"; 3 * queries + 1].join(";") + "\n"
}

async fn ask_all(session: &Session, messages: &[&str]) -> Answers {
    session.query_all(messages.iter().map(|it| (it, LIMIT))).await.unwrap()
}

fn texts(answers: Answers) -> Vec<String> {
    answers.into_iter().map(|it| text(it.unwrap())).collect()
}

/// The instrument proves that it is in step after so many queries, and answers `Z?`.
async fn is_in_step_after(queries: usize, session: &Session, peer: &mut Peer) {
    let played = async {
        peer.answers("*ESE?", "0\n").await;
        peer.answers(&proof(queries), &proven(queries)).await;
        peer.answers("Z?", "26\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("Z?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "26");
}

#[tokio::test(start_paused = true)]
async fn many_queries_leave_in_one_write_and_their_replies_come_back_in_order() {
    let (session, mut peer) = session();
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nB?\nC?\n");
        peer.says("1\n2\n3\n").await;
    };
    let (answers, ()) = tokio::join!(ask_all(&session, &["A?", "B?", "C?"]), played);
    assert_eq!(texts(answers), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn queries_of_many_callers_are_on_their_way_together() {
    let (session, mut peer) = session();
    let asked = async {
        tokio::join!(
            session.query("A?", LIMIT),
            session.write("W"),
            session.query("B?", LIMIT),
            session.query("C?", LIMIT)
        )
    };
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nW\nB?\nC?\n");
        peer.says("1\n2\n3\n").await;
    };
    let ((a, w, b, c), ()) = tokio::join!(asked, played);
    w.unwrap();
    assert_eq!(texts(vec![a, b, c]), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn no_more_are_on_their_way_than_the_options_say() {
    let options = SessionOptions { depth: 2, ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nB?\n");
        peer.says("1\n").await;
        tokio::task::yield_now().await;
        peer.says("2\n").await;
        assert_eq!(peer.hears_at_once().await, "C?\n");
        peer.says("3\n").await;
    };
    let (answers, ()) = tokio::join!(ask_all(&session, &["A?", "B?", "C?"]), played);
    assert_eq!(texts(answers), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_not_handed_out_before_those_behind_it_have_come() {
    let (session, mut peer) = session();
    let first = tokio::spawn({
        let session = session.clone();
        async move { session.query("A?", LIMIT).await }
    });
    let second = tokio::spawn(async move { session.query("B?", LIMIT).await });
    peer.expects("A?").await;
    peer.expects("B?").await;
    peer.says("1\n").await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(!first.is_finished());
    peer.says("2\n").await;
    assert_eq!(texts(vec![first.await.unwrap(), second.await.unwrap()]), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn when_one_reply_is_missing_nobody_gets_anothers() {
    let all = ["A?", "B?", "C?"];
    // One is lost; two are glued to one; the last is torn.
    for said in ["2\n3\n", "1\n3\n", "1\n2\n", "12\n3\n", "1\n2\n3"] {
        let (session, mut peer) = session();
        let played = async {
            assert_eq!(peer.hears_at_once().await, "A?\nB?\nC?\n");
            peer.says(said).await;
        };
        let (answers, ()) = tokio::join!(ask_all(&session, &all), played);
        for (answer, message) in answers.into_iter().zip(all) {
            assert_eq!(
                answer.unwrap_err().to_string(),
                format!(
                    "the reply to `{message}` cannot be told from others: 3 queries were on their way together and \
                     2 replies came, then none for 1s"
                )
            );
        }
        is_in_step_after(3, &session, &mut peer).await;
    }
}

#[tokio::test(start_paused = true)]
async fn when_no_reply_comes_the_first_query_has_timed_out_and_the_others_are_lost_with_it() {
    let (session, mut peer) = session();
    let (answers, _) = tokio::join!(ask_all(&session, &["A?", "B?"]), peer.hears_at_once());
    let [Err(first), Err(second)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(first.to_string(), "no reply to `A?` within 1s");
    assert!(matches!(second, SessionError::Unattributed { asked: 2, came: 0, .. }), "{second:?}");
    is_in_step_after(2, &session, &mut peer).await;
}

#[tokio::test(start_paused = true)]
async fn late_replies_to_all_of_them_are_dropped() {
    let (session, mut peer) = session();
    let (answers, _) = tokio::join!(ask_all(&session, &["A?;A?", "B?"]), peer.hears_at_once());
    assert!(answers.iter().all(Result::is_err));
    let played = async {
        peer.answers("*ESE?", "1;1\n").await;
        peer.says("2\n0\n").await;
        peer.answers(&proof(3), &proven(3)).await;
        peer.answers("Z?", "26\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("Z?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "26");
}

#[tokio::test(start_paused = true)]
async fn each_limit_counts_from_when_its_turn_to_be_answered_began() {
    let (session, mut peer) = session();
    let played = async {
        peer.hears_at_once().await;
        for reply in ["1\n", "2\n", "3\n"] {
            advance(LIMIT * 9 / 10).await;
            peer.says(reply).await;
        }
    };
    let begun = Instant::now();
    let (answers, ()) = tokio::join!(ask_all(&session, &["A?", "B?", "C?"]), played);
    assert_eq!(texts(answers), ["1", "2", "3"]);
    assert_eq!(begun.elapsed(), LIMIT * 27 / 10);
}

#[tokio::test(start_paused = true)]
async fn a_write_does_not_give_an_outstanding_query_more_time() {
    let (session, mut peer) = session();
    let begun = Instant::now();
    let written = async {
        tokio::time::sleep(LIMIT / 2).await;
        session.write("W").await
    };
    let (lost, written) = tokio::join!(session.query("A?", LIMIT), written);
    written.unwrap();
    assert!(matches!(lost, Err(SessionError::TimedOut { .. })), "{lost:?}");
    assert_eq!(begun.elapsed(), LIMIT);
    peer.expects("A?").await;
    peer.expects("W").await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_goes_on_after_a_loss_when_the_instrument_is_in_step_again() {
    let options = SessionOptions { depth: 2, ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nB?\n");
        peer.says("1\n").await;
        peer.answers("*ESE?", "0\n").await;
        peer.answers(&proof(2), &proven(2)).await;
        peer.answers("C?", "3\n").await;
    };
    let (answers, ()) = tokio::join!(ask_all(&session, &["A?", "B?", "C?"]), played);
    let [Err(_), Err(_), Ok(third)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(third, b"3");
}

#[tokio::test(start_paused = true)]
async fn a_batch_fails_as_a_whole_where_one_message_cannot_be_sent() {
    let (session, mut peer) = session();
    let messages = [("A?", LIMIT), ("B?\nC?", LIMIT)];
    assert!(matches!(session.query_all(messages).await, Err(SessionError::Unsendable(_))));
    assert!(ask_all(&session, &[]).await.is_empty());
    session.write("W").await.unwrap();
    peer.expects("W").await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_link_breaks_keeps_what_was_answered() {
    let options = SessionOptions { depth: 1, ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    let played = async {
        peer.answers("A?", "1\n").await;
        peer.answers("B?", "2").await;
        drop(peer);
    };
    let (answers, ()) = tokio::join!(ask_all(&session, &["A?", "B?", "C?"]), played);
    let [Ok(first), Err(second), Err(third)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(first, b"1");
    for error in [second, third] {
        assert_eq!(
            error.to_string(),
            "the session has ended: the instrument closed the connection"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_given_up_sends_no_more_and_leaves_its_replies_to_nobody() {
    let options = SessionOptions { depth: 2, ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    let asked = ask_all(&session, &["A?", "B?", "C?", "D?"]);
    assert!(tokio::time::timeout(Duration::from_millis(10), asked).await.is_err());
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nB?\n");
        peer.says("1\n2\n").await;
        peer.answers("Z?", "26\n").await;
    };
    let (reply, ()) = tokio::join!(session.query("Z?", LIMIT), played);
    assert_eq!(text(reply.unwrap()), "26");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_keeps_the_order() {
    let (session, mut peer) = session();
    let asked = async {
        let patient = session.query("A?", LIMIT);
        let impatient = tokio::time::timeout(Duration::from_millis(10), session.query("B?", LIMIT));
        tokio::join!(patient, impatient, session.query("C?", LIMIT))
    };
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nB?\nC?\n");
        advance(Duration::from_millis(20)).await;
        peer.says("1\n2\n3\n").await;
    };
    let ((a, b, c), ()) = tokio::join!(asked, played);
    assert!(b.is_err());
    assert_eq!(texts(vec![a, c]), ["1", "3"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_urgent_overtakes_a_long_batch() {
    let options = SessionOptions { depth: 2, ..SessionOptions::default() };
    let (session, mut peer) = session_with(options);
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\nB?\n");
        session.write_urgent(":OUTP OFF").await.unwrap();
        assert_eq!(peer.hears_at_once().await, ":OUTP OFF\n");
        peer.says("1\n2\n").await;
        peer.answers("C?", "3\n").await;
    };
    let (answers, ()) = tokio::join!(ask_all(&session, &["A?", "B?", "C?"]), played);
    assert_eq!(texts(answers), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_block_travels_alone_and_may_hold_line_feeds() {
    let (session, mut peer) = session();
    let asked = async {
        tokio::join!(
            session.query("A?", LIMIT),
            session.query_block("B?", 4, LIMIT),
            session.query("C?", LIMIT)
        )
    };
    let played = async {
        assert_eq!(peer.hears_at_once().await, "A?\n");
        peer.says("1\n").await;
        assert_eq!(peer.hears_at_once().await, "B?\n");
        peer.says("#0\n\n;\n\n").await;
        assert_eq!(peer.hears_at_once().await, "C?\n");
        peer.says("3\n").await;
    };
    let ((a, b, c), ()) = tokio::join!(asked, played);
    assert_eq!(texts(vec![a, b, c]), ["1", "#0\n\n;\n", "3"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_block_a_stream_has_no_proof() {
    let (session, mut peer) = session();
    let (lost, ()) =
        tokio::join!(session.query_block("B?", 40, LIMIT), peer.answers("B?", "#0 half"));
    assert!(matches!(lost, Err(SessionError::TimedOut { .. })), "{lost:?}");
    session.clear().await.unwrap();
    let refused = session.query("A?", LIMIT).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "replies can no longer be trusted since the binary reply to `B?` did not come whole: what is left of it may \
         look like any answer; open a new connection"
    );
    session.write(":OUTP OFF").await.unwrap();
    peer.expects(":OUTP OFF").await;
}
