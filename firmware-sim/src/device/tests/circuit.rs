//! The device in its circuit: settling, limits, the double layer.

use super::*;
use crate::config::{Farads, Ohms};

const RESISTOR: &str = "device = { preset = \"resistor\" }\n";

#[test]
fn the_output_settles_exponentially_between_levels() {
    let mut device = on(&written(RESISTOR));
    device.settling(14.5e-6);
    held(&mut device, 1.0, 1.0);
    device.set(volts(-0.5));
    for step in 1..=10 {
        device.pass(1e-5);
        let expected = -0.5 + 1.5 * (-1e-5 * f64::from(step) / 14.5e-6).exp();
        let operating = device.operating();
        assert!((operating.volts - expected).abs() < 1e-12, "{step}: {operating:?}");
        assert!((operating.amperes - expected * 1e-4).abs() < 1e-15);
    }
    // The data sheet's 0.1 % of the step after 100 us.
    assert!((device.operating().volts + 0.5).abs() < 1.02 * 1.5e-3);
}

#[test]
fn a_level_programmed_in_mid_way_is_gone_to_from_there() {
    let mut device = on(&written(RESISTOR));
    device.settling(1e-3);
    held(&mut device, 1.0, 1e-3);
    let reached = 1.0 - (-1.0f64).exp();
    assert!((device.operating().volts - reached).abs() < 1e-12);
    device.set(volts(0.0));
    assert!((device.operating().volts - reached).abs() < 1e-12);
    device.set(Drive::Off);
    assert_eq!(device.operating().volts, 0.0);
    device.pass(1.0);
    assert!((held(&mut device, 1.0, 1e-3).volts - reached).abs() < 1e-12);
}

#[test]
fn a_current_settles_too() {
    let mut device = on(&written(RESISTOR));
    device.settling(1e-3);
    device.set(Drive::Current { amperes: 1e-4, limit: 10.0 });
    device.pass(2e-3);
    let expected = 1.0 - (-2.0f64).exp();
    assert!((device.operating().volts - expected).abs() < 1e-9, "{:?}", device.operating());
}

#[test]
fn behind_a_series_resistance_the_voltages_add_up() {
    let mut device = on(&written("mismatch = { series_resistance = \"2 kOhm\" }"));
    let mut bare = on(&dut(Preset::Cuso4));
    for level in [-1.5, -0.2, 0.7, 1.4] {
        let amperes = current(&mut device, level);
        let inner = current(&mut bare, level - 2e3 * amperes);
        assert!((amperes / inner - 1.0).abs() < 1e-9, "{level}: {amperes} {inner}");
    }
}

#[test]
fn a_diode_is_shockleys_behind_its_resistance() {
    let mut device = on(&written(
        "device = { preset = \"diode\", saturation_current = \"1 nA\", ideality = 2.0, \
         resistance = \"100 Ohm\" }",
    ));
    for level in [-5.0, -0.1, 0.3, 0.8, 2.0] {
        let amperes = current(&mut device, level);
        let expected = 1e-9 * ((level - 100.0 * amperes) / (2.0 * 0.02585)).exp_m1();
        assert!((amperes - expected).abs() < 1e-9 * amperes.abs().max(1e-9), "{level}: {amperes}");
    }
    let mut far = on(&dut(Preset::Diode));
    far.set(Drive::Voltage { volts: 200.0, limit: 1e-3 });
    let operating = far.operating();
    assert!(operating.limiting && (0.5..0.8).contains(&operating.volts), "{operating:?}");
}

#[test]
fn an_open_output_carries_nothing_and_the_state_relaxes() {
    let mut device = on(&dut(Preset::Nanochannel));
    let rest = current(&mut device, 0.5);
    let moved = held(&mut device, 0.5, 30.0).amperes - rest;
    device.set(Drive::Current { amperes: 0.0, limit: 1e3 });
    device.pass(1.875);
    assert_eq!(device.operating(), Operating { volts: 0.0, amperes: 0.0, limiting: false });
    let left = current(&mut device, 0.5) - rest;
    assert!((left / moved - (-1.0f64).exp()).abs() < 1e-6, "{left} of {moved}");
}

/// A resistor with a double layer.
fn double_layer(capacitance: f64, access: f64) -> Terminals {
    let mut dut = written(RESISTOR);
    dut.cell.capacitance = Farads(capacitance);
    dut.cell.access_resistance = Some(Ohms(access));
    on(&dut)
}

#[test]
fn a_step_charges_the_double_layer_through_the_access_resistance() {
    let mut device = double_layer(1e-6, 1e3);
    device.set(volts(1.1));
    // 10 kOhm behind 1 kOhm: 100 uA in the end, with R1·R2/(R1 + R2)·C to get there.
    let time_constant = 1e-6 * 1e3 * 10e3 / 11e3;
    assert!((device.operating().amperes - 1.1e-3).abs() < 1e-12);
    for step in 1..=20 {
        device.pass(2e-4);
        let gone = (-2e-4 * f64::from(step) / time_constant).exp();
        let expected = 1e-4 + 1e-3 * gone;
        let amperes = device.operating().amperes;
        assert!((amperes / expected - 1.0).abs() < 1e-6, "{step}: {amperes} {expected}");
    }
}

#[test]
fn a_ramp_drives_c_dv_dt_through_the_double_layer() {
    let mut device = double_layer(1e-7, 100.0);
    // 10 V/s in steps of 1 mV: 1 uA besides what the resistor takes.
    let (mut level, mut sum, mut count) = (0.0, 0.0, 0.0);
    for step in 0..200 {
        level += 1e-3;
        device.set(volts(level));
        for _ in 0..100 {
            device.pass(5e-7);
            // At the middle of each microsecond, with the resistor behind 100 Ohm.
            if step >= 100 {
                sum += device.operating().amperes - level / 10.1e3;
                count += 1.0;
            }
            device.pass(5e-7);
        }
    }
    let displacement: f64 = sum / count;
    // The 10 kOhm take the share 10/10.1 of the ramp and of the current.
    let expected = 1e-6 * (10.0f64 / 10.1).powi(2);
    assert!((displacement / expected - 1.0).abs() < 0.005, "{displacement}");
}

#[test]
fn a_settling_source_drives_c_dv_dt() {
    // A source that is slow against RC: i = C·dV/dt of the exponential, and V/R.
    let mut device = double_layer(1e-8, 10.0);
    device.settling(1e-3);
    device.set(volts(1.0));
    for step in 1..=10 {
        device.pass(2e-4);
        let left = (-0.2 * f64::from(step)).exp();
        let expected = 1e-8 * left / 1e-3 + (1.0 - left) / 10.01e3;
        let amperes = device.operating().amperes;
        assert!((amperes / expected - 1.0).abs() < 2e-3, "{step}: {amperes} {expected}");
    }
}

#[test]
fn in_limitation_the_double_layer_is_charged_with_the_limit() {
    let mut device = double_layer(1e-6, 100.0);
    device.set(Drive::Voltage { volts: 1.0, limit: 1e-3 });
    device.pass(3e-4);
    let operating = device.operating();
    assert!(operating.limiting);
    // 1 mA into 10 kOhm and 1 uF: 10 V·(1 − e^(−t/10 ms)), and 0.1 V across the 100 Ohm.
    let expected = -10.0 * (-0.03f64).exp_m1() + 0.1;
    assert!((operating.volts - expected).abs() < 1e-6, "{operating:?} {expected}");
    device.pass(0.1);
    assert!(!device.operating().limiting);
}

#[test]
fn a_filament_behind_a_limit_is_held_by_it() {
    let mut device = on(&written("device = { preset = \"ag-filament\", threshold_sd = \"0 %\" }"));
    device.set(Drive::Voltage { volts: 1.0, limit: 1e-5 });
    assert!(!device.operating().limiting);
    device.pass(1.0);
    let operating = device.operating();
    // It grows until the limit takes the voltage under the threshold, and no further.
    assert!(operating.limiting && operating.amperes == 1e-5);
    assert!((operating.volts - 0.75).abs() < 1e-3, "{operating:?}");
}

#[test]
fn the_largest_levels_of_any_instrument_are_survived_by_every_preset() {
    for preset in presets() {
        for keys in [
            "",
            "mismatch = { v_scale = \"1000 %\" }",
            "mismatch = { series_resistance = \"1 kOhm\", shape = \"-50 %\" }",
            "cell = { capacitance = \"1 uF\", emf = \"-50 mV\" }",
        ] {
            let mut device = on(&written(&format!("device = {{ preset = \"{preset}\" }}\n{keys}")));
            device.settling(14.5e-6);
            for drive in [
                Drive::Voltage { volts: 210.0, limit: 1.05 },
                Drive::Voltage { volts: -210.0, limit: 1e-9 },
                Drive::Current { amperes: 0.0, limit: 1e3 },
                Drive::Current { amperes: -1.05, limit: 210.0 },
                Drive::Current { amperes: 1e-12, limit: 2e-4 },
                Drive::Off,
                Drive::Voltage { volts: 0.5, limit: 1e-3 },
            ] {
                device.set(drive);
                for seconds in [1e-6, 1e-2, 10.0] {
                    device.pass(seconds);
                    let Operating { volts, amperes, .. } = device.operating();
                    let sane = volts.abs() <= 3e3 && amperes.abs() <= 2.2;
                    assert!(sane, "{preset} {keys} {drive:?}: {volts} V, {amperes} A");
                }
            }
        }
    }
}
