//! The conversations of `tests/transcripts/<model>/` that this driver leads, driven.
#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

use smu::{Blocks, Carries, Model, Reading, Settings, Smu};
use transport::Session;

/// What every conversation sets an instrument to: each model can.
pub const SETTINGS: &str = r#"
source_range = "2 V"
sense_range = "100 uA"
compliance = "105 uA"
nplc = 1
line_frequency = "50 Hz"
source_delay = "1 ms"
four_wire = false
window = ["-1.2 V", "1.2 V"]
ramp = "10 V/s"
"#;

/// The conversation that every model has: all that the driver says.
pub const EVERY_MODEL: &str = "driver";

/// Conversations by the names of their files.
pub const NAMES: [&str; 7] = [
    EVERY_MODEL,
    "configure",
    "sweep-of-3",
    "sweep-of-101",
    "single-reading",
    "reading-between-sweeps",
    "nearly-equal-levels",
];

/// Says what `name` says, to an instrument of `model` over a link that carries text.
pub async fn drive(name: &str, model: &str, session: Session) {
    let model = Model::builtin(model).unwrap();
    let settings: Settings = toml::from_str(SETTINGS).unwrap();
    let carries = Carries { blocks: Blocks::None, ..Carries::default() };
    let mut smu = Smu::open_over("a0", session, model, carries, settings).await.unwrap();
    if name == "configure" {
        return;
    }
    smu.output_on().await.unwrap();
    match name {
        EVERY_MODEL => {
            smu.verify().await.unwrap();
            assert!(is_of_10_kilohms(&smu.read(0.5).await.unwrap()));
            assert!(smu.list_sweep(&[0.1, 0.2, -0.3]).await.unwrap().iter().all(is_of_10_kilohms));
            assert!(smu.sweep(-1.0, 1.0, 5).await.unwrap().iter().all(is_of_10_kilohms));
            assert!(smu.list_sweep(&[0.3, 0.4]).await.unwrap().iter().all(is_of_10_kilohms));
        }
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
    let near = |it: f64| (it - expected).abs() < 0.01 * expected.abs() + 1e-9;
    reading.current.is_some_and(near) && !reading.in_compliance && !reading.overflow
}
