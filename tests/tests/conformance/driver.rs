//! The driver, and the hunt for readings that are given to another level.

use std::{sync::Arc, time::Duration};

use memloop_tests::{hunt::hunt_over, wire::configured};

use crate::bench::{Bench, Station};

/// Sockets are on a real clock: what is lost is not waited for long.
const PATIENCE: Duration = Duration::from_millis(100);
const READINGS: u64 = 1000;

pub async fn sweep<B: Bench>() {
    let station = Station::<B>::start().await;
    let mut smu = configured("a0", station.session.clone()).await;
    smu.output_on().await.unwrap();
    let levels: Vec<f64> = (0..2500).map(|it| f64::from(it * 7919 % 20_001) * 5e-5).collect();
    let readings = smu.list_sweep(&levels).await.unwrap();
    assert_eq!(readings.len(), levels.len());
    for (reading, level) in readings.iter().zip(levels) {
        assert_eq!(reading.level, level);
        let current = reading.current.unwrap();
        assert!((current * 1e4 - level).abs() < 1e-5, "{current} A at {level} V");
    }
    smu.output_off().await.unwrap();
    station.has_no_errors().await;
    assert!(!station.host.with(|it| it.output_is_on()));
}

pub async fn hunt<B: Bench>() {
    let Station { bench, host, session } = Station::<B>::start().await;
    session.close().await;
    let connect = async |options| bench.connect(options).await;
    let report = hunt_over(connect, Arc::clone(&host), PATIENCE, READINGS, 2026).await;
    assert!(report.total() >= READINGS, "{report}");
    assert_eq!(report.readings.len(), 3, "each way has some: {report}");
    assert!(report.lost.values().sum::<u64>() > 0 && report.connections > 1, "{report}");
}
