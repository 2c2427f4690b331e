//! The base of two that are coupled, measured by itself.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Peer, SWEEP, ready, received};
use smu::{Coupling, Duo, SmuError};

type Peers = [Arc<Mutex<Peer>>; 2];

async fn duo() -> (Duo, Peers) {
    let ((base, at), (probe, beyond)) = (ready().await, ready().await);
    (Duo::new(base, probe, Coupling::Software).unwrap(), [at, beyond])
}

#[tokio::test]
async fn the_base_is_measured_in_order_and_a_probe_at_rest_hears_nothing() {
    let (mut duo, peers) = duo().await;
    let readings = duo.sweep_alone(&[0.3, -0.1, 0.3]).await.unwrap();
    let read: Vec<_> = readings.iter().map(|it| (it.level, it.current.unwrap())).collect();
    assert_eq!(read, [(0.3, 3e-5), (-0.1, -1e-5), (0.3, 3e-5)]);
    assert_eq!(received(&peers[0])[0], ":SOUR:LIST:VOLT 0.3,-0.1,0.3");
    assert_eq!(received(&peers[1]), [""; 0]);
}

#[tokio::test]
async fn the_probe_rests_at_0_v_while_the_base_is_measured() {
    let (mut duo, peers) = duo().await;
    duo.sweep(&[0.1, 0.2], &[0.3, 0.7]).await.unwrap();
    assert_eq!(peers[1].lock().unwrap().visited.last(), Some(&0.7));
    received(&peers[1]);
    duo.sweep_alone(&[0.5]).await.unwrap();
    assert_eq!(peers[1].lock().unwrap().visited.last(), Some(&0.0));
    assert!(!received(&peers[1]).is_empty());
    // It is there already.
    duo.sweep_alone(&[0.6]).await.unwrap();
    assert_eq!(received(&peers[1]), [""; 0]);
}

#[tokio::test]
async fn it_is_measured_between_sweeps_of_both_and_nothing_is_mixed_up() {
    let (mut duo, peers) = duo().await;
    for round in 1..4 {
        let level = 0.1 * f64::from(round);
        let rows = duo.sweep(&[level, 0.5], &[0.7, -level]).await.unwrap();
        assert_eq!((rows[0].base.level, rows[1].probe.level), (level, -level));
        let alone = duo.sweep_alone(&[-level, 0.2]).await.unwrap();
        assert_eq!(alone.iter().map(|it| it.level).collect::<Vec<_>>(), [-level, 0.2]);
        assert!((alone[0].current.unwrap() + level * 1e-4).abs() < 1e-10);
    }
    let sweeps = |peer| received(peer).iter().filter(|it| *it == SWEEP).count();
    // The probe's are three of both, and each time one down to 0 V.
    assert_eq!((sweeps(&peers[0]), sweeps(&peers[1])), (6, 6));
}

#[tokio::test]
async fn more_levels_than_a_list_holds_are_several_sweeps() {
    let (mut duo, peers) = duo().await;
    let levels: Vec<f64> = (0..2600).map(|it| f64::from(it % 200) * 5e-3).collect();
    let readings = duo.sweep_alone(&levels).await.unwrap();
    assert_eq!(readings.iter().map(|it| it.level).collect::<Vec<_>>(), levels);
    assert_eq!(received(&peers[0]).iter().filter(|it| *it == SWEEP).count(), 2);
    assert_eq!(duo.sweep_alone(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_level_outside_its_window_is_refused_with_nothing_sent() {
    let (mut duo, peers) = duo().await;
    let error = duo.sweep_alone(&[0.1, 7.0]).await.unwrap_err();
    assert!(matches!(error, SmuError::OutsideWindow { .. }), "{error}");
    assert_eq!((received(&peers[0]), received(&peers[1])), (vec![], vec![]));
}
