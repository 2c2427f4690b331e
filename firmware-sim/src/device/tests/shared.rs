//! Noise that two devices share.

use super::*;

/// The interval of readings of one power-line cycle after 1 ms of delay.
const SLOT: f64 = 0.0223;

/// The relative noise of `count` readings, the first `delay` seconds late, from `seed`.
fn noise(keys: &str, seed: u64, delay: f64, count: usize, nplc: f64) -> Vec<f64> {
    let dut = written(&format!("device = {{ preset = \"resistor\" }}\nnoise = {{ {keys} }}"));
    let mut device = Terminals::new(&dut, seed);
    device.set(volts(1.0));
    device.pass(delay + 1e-9);
    (0..count)
        .map(|_| {
            device.pass(SLOT);
            device.noise(1e-4, nplc) / 1e-4
        })
        .collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, sd_a), (mean_b, sd_b)) = (moments(a), moments(b));
    let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
    products.sum::<f64>() / (a.len() as f64 * sd_a * sd_b)
}

#[test]
fn two_devices_that_are_read_together_see_the_same_noise() {
    let one = noise("common = \"1 %\", common_seed = 5", 1, 0.0, 4000, 1.0);
    let same = noise("common = \"1 %\", common_seed = 5", 2, 0.0, 4000, 1.0);
    assert_eq!(one, same);
    for (delay, least) in [(225e-6, 0.995), (1e-3, 0.97)] {
        let late = noise("common = \"1 %\", common_seed = 5", 2, delay, 4000, 1.0);
        let found = correlation(&one, &late);
        assert!(found > least, "{delay} s: {found}");
    }
    let other = noise("common = \"1 %\", common_seed = 6", 1, 0.0, 4000, 1.0);
    assert!(correlation(&one, &other).abs() < 0.05);
}

#[test]
fn successive_readings_see_nothing_of_each_other_s_noise() {
    let values = noise("common = \"1 %\"", 1, 0.0, 8000, 1.0);
    for lag in [1, 2, 3] {
        let found = correlation(&values[lag..], &values[..values.len() - lag]);
        assert!(found.abs() < 0.04, "{lag}: {found}");
    }
}

#[test]
fn a_longer_common_time_joins_successive_readings() {
    let values = noise("common = \"1 %\", common_time = \"1 s\"", 1, 0.0, 4000, 1.0);
    assert!(correlation(&values[1..], &values[..values.len() - 1]) > 0.99);
}

#[test]
fn common_noise_has_its_rms_as_a_share_of_the_current() {
    for (nplc, expected) in [(1.0, 0.01), (4.0, 0.005)] {
        let values = noise("common = \"1 %\", common_seed = 9", 1, 0.0, 8000, nplc);
        let (mean, sd) = moments(&values);
        assert!((sd / expected - 1.0).abs() < 0.03 && mean.abs() < 3e-4, "{nplc}: {mean} {sd}");
    }
}

#[test]
fn private_noise_is_what_it_was_beside_common_noise() {
    let alone = noise("read = \"0.2 %\", flicker = \"0.1 %\"", 7, 0.0, 100, 1.0);
    let common = noise("common = \"1 %\"", 7, 0.0, 100, 1.0);
    let both = noise("read = \"0.2 %\", flicker = \"0.1 %\", common = \"1 %\"", 7, 0.0, 100, 1.0);
    for ((alone, common), both) in alone.iter().zip(&common).zip(&both) {
        assert!((alone + common - both).abs() < 1e-15);
    }
}
