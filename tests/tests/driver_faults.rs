//! What the driver makes of an instrument on a bad day: the error is clear, no reading is taken for
//! another, and the kill switch still works.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::error::Error;

use memloop_tests::wire::{TEN_KILOHMS, Wire, configured, instrument, ready};
use smu::{Smu, SmuError};

const SWEEP: [f64; 3] = [0.1, 0.2, 0.3];
const FETCH: &str = "the link to \"a0\" failed at `:READ?;:SYST:ERR?`";

/// A driver with its output on, whose instrument suffers `fault` ("silence", "torn reply") when the
/// first sweep is fetched.
async fn fault_at_fetch(fault: &str) -> (Smu, Wire) {
    // The same words make the same replies, so a rehearsal tells how many come before.
    let (rehearsed, wire) = ready("a0", TEN_KILOHMS).await;
    drop(rehearsed);
    let before = wire.replies();
    ready("a0", &format!("{TEN_KILOHMS}faults = [\"{fault} after {before} replies\"]")).await
}

/// The error, and what is behind it.
fn sentences(error: &SmuError) -> String {
    let source = error.source().map(|it| format!(": {it}")).unwrap_or_default();
    format!("{error}{source}")
}

/// Levels that no earlier sweep had, so that a reading of an earlier one is found out.
async fn is_in_step(smu: &mut Smu) {
    for levels in [[0.4, 0.5, 0.6, 0.7].as_slice(), &[-0.8], &[0.9, -1.0]] {
        let readings = smu.list_sweep(levels).await.unwrap();
        assert_eq!(readings.len(), levels.len());
        for (reading, level) in readings.iter().zip(levels) {
            assert!((reading.current.unwrap() - level * 1e-4).abs() < 1e-9, "{reading:?}");
        }
    }
}

async fn the_kill_switch_works(smu: Smu, wire: Wire) {
    smu.kill_switch().off().await.unwrap();
    drop(smu);
    assert!(!wire.instrument().await.output_is_on());
}

#[tokio::test(start_paused = true)]
async fn after_a_reply_that_never_comes_nothing_is_shifted() {
    let (mut smu, wire) = fault_at_fetch("silence for 1 reply").await;
    let error = smu.list_sweep(&SWEEP).await.unwrap_err();
    let expected = format!("{FETCH}: no reply to `:READ?;:SYST:ERR?` within 15.");
    assert!(sentences(&error).starts_with(&expected), "{}", sentences(&error));
    is_in_step(&mut smu).await;
    the_kill_switch_works(smu, wire).await;
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_stays_silent_is_given_up_and_switched_off() {
    let (mut smu, wire) = fault_at_fetch("silence").await;
    let error = smu.list_sweep(&SWEEP).await.unwrap_err();
    assert_eq!(error.to_string(), FETCH);
    let error = smu.list_sweep(&SWEEP).await.unwrap_err();
    assert!(sentences(&error).contains("replies can no longer be trusted"), "{error:?}");
    let error = smu.output_off().await.unwrap_err();
    assert!(sentences(&error).contains("`:OUTP?`"), "{error:?}");
    assert!(wire.said().iter().any(|it| it == "> :OUTP OFF"));
    the_kill_switch_works(smu, wire).await;
}

#[tokio::test(start_paused = true)]
async fn the_kill_switch_needs_no_answer() {
    let (mut smu, wire) = fault_at_fetch("silence").await;
    smu.list_sweep(&SWEEP).await.unwrap_err();
    the_kill_switch_works(smu, wire).await;

    // Without it the output stays on: nothing else switched it off.
    let (mut smu, wire) = fault_at_fetch("silence").await;
    smu.list_sweep(&SWEEP).await.unwrap_err();
    drop(smu);
    assert!(wire.instrument().await.output_is_on());
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_with_the_next_is_not_taken_for_it() {
    let (mut smu, wire) = fault_at_fetch("late reply").await;
    assert_eq!(smu.list_sweep(&SWEEP).await.unwrap_err().to_string(), FETCH);
    is_in_step(&mut smu).await;
    the_kill_switch_works(smu, wire).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_late_within_the_limit_is_waited_for() {
    let (mut smu, wire) = fault_at_fetch("late reply by 10 s").await;
    let readings = smu.list_sweep(&SWEEP).await.unwrap();
    assert_eq!(readings.iter().map(|it| it.level).collect::<Vec<_>>(), SWEEP);
    is_in_step(&mut smu).await;
    the_kill_switch_works(smu, wire).await;
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_later_than_the_limit_is_dropped_when_it_comes() {
    for seconds in [16, 20, 31] {
        let (mut smu, wire) = fault_at_fetch(&format!("late reply by {seconds} s")).await;
        assert_eq!(smu.list_sweep(&SWEEP).await.unwrap_err().to_string(), FETCH);
        is_in_step(&mut smu).await;
        the_kill_switch_works(smu, wire).await;
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_reply_is_no_reply_and_is_not_glued_to_the_next() {
    let (mut smu, wire) = fault_at_fetch("torn reply").await;
    assert_eq!(smu.list_sweep(&SWEEP).await.unwrap_err().to_string(), FETCH);
    is_in_step(&mut smu).await;
    the_kill_switch_works(smu, wire).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_disconnect_the_output_is_switched_off_over_a_new_connection() {
    let (mut smu, wire) = fault_at_fetch("disconnect").await;
    let error = smu.list_sweep(&SWEEP).await.unwrap_err();
    let expected = format!("{FETCH}: the session has ended: the instrument closed the connection");
    assert_eq!(sentences(&error), expected);
    let again = smu.list_sweep(&SWEEP).await.unwrap_err();
    assert!(sentences(&again).contains("the instrument closed the connection"), "{again:?}");
    let gone = smu.kill_switch().off().await.unwrap_err().to_string();
    assert!(gone.contains("the instrument closed the connection"), "{gone}");

    let unit = wire.instrument().await;
    assert!(unit.output_is_on(), "a lost connection switches nothing off by itself");
    let (session, wire) = Wire::connect(unit);
    smu.kill_switch().over(session).off().await.unwrap();
    let unit = wire.instrument().await;
    assert!(!unit.output_is_on());

    let (session, _wire) = Wire::connect(unit);
    let mut smu = configured("a0", session).await;
    smu.output_on().await.unwrap();
    is_in_step(&mut smu).await;
}

#[tokio::test]
async fn an_error_that_appears_fails_the_measurement_and_no_later_one() {
    let (mut smu, wire) = fault_at_fetch("error -222").await;
    let error = smu.list_sweep(&SWEEP).await.unwrap_err().to_string();
    assert_eq!(error, "\"a0\" reports -222,\"Parameter data out of range\" after a measurement");
    is_in_step(&mut smu).await;
    the_kill_switch_works(smu, wire).await;
}

#[tokio::test]
async fn an_error_of_before_the_connection_fails_nothing() {
    let early = format!("{TEN_KILOHMS}faults = [\"error -363 after 0 messages\"]");
    let (mut smu, _wire) = ready("a0", &early).await;
    is_in_step(&mut smu).await;
}

/// Messages that the instrument executes until the first sweep has been fetched.
async fn messages_of_a_sweep() -> usize {
    let (mut smu, wire) = ready("a0", TEN_KILOHMS).await;
    smu.list_sweep(&SWEEP).await.unwrap();
    wire.said().iter().filter(|it| it.starts_with('>')).count()
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_lost_its_power_measures_nothing_until_it_is_configured_again() {
    let fetched = messages_of_a_sweep().await;
    // Behind each message of the first sweep (list, mode, count, and what measures) and of the second
    // (list).
    for messages in fetched - 3..fetched + 2 {
        let fault = format!("{TEN_KILOHMS}faults = [\"power cycle after {messages} messages\"]");
        let (session, wire) = Wire::connect(instrument(&fault));
        let mut smu = configured("a0", session.clone()).await;
        smu.output_on().await.unwrap();
        let first = smu.list_sweep(&SWEEP).await;
        assert_eq!(first.is_ok(), messages > fetched, "{messages}: {first:?}");
        for _ in 0..2 {
            let error = sentences(&smu.list_sweep(&[0.4, 0.5, 0.6]).await.unwrap_err());
            let reasons = ["Not permitted with OUTPUT off", "Data corrupt or stale", "no reply"];
            assert!(reasons.iter().any(|it| error.contains(it)), "{messages}: {error}");
            smu.read(0.7).await.unwrap_err();
        }
        // The ramp cannot be measured, so it fails; the output is told to go off all the same.
        smu.output_off().await.unwrap_err();
        let said = wire.said();
        let off = said.iter().position(|it| it == "> :OUTP OFF").unwrap();
        assert_eq!(said[off + 1..off + 4], ["> :ABOR", "> :OUTP?", "< 0"]);

        drop(smu);
        let mut smu = configured("a0", session).await;
        smu.output_on().await.unwrap();
        is_in_step(&mut smu).await;
        the_kill_switch_works(smu, wire).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_a_dead_program_left_waiting_for_a_trigger_is_opened() {
    let (session, wire) = Wire::connect(instrument(TEN_KILOHMS));
    session.write(":ARM:SOUR BUS;:OUTP ON;:INIT").await.unwrap();
    let mut smu = configured("a0", session).await;
    let told: Vec<_> = wire.said().into_iter().filter(|it| it.starts_with("> ")).collect();
    assert_eq!(told[1..3], ["> *IDN?", "> :ABOR"]);
    let identified = told.iter().rposition(|it| it == "> *IDN?").unwrap();
    let between = &told[3..identified];
    assert!(between.iter().all(|it| it.trim_start_matches("> ").starts_with("*ESE?")), "{told:?}");
    smu.output_on().await.unwrap();
    is_in_step(&mut smu).await;
    the_kill_switch_works(smu, wire).await;
}
