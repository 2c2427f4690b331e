//! Neurons made of pairs of simulated instruments, over SCPI text.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{error::Error, io};

use gradient::{Forward, Monotonic, Pair, PairedReading};
use ndarray::{Array2, array};
use smu::{Model, Settings, Smu, units::Volts};
use train::{Activation, Mapping, Measured, MeasuredError};
use transport::{Session, SessionOptions, StreamTransport};

const SETTINGS: &str = r#"
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

/// With I = V / 12.5 kΩ, a = z.
const MAPPING: Mapping =
    Mapping { volts_per_unit: 0.5, window: (-1.0, 1.0), current_scale: 80e-6, gain: 2.0 };
const FORWARD: Forward = Forward { delta_v: Volts(0.1) };

/// A simulated instrument with a resistor on its terminals, in Ω.
async fn instrument(name: &str, resistance: f64) -> Smu {
    let config = format!(
        "model = \"keithley-2400\"\ndevice = {{ preset = \"resistor\", resistance = \"{resistance} Ohm\" }}"
    );
    let mut instrument = firmware_sim::Instrument::new(&toml::from_str(&config).unwrap()).unwrap();
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move { firmware_sim::serve(far, &mut instrument).await });
    let session = Session::spawn(StreamTransport::new(near), SessionOptions::default());
    let model = Model::builtin("keithley-2400").unwrap();
    Smu::open(name, session, model, toml::from_str::<Settings>(SETTINGS).unwrap()).await.unwrap()
}

/// One pair for each resistance, in Ω, outputs on.
async fn pairs(resistances: &[f64]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (number, &resistance) in resistances.iter().enumerate() {
        let base = instrument(&format!("a{number}"), resistance).await;
        let probe = instrument(&format!("b{number}"), resistance).await;
        let mut pair = Pair::new(&format!("p{number}"), base, probe, Monotonic::Yes).unwrap();
        pair.output_on().await.unwrap();
        pairs.push(pair);
    }
    pairs
}

type Batch = Vec<(usize, Vec<PairedReading>)>;

#[tokio::test]
async fn values_and_slopes_are_those_of_the_devices_and_every_reading_is_handed_over() {
    let mut batches: Vec<Batch> = Vec::new();
    let keep = |batch: &[(usize, Vec<PairedReading>)]| {
        batches.push(batch.to_vec());
        Ok::<_, io::Error>(())
    };
    // The second pair's resistors have twice the resistance; neuron 2 shares the first pair.
    let mut measured = Measured::new(pairs(&[12.5e3, 25e3]).await, MAPPING, FORWARD, keep).unwrap();
    let inputs = array![[0.5, 0.5, -1.5], [1.0, -1.0, 4.0]];
    let found = measured.activate(inputs.view()).await.unwrap();
    for mut pair in measured.into_pairs() {
        pair.output_off().await.unwrap();
    }

    let close = |found: &Array2<f32>, expected: Array2<f32>| {
        assert!((found - &expected).iter().all(|it| it.abs() < 0.01), "{found} against {expected}");
    };
    close(&found.values, array![[0.5, 0.25, -1.5], [1.0, -0.5, 2.0]]);
    close(&found.slopes, array![[1.0, 0.5, 1.0], [1.0, 0.5, 0.0]]);
    let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    let levels = |pair: usize| batch[pair].1.iter().map(|it| it.base.level).collect::<Vec<_>>();
    assert_eq!((batch[0].0, batch[1].0), (0, 1));
    assert_eq!(levels(0), [0.25, -0.75, 0.5, 1.0]);
    assert_eq!(levels(1), [0.25, -0.5]);
}

#[tokio::test]
async fn readings_that_are_not_kept_are_not_used() {
    let refuse = |_: &[(usize, Vec<PairedReading>)]| Err(io::Error::other("disk full"));
    let mut measured = Measured::new(pairs(&[12.5e3]).await, MAPPING, FORWARD, refuse).unwrap();
    let error = measured.activate(array![[0.5]].view()).await.unwrap_err();
    assert_eq!(error.to_string(), "the readings could not be kept");
    assert_eq!(error.source().unwrap().to_string(), "disk full");
}

#[tokio::test]
async fn when_one_pair_fails_what_the_others_measured_is_kept() {
    let mut kept = Vec::new();
    let keep = |batch: &[(usize, Vec<PairedReading>)]| {
        kept.extend(batch.iter().map(|(pair, rows)| (*pair, rows.len())));
        Ok::<_, io::Error>(())
    };
    let mut pairs = pairs(&[12.5e3, 12.5e3]).await;
    pairs[0].output_off().await.unwrap();
    let mut measured = Measured::new(pairs, MAPPING, FORWARD, keep).unwrap();
    let error = measured.activate(array![[0.5, 0.5]].view()).await.unwrap_err();
    assert_eq!(error.to_string(), "pair \"p0\" cannot be measured");
    drop(measured);
    assert_eq!(kept, [(1, 1)]);
}

#[tokio::test]
async fn a_base_in_compliance_still_activates_but_has_no_slope() {
    let keep = |_: &[(usize, Vec<PairedReading>)]| Ok::<_, io::Error>(());
    let mut measured = Measured::new(pairs(&[8e3]).await, MAPPING, FORWARD, keep).unwrap();
    // 1 V / 8 kΩ = 125 µA, beyond the compliance of 105 µA; 0.5 V is within.
    let found = measured.activate(array![[1.999], [1.0]].view()).await.unwrap();
    assert!((found.values[[0, 0]] - 2.625).abs() < 0.02, "{}", found.values);
    assert!(found.slopes[[0, 0]].is_nan());
    assert!((found.slopes[[1, 0]] - 1.5625).abs() < 0.02, "{}", found.slopes);
}

#[tokio::test]
async fn a_mapping_that_leaves_an_instruments_window_is_refused_before_anything_is_sent() {
    let keep = |_: &[(usize, Vec<PairedReading>)]| Ok::<_, io::Error>(());
    let wide = Mapping { window: (-1.0, 1.15), ..MAPPING };
    let error = Measured::new(pairs(&[12.5e3]).await, wide, FORWARD, keep).err().unwrap();
    let reason = error.source().unwrap().to_string();
    assert_eq!(reason, "level 1.25 V is outside the window -1.2 V to 1.2 V of \"b0\"");
    let none = Measured::new(Vec::new(), MAPPING, FORWARD, keep).err().unwrap();
    assert!(matches!(none, MeasuredError::NoPairs));
}
