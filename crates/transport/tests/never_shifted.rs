//! Ten thousand numbered questions over a link whose replies are late, lost and torn at random: an
//! answer is the answer to its own question, or an error.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream},
    time::sleep,
};
use transport::{Session, SessionError, SessionOptions, StreamTransport};

const LIMIT: Duration = Duration::from_millis(100);

/// Answers `<n>?` with n and `*ESE?` with 0, in order, as badly as the dice say.
async fn instrument(far: DuplexStream, mut dice: ChaCha8Rng) {
    let mut far = BufReader::new(far);
    let mut line = String::new();
    while far.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let units = line.trim_end().split(';').map(|unit| match unit.trim_end_matches('?') {
            "*ESE" => "0",
            number => number,
        });
        let reply = units.collect::<Vec<_>>().join(";") + "\n";
        let tear = dice.random_range(0..reply.len());
        let late = LIMIT.mul_f64(dice.random_range(1.01..30.0));
        let sent = match dice.random_range(0..100) {
            0..3 => Ok(()),
            3..6 => {
                sleep(late).await;
                far.write_all(reply.as_bytes()).await
            }
            // The head comes, the tail never.
            6..9 => far.write_all(&reply.as_bytes()[..tear]).await,
            // The head comes, the tail late.
            9..12 => {
                let head = far.write_all(&reply.as_bytes()[..tear]).await;
                sleep(late).await;
                head.and(far.write_all(&reply.as_bytes()[tear..]).await)
            }
            // The head never comes, the tail late.
            12..14 => {
                sleep(late).await;
                far.write_all(&reply.as_bytes()[tear..]).await
            }
            // In time, but after a while.
            14..20 => {
                sleep(LIMIT / 2).await;
                far.write_all(reply.as_bytes()).await
            }
            _ => far.write_all(reply.as_bytes()).await,
        };
        if sent.is_err() {
            return;
        }
        line.clear();
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_ever_given_to_another_question() {
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let (mut answered, mut lost, mut given_up, mut reconnected) = (0, 0, 0, 0);
    let mut session = connect(&mut dice);
    let mut number = 0;
    while number < 10_000 {
        let units: Vec<String> =
            (0..dice.random_range(1..5)).map(|it| (number + it).to_string()).collect();
        number += units.len();
        let message = units.join("?;") + "?";
        let patience = if dice.random_bool(0.05) { LIMIT / 4 } else { LIMIT * 1000 };
        match tokio::time::timeout(patience, session.query(&message, LIMIT)).await {
            Ok(Ok(reply)) => {
                assert_eq!(
                    String::from_utf8(reply).unwrap(),
                    units.join(";"),
                    "after {answered} answers"
                );
                answered += 1;
            }
            Ok(Err(SessionError::TimedOut { .. })) => lost += 1,
            Ok(Err(SessionError::OutOfStep { .. })) => {
                session = connect(&mut dice);
                reconnected += 1;
            }
            Ok(Err(error)) => panic!("{error}"),
            Err(_) => given_up += 1,
        }
    }
    assert!(answered > 2500 && lost > 100 && given_up > 10, "{answered} {lost} {given_up}");
    assert!(
        reconnected < lost,
        "the session recovers more often than not: {reconnected} of {lost}"
    );
}

fn connect(dice: &mut ChaCha8Rng) -> Session {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(instrument(far, ChaCha8Rng::seed_from_u64(dice.random())));
    Session::spawn(StreamTransport::new(near), SessionOptions::default())
}
