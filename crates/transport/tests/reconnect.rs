//! Connecting again, in virtual time.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use transport::{LinkError, Reconnect, Session, SessionOptions, StreamTransport, reconnect};

const POLICY: Reconnect = Reconnect {
    first_delay: Duration::from_millis(100),
    factor: 3.0,
    longest_delay: Duration::from_secs(1),
    limit: Duration::from_secs(10),
    jitter: 0.0,
    seed: 7,
};

fn refused() -> LinkError {
    LinkError::Refused { resource: "TCPIP0::192.0.2.7::5025::SOCKET".to_owned() }
}

fn session() -> Session {
    let (near, _far) = tokio::io::duplex(64);
    Session::spawn(StreamTransport::new(near), SessionOptions::default())
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_up_to_the_longest_and_progress_hears_of_each() {
    let begun = Instant::now();
    let mut tries = Vec::new();
    let connect = || {
        tries.push(begun.elapsed().as_millis());
        std::future::ready(if tries.len() < 6 { Err(refused()) } else { Ok(session()) })
    };
    let mut heard = Vec::new();
    let progress = |failed: &transport::FailedTry| heard.push((failed.number, failed.pause));
    reconnect(&POLICY, connect, progress).await.unwrap();
    assert_eq!(tries, [0, 100, 400, 1300, 2300, 3300]);
    let pauses = [100, 300, 900, 1000, 1000].map(Duration::from_millis);
    assert_eq!(heard, (1..).zip(pauses).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn it_is_given_up_when_the_time_is_over_with_the_last_reason() {
    let begun = Instant::now();
    let error = reconnect(&POLICY, async || Err(refused()), |_| {}).await.unwrap_err();
    assert!(begun.elapsed() <= POLICY.limit);
    let sentence = error.to_string();
    assert!(
        sentence.starts_with(
            "no connection within 10s, tried 12 times, at last because TCPIP0::192.0.2.7::5025::SOCKET: the \
             connection was refused"
        ),
        "{sentence}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_try_that_hangs_ends_with_the_limit() {
    let begun = Instant::now();
    let error = reconnect(&POLICY, async || std::future::pending().await, |_| {}).await;
    assert_eq!(begun.elapsed(), POLICY.limit);
    assert_eq!(error.unwrap_err().to_string(), "no connection within 10s, tried 1 times");
}

#[tokio::test(start_paused = true)]
async fn what_trying_again_does_not_mend_is_told_at_once() {
    let resource = "TCPIP0::k2450::5025::SOCKET".to_owned();
    let reason = Arc::new(std::io::Error::other("not known"));
    let permanent = [
        LinkError::UnknownHost { resource: resource.clone(), host: "k2450".to_owned(), reason },
        LinkError::Locked { resource: resource.clone(), limit: Duration::from_secs(1) },
        LinkError::Option {
            resource,
            key: "baud",
            found: "9601".to_owned(),
            accepted: "9600".to_owned(),
        },
    ];
    for error in permanent {
        let mut tries = 0;
        let connect = || {
            tries += 1;
            std::future::ready(Err(error.clone()))
        };
        let told = reconnect(&POLICY, connect, |_| {}).await.unwrap_err();
        assert_eq!(told.to_string(), error.to_string());
        assert_eq!(tries, 1);
    }
}

#[test]
fn the_same_seed_draws_the_same_pauses_and_another_one_others() {
    let policy = Reconnect { jitter: 0.5, ..POLICY };
    let pauses = |seed| Reconnect { seed, ..policy }.pauses().take(8).collect::<Vec<_>>();
    assert_eq!(pauses(1), pauses(1));
    assert_ne!(pauses(1), pauses(2));
    for (drawn, whole) in pauses(3).into_iter().zip(POLICY.pauses()) {
        assert!(drawn <= whole && drawn >= whole / 2, "{drawn:?} of {whole:?}");
    }
}

#[test]
fn a_policy_without_sense_still_makes_pauses() {
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let policy = Reconnect { factor, jitter: 7.0, ..POLICY };
        for pause in policy.pauses().take(4) {
            assert!(pause <= policy.longest_delay);
        }
    }
}
