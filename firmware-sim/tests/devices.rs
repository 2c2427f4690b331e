//! Every device on the terminals of an instrument, over SCPI text.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use firmware_sim::{Config, Delivery, Instrument};

const SET_UP: &str = "*RST;:SOUR:FUNC VOLT;:SENS:FUNC \"CURR\";:SENS:CURR:PROT 0.1;:FORM:ELEM CURR";

fn switched_on(device: &str) -> Instrument {
    let config: Config =
        toml::from_str(&format!("accuracy = \"0 %\"\ndevice = {{ {device} }}")).unwrap();
    let mut instrument = Instrument::new(&config).unwrap();
    assert_eq!(ask(&mut instrument, &format!("{SET_UP};:OUTP ON;:SYST:ERR?")), "0,\"No error\"");
    instrument
}

/// What the instrument answers to one message.
fn ask(instrument: &mut Instrument, message: &str) -> String {
    let mut out = Vec::new();
    assert_eq!(instrument.receive(format!("{message}\n").as_bytes(), &mut out), Delivery::Now);
    String::from_utf8(out).unwrap().trim_end().to_owned()
}

fn read(instrument: &mut Instrument, volts: f64) -> f64 {
    ask(instrument, &format!(":SOUR:VOLT {volts};:READ?")).parse().unwrap()
}

#[test]
fn every_device_is_read_over_the_wire() {
    for (device, volts, amperes) in [
        // x0 = 0.013 on the branches of the first fitted sweep.
        ("preset = \"cuso4\", sample_period = \"1 s\"", 1.0, 0.6737e-3),
        ("preset = \"liquid-sinh\", full_scale = \"60 uA\"", 1.0, 60e-6),
        ("preset = \"saturating\", full_scale = \"60 uA\"", 1.0, 60e-6),
        ("preset = \"conical\", relaxation = \"100 s\"", 1.0, 60e-6),
        ("preset = \"nanochannel\", relaxation = \"100 s\"", 1.0, 60e-6),
        ("preset = \"ag-filament\"", 0.2, 0.888e-9),
        ("preset = \"switching\", relaxation = \"1 us\"", 1.0, 60e-6),
        ("preset = \"vteam\"", 0.25, 0.25 / 55e3),
        ("preset = \"yakopcic\"", 0.1, 0.17 * 0.11 * 0.005),
        ("preset = \"resistor\"", 1.0, 1e-4),
        ("preset = \"diode\"", 0.4, 2.5e-9 * 6.91e3),
    ] {
        let found = read(&mut switched_on(device), volts);
        assert!((found / amperes - 1.0).abs() < 0.01, "{device}: {found} against {amperes}");
    }
}

#[test]
fn a_memristor_on_an_instrument_remembers_and_forgets() {
    let mut instrument = switched_on("preset = \"cuso4\"");
    let fresh = read(&mut instrument, 1.0);
    for _ in 0..20 {
        read(&mut instrument, 2.0);
    }
    let written = read(&mut instrument, 1.0);
    assert!(written > 1.5 * fresh, "{fresh} {written}");
    ask(&mut instrument, ":OUTP OFF");
    for _ in 0..2000 {
        ask(&mut instrument, "*OPC?");
    }
    ask(&mut instrument, ":OUTP ON");
    let later = read(&mut instrument, 1.0);
    assert!(later < written, "{later} of {written}");
}

#[test]
fn the_default_device_is_copper_sulphate() {
    let text = |device: &str| read(&mut switched_on(device), 1.2);
    assert_eq!(text(""), text("preset = \"cuso4\", sweep = 1"));
}

#[test]
fn two_instruments_of_one_bench_drift_together_where_their_files_say_so() {
    // Each with a seed of its own; `common_seed` is what joins them.
    let readings = |seed: u64, common: u64| -> Vec<f64> {
        let text = format!(
            "seed = {seed}\naccuracy = \"0 %\"\ndevice = {{ preset = \"resistor\" }}\n\
             drift = {{ gain = \"2 %\", over = \"10 s\", correlation = \"100 %\", \
             common_seed = {common} }}"
        );
        let mut instrument = Instrument::new(&toml::from_str::<Config>(&text).unwrap()).unwrap();
        ask(&mut instrument, &format!("{SET_UP};:SENS:CURR:RANG 1E-3;:SENS:CURR:NPLC 10;:OUTP ON"));
        (0..60).map(|_| read(&mut instrument, 1.0)).collect()
    };
    let (one, two, alone) = (readings(1, 9), readings(2, 9), readings(3, 8));
    let farthest = |a: &[f64], b: &[f64]| {
        a.iter().zip(b).map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max)
    };
    assert!(farthest(&one, &[1e-4; 60]) > 5e-3, "they drift: {one:?}");
    assert!(farthest(&one, &two) < 1e-4, "{one:?} {two:?}");
    assert!(farthest(&one, &alone) > 5e-3, "{one:?} {alone:?}");
}

#[test]
fn two_instruments_of_one_bench_are_disturbed_together_where_their_files_say_so() {
    let readings = |seed: u64, common: u64| -> Vec<f64> {
        let text = format!(
            "seed = {seed}\naccuracy = \"0 %\"\ndevice = {{ preset = \"resistor\" }}\n\
             noise = {{ common = \"1 %\", common_seed = {common} }}"
        );
        let mut instrument = Instrument::new(&toml::from_str::<Config>(&text).unwrap()).unwrap();
        ask(&mut instrument, &format!("{SET_UP};:SENS:CURR:RANG 1E-3;:OUTP ON"));
        (0..200).map(|_| read(&mut instrument, 1.0) / 1e-4 - 1.0).collect()
    };
    let (one, two, alone) = (readings(1, 9), readings(2, 9), readings(3, 8));
    let rms = |values: &mut dyn Iterator<Item = f64>| {
        (values.map(|it| it * it).sum::<f64>() / 200.0).sqrt()
    };
    let apart = |a: &[f64], b: &[f64]| rms(&mut a.iter().zip(b).map(|(a, b)| a - b)) / 2f64.sqrt();
    let alike = rms(&mut one.iter().copied());
    assert!((alike / 0.01 - 1.0).abs() < 0.2, "{alike}");
    assert!(apart(&one, &two) < 1e-4, "{one:?} {two:?}");
    assert!((apart(&one, &alone) / 0.01 - 1.0).abs() < 0.2, "{one:?} {alone:?}");
    let next = one.windows(2).map(|it| it[0] * it[1]).sum::<f64>() / 200.0 / (alike * alike);
    assert!(next.abs() < 0.25, "{next}");
}
