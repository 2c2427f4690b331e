//! The conversations of `tests/transcripts/keithley-2400/`, driven.
#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

use smu::{Reading, Smu};
use transport::Session;

use super::{model, settings};

/// Conversations by the names of their files.
pub const NAMES: [&str; 6] = [
    "configure",
    "sweep-of-3",
    "sweep-of-101",
    "single-reading",
    "reading-between-sweeps",
    "nearly-equal-levels",
];

/// Says what `name` says.
pub async fn drive(name: &str, session: Session) {
    let mut smu = Smu::configure("a0", session, model(), settings()).await.unwrap();
    if name == "configure" {
        return;
    }
    smu.output_on().await.unwrap();
    match name {
        "sweep-of-3" => {
            let readings = smu.list_sweep(&[0.1, 0.2, -0.3]).await.unwrap();
            for reading in &readings {
                assert!(is_of_10_kilohms(reading), "{reading:?}");
            }
            assert!(readings[0].time < readings[1].time && readings[1].time < readings[2].time);
        }
        "sweep-of-101" => {
            let levels: Vec<_> =
                (0..101).map(|it| smu.level_as_sourced(0.01 * f64::from(it))).collect();
            let readings = smu.list_sweep(&levels).await.unwrap();
            assert_eq!(readings.len(), 101);
            assert!(is_of_10_kilohms(&readings[100]), "{:?}", readings[100]);
        }
        "single-reading" => {
            let reading = smu.read(0.5).await.unwrap();
            assert!(is_of_10_kilohms(&reading), "{reading:?}");
        }
        "reading-between-sweeps" => {
            smu.list_sweep(&[0.1, 0.2]).await.unwrap();
            smu.read(0.5).await.unwrap();
            smu.list_sweep(&[0.3, 0.4]).await.unwrap();
        }
        "nearly-equal-levels" => {
            smu.read(1.0).await.unwrap();
            smu.read(1.000001).await.unwrap();
            smu.list_sweep(&[1.0, 1.000001]).await.unwrap();
        }
        other => panic!("no scenario {other}"),
    }
    smu.output_off().await.unwrap();
}

fn is_of_10_kilohms(reading: &Reading) -> bool {
    let expected = reading.level * 1e-4;
    let near = |it: f64| (it - expected).abs() < 0.01 * expected.abs();
    reading.current.is_some_and(near) && !reading.in_compliance && !reading.overflow
}
