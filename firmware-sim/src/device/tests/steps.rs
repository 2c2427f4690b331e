//! Results do not depend on how often the device is asked, and are those of fine steps.

use super::*;

const PIECES: usize = 1000;

/// Levels and times that move every preset.
fn levels(preset: Preset) -> [(f64, f64); 4] {
    match preset {
        Preset::Cuso4 => [(1.9, 1.0), (-0.8, 1.0), (1.2, 1.0), (0.0, 1.0)],
        Preset::Conical => [(1.0, 0.02), (-1.0, 0.01), (0.4, 0.02), (0.0, 0.01)],
        Preset::Yakopcic => [(0.3, 1e-4), (0.4, 1e-4), (-0.3, 2e-4), (0.0, 1e-3)],
        Preset::AgFilament => [(1.0, 1e-4), (0.4, 1.0), (-0.4, 0.02), (0.05, 0.02)],
        Preset::Switching => [(0.8, 0.01), (-0.5, 0.01), (0.4, 0.02), (0.0, 0.01)],
        _ => [(1.0, 1.0), (-1.0, 1.0), (0.6, 1.0), (0.0, 1.0)],
    }
}

/// The currents at the ends of the levels, with each held in `pieces`.
fn ends(dut: &Dut, settling: f64, pieces: usize, drive: impl Fn(f64) -> Drive) -> Vec<Operating> {
    let mut device = on(dut);
    device.settling(settling);
    levels(dut.device.preset)
        .into_iter()
        .map(|(level, seconds)| {
            device.set(drive(level));
            for _ in 0..pieces {
                device.pass(seconds / pieces as f64);
            }
            device.operating()
        })
        .collect()
}

fn compare(name: &str, dut: &Dut, settling: f64, tolerance: f64, drive: impl Fn(f64) -> Drive) {
    let once = ends(dut, settling, 1, &drive);
    let often = ends(dut, settling, PIECES, &drive);
    for (one, other) in once.iter().zip(&often) {
        let scale = |a: f64, b: f64| tolerance * a.abs().max(b.abs()) + 1e-15;
        let volts = (one.volts - other.volts).abs() <= scale(one.volts, other.volts);
        let amperes = (one.amperes - other.amperes).abs() <= scale(one.amperes, other.amperes);
        assert!(volts && amperes, "{name} {}: {one:?} {other:?}", dut.device.preset);
    }
}

#[test]
fn a_voltage_held_once_is_a_voltage_held_in_a_thousand_pieces() {
    for preset in presets() {
        compare("bare", &dut(preset), 0.0, 1e-9, volts);
    }
}

#[test]
fn with_a_settling_source_too() {
    for preset in presets() {
        compare("settling", &dut(preset), 14.5e-6, 5e-4, volts);
    }
}

#[test]
fn behind_a_series_resistance_too() {
    for preset in presets() {
        let mut dut = dut(preset);
        let ohms = on(&dut).resistance_at(0.5);
        dut.mismatch.series_resistance = crate::config::Ohms(0.5 * ohms);
        compare("series", &dut, 14.5e-6, 1e-3, volts);
    }
}

#[test]
fn in_limitation_and_under_a_current_too() {
    for preset in presets() {
        let dut = dut(preset);
        let amperes = 0.7 / on(&dut).resistance_at(0.7);
        compare("limit", &dut, 0.0, 3e-3, |volts| Drive::Voltage { volts, limit: 0.6 * amperes });
        compare("current", &dut, 0.0, 5e-3, |volts| Drive::Current {
            amperes: amperes * volts,
            limit: 2.0,
        });
    }
}

#[test]
fn with_a_double_layer_too() {
    for preset in presets() {
        let mut dut = dut(preset);
        let ohms = on(&dut).resistance_at(0.5);
        dut.cell.access_resistance = Some(crate::config::Ohms(0.2 * ohms));
        dut.cell.capacitance = crate::config::Farads(1e-3 / ohms);
        compare("double layer", &dut, 14.5e-6, 2e-3, volts);
    }
}

#[test]
fn with_every_nuisance_at_once_too() {
    let dut = written(
        "mismatch = { gain_sd = \"5 %\", shape = \"5 %\", series_resistance = \"200 Ohm\" }\n\
         cell = { emf = \"8 mV\", capacitance = \"100 nF\", access_resistance = \"50 Ohm\" }\n\
         drying = { depth = \"50 %\", over = \"8 s\" }\n\
         drift = { gain = \"2 %\", over = \"1 s\", correlation = \"100 %\" }\n\
         cycle = { gain_sd = \"2 %\", v_scale_sd = \"1 %\" }",
    );
    compare("everything", &dut, 14.5e-6, 1e-3, volts);
}

impl Terminals {
    /// Volts over amperes at rest.
    fn resistance_at(&mut self, level: f64) -> f64 {
        level / current(self, level).abs()
    }
}

/// The state after `seconds` at `volts` by the fourth-order Runge-Kutta rule in many steps.
fn runge_kutta(x: f64, seconds: f64, speed: impl Fn(f64) -> f64) -> f64 {
    const STEPS: usize = 20_000;
    let step = seconds / STEPS as f64;
    (0..STEPS).fold(x, |x, _| {
        let a = speed(x);
        let b = speed(x + 0.5 * step * a);
        let c = speed(x + 0.5 * step * b);
        let d = speed(x + step * c);
        x + step / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    })
}

#[test]
fn yakopcics_state_is_that_of_fine_steps() {
    let mut device = on(&dut(Preset::Yakopcic));
    let f = |x: f64, rising: bool| {
        let (gap, wide, alpha): (f64, f64, f64) =
            if rising { (1.0 - x, 0.7, 1.0) } else { (x, 0.5, 5.0) };
        if gap > wide { 1.0 } else { (-alpha * (wide - gap)).exp() * gap / wide }
    };
    let up = 4000.0 * (0.6f64.exp() - 0.16f64.exp());
    let down = -4000.0 * (0.6f64.exp() - 0.15f64.exp());
    let mut x = 0.11;
    for (level, seconds, g) in [(0.6, 4e-4, up), (-0.6, 1e-3, down), (0.6, 2e-4, up)] {
        let amperes = held(&mut device, level, seconds).amperes;
        x = runge_kutta(x, seconds, |x| g * f(x, g > 0.0));
        let found = amperes / (0.17 * (0.05f64 * level).sinh());
        assert!((found - x).abs() < 1e-7, "{level}: {found} against {x}");
    }
}

#[test]
fn vteams_state_is_that_of_fine_steps_with_every_window() {
    for window in ["none", "linear", "joglekar", "biolek"] {
        let text = format!("device = {{ preset = \"vteam\", x_0 = 0.3, window = \"{window}\" }}");
        let mut device = on(&written(&text));
        let f = |w: f64, rising: bool| match window {
            "none" => 1.0,
            "linear" => {
                if rising {
                    1.0 - w
                } else {
                    w
                }
            }
            "joglekar" => 1.0 - (2.0 * w - 1.0).powi(2),
            _ => 1.0 - (if rising { w } else { 1.0 - w }).powi(2),
        };
        let mut w = 0.3;
        for (level, k) in [(0.5, (0.5f64 / 0.3 - 1.0).powi(3)), (-0.45, -(0.5f64).powi(3))] {
            let amperes = held(&mut device, level, 1.0).amperes;
            w = runge_kutta(w, 1.0, |w| k * f(w, k > 0.0));
            let found = (level / amperes - 10e3) / 90e3;
            assert!((found - w).abs() < 1e-9, "{window} {level}: {found} against {w}");
        }
    }
}

#[test]
fn behind_a_resistance_the_state_is_that_of_fine_steps() {
    // VTEAM with a linear window, r(w) = 10 k + 90 k·w, behind 50 k at 1 V.
    let mut device = on(&written(
        "device = { preset = \"vteam\", x_0 = 0.1 }\nmismatch = { series_resistance = \"50 kOhm\" }",
    ));
    let ohms = |w: f64| 10e3 + 90e3 * w;
    let speed = |w: f64| {
        let volts = ohms(w) / (ohms(w) + 50e3);
        if volts > 0.3 { (volts / 0.3 - 1.0).powi(3) * (1.0 - w) } else { 0.0 }
    };
    // Start above the threshold: at w = 0.2 the junction has 0.36 V.
    let amperes = held(&mut device, 1.0, 2.0).amperes;
    let mut expected = 0.1;
    expected = runge_kutta(expected, 2.0, speed);
    assert!((1.0 / amperes - 50e3 - ohms(expected)).abs() < 30.0, "{amperes} {expected}");
    let mut moved = on(&written(
        "device = { preset = \"vteam\", x_0 = 0.25 }\nmismatch = { series_resistance = \"50 kOhm\" }",
    ));
    let amperes = held(&mut moved, 1.0, 20.0).amperes;
    let expected = runge_kutta(0.25, 20.0, speed);
    assert!(expected > 0.4);
    let found = (1.0 / amperes - 60e3) / 90e3;
    assert!((found - expected).abs() < 1e-3, "{found} against {expected}");
}
