//! What the driver makes of an instrument that does not do as it should.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::{sync::Mutex, time::Duration};

use common::{IDENTITY, NO_ERROR, Peer, READ, SWEEP, configure, ready, received};
use smu::{Reading, Smu, SmuError};
use tokio::time::Instant;
use transport::SessionError;

const ERROR: &str = ":SYST:ERR?";
const STATE: &str = ":OUTP?";

/// What configuring says when the peer answers `query` so.
async fn configured_with(query: &str, answers: &[Option<&str>]) -> String {
    let mut peer = Peer::default();
    peer.script(query, answers);
    let (smu, peer) = configure(peer).await;
    assert!(!received(&peer).contains(&":OUTP ON".to_owned()));
    smu.unwrap_err().to_string()
}

#[tokio::test]
async fn another_instrument_is_refused_before_it_is_told_anything() {
    for found in [
        "KEITHLEY INSTRUMENTS INC.,MODEL 2410,1,C34",
        "KEITHLEY INSTRUMENTS,MODEL 2400,1,1.6.4c",
        "Agilent Technologies,B2902A,MY1,3.2",
        "",
        "42",
    ] {
        let mut peer = Peer::default();
        peer.script("*IDN?", &[Some(found)]);
        let (smu, peer) = configure(peer).await;
        assert_eq!(
            smu.unwrap_err().to_string(),
            format!(
                "\"a0\" answers *IDN? with \"{found}\", \
                 expected is KEITHLEY INSTRUMENTS INC.,MODEL 2400,…"
            )
        );
        assert_eq!(received(&peer), ["*IDN?"]);
    }
}

#[tokio::test]
async fn the_identity_is_taken_apart() {
    let (smu, _) = configure(Peer::default()).await;
    let smu = smu.unwrap();
    let identity = smu.identity();
    assert_eq!(identity.maker, "KEITHLEY INSTRUMENTS INC.");
    assert_eq!((identity.model.as_str(), identity.serial.as_str()), ("MODEL 2400", "1234567"));
    assert!(IDENTITY.ends_with(&identity.firmware) && identity.firmware.starts_with("C34"));
    assert_eq!((smu.name(), smu.model()), ("a0", "keithley-2400"));
    assert_eq!(smu.read_back().compliance.to_string(), "105 uA");
}

#[tokio::test]
async fn a_setting_that_reads_back_as_another_is_refused() {
    let rows = [
        (":SOUR:VOLT:RANG?", "+2.100000E+01", "source_range 2 and reads back 21"),
        (":SENS:CURR:PROT?", "+1.000000E-04", "compliance 0.000105 and reads back 0.0001"),
        (":SENS:CURR:RANG?", "+1.050000E-05", "sense_range 0.0001 and reads back 0.0000105"),
        (":SENS:CURR:NPLC?", "+1.000000E-01", "nplc 1 and reads back 0.1"),
        (":SYST:LFR?", "60", "line_frequency 50 and reads back 60"),
        (":SOUR:DEL?", "+0.000000E+00", "source_delay 0.001 and reads back 0"),
        (":SYST:RSEN?", "1", "four_wire 0 and reads back 1"),
        (":SYST:RSEN?", "+9.910000E+37", "four_wire 0 and reads back NaN"),
    ];
    for (query, answer, expected) in rows {
        let found = configured_with(query, &[Some(answer)]).await;
        assert_eq!(found, format!("\"a0\" was set to {expected}"));
    }
}

#[tokio::test]
async fn ranges_read_back_as_themselves_or_as_their_full_scale() {
    for answer in ["+2.000000E+00", "+2.100000E+00", "2.1"] {
        let mut peer = Peer::default();
        peer.script(":SOUR:VOLT:RANG?", &[Some(answer)]);
        configure(peer).await.0.unwrap();
    }
}

#[tokio::test]
async fn a_compliance_that_a_later_setting_changed_is_noticed() {
    let found =
        configured_with(":SENS:CURR:PROT?", &[Some("+1.050000E-04"), Some("+1.050000E-06")]).await;
    assert_eq!(found, "\"a0\" was set to compliance 0.000105 and reads back 0.00000105");
}

#[tokio::test]
async fn entries_in_the_error_queue_end_configuration() {
    let none = Some(NO_ERROR);
    let undefined = Some("-113,\"Undefined header\"");
    let after_reset = configured_with(ERROR, &[undefined, none]).await;
    assert_eq!(after_reset, "\"a0\" reports -113,\"Undefined header\" after reset");
    let two = [none, undefined, Some("+824,\"Cannot exceed compliance range\""), none];
    assert_eq!(
        configured_with(ERROR, &two).await,
        "\"a0\" reports -113,\"Undefined header\"; 824,\"Cannot exceed compliance range\" \
         after configuration"
    );
    let endless = configured_with(ERROR, &[undefined]).await;
    assert_eq!(endless.matches("-113").count(), 20);
}

#[tokio::test]
async fn a_refused_setting_is_reported_in_the_instruments_words() {
    let mut peer = Peer::default();
    peer.script(":SENS:CURR:RANG?", &[Some("+1.050000E-05")]);
    let reason = "+824,\"Cannot exceed compliance range\"";
    peer.script(ERROR, &[Some(NO_ERROR), Some(reason), Some(NO_ERROR)]);
    let error = configure(peer).await.0.unwrap_err().to_string();
    assert_eq!(error, "\"a0\" reports 824,\"Cannot exceed compliance range\" after configuration");
}

#[tokio::test]
async fn an_output_that_does_not_go_on_or_off_is_an_error() {
    let (smu, peer) = configure(Peer::default()).await;
    let mut smu = smu.unwrap();
    peer.lock().unwrap().script(STATE, &[Some("0"), Some("0"), Some("1"), Some("1"), Some("0")]);
    let on = smu.output_on().await.unwrap_err().to_string();
    assert_eq!(on, "the output of \"a0\" was switched on and reads back 0");

    let blocked = "+802,\"OUTPUT blocked by output enable\"";
    peer.lock().unwrap().script(ERROR, &[Some(blocked), Some(NO_ERROR)]);
    let on = smu.output_on().await.unwrap_err().to_string();
    assert_eq!(on, "\"a0\" reports 802,\"OUTPUT blocked by output enable\" after output on");

    smu.output_on().await.unwrap();
    let off = smu.output_off().await.unwrap_err().to_string();
    assert_eq!(off, "the output of \"a0\" was switched off and reads back 1");
    // It was not seen off, so nothing is taken for done.
    received(&peer);
    smu.output_off().await.unwrap();
    assert_eq!(received(&peer), [":OUTP OFF", ":OUTP?", ":SOUR:VOLT 0", ":SYST:ERR?"]);
}

#[tokio::test]
async fn every_entry_after_a_measurement_fails_it_and_none_is_left_for_the_next() {
    let (mut smu, peer) = ready().await;
    peer.lock().unwrap().script(SWEEP, &[Some("1,2,3;-222,\"Parameter data out of range\"")]);
    peer.lock().unwrap().script(ERROR, &[Some("-113,\"Undefined header\""), Some(NO_ERROR)]);
    let error = smu.list_sweep(&[0.1]).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "\"a0\" reports -222,\"Parameter data out of range\"; -113,\"Undefined header\" \
         after a measurement"
    );
    assert!(smu.read(0.1).await.is_ok());
}

#[tokio::test]
async fn a_reply_of_another_length_is_refused() {
    let (mut smu, peer) = ready().await;
    for (data, found) in [("1,2,3", 3), ("1,2,3,4,5", 5), ("1,2,3,4,5,6,7,8,9", 9), ("", 1)] {
        peer.lock().unwrap().script(SWEEP, &[Some(&format!("{data};{NO_ERROR}"))]);
        let error = smu.list_sweep(&[0.1, 0.2]).await.unwrap_err().to_string();
        assert_eq!(error, format!("\"a0\" returned {found} numbers for 2 points of 3 elements"));
    }
}

#[tokio::test]
async fn a_reply_that_is_something_else_is_refused() {
    let (mut smu, peer) = ready().await;
    for (answer, expected) in [
        ("hello", "\"hello\" is not an entry of an error queue, such as 0,\"No error\""),
        ("1,2,3", "\"1,2,3\" is not an entry of an error queue, such as 0,\"No error\""),
        ("1,2,3;4,5,6", "\"4,5,6\" is not an entry of an error queue, such as 0,\"No error\""),
        ("1,x,3;0,\"No error\"", "\"x\" is not a number"),
        ("1,2,-3;0,\"No error\"", "\"status -3\" is not a number"),
        ("1,2,2.5;0,\"No error\"", "\"status 2.5\" is not a number"),
        ("1,2,9.91e37;0,\"No error\"", "\"status NAN\" is not a number"),
    ] {
        peer.lock().unwrap().script(READ, &[Some(answer)]);
        let error = smu.read(0.1).await.unwrap_err();
        assert_eq!(error.to_string(), format!("\"a0\" answers `{READ}` with something else"));
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, expected);
    }
}

async fn one(row: &str) -> Reading {
    let (mut smu, peer) = ready().await;
    peer.lock().unwrap().script(READ, &[Some(&format!("{row};{NO_ERROR}"))]);
    smu.read(0.1).await.unwrap()
}

#[tokio::test]
async fn compliance_and_overflow_are_data_on_a_reading() {
    let plain = one("+1.000000E-06,+2.500000E-01,+4.813200E+04").await;
    assert_eq!((plain.current, plain.time, plain.status), (Some(1e-6), 0.25, 48132));
    assert!(!plain.in_compliance && !plain.overflow);
    for (bits, in_compliance, overflow) in
        [(1 << 3, true, false), (1 << 16, true, false), (1, false, true), (1 << 7, false, false)]
    {
        let reading = one(&format!("1E-6,0,{bits}")).await;
        assert_eq!((reading.in_compliance, reading.overflow), (in_compliance, overflow), "{bits}");
        assert_eq!(reading.current, Some(1e-6));
    }
}

#[tokio::test]
async fn sentinels_are_found_by_their_place() {
    let beyond = one("+9.900000E+37,+2.500000E-01,+0.000000E+00").await;
    assert_eq!((beyond.current, beyond.overflow), (None, true));
    let below = one("-9.900000E+37,+2.500000E-01,+0.000000E+00").await;
    assert_eq!((below.current, below.overflow), (None, true));
    let none = one("+9.910000E+37,+2.500000E-01,+0.000000E+00").await;
    assert_eq!((none.current, none.overflow), (None, false));
    let timeless = one("1E-6,+9.910000E+37,+0.000000E+00").await;
    assert_eq!((timeless.current, timeless.overflow), (Some(1e-6), false));
    assert!(timeless.time.is_nan());
}

#[tokio::test]
async fn one_bad_point_of_a_sweep_spoils_no_other() {
    let (mut smu, peer) = ready().await;
    let data = "1E-6,0,0,9.9E37,1,1,3E-6,2,8";
    peer.lock().unwrap().script(SWEEP, &[Some(&format!("{data};{NO_ERROR}"))]);
    let readings = smu.list_sweep(&[0.1, 0.2, 0.3]).await.unwrap();
    let currents: Vec<_> = readings.iter().map(|it| it.current).collect();
    assert_eq!(currents, [Some(1e-6), None, Some(3e-6)]);
    assert_eq!(readings.iter().map(|it| it.level).collect::<Vec<_>>(), [0.1, 0.2, 0.3]);
    assert!(readings[2].in_compliance && !readings[0].in_compliance);
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_falls_silent_times_out_by_points_and_integration_time() {
    let (mut smu, peer) = ready().await;
    for query in [SWEEP, ERROR, "*ESE?", "*ESE?;*ESE?;*ESE?;*ESE?;*ESE?;*ESE?;*ESE?"] {
        peer.lock().unwrap().script(query, &[None]);
    }
    smu.stage(&[0.1; 100]).await.unwrap();
    smu.start().await.unwrap();
    let before = Instant::now();
    let error = smu.fetch().await.unwrap_err();
    assert_eq!(error.to_string(), format!("the link to \"a0\" failed at `{SWEEP}`"));
    let SmuError::Link { source, .. } = error else { panic!("another error") };
    let SessionError::TimedOut { limit, .. } = *source else { panic!("another reason") };
    let expected = 15.0 + 2.0 * 100.0 * 0.06363;
    // The list of 420 bytes has to be taken first, by a link of 960 bytes a second at the slowest.
    let upload = limit.as_secs_f64() - expected;
    assert!((0.8..1.2).contains(&upload), "{limit:?}");
    // The question why waits for the session to prove that it is in step, twice as long again.
    assert!(before.elapsed() < Duration::from_secs_f64(3.1 * (expected + 1.2)));
}

#[tokio::test(start_paused = true)]
async fn a_measurement_that_is_refused_in_silence_is_explained_by_the_error_queue() {
    let (mut smu, peer) = ready().await;
    peer.lock().unwrap().script(READ, &[None]);
    let off = "+803,\"Not permitted with OUTPUT off\"";
    peer.lock().unwrap().script(ERROR, &[Some(off), Some(NO_ERROR)]);
    let error = smu.read(0.1).await.unwrap_err().to_string();
    assert_eq!(error, "\"a0\" reports 803,\"Not permitted with OUTPUT off\" after a measurement");
}

#[tokio::test(start_paused = true)]
async fn an_output_goes_off_also_when_its_ramp_fails() {
    let (mut smu, peer) = ready().await;
    smu.read(1.0).await.unwrap();
    peer.lock().unwrap().script(SWEEP, &[None]);
    received(&peer);
    let error = smu.output_off().await.unwrap_err().to_string();
    assert_eq!(error, format!("the link to \"a0\" failed at `{SWEEP}`"));
    let said = received(&peer);
    let tail = [":OUTP OFF", ":ABOR", ":OUTP?"];
    assert_eq!(said[said.len() - 3..], tail);
    // It was seen off: a further call has nothing to ramp.
    smu.output_off().await.unwrap();
    assert_eq!(received(&peer), [":OUTP OFF", ":OUTP?"]);
}

#[tokio::test(start_paused = true)]
async fn an_output_whose_state_nobody_knows_is_still_told_to_go_off() {
    let (mut smu, peer) = ready().await;
    for query in [STATE, ERROR, "*ESE?", "*ESE?;*ESE?;*ESE?;*ESE?"] {
        peer.lock().unwrap().script(query, &[None]);
    }
    received(&peer);
    assert!(matches!(smu.output_off().await, Err(SmuError::Link { .. })));
    assert_eq!(received(&peer)[0], ":OUTP OFF");
    // Not proven to be off, so the next call tells it again.
    assert!(matches!(smu.output_off().await, Err(SmuError::Link { .. })));
    assert!(received(&peer).contains(&":OUTP OFF".to_owned()));
}

/// How long a reading waits that is not answered.
async fn limit_of_a_reading(smu: &mut Smu, peer: &Mutex<Peer>) -> f64 {
    peer.lock().unwrap().script(READ, &[None]);
    let SmuError::Link { source, .. } = smu.read(0.1).await.unwrap_err() else {
        panic!("another error")
    };
    let SessionError::TimedOut { limit, .. } = *source else { panic!("another reason") };
    limit.as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_sweep_waits_for_its_points_only_if_nobody_fetched_them() {
    for (fetched, points, bytes) in [(true, 1.0, 60.0), (false, 1001.0, 4250.0)] {
        let (mut smu, peer) = ready().await;
        smu.stage(&[0.1; 1000]).await.unwrap();
        smu.start().await.unwrap();
        if fetched {
            smu.fetch().await.unwrap();
        }
        let limit = limit_of_a_reading(&mut smu, &peer).await;
        let upload = limit - (15.0 + 2.0 * points * 0.06363);
        assert!((upload - 2.0 * bytes / 960.0).abs() < 0.3, "{limit} s");
    }
}
