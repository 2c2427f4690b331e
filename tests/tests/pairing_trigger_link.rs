//! Two 2400s whose Trigger Link lines are joined, driven as one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod pairing_bench;

use std::time::Duration;

use pairing_bench::{SETTINGS, Station, configured, ten_kilohms};
use smu::{Coupling, Duo, Lines, Reading, Side, SmuError, Wiring};

const MODEL: &str = "keithley-2400";
/// From one's source to the other's, s.
const LATENCY: f64 = 225e-6;

/// A cable that joins lines of equal number.
const STRAIGHT: &[(u32, u32)] = &[(1, 1), (2, 2), (3, 3), (4, 4)];

struct Bench {
    base: Station,
    probe: Station,
    duo: Duo,
}

async fn bench(cable: Option<&[(u32, u32)]>, coupling: Coupling) -> Bench {
    bench_of([String::new(), String::new()], cable, coupling).await
}

async fn bench_of(
    more: [String; 2],
    cable: Option<&[(u32, u32)]>,
    coupling: Coupling,
) -> Bench {
    let [one, other] = more.map(|it| ten_kilohms(MODEL, &it));
    let (mut base, mut probe) = (Station::new(&one), Station::new(&other));
    if let Some(cable) = cable {
        assert!(base.host.join(&probe.host, Some(cable)));
    }
    let smus = (
        configured("a1", MODEL, base.connect(), SETTINGS).await,
        configured("b1", MODEL, probe.connect(), SETTINGS).await,
    );
    let mut duo = Duo::new(smus.0, smus.1, coupling).unwrap();
    duo.output_on().await.unwrap();
    Bench { base, probe, duo }
}

fn linked() -> Coupling {
    Coupling::TriggerLink(Wiring::default())
}

/// `count` levels from -1 V to 1 V.
fn grid(count: usize) -> Vec<f64> {
    (0..count).map(|it| ((-1.0 + 2.0 * it as f64 / (count - 1) as f64) * 2e4).round() / 2e4).collect()
}

/// 10 kOhm at the level asked, to the last digits of the range.
#[track_caller]
fn is_ten_kilohms(reading: &Reading) {
    let found = reading.current.unwrap();
    assert!((found - reading.level * 1e-4).abs() < 5e-9, "{reading:?}");
}

#[tokio::test]
async fn a_pair_measures_every_level_within_the_latency_of_the_link() {
    let mut bench = bench(Some(STRAIGHT), linked()).await;
    let levels = grid(101);
    let beyond: Vec<_> = levels.iter().map(|it| it + 0.05).collect();
    let rows = bench.duo.sweep(&levels, &beyond).await.unwrap();
    assert_eq!(rows.len(), levels.len());
    for (row, level) in rows.iter().zip(&levels) {
        assert_eq!((row.base.level, row.probe.level), (*level, level + 0.05));
        is_ten_kilohms(&row.base);
        is_ten_kilohms(&row.probe);
        let skew = row.skew.unwrap();
        assert!((0.0..=LATENCY + 2e-4).contains(&(row.probe.time - row.base.time)), "{row:?}");
        assert!(skew.seconds.abs() <= LATENCY + skew.uncertainty, "{row:?}");
    }
    // Neither runs ahead: a point of one begins when the other has measured the one before.
    for pair in rows.windows(2) {
        assert!(pair[1].base.time > pair[0].probe.time);
    }
    assert!(bench.base.said().iter().any(|it| it.contains("TRIG:DIR SOUR")));
}
