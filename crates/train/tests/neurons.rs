//! Neurons made of pairs of simulated instruments, over SCPI text.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{error::Error, io};

use gradient::{
    Batch, Curve, GradientConfig, Knowledge, Memory, Mismatch, Monotonic, Noise, Pair, Service,
};
use ndarray::{Array2, array};
use smu::{Model, Settings, Smu};
use train::{
    Activation, Devices, DevicesConfig, LayerKind, Mapping, MeasuredError, NetworkConfig, Neurons,
    PairBinding, Run, Scaling, SlopeSource,
};
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
const DELTA_V: f64 = 0.1;

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

/// Nothing: no slope is read from it.
fn knowledge() -> Knowledge {
    let zero = || vec![0.0];
    Knowledge {
        noise: Noise {
            floor: 0.0,
            relative: 0.0,
            common: 0.0,
            private_walk: 0.0,
            common_walk: 0.0,
        },
        curve: Curve {
            levels: zero(),
            currents: zero(),
            slopes: zero(),
            seconds: zero(),
            thirds: zero(),
        },
        mismatch: Mismatch {
            levels: zero(),
            differences: zero(),
            uncertainties: zero(),
            made_at: 0,
        },
        memory: Memory { hysteresis: 0.0, hysteresis_noise: 0.0, kept: None },
    }
}

/// One pair for each two resistances, in Ω, outputs on.
async fn by_method(method: &str, resistances: &[[f64; 2]]) -> Vec<Service> {
    let text = format!("method = \"{method}\"\ndelta_v = \"{DELTA_V} V\"");
    let config: GradientConfig = toml::from_str(&text).unwrap();
    let mut services = Vec::new();
    for (number, [base, probe]) in resistances.iter().enumerate() {
        let base = instrument(&format!("a{number}"), *base).await;
        let probe = instrument(&format!("b{number}"), *probe).await;
        let mut pair = Pair::new(&format!("p{number}"), base, probe, Monotonic::Yes).unwrap();
        pair.output_on().await.unwrap();
        services.push(Service::new(pair, config.clone(), DELTA_V, knowledge()).unwrap());
    }
    services
}

/// One pair of equal devices for each resistance, in Ω, outputs on.
async fn services(resistances: &[f64]) -> Vec<Service> {
    let both: Vec<_> = resistances.iter().map(|it| [*it; 2]).collect();
    by_method("forward", &both).await
}

fn network(hidden: &[usize], activation: LayerKind, pairs: PairBinding) -> NetworkConfig {
    NetworkConfig {
        inputs: Scaling::Standardise,
        hidden: hidden.to_vec(),
        activation: vec![activation],
        pairs,
        init_scale: 1.0,
    }
}

/// Two layers that share all pairs, live.
fn neurons<O, E>(
    services: Vec<Service>,
    mapping: Mapping,
    keep: O,
) -> Result<Neurons<O>, MeasuredError>
where
    O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    run(services, mapping, keep, DevicesConfig::default(), SlopeSource::Measured)
}

fn run<O, E>(
    services: Vec<Service>,
    mapping: Mapping,
    keep: O,
    config: DevicesConfig,
    slopes: SlopeSource,
) -> Result<Neurons<O>, MeasuredError>
where
    O: FnMut(&[(usize, Batch)]) -> Result<(), E> + Send,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let network = network(&[3, 2], LayerKind::Device, PairBinding::Shared);
    Neurons::new(&network, Devices::new(services, mapping, keep)?, config, slopes)
}

#[tokio::test]
async fn values_and_slopes_are_those_of_the_devices_and_every_reading_is_handed_over() {
    let mut batches: Vec<Vec<(usize, Batch)>> = Vec::new();
    let keep = |batch: &[(usize, Batch)]| {
        batches.push(batch.to_vec());
        Ok::<_, io::Error>(())
    };
    // The second pair's resistors have twice the resistance; neuron 2 shares the first pair.
    let mut measured = neurons(services(&[12.5e3, 25e3]).await, MAPPING, keep).unwrap();
    let inputs = array![[0.5, 0.5, -1.5], [1.0, -1.0, 4.0]];
    let found = measured.activate(0, inputs.view()).await.unwrap();
    for mut service in measured.into_services() {
        service.pair_mut().output_off().await.unwrap();
    }

    let close = |found: &Array2<f32>, expected: Array2<f32>| {
        assert!((found - &expected).iter().all(|it| it.abs() < 0.01), "{found} against {expected}");
    };
    close(&found.values, array![[0.5, 0.25, -1.5], [1.0, -0.5, 2.0]]);
    close(&found.slopes, array![[1.0, 0.5, 1.0], [1.0, 0.5, 0.0]]);
    let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    let asked = |pair: usize| &batch[pair].1.plan.asked;
    let sent = |pair: usize| batch[pair].1.rows.iter().map(|it| it.base.level).collect::<Vec<_>>();
    assert_eq!((batch[0].0, batch[1].0), (0, 1));
    assert_eq!(
        (asked(0).as_slice(), asked(1).as_slice()),
        (&[0.25, -0.75, 0.5, 1.0][..], &[0.25, -0.5][..])
    );
    assert_eq!((sent(0), sent(1)), (vec![-0.75, 0.25, 0.5, 1.0], vec![-0.5, 0.25]));
}

#[tokio::test]
async fn readings_that_are_not_kept_are_not_used() {
    let refuse = |_: &[(usize, Batch)]| Err(io::Error::other("disk full"));
    let mut measured = neurons(services(&[12.5e3]).await, MAPPING, refuse).unwrap();
    let error = measured.activate(0, array![[0.5]].view()).await.unwrap_err();
    assert_eq!(error.to_string(), "the readings could not be kept");
    assert_eq!(error.source().unwrap().to_string(), "disk full");
}

#[tokio::test]
async fn when_one_pair_fails_what_the_others_measured_is_kept() {
    let mut kept = Vec::new();
    let keep = |batch: &[(usize, Batch)]| {
        kept.extend(batch.iter().map(|(pair, batch)| (*pair, batch.rows.len())));
        Ok::<_, io::Error>(())
    };
    let mut services = services(&[12.5e3, 12.5e3]).await;
    services[0].pair_mut().output_off().await.unwrap();
    let mut measured = neurons(services, MAPPING, keep).unwrap();
    let error = measured.activate(0, array![[0.5, 0.5]].view()).await.unwrap_err();
    assert_eq!(error.to_string(), "pair \"p0\" cannot be measured");
    drop(measured);
    assert_eq!(kept, [(1, 1)]);
}

#[tokio::test]
async fn a_base_in_compliance_still_activates_but_has_no_slope() {
    let keep = |_: &[(usize, Batch)]| Ok::<_, io::Error>(());
    let mut measured = neurons(services(&[8e3]).await, MAPPING, keep).unwrap();
    // 1 V / 8 kΩ = 125 µA, beyond the compliance of 105 µA; 0.5 V is within.
    let found = measured.activate(0, array![[1.999], [1.0]].view()).await.unwrap();
    assert!((found.values[[0, 0]] - 2.625).abs() < 0.02, "{}", found.values);
    assert!(found.slopes[[0, 0]].is_nan());
    assert!((found.slopes[[1, 0]] - 1.5625).abs() < 0.02, "{}", found.slopes);
}

#[tokio::test]
async fn a_mapping_that_leaves_an_instruments_window_is_refused_before_anything_is_sent() {
    let keep = |_: &[(usize, Batch)]| Ok::<_, io::Error>(());
    let wide = Mapping { window: (-1.0, 1.15), ..MAPPING };
    let error = neurons(services(&[12.5e3]).await, wide, keep).err().unwrap();
    let reason = error.source().unwrap().to_string();
    assert_eq!(
        reason,
        "level 1.15 V with delta_v 100 mV needs 1.25 V, outside the window -1.2 V to 1.2 V of \"b0\""
    );
    let none = neurons(Vec::new(), MAPPING, keep).err().unwrap();
    assert!(matches!(none, MeasuredError::NoPairs));
}

#[tokio::test]
async fn the_value_is_the_current_of_the_device_that_the_slope_belongs_to() {
    let keep = |_: &[(usize, Batch)]| Ok::<_, io::Error>(());
    // 12.5 kΩ and 10 kΩ: the mean device has 90 µS, an activation of 1.125 z.
    let unlike = [[12.5e3, 10e3]];
    for (method, value, slope) in [("chopped-central", 0.5625, 1.125), ("forward", 0.5, 1.875)] {
        let services = by_method(method, &unlike).await;
        let mut measured = neurons(services, MAPPING, keep).unwrap();
        let found = measured.activate(0, array![[0.5]].view()).await.unwrap();
        let (at, slope_at) = (found.values[[0, 0]], found.slopes[[0, 0]]);
        assert!(
            (at - value).abs() < 0.01 && (slope_at - slope).abs() < 0.03,
            "{method}: {found:?}"
        );
    }
}

#[tokio::test]
async fn what_is_asked_twice_is_measured_once_and_answers_both() {
    let mut shots = Vec::new();
    let keep = |batch: &[(usize, Batch)]| {
        shots.extend(batch.iter().map(|it| it.1.rows.len()));
        Ok::<_, io::Error>(())
    };
    let mut measured = neurons(services(&[12.5e3]).await, MAPPING, keep).unwrap();
    let found = measured.activate(0, array![[0.5, 9.0], [9.0, 0.5]].view()).await.unwrap();
    assert_eq!(found.values[[0, 0]], found.values[[1, 1]]);
    assert_eq!(found.values[[0, 1]], found.values[[1, 0]]);
    drop(measured);
    assert_eq!(shots, [2]);
}

#[tokio::test]
async fn a_table_is_measured_once_and_interpolates_every_pair() {
    let config = DevicesConfig { run: Run::Table, levels: 33, ..DevicesConfig::default() };
    for slopes in [SlopeSource::Measured, SlopeSource::Numerical] {
        let mut batches = Vec::new();
        let keep = |batch: &[(usize, Batch)]| {
            batches.push(batch.len());
            Ok::<_, io::Error>(())
        };
        let services = services(&[12.5e3, 25e3]).await;
        let mut tabled = run(services, MAPPING, keep, config.clone(), slopes).unwrap();
        let inputs = array![[0.55, 0.5, -1.53], [1.0, -1.0, 4.0]];
        let first = tabled.activate(0, inputs.view()).await.unwrap();
        let second = tabled.activate(1, inputs.view()).await.unwrap();
        assert_eq!(first, second);
        let expected = array![[0.55, 0.25, -1.53], [1.0, -0.5, 2.0]];
        assert!((first.values - expected).iter().all(|it| it.abs() < 0.01));
        let expected = array![[1.0, 0.5, 1.0], [1.0, 0.5, 0.0]];
        assert!((first.slopes - expected).iter().all(|it| it.abs() < 0.02), "{slopes:?}");
        assert_eq!((tabled.tables().len(), tabled.tables()[0].levels.len()), (2, 33));
        drop(tabled);
        assert_eq!(batches, [2], "one batch a pair, all at once");
    }
}

#[tokio::test]
async fn a_hybrid_reads_values_and_interpolates_slopes() {
    let mut batches = 0;
    let keep = |_: &[(usize, Batch)]| {
        batches += 1;
        Ok::<_, io::Error>(())
    };
    let config = DevicesConfig { run: Run::Hybrid, levels: 33, ..DevicesConfig::default() };
    let services = services(&[12.5e3]).await;
    let mut hybrid = run(services, MAPPING, keep, config, SlopeSource::Measured).unwrap();
    let found = hybrid.activate(0, array![[0.5, -0.25, 9.0]].view()).await.unwrap();
    assert!((found.values - array![[0.5, -0.25, 2.0]]).iter().all(|it| it.abs() < 0.01));
    assert!((found.slopes - array![[1.0, 1.0, 0.0]]).iter().all(|it| it.abs() < 0.02));
    drop(hybrid);
    assert_eq!(batches, 2);
}

#[tokio::test]
async fn tables_are_measured_again_when_they_are_old_and_not_when_a_check_finds_them_right() {
    for (refresh, check, expected) in [(Some(3), None, 4), (None, Some(3), 1), (None, None, 1)] {
        let keep = |_: &[(usize, Batch)]| Ok::<_, io::Error>(());
        let config = DevicesConfig {
            run: Run::Table,
            levels: 17,
            refresh,
            check,
            ..DevicesConfig::default()
        };
        let services = services(&[12.5e3]).await;
        let mut tabled = run(services, MAPPING, keep, config, SlopeSource::Measured).unwrap();
        for _ in 0..10 {
            tabled.activate(0, array![[0.5]].view()).await.unwrap();
            tabled.activate(1, array![[0.5]].view()).await.unwrap();
        }
        assert_eq!(tabled.tables_measured(), expected);
    }
}

#[tokio::test]
async fn a_check_that_finds_another_current_than_the_table_measures_it_again() {
    let keep = |_: &[(usize, Batch)]| Ok::<_, io::Error>(());
    let config =
        DevicesConfig { run: Run::Table, levels: 17, check: Some(1), ..DevicesConfig::default() };
    let services = services(&[12.5e3]).await;
    let mut tabled = run(services, MAPPING, keep, config, SlopeSource::Measured).unwrap();
    tabled.prepare().await.unwrap();
    let mut moved = tabled.snapshot().unwrap();
    moved.tables[0].currents.iter_mut().for_each(|it| *it *= 1.05);
    moved.age = [1, 1];
    tabled.restore(moved);
    let found = tabled.activate(0, array![[1.0]].view()).await.unwrap();
    assert_eq!(tabled.tables_measured(), 2);
    assert!((found.values[[0, 0]] - 1.0).abs() < 0.01, "the table is right again");
}

#[tokio::test]
async fn layers_of_software_read_nothing_and_neurons_of_their_own_need_as_many_pairs() {
    let keep = |_: &[(usize, Batch)]| Err(io::Error::other("nothing is read"));
    let devices = Devices::new(services(&[12.5e3]).await, MAPPING, keep).unwrap();
    let live = DevicesConfig::default();
    let software = network(&[2], LayerKind::Sigmoid, PairBinding::Shared);
    let mut software = Neurons::new(&software, devices, live, SlopeSource::Measured).unwrap();
    let found = software.activate(0, array![[0.0]].view()).await.unwrap();
    assert_eq!((found.values[[0, 0]], found.slopes[[0, 0]]), (0.5, 0.25));
    assert!(software.mapping(0).is_none());

    let keep = |_: &[(usize, Batch)]| Ok::<_, io::Error>(());
    let own = network(&[2, 1], LayerKind::Device, PairBinding::Own);
    let pairs = services(&[12.5e3, 25e3, 50e3]).await;
    let devices = Devices::new(pairs, MAPPING, keep).unwrap();
    let live = DevicesConfig::default();
    let mut neurons = Neurons::new(&own, devices, live.clone(), SlopeSource::Measured).unwrap();
    let first = neurons.activate(0, array![[1.0, 1.0]].view()).await.unwrap();
    let second = neurons.activate(1, array![[1.0]].view()).await.unwrap();
    assert!((first.values - array![[1.0, 0.5]]).iter().all(|it| it.abs() < 0.01));
    assert!((second.values - array![[0.25]]).iter().all(|it| it.abs() < 0.01));

    let devices = Devices::new(services(&[12.5e3]).await, MAPPING, keep).unwrap();
    let error = Neurons::new(&own, devices, live, SlopeSource::Measured).err().unwrap();
    assert_eq!(
        error.to_string(),
        "3 neurons are to be pairs of their own, and there are 1 pairs: expected as many pairs, or \
         network.pairs = \"shared\""
    );
}
