//! Prints how long the estimators take at best, ns for each point, over sizes of plans.
//!
//! `cargo run --release -p memloop-gradient --example estimate_speed`

use std::time::Instant;

use gradient::{
    Codes, Curve, Evidence, GradientConfig, Knowledge, Memory, Method, Mismatch, Monotonic, Noise,
    Plan, ShotReading, SourceCodes, Store,
};
use smu::Reading;

/// A.
const FULL_SCALE: f64 = 50e-6;
/// Seconds that one size of one estimator is repeated for.
const SECONDS: f64 = 0.2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let knowledge = knowledge();
    let methods = [
        Method::Forward,
        Method::ChoppedCentral,
        Method::Abba,
        Method::AlternatelyChopped,
        Method::LocalRegression,
    ];
    println!("{:24}{:>8}{:>16}", "method", "points", "ns/point");
    for method in methods {
        for points in [16, 101, 257, 2500] {
            let plan = plan(method, points)?;
            let rows: Vec<ShotReading> = plan.shots.iter().enumerate().map(read).collect();
            let mut store = Store::new(100_000);
            for _ in 0..3 {
                store.add(&plan.shots, &rows);
            }
            let monotonic = Monotonic::Unknown;
            let (plan, rows, store, knowledge) = (&plan, &rows, &store, &knowledge);
            let evidence = Evidence { plan, rows, knowledge, calibration: None, store, monotonic };
            let (start, mut best) = (Instant::now(), f64::INFINITY);
            while start.elapsed().as_secs_f64() < SECONDS {
                let began = Instant::now();
                std::hint::black_box(method.estimate(std::hint::black_box(evidence)));
                best = best.min(began.elapsed().as_secs_f64());
            }
            println!("{:24}{points:>8}{:>16.0}", method.name(), 1e9 * best / points as f64);
        }
    }
    Ok(())
}

fn current(v: f64) -> f64 {
    FULL_SCALE * (3.0 * v).sinh() / 3.0_f64.sinh()
}

/// A reading with a little noise that is the same in every run.
fn read((number, shot): (usize, &gradient::Shot)) -> ShotReading {
    let noise = |side: usize| {
        let x = (number * 2 + side) as f64 * 0.618_033_988_75;
        0.004 * FULL_SCALE * (x.fract() - 0.5)
    };
    let reading = |level: f64, current: f64| Reading {
        level,
        voltage: None,
        current: Some(current),
        in_compliance: false,
        overflow: false,
        time: 0.0,
        status: 0,
    };
    ShotReading {
        base: reading(shot.base, current(shot.base) + noise(0)),
        probe: shot.probe.map(|it| reading(it, 1.05 * current(it) + noise(1))),
        skew: None,
    }
}

fn plan(method: Method, points: usize) -> Result<Plan, Box<dyn std::error::Error>> {
    let source = |smu: &str| SourceCodes {
        smu: smu.to_owned(),
        resolution: 1e-5,
        window: [-1.2, 1.2],
        range: 2.0,
    };
    let codes =
        Codes { base: source("base"), probe: source("probe"), seconds_per_shot: 1e-3, most: 2500 };
    let config = format!("method = \"{method}\"\ndelta_v = \"100 mV\"");
    let config: GradientConfig = toml::from_str(&config)?;
    let level = |it: usize| -1.0 + 2.0 * it as f64 / (points - 1) as f64;
    let levels: Vec<f64> = (0..points).map(level).collect();
    Ok(Plan::new(&levels, 0.1, &config, &codes)?)
}

fn knowledge() -> Knowledge {
    let levels: Vec<f64> = (0..41).map(|it| -1.0 + 0.05 * f64::from(it)).collect();
    let over = |of: &dyn Fn(f64) -> f64| levels.iter().map(|it| of(*it)).collect::<Vec<f64>>();
    let even = |v: f64| FULL_SCALE * (3.0 * v).cosh() / 3.0_f64.sinh();
    Knowledge {
        noise: Noise {
            floor: 0.001 * FULL_SCALE,
            relative: 0.0,
            common: 0.001,
            private_walk: 1e-4,
            common_walk: 0.0,
        },
        curve: Curve {
            currents: over(&current),
            slopes: over(&|v| 3.0 * even(v)),
            seconds: over(&|v| 9.0 * current(v)),
            thirds: over(&|v| 27.0 * even(v)),
            levels: levels.clone(),
        },
        mismatch: Mismatch {
            differences: over(&|v| 0.05 * current(v)),
            uncertainties: vec![0.001 * FULL_SCALE; levels.len()],
            levels,
            made_at: 0,
        },
        memory: Memory { hysteresis: 0.0, hysteresis_noise: 0.0, kept: None },
    }
}
