//! What a device may not be exposed to beyond window and compliance.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Peer, SETTINGS, connect, model, received};
use smu::{Settings, Smu, SmuError};

fn limited(limits: &str) -> Settings {
    toml::from_str(&format!("{SETTINGS}\n[limits]\n{limits}")).unwrap()
}

/// A limited instrument with its output on.
async fn ready(limits: &str) -> (Smu, Arc<Mutex<Peer>>) {
    let (session, peer) = connect(Peer::default());
    let mut smu = Smu::open("a0", session, model(), limited(limits)).await.unwrap();
    smu.output_on().await.unwrap();
    peer.lock().unwrap().received.clear();
    peer.lock().unwrap().visited.clear();
    (smu, peer)
}

#[test]
fn limits_that_the_other_settings_break_are_refused_with_what_would_do() {
    let rows = [
        (
            "power = \"100 uW\"",
            "limits.power = 100 uW: accepted is at least 126 uW, which is compliance 105 uA at 1.2 V: or \
             lower the compliance, or the window",
        ),
        (
            "dv_dt = \"5 V/s\"",
            "limits.dv_dt = 5 V/s: accepted is at least 10 V/s, which is the ramp",
        ),
        ("charge = \"0 C\"", "limits.charge = 0 C: accepted is a charge above 0 C"),
    ];
    for (limits, expected) in rows {
        assert_eq!(limited(limits).check(&model()).unwrap_err().to_string(), expected);
    }
    limited("power = \"126 uW\"\ndv_dt = \"10 V/s\"\ncharge = \"1 uC\"").check(&model()).unwrap();
    let error = toml::from_str::<Settings>(&format!("{SETTINGS}\n[limits]\npower = \"1 uV\""));
    assert_eq!(error.unwrap_err().message(), "\"1 uV\" is not in W; write for example \"20 mW\"");
}

#[tokio::test]
async fn levels_that_follow_each_other_too_fast_are_refused_with_nothing_sent() {
    let (mut smu, peer) = ready("dv_dt = \"10 V/s\"").await;
    let step = 10.0 * smu.seconds_per_point();
    smu.list_sweep(&[0.0, step, 0.0]).await.unwrap();
    received(&peer);
    let error = smu.list_sweep(&[0.0, 1.01 * step]).await.unwrap_err();
    assert!(matches!(error, SmuError::TooFast { .. }), "{error}");
    assert!(error.to_string().contains("at 10.1 V/s: limits.dv_dt is 10 V/s"), "{error}");
    assert_eq!(received(&peer), [""; 0]);
}

#[tokio::test]
async fn the_first_level_of_a_list_is_approached_in_steps_and_so_is_a_single_one() {
    let (mut smu, peer) = ready("dv_dt = \"10 V/s\"").await;
    let step = 10.0 * smu.seconds_per_point() * 1.0001;
    let readings = smu.list_sweep(&[1.0, 1.1]).await.unwrap();
    assert_eq!(readings.iter().map(|it| it.level).collect::<Vec<_>>(), [1.0, 1.1]);
    assert_eq!(smu.read(-1.0).await.unwrap().level, -1.0);
    assert_eq!(smu.read_each(&[0.5, 0.6]).await.unwrap().len(), 2);
    smu.output_off().await.unwrap();
    let visited = std::mem::take(&mut peer.lock().unwrap().visited);
    assert!(visited.len() > 10, "{visited:?}");
    assert!([0.0].iter().chain(&visited).zip(&visited).all(|(a, b)| (b - a).abs() <= step));
    assert_eq!(visited.last(), Some(&0.0));
}

#[tokio::test]
async fn charge_is_counted_and_no_list_is_begun_that_could_exceed_its_limit() {
    let (mut smu, peer) = ready("charge = \"100 uC\"").await;
    // 10 kΩ: 100 uA at 1 V.
    smu.list_sweep(&[1.0, -1.0]).await.unwrap();
    let expected = 2.0 * 1e-4 * smu.seconds_per_point();
    assert!((smu.charge().0 - expected).abs() < 1e-6 * expected);
    received(&peer);
    let error = loop {
        let before = smu.charge();
        match smu.list_sweep(&[1.0]).await {
            Ok(_) => assert!(smu.charge() > before && smu.charge().0 <= 1e-4),
            Err(error) => break error,
        }
        received(&peer);
    };
    assert!(matches!(error, SmuError::TooMuchCharge { .. }), "{error}");
    assert!(error.to_string().ends_with("limits.charge is 100 uC"), "{error}");
    assert_eq!(received(&peer), [""; 0]);
    // Switching off is always permitted.
    smu.output_off().await.unwrap();
}
