//! What a reading costs the device. The figure is printed; a release build's is what counts:
//! `cargo test --release -p firmware-sim --lib cost -- --nocapture`.

use std::{hint::black_box, time::Instant};

use super::*;

const READINGS: usize = if cfg!(debug_assertions) { 2_000 } else { 200_000 };

fn nanoseconds(dut: &Dut) -> f64 {
    let mut device = on(dut);
    device.settling(14.5e-6);
    let mut sum = 0.0;
    let start = Instant::now();
    for index in 0..READINGS {
        let level = 0.01 * (index % 200) as f64 - 1.0;
        device.set(Drive::Voltage { volts: level, limit: 0.1 });
        device.pass(1e-3);
        device.pass(10e-3);
        let operating = device.operating();
        sum += operating.amperes + device.noise(operating.amperes, 1.0);
    }
    black_box(sum);
    start.elapsed().as_nanos() as f64 / READINGS as f64
}

#[test]
fn a_reading_costs_the_device_less_than_twenty_microseconds_in_any_build() {
    let noisy = "noise = { read = \"0.2 %\", flicker = \"0.1 %\" }\n";
    let drifting = "drift = { gain = \"0.5 %\", correlation = \"50 %\" }\n";
    let cases = [
        ("cuso4", String::new()),
        ("cuso4, noise and drift", format!("{noisy}{drifting}")),
        ("liquid-sinh", "device = { preset = \"liquid-sinh\" }\n".to_owned()),
        ("vteam", "device = { preset = \"vteam\" }\n".to_owned()),
        ("ag-filament", "device = { preset = \"ag-filament\" }\n".to_owned()),
        ("conical", "device = { preset = \"conical\" }\n".to_owned()),
    ];
    for (name, toml) in cases {
        // The best of three, so that a busy machine does not fail the test.
        let best = (0..3).map(|_| nanoseconds(&written(&toml))).fold(f64::INFINITY, f64::min);
        println!("{name}: {best:.0} ns a reading");
        assert!(best < 20_000.0, "{name}: {best} ns");
    }
    for toml in [
        "device = { preset = \"yakopcic\" }\n",
        "mismatch = { series_resistance = \"100 Ohm\" }\n",
        "cell = { capacitance = \"100 nF\" }\n",
    ] {
        println!("{}: {:.0} ns a reading", toml.trim(), nanoseconds(&written(toml)));
    }
}
