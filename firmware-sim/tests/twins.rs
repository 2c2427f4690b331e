//! The devices of the benches that ship with twins.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{collections::BTreeMap, path::Path};

use firmware_sim::{Config, Delivery, Instrument};

/// The simulated instruments of each `benches/twins-*.toml`, by name.
fn benches() -> BTreeMap<String, BTreeMap<String, Config>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let named = files.map(|it| (it.file_name().unwrap().to_str().unwrap().to_owned(), it));
    named
        .filter(|(name, _)| name.starts_with("twins-"))
        .map(|(name, path)| {
            let text = std::fs::read_to_string(path).unwrap();
            let mut bench: toml::Table = toml::from_str(&text).unwrap();
            (name, bench.remove("simulated").unwrap().try_into().unwrap())
        })
        .collect()
}

/// The current at each level, in A.
fn currents(config: &Config, levels: &[f64]) -> Vec<f64> {
    let mut instrument = Instrument::new(config).unwrap();
    let mut ask = |message: &str| {
        let mut out = Vec::new();
        let delivery = instrument.receive(format!("{message}\n").as_bytes(), &mut out);
        assert_eq!(delivery, Delivery::Now);
        String::from_utf8(out).unwrap().trim_end().to_owned()
    };
    let set_up = "*RST;:SOUR:FUNC VOLT;:SENS:FUNC \"CURR\";:SENS:CURR:PROT 105E-6;\
                  :SENS:CURR:RANG 1E-4;:FORM:ELEM CURR,STAT;:OUTP ON;:SYST:ERR?";
    assert_eq!(ask(set_up), "0,\"No error\"");
    let readings = levels.iter().map(|level| ask(&format!(":SOUR:VOLT {level};:READ?")));
    readings
        .map(|reply| {
            let (current, status) = reply.split_once(',').unwrap();
            let status = status.parse::<f64>().unwrap() as u32;
            // Bit 0: overflow; bit 3: compliance.
            assert_eq!(status & 0b1001, 0, "{config:?}: {reply}");
            current.parse().unwrap()
        })
        .collect()
}

#[test]
fn twins_differ_in_their_seeds_alone_and_share_what_disturbs_them() {
    let benches = benches();
    assert!(benches.len() >= 7, "{:?}", benches.keys());
    for (name, devices) in benches {
        let [a, b] = ["a1", "b1"].map(|it| devices[it].clone());
        assert_eq!(devices.len(), 2, "{name}");
        assert_ne!(a.seed, b.seed, "{name}");
        assert_eq!(Config { seed: b.seed, ..a.clone() }, b, "{name}");
        assert!(a.noise.common.0 > 0.0, "{name}");
        a.validate().unwrap();
    }
}

#[test]
fn no_twin_of_fifty_draws_is_ever_limited_in_its_window() {
    for (_, devices) in benches() {
        for draw in 0..50 {
            for config in devices.values() {
                currents(&config.redrawn(draw), &[1.3, -1.3, 1.3]);
            }
        }
    }
}

#[test]
fn draws_of_twins_differ_by_what_their_file_says() {
    for (name, devices) in benches() {
        // Where gain and offset show and the other differences hardly do.
        let [a, b] = ["a1", "b1"].map(|it| {
            let mut config = devices[it].clone();
            config.noise = firmware_sim::Noise::default();
            config.mismatch.v_scale_sd.0 = 0.0;
            config.mismatch.shape_sd.0 = 0.0;
            config.mismatch.offset_sd.0 = 0.0;
            config.drift = firmware_sim::Drift::default();
            config
        });
        let differences: Vec<f64> = (0..400)
            .map(|draw| {
                let [a, b] = [&a, &b].map(|it| currents(&it.redrawn(draw), &[1.0])[0]);
                2.0 * (a - b) / (a + b)
            })
            .collect();
        let sd = (differences.iter().map(|it| it * it).sum::<f64>() / 400.0).sqrt();
        assert!((sd / 0.05 - 1.0).abs() < 0.12, "{name}: {sd}");
    }
}
