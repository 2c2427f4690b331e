//! What the driver says for each call, and what it assumes of the instrument afterwards.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use common::{Peer, READ, SWEEP, configure, connect, model, ready, received, settings};
use smu::{Smu, SmuError};

#[tokio::test]
async fn a_list_of_the_length_of_the_one_before_costs_one_message() {
    let (mut smu, peer) = ready().await;
    smu.list_sweep(&[0.1, 0.2]).await.unwrap();
    let first = [":SOUR:LIST:VOLT 0.1,0.2", ":SOUR:VOLT:MODE LIST", ":TRIG:COUN 2", SWEEP];
    assert_eq!(received(&peer), first);
    smu.list_sweep(&[0.3, 0.4]).await.unwrap();
    assert_eq!(received(&peer), [":SOUR:LIST:VOLT 0.3,0.4", SWEEP]);
    smu.list_sweep(&[0.5]).await.unwrap();
    assert_eq!(received(&peer), [":SOUR:LIST:VOLT 0.5", ":TRIG:COUN 1", SWEEP]);
}

#[tokio::test]
async fn readings_come_in_the_order_of_any_number_of_levels() {
    let (mut smu, peer) = ready().await;
    let levels: Vec<f64> = (0..2600).map(|it| f64::from(it % 200) * 5e-3).collect();
    let readings = smu.list_sweep(&levels).await.unwrap();
    assert_eq!(readings.iter().map(|it| it.level).collect::<Vec<_>>(), levels);
    for reading in &readings {
        assert!((reading.current.unwrap() - reading.level * 1e-4).abs() < 1e-10);
    }
    let lists = received(&peer).into_iter().filter(|it| it.starts_with(":SOUR:LIST"));
    let lengths: Vec<_> = lists.map(|it| it.matches(',').count() + 1).collect();
    assert_eq!(lengths, [100; 26]);
}

#[tokio::test]
async fn a_sweep_after_a_reading_leaves_no_fixed_level_that_returns_later() {
    let (mut smu, peer) = ready().await;
    smu.read(1.0).await.unwrap();
    smu.list_sweep(&[0.1, 0.2]).await.unwrap();
    peer.lock().unwrap().visited.clear();
    let reading = smu.read(0.3).await.unwrap();
    assert_eq!(reading.level, 0.3);
    assert_eq!(peer.lock().unwrap().visited, [0.0, 0.3, 0.3]);
}

#[tokio::test]
async fn a_reading_forgets_what_was_staged() {
    let (mut smu, _) = ready().await;
    smu.stage(&[0.1]).await.unwrap();
    smu.read(0.5).await.unwrap();
    assert!(matches!(smu.start().await, Err(SmuError::NothingStaged { .. })));
    smu.stage(&[0.1]).await.unwrap();
    assert!(matches!(smu.fetch().await, Err(SmuError::NothingStaged { .. })));
    smu.start().await.unwrap();
    assert!(matches!(smu.start().await, Err(SmuError::NothingStaged { .. })));
}

#[tokio::test]
async fn a_fetch_that_came_too_early_leaves_the_list_staged() {
    let (mut smu, _) = ready().await;
    smu.stage(&[0.1]).await.unwrap();
    assert!(matches!(smu.fetch().await, Err(SmuError::NothingStaged { .. })));
    smu.start().await.unwrap();
    assert_eq!(smu.fetch().await.unwrap().len(), 1);
}

#[tokio::test]
async fn after_an_error_mode_and_count_are_set_again() {
    let (mut smu, peer) = ready().await;
    smu.list_sweep(&[0.1, 0.2]).await.unwrap();
    peer.lock().unwrap().script(SWEEP, &[Some("1;-222,\"Parameter data out of range\"")]);
    smu.list_sweep(&[0.1, 0.2]).await.unwrap_err();
    peer.lock().unwrap().script(SWEEP, &[Some("1,2,3,4,5,6;0,\"No error\"")]);
    received(&peer);
    smu.list_sweep(&[0.1, 0.2]).await.unwrap();
    let all = [":SOUR:LIST:VOLT 0.1,0.2", ":SOUR:VOLT:MODE LIST", ":TRIG:COUN 2", SWEEP];
    assert_eq!(received(&peer), all);
}

/// Polls a future a few times and drops it; whether it had ended.
async fn give_up_after(polls: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        let ended = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        if ended {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[tokio::test]
async fn a_call_given_up_anywhere_never_mixes_up_the_next_one() {
    for polls in 0..60 {
        let (mut smu, _) = ready().await;
        smu.list_sweep(&[0.1, 0.2, 0.3]).await.unwrap();
        give_up_after(polls, smu.read(0.9)).await;
        let readings = smu.list_sweep(&[0.4, 0.5, 0.6]).await.unwrap();
        let currents: Vec<_> = readings.iter().map(|it| it.current.unwrap()).collect();
        assert_eq!(currents, [4e-5, 5e-5, 6e-5], "a reading dropped after {polls} polls");

        give_up_after(polls, smu.list_sweep(&[0.7, 0.8])).await;
        let reading = smu.read(-0.2).await.unwrap();
        assert_eq!(reading.current, Some(-2e-5), "a sweep dropped after {polls} polls");

        smu.stage(&[0.7]).await.unwrap();
        give_up_after(polls, smu.start()).await;
        if let Ok(readings) = smu.fetch().await {
            assert_eq!(readings[0].current, Some(7e-5), "a start dropped after {polls} polls");
        }
    }
}

#[tokio::test]
async fn levels_leave_as_the_numbers_that_they_are() {
    let (mut smu, peer) = ready().await;
    smu.list_sweep(&[1.0, 1.000001, -0.000_05, 0.1 + 0.2]).await.unwrap();
    assert_eq!(received(&peer)[0], ":SOUR:LIST:VOLT 1,1.000001,-5E-5,0.30000000000000004");
    smu.read(1.000001).await.unwrap();
    assert!(received(&peer).contains(&":SOUR:VOLT 1.000001;:READ?;:SYST:ERR?".to_owned()));
}

#[tokio::test]
async fn every_level_arrives_as_the_same_number() {
    let (mut smu, peer) = ready().await;
    let golden = 0.618_033_988_749_894_9_f64;
    let levels: Vec<_> = (0..3000).map(|it| (f64::from(it) * golden).fract() * 2.4 - 1.2).collect();
    peer.lock().unwrap().visited.clear();
    let readings = smu.list_sweep(&levels).await.unwrap();
    assert_eq!(peer.lock().unwrap().visited, levels);
    assert_eq!(readings.len(), levels.len());
}

#[tokio::test]
async fn the_level_that_the_source_makes_is_the_nearest_code() {
    let (smu, _) = configure(Peer::default()).await;
    let smu = smu.unwrap();
    let found = [1.000001, 0.30002, 0.30003, -0.30003, -1e-9].map(|it| smu.level_as_sourced(it));
    assert_eq!(found, [1.0, 0.3, 0.30005, -0.30005, 0.0]);
    assert!(found[4].is_sign_positive());
    assert_eq!(smu.source_resolution().to_string(), "50 uV");
}

#[tokio::test]
async fn switching_off_ramps_to_zero_first_and_leaves_list_mode_last() {
    let (mut smu, peer) = ready().await;
    smu.list_sweep(&[0.5, -1.0]).await.unwrap();
    received(&peer);
    peer.lock().unwrap().visited.clear();
    smu.output_off().await.unwrap();
    let visited = peer.lock().unwrap().visited.clone();
    // 10 V/s for a point of 3 × (20 ms + 185 µs) + 1 ms + 2.075 ms = 63.63 ms: 636 mV.
    assert_eq!(visited, [-0.5, 0.0]);
    let said = received(&peer);
    assert_eq!(
        said,
        [
            ":SOUR:LIST:VOLT -0.5,0",
            SWEEP,
            ":OUTP OFF",
            ":OUTP?",
            ":SOUR:VOLT:MODE FIX",
            ":SOUR:VOLT 0",
            ":SYST:ERR?"
        ]
    );
    smu.output_off().await.unwrap();
    assert_eq!(received(&peer), [":OUTP OFF", ":OUTP?"]);
    assert!(matches!(smu.read(0.1).await, Err(SmuError::OutputIsOff { .. })));
}

#[tokio::test]
async fn a_ramp_after_a_single_reading_starts_at_its_level() {
    let (mut smu, peer) = ready().await;
    smu.read(1.2).await.unwrap();
    peer.lock().unwrap().visited.clear();
    smu.output_off().await.unwrap();
    assert_eq!(peer.lock().unwrap().visited, [0.6, 0.0]);
}

#[tokio::test]
async fn a_slow_ramp_takes_more_steps_than_one_list_holds() {
    let (session, peer) = connect(Peer::default());
    let mut slow = settings();
    slow.ramp = "1 mV/s".parse().unwrap();
    let mut smu = Smu::open("a0", session, model(), slow).await.unwrap();
    smu.output_on().await.unwrap();
    smu.read(1.0).await.unwrap();
    peer.lock().unwrap().visited.clear();
    smu.output_off().await.unwrap();
    let visited = std::mem::take(&mut peer.lock().unwrap().visited);
    assert_eq!(visited.len(), (1.0_f64 / (1e-3 * smu.seconds_per_point())).ceil() as usize);
    assert!(visited.windows(2).all(|it| it[0] > it[1] && it[0] - it[1] <= 6.4e-5));
    assert_eq!(visited.last(), Some(&0.0));
}

#[tokio::test]
async fn the_kill_switch_says_off_then_abort_and_asks_nothing() {
    let (mut smu, peer) = ready().await;
    let switch = smu.kill_switch();
    peer.lock().unwrap().script(READ, &[None]);
    give_up_after(20, smu.read(0.1)).await;
    received(&peer);
    switch.off().await.unwrap();
    // The peer takes what was written at its own time.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(received(&peer), [":OUTP OFF", ":ABOR"]);
    assert_eq!(switch.name(), "a0");
}
