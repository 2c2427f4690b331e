//! Readings per second on one core, in process: list sweeps of 2500 points on the default device,
//! from the text of a command to the text of the answer.
//!
//! The project asks for 300 000 a second with the elements that its driver asks for.
#![allow(missing_docs, reason = "criterion writes the entry point")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on should fail there")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firmware_sim::{Config, Instrument};

const POINTS: usize = 2500;

/// A 2400 with the default device and a list of 2500 levels within ±1 V.
fn instrument(set_up: &str) -> Instrument {
    let mut instrument = Instrument::new(&Config::default()).unwrap();
    let mut text = String::from("*RST;:SENS:CURR:RANG 1e-4;:SYST:AZER OFF;:SENS:CURR:NPLC 0.01\n");
    for command in 0..25 {
        text += if command == 0 { ":SOUR:LIST:VOLT " } else { ":SOUR:LIST:VOLT:APP " };
        let level = |it: usize| (it as f64 / POINTS as f64 * std::f64::consts::TAU).sin();
        let levels = (command * 100..(command + 1) * 100).map(|it| format!("{:.4}", level(it)));
        text += &levels.collect::<Vec<_>>().join(",");
        text.push('\n');
    }
    text +=
        &format!(":SOUR:VOLT:MODE LIST;:TRIG:COUN {POINTS};:SOUR:DEL 0.001;{set_up};:OUTP ON\n");
    text += ":SYST:ERR?\n";
    let mut out = Vec::new();
    let _ = instrument.receive(text.as_bytes(), &mut out);
    assert_eq!(String::from_utf8_lossy(&out), "0,\"No error\"\n");
    instrument
}

fn sweeps(criterion: &mut Criterion) {
    let cases = [
        ("the driver's elements, INIT and FETC?", ":FORM:ELEM CURR,TIME,STAT", ":INIT\n:FETC?\n"),
        ("the driver's elements, READ?", ":FORM:ELEM CURR,TIME,STAT", ":READ?\n"),
        ("voltage and current, READ?", ":SENS:FUNC \"VOLT\";:FORM:ELEM VOLT,CURR", ":READ?\n"),
        ("all five elements, READ?", ":SENS:FUNC \"VOLT\"", ":READ?\n"),
        ("the driver's elements, binary", ":FORM SRE;:FORM:ELEM CURR,TIME,STAT", ":READ?\n"),
        ("no answer", "", ":INIT\n"),
    ];
    let mut group = criterion.benchmark_group("list sweep of 2500 points");
    group.throughput(Throughput::Elements(POINTS as u64)).sample_size(20);
    for (name, set_up, commands) in cases {
        let mut instrument = instrument(set_up);
        let mut out = Vec::new();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                let _ = instrument.receive(commands.as_bytes(), &mut out);
                black_box(&out);
            });
        });
    }
    group.finish();
}

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("single messages");
    group.throughput(Throughput::Elements(1));
    let mut instrument = Instrument::new(&Config::default()).unwrap();
    let mut out = Vec::new();
    let _ = instrument.receive(b":FORM:ELEM CURR\n:OUTP ON\n", &mut out);
    for (name, commands) in [
        ("a query of a setting", ":SENS:CURR:PROT?\n"),
        ("a level and a reading", ":SOUR:VOLT 0.5\n:READ?\n"),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                let _ = instrument.receive(commands.as_bytes(), &mut out);
                black_box(&out);
            });
        });
    }
    group.finish();
}

criterion_group!(throughput, sweeps, messages);
criterion_main!(throughput);
