//! The estimators that draw a curve through all readings, on simulated pairs.
#![allow(clippy::unwrap_used, reason = "tests")]
mod simulated;
use gradient::{Method, Store};
use simulated::*;

#[test]
fn experiment() {
    let pairs: usize = std::env::var("PAIRS").map_or(50, |it| it.parse().unwrap());
    let cases = [
        ("static", STATIONARY),
        ("default", DEFAULT),
        ("cm1%", Disturbance { common: 0.01, ..DEFAULT }),
        ("rw.3", Disturbance { walk: 0.003, ..DEFAULT }),
    ];
    for method in [Method::AlternatelyChopped, Method::LocalRegression] {
        for (name, disturbance) in cases {
            for (shape_name, shape) in [("sinh", sinh as Shape), ("sat", sat), ("fil", filament)] {
                let mut rng = rng(1);
                let levels = grid();
                let plan = plan(method, &levels, 0.1);
                let knowledge = knowledge(shape, disturbance);
                let store = Store::new(1000);
                let (mut sse, mut r2, mut within, mut count, mut ends) = (0.0, 0.0, 0, 0, 0.0);
                let mut z2 = 0.0;
                let mut cur = (0.0, 0);
                for _ in 0..pairs {
                    let devices = Devices::drawn(shape, &mut rng);
                    let rows = devices.measure(&plan, disturbance, &mut rng);
                    let got = estimate(method, &plan, &rows, &knowledge, &store);
                    let truth: Vec<f64> = levels.iter().map(|v| devices.slope(*v)).collect();
                    let range = truth.iter().copied().fold(f64::MIN, f64::max)
                        - truth.iter().copied().fold(f64::MAX, f64::min);
                    let mean = truth.iter().sum::<f64>() / 101.0;
                    let sst: f64 = truth.iter().map(|it| (it - mean).powi(2)).sum();
                    let mut own = 0.0;
                    for (k, (g, t)) in got.iter().zip(&truth).enumerate() {
                        let it = g.didv.unwrap();
                        let e = it.value - t;
                        own += e * e;
                        if (5..96).contains(&k) {
                            ends += (e / range).powi(2) / 91.0;
                        }
                        count += 1;
                        within += usize::from(e.abs() <= it.uncertainty);
                        z2 += (e / it.uncertainty).powi(2);
                        let c = g.current.unwrap();
                        let e = c.value - devices.mean(levels[k]);
                        cur.0 += (e / FULL_SCALE).powi(2);
                        cur.1 += usize::from(e.abs() <= c.uncertainty);
                    }
                    sse += own / 101.0 / range / range;
                    r2 += 1.0 - own / sst;
                }
                let n = pairs as f64;
                println!(
                    "{method} {name:8} {shape_name:5} rmse {:.3} R2 {:.5} cov {:.3} zrms {:.2} inner {:.3} current {:.3} {:.3}",
                    100.0 * (sse / n).sqrt(),
                    r2 / n,
                    within as f64 / count as f64,
                    (z2 / count as f64).sqrt(),
                    100.0 * (ends / n).sqrt(),
                    100.0 * (cur.0 / count as f64).sqrt(),
                    cur.1 as f64 / count as f64
                );
            }
        }
    }
}
