//! The spectrum of the noise.

use std::f64::consts::TAU;

use super::*;

const POINTS: usize = 4096;
/// One reading of one power-line cycle after the other.
const INTERVAL: f64 = 0.02;

/// The slope of log power against log frequency between 0.05 and 5 Hz: periodograms of 24 series of
/// readings without their mean and trend, averaged in bands of a third of an octave.
fn slope(toml: &str) -> f64 {
    let dut = written(&format!("device = {{ preset = \"resistor\" }}\n{toml}"));
    let bands: Vec<f64> = (0..20).map(|it| 0.05 * 2f64.powf(f64::from(it) / 3.0)).collect();
    let mut power = vec![0.0; bands.len()];
    for seed in 0..24 {
        let mut device = Terminals::new(&dut, seed);
        device.set(volts(1.0));
        let mut values: Vec<f64> = (0..POINTS)
            .map(|_| {
                device.pass(INTERVAL);
                device.noise(1e-4, 1.0)
            })
            .collect();
        windowed(&mut values);
        for (band, power) in bands.iter().zip(&mut power) {
            *power +=
                (0..3).map(|it| at(&values, band * (1.0 + 0.06 * f64::from(it)))).sum::<f64>();
        }
    }
    let points: Vec<_> = bands.iter().zip(&power).map(|(f, p)| (f.ln(), p.ln())).collect();
    let count = points.len() as f64;
    let mean =
        points.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0 / count, sum.1 + it.1 / count));
    let covariance: f64 = points.iter().map(|it| (it.0 - mean.0) * (it.1 - mean.1)).sum();
    covariance / points.iter().map(|it| (it.0 - mean.0).powi(2)).sum::<f64>()
}

/// Takes the mean off and applies Hann's window, which keeps slow drift out of the other bands.
fn windowed(values: &mut [f64]) {
    let (mean, _) = moments(values);
    for (index, value) in values.iter_mut().enumerate() {
        *value = (*value - mean) * (1.0 - (TAU * index as f64 / POINTS as f64).cos());
    }
}

/// The power at one frequency (Goertzel).
fn at(values: &[f64], hertz: f64) -> f64 {
    let double_cosine = 2.0 * (TAU * hertz * INTERVAL).cos();
    let (a, b) = values.iter().fold((0.0, 0.0), |(a, b), value| (value + double_cosine * a - b, a));
    a * a + b * b - double_cosine * a * b
}

#[test]
fn read_noise_is_white() {
    let slope = slope("noise = { read = \"1 %\" }");
    assert!(slope.abs() < 0.1, "{slope}");
}

#[test]
fn flicker_noise_has_the_exponent_that_is_written() {
    for exponent in [0.7, 1.0, 1.3] {
        let toml = format!("noise = {{ flicker = \"1 %\", flicker_exponent = {exponent:?} }}");
        let slope = slope(&toml);
        assert!((slope + exponent).abs() < 0.1, "{exponent}: {slope}");
    }
}

#[test]
fn read_noise_has_its_rms_and_falls_with_the_root_of_the_integration_time() {
    let rms = |nplc: f64| {
        let mut device =
            on(&written("device = { preset = \"liquid-sinh\" }\nnoise = { read = \"0.2 %\" }"));
        let squares: f64 = (0..4000).map(|_| device.noise(0.0, nplc).powi(2)).sum();
        (squares / 4000.0).sqrt()
    };
    assert!((rms(1.0) / (0.002 * 60e-6) - 1.0).abs() < 0.05);
    assert!((rms(1.0) / rms(4.0) - 2.0).abs() < 0.1);
}

#[test]
fn telegraph_noise_has_two_levels_and_its_dwell_time() {
    let mut device = on(&written(
        "device = { preset = \"resistor\" }\nnoise = { telegraph = \"2 %\", telegraph_dwell = \"50 ms\" }",
    ));
    device.set(volts(1.0));
    let values: Vec<f64> = (0..20_000)
        .map(|_| {
            device.pass(1e-3);
            device.noise(1e-4, 1.0)
        })
        .collect();
    assert!(values.iter().all(|it| (it.abs() / 2e-6 - 1.0).abs() < 1e-12));
    let jumps = values.windows(2).filter(|it| it[0] != it[1]).count();
    assert!((jumps as f64 / 400.0 - 1.0).abs() < 0.15, "{jumps} jumps in 20 s");
}
