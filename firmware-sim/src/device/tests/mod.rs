//! The physics of the simulated device against closed forms and fine-step references.

mod circuit;
mod liquid;
mod loops;
mod nuisance;
mod shared;
mod spectrum;
mod steps;
mod switching;
mod tables;

use crate::{
    config::{DeviceConfig, Dut, Preset},
    terminals::{Drive, Operating, Terminals},
};

/// Every preset that needs no file.
fn presets() -> impl Iterator<Item = Preset> {
    Preset::ALL.into_iter().filter(|it| *it != Preset::Table)
}

fn remembers(preset: Preset) -> bool {
    !matches!(preset, Preset::Resistor | Preset::Diode)
}

fn dut(preset: Preset) -> Dut {
    Dut { device: DeviceConfig::preset(preset), ..Dut::default() }
}

/// The default device with what the TOML changes.
fn written(toml: &str) -> Dut {
    toml::from_str(toml).unwrap()
}

fn on(dut: &Dut) -> Terminals {
    Terminals::new(dut, 5)
}

fn volts(volts: f64) -> Drive {
    Drive::Voltage { volts, limit: 1.0 }
}

/// Goes to a level, holds it, and answers what flows in the end.
fn held(terminals: &mut Terminals, level: f64, seconds: f64) -> Operating {
    terminals.set(volts(level));
    terminals.pass(seconds);
    terminals.operating()
}

/// The current at a level at once.
fn current(terminals: &mut Terminals, level: f64) -> f64 {
    terminals.set(volts(level));
    terminals.operating().amperes
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, (values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count).sqrt())
}
