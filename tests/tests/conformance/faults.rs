//! Bad days.

use transport::SessionError;

use crate::bench::{Bench, LIMIT, SHORT, Station, is_in_step, options};

/// Loses one reply: its query is told of it.
async fn lose<B: Bench>(station: &Station<B>, fault: &str) {
    station.is_in_step().await;
    station.strike(fault);
    let lost = station.session.query("*IDN?", SHORT).await;
    assert!(matches!(lost, Err(SessionError::TimedOut { .. })), "{lost:?}");
    assert!(lost.unwrap_err().to_string().starts_with("no reply to `*IDN?` within 300ms"));
}

pub async fn silence<B: Bench>() {
    let station = Station::<B>::start().await;
    lose(&station, "silence for 1 reply").await;
    station.is_in_step().await;
}

/// The reply comes when the next message does.
pub async fn late<B: Bench>() {
    let station = Station::<B>::start().await;
    lose(&station, "late reply").await;
    station.say(":SOUR:VOLT 0.5").await;
    station.is_in_step().await;
}

pub async fn torn<B: Bench>() {
    let station = Station::<B>::start().await;
    lose(&station, "torn reply").await;
    station.is_in_step().await;
}

/// A device clear where the link has one, else what has arrived is dropped, and the instrument proves
/// that it is in step.
pub async fn clear<B: Bench>() {
    let station = Station::<B>::start().await;
    station.is_in_step().await;
    let cleared = async {
        // Behind the query: the task of the session has had its turn.
        tokio::task::yield_now().await;
        station.session.clear().await.unwrap();
    };
    // With the output off nothing is measured, and a 2400 says nothing.
    let asked = station.session.query(":OUTP OFF;:READ?", LIMIT);
    let (lost, ()) = tokio::join!(asked, cleared);
    assert!(matches!(lost, Err(SessionError::Cleared { .. })), "{lost:?}");
    station.is_in_step().await;
}

pub async fn disconnection<B: Bench>() {
    if !B::CONNECTIONS {
        return;
    }
    let station = Station::<B>::start().await;
    station.is_in_step().await;
    station.say(":SOUR:VOLT 0.25").await;
    station.strike("disconnect");
    let lost = station.session.query("*IDN?", LIMIT).await.unwrap_err();
    assert!(matches!(lost, SessionError::Ended(_)), "{lost:?}");
    assert!(lost.to_string().starts_with("the session has ended: "), "{lost}");
    let again = station.session.query("*IDN?", LIMIT).await.unwrap_err();
    assert_eq!(again.to_string(), lost.to_string());

    let session = station.bench.connect(options()).await.unwrap();
    let level = session.query(":SOUR:VOLT?", LIMIT).await.unwrap();
    assert_eq!(String::from_utf8(level).unwrap().parse::<f64>().unwrap(), 0.25);
    is_in_step(&session).await;
}
