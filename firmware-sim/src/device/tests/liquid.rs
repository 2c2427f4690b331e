//! The presets that benches name, to the last bit.

use super::*;
use crate::config::Ratio;

#[test]
fn at_rest_the_current_is_the_documented_law() {
    let mut device = on(&dut(Preset::LiquidSinh));
    for volts in [-1.0f64, -0.4, 0.2, 0.7, 1.0] {
        let nominal = 60e-6 * (0.8 * (volts / 0.3).sinh() / (1.0f64 / 0.3).sinh() + 0.2 * volts);
        let current = current(&mut device, volts);
        assert!((current - nominal).abs() < 1e-18, "{volts} V: {current} against {nominal}");
    }
}

#[test]
fn the_state_relaxes_to_rest_with_its_time_constant() {
    let mut device = on(&written("device = { preset = \"liquid-sinh\", relaxation = \"2 s\" }"));
    let rest = current(&mut device, 1.0);
    let moved = held(&mut device, 1.0, 20.0).amperes - rest;
    held(&mut device, 0.0, 2.0);
    let left = current(&mut device, 1.0) - rest;
    assert!((left / moved - (-1.0f64).exp()).abs() < 1e-6, "{left} of {moved}");
}

#[test]
fn a_written_mismatch_is_exactly_what_is_written() {
    let mut nominal = on(&dut(Preset::LiquidSinh));
    let mut other = dut(Preset::LiquidSinh);
    other.mismatch.gain = Ratio(0.05);
    other.mismatch.offset = Ratio(-0.01);
    let mut other = on(&other);
    for volts in [-0.8, 0.0, 0.6] {
        let expected = 1.05 * current(&mut nominal, volts) - 0.01 * 60e-6;
        assert!((current(&mut other, volts) - expected).abs() < 1e-15);
    }
}

#[test]
fn the_full_scale_is_the_current_at_one_volt_from_rest() {
    for preset in ["liquid-sinh", "saturating", "cuso4", "conical", "nanochannel"] {
        let dut = written(&format!("device = {{ preset = \"{preset}\", full_scale = \"2 uA\" }}"));
        let full_scale = current(&mut on(&dut), 1.0);
        assert!((full_scale / 2e-6 - 1.0).abs() < 1e-12, "{preset}: {full_scale}");
    }
}

#[test]
fn without_memory_the_state_does_not_show() {
    let mut device = on(&written("device = { preset = \"liquid-sinh\", memory = \"0 %\" }"));
    let fresh = current(&mut device, 0.7);
    held(&mut device, 1.0, 10.0);
    assert!((current(&mut device, 0.7) - fresh).abs() < 1e-20);
}

#[test]
fn without_memory_the_slopes_have_their_documented_range() {
    // Slopes at 0 V, least and most over ±1 V, in FS/V; of `liquid-sinh` and `saturating` in closed
    // form: 0.8/0.3/sinh(1/0.3) + 0.2, and the figures of tanh((V − 0.03)/0.38) bent by 8 %.
    for (preset, at_zero, least, most) in
        [("liquid-sinh", 0.39, 0.39, 2.87), ("saturating", 2.20, 0.08, 2.26)]
    {
        let dut = written(&format!("device = {{ preset = \"{preset}\", memory = \"0 %\" }}"));
        let mut device = on(&dut);
        let mut shares = |volts: f64| current(&mut device, volts) / 60e-6;
        let slopes: Vec<f64> = (-1000..=1000)
            .map(|it| 1e-3 * f64::from(it))
            .map(|volts| (shares(volts + 1e-4) - shares(volts - 1e-4)) / 2e-4)
            .collect();
        let lowest = slopes.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = slopes.iter().copied().fold(0.0, f64::max);
        for (found, expected) in [(slopes[1000], at_zero), (lowest, least), (highest, most)] {
            assert!((found - expected).abs() < 0.006, "{preset}: {found} {expected}");
        }
    }
}
