//! What a link that carries messages has beyond a stream.

use std::sync::{Arc, Mutex};

use tokio::{join, task::yield_now, time::timeout};
use transport::{LinkError, SessionError, SessionOptions, Transcript, TranscriptLine};

use crate::{
    bench::{Bench, LIMIT, LockingBench, SHORT, Station, is_in_step, options},
    data::{POINTS, stage},
};

const EVENT_SUMMARY: u8 = 1 << 5;
const MASTER_SUMMARY: u8 = 1 << 6;

pub async fn service<B: Bench>() {
    let station = Station::<B>::start().await;
    let session = &station.session;
    let poll = async || session.status_byte(LIMIT).await.unwrap().unwrap();
    station.say("*CLS;*ESE 1;*SRE 32").await;
    station.is_in_step().await;
    assert_eq!(poll().await & (EVENT_SUMMARY | MASTER_SUMMARY), 0);
    for _ in 0..2 {
        station.say("*OPC").await;
        timeout(LIMIT, session.service_request()).await.unwrap().unwrap();
        // A poll takes the request back (IEEE 488.1), but not the reason.
        let polls = [poll().await, poll().await];
        assert_eq!(polls[0] & EVENT_SUMMARY, EVENT_SUMMARY);
        assert_eq!(polls[1] & (EVENT_SUMMARY | MASTER_SUMMARY), EVENT_SUMMARY);
        let again = timeout(SHORT, session.service_request()).await;
        assert!(again.is_err(), "one event, two requests: {again:?}");
        station.is_in_step().await;
        assert_eq!(station.ask("*ESR?").await, "1");
        assert_eq!(poll().await & (EVENT_SUMMARY | MASTER_SUMMARY), 0);
    }
    station.has_no_errors().await;
}

/// The trigger is the link's own, not `*TRG`.
pub async fn trigger<B: Bench>() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let transcript = Transcript::new(move |line| {
        if let TranscriptLine::Sent(bytes) = line {
            heard.lock().unwrap().push(bytes.to_vec());
        }
    });
    let options = SessionOptions { transcript: Some(transcript), ..options() };
    let station = Station::<B>::with(options).await;
    station
        .say(":SOUR:VOLT:RANG 2;:SOUR:VOLT 0.5;:FORM:ELEM VOLT;:ARM:SOUR BUS;:OUTP ON;:INIT")
        .await;
    station.session.trigger().await.unwrap();
    assert_eq!(station.ask(":FETC?").await.parse::<f64>().unwrap(), 0.5);
    station.has_no_errors().await;
    let said = said.lock().unwrap();
    assert!(said.len() >= 3 && !said.contains(&b"*TRG".to_vec()), "{said:?}");
}

pub async fn locks<B: LockingBench>() {
    let station = Station::<B>::start().await;
    station.is_in_step().await;
    let holder = station.bench.connect_locked(LIMIT).await.unwrap();
    let second = station.bench.connect_locked(SHORT).await;
    assert!(matches!(second, Err(LinkError::Locked { .. })), "{second:?}");
    let kept_out = station.session.query("*IDN?", SHORT).await;
    assert!(kept_out.is_err(), "{kept_out:?}");
    is_in_step(&holder).await;
    holder.close().await;

    let next = station.bench.connect_locked(LIMIT).await.unwrap();
    is_in_step(&next).await;
    next.close().await;
    // Nobody holds it any more; a client that was told so and ended connects again.
    if let Err(SessionError::Ended(_)) = kept_out {
        is_in_step(&station.bench.connect(options()).await.unwrap()).await;
    } else {
        station.is_in_step().await;
    }
}

/// Output-off does not wait for a reply, and the replies that follow are of their own queries.
pub async fn urgent<B: Bench>() {
    for fault in ["silence for 1 reply", "late reply", "torn reply"] {
        let station = Station::<B>::start().await;
        station.say(":OUTP ON").await;
        station.is_in_step().await;
        station.strike(fault);
        let off = async {
            // Behind the query: the task of the session has had its turn.
            yield_now().await;
            station.session.write_urgent(":OUTP OFF").await.unwrap();
            while station.host.with(|it| it.output_is_on()) {
                yield_now().await;
            }
            station.session.clear().await.unwrap();
        };
        let off = timeout(LIMIT / 2, off);
        let (answer, off) = join!(station.session.query("*IDN?", LIMIT), off);
        off.unwrap();
        match answer {
            Ok(answer) => assert!(answer.starts_with(b"KEITHLEY"), "{fault}: {answer:?}"),
            Err(SessionError::Cleared { .. }) => {}
            Err(error) => panic!("{fault}: {error}"),
        }
        station.is_in_step().await;
    }
}

/// In one message, longer than what a link carries in one piece.
pub async fn long_message<B: Bench>() {
    let station = Station::<B>::start().await;
    let message = ":SOUR:VOLT 0.125;".repeat(1500) + ":SOUR:VOLT 0.25;:SOUR:VOLT?";
    assert_eq!(station.ask(&message).await.parse::<f64>().unwrap(), 0.25);
    station.say(&":SOUR:VOLT 0.125;".repeat(1500)).await;
    assert_eq!(station.ask(":SOUR:VOLT?").await.parse::<f64>().unwrap(), 0.125);
    station.has_no_errors().await;
    station.is_in_step().await;
}

/// More than a megabyte in one reply.
pub async fn long_reply<B: Bench>() {
    let station = Station::<B>::start().await;
    stage(&station, "VOLT,CURR,RES,TIME,STAT").await;
    let answer = station.ask(&(":READ?".to_owned() + &";:FETC?".repeat(6))).await;
    let units: Vec<_> = answer.split(';').collect();
    assert_eq!((units.len(), answer.len() + 1), (7, 7 * POINTS * 5 * 14));
    assert!(units.iter().all(|it| *it == units[0]));
    station.has_no_errors().await;
}
