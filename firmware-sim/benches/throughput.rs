//! Readings per second on one core, in process: list sweeps of 2500 points, from the text of a
//! command to the text of the answer. The default device exceeds the default compliance in most
//! levels, where the simulator has the most to do.
//!
//! The project asks for 300 000 a second with the elements that its driver asks for.
#![allow(missing_docs, reason = "criterion writes the entry point")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on should fail there")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use firmware_sim::{Config, Instrument};

const POINTS: usize = 2500;

/// Levels within ±1 V, in lists of a hundred.
fn hundreds() -> impl Iterator<Item = String> {
    let level = |it: usize| (it as f64 / POINTS as f64 * std::f64::consts::TAU).sin();
    let lists = (0..POINTS).step_by(100).map(move |from| (from..from + 100).map(level));
    lists.map(|it| it.map(|it| format!("{it:.4}")).collect::<Vec<_>>().join(","))
}

/// An instrument that was told `text` and has nothing against it.
fn instrument(config: &str, text: &str) -> Instrument {
    let config: Config = toml::from_str(config).unwrap();
    let mut instrument = Instrument::new(&config).unwrap();
    let mut out = Vec::new();
    let _ = instrument.receive(format!("{text}\n:SYST:ERR?\n").as_bytes(), &mut out);
    let answer = String::from_utf8_lossy(&out);
    assert!(answer.trim_start_matches('+').starts_with("0,\"No error"), "{answer}");
    instrument
}

/// A 2400 with a list, ready for a trigger.
fn keithley_2400(config: &str, set_up: &str) -> Instrument {
    let mut text = String::from("*RST;:SENS:CURR:RANG 1e-4;:SYST:AZER OFF;:SENS:CURR:NPLC 0.01\n");
    for (index, levels) in hundreds().enumerate() {
        let append = if index == 0 { "" } else { ":APP" };
        text += &format!(":SOUR:LIST:VOLT{append} {levels}\n");
    }
    text += &format!(":SOUR:VOLT:MODE LIST;:TRIG:COUN {POINTS};:SOUR:DEL 0.001;{set_up};:OUTP ON");
    instrument(config, &text)
}

/// A 2450 with a list sweep, which switches the output itself.
fn keithley_2450() -> Instrument {
    let mut text = String::from(
        "*RST;:SENS:CURR:RANG 1e-4;:SENS:CURR:NPLC 0.01;:SENS:CURR:AZER OFF;:SOUR:VOLT:RANG 2\n",
    );
    for (index, levels) in hundreds().enumerate() {
        let append = if index == 0 { "" } else { ":APP" };
        text += &format!(":SOUR:LIST:VOLT{append} {levels}\n");
    }
    text += ":SOUR:SWE:VOLT:LIST 1, 0.001, 1, OFF, \"defbuffer1\"";
    instrument("model = \"keithley-2450\"", &text)
}

/// A B2902A with the same list on both channels.
fn keysight_b2902a() -> Instrument {
    let mut text = String::from("*RST;:FORM:ELEM:SENS VOLT,CURR,TIME,STAT\n");
    let levels = hundreds().collect::<Vec<_>>().join(",");
    for n in [1, 2] {
        text += &format!(":SENS{n}:FUNC \"VOLT\",\"CURR\";:SENS{n}:CURR:RANG:AUTO OFF\n");
        text += &format!(":SENS{n}:CURR:RANG 1e-4;:SENS{n}:CURR:NPLC 0.1\n");
        text += &format!(":SOUR{n}:VOLT:MODE LIST;:SOUR{n}:LIST:VOLT {levels}\n");
        text +=
            &format!(":TRIG{n}:ALL:SOUR TIM;:TRIG{n}:ALL:TIM 3e-3;:TRIG{n}:ALL:COUN {POINTS}\n");
        text += &format!(":TRIG{n}:ACQ:DEL 1e-3\n");
    }
    instrument("model = \"keysight-b2902a\"", &(text + ":OUTP1 1;:OUTP2 1"))
}

/// The reply is checked once: a sweep that is refused is quick.
fn sweeps(criterion: &mut Criterion) {
    let driver = ":FORM:ELEM CURR,TIME,STAT";
    let within = ":FORM:ELEM CURR,TIME,STAT;:SENS:CURR:PROT 0.1;:SENS:CURR:RANG 0.1";
    let liquid = "device = { preset = \"liquid-sinh\" }
        noise = { read = \"0.2 %\", flicker = \"0.1 %\", telegraph = \"0.1 %\" }
        drift = { gain = \"0.1 %\", over = \"60 s\", correlation = \"70 %\" }";
    let volts = ":SENS:FUNC \"VOLT\"";
    let both = format!("{volts};:FORM:ELEM VOLT,CURR");
    let binary = format!(":FORM SRE;{driver}");
    let rows = ":INIT;*WAI\n:TRAC:DATA? 1,2500,\"defbuffer1\",SOUR,READ,REL\n";
    let cases = [
        ("the driver's elements, INIT and FETC?", keithley_2400("", driver), ":INIT\n:FETC?\n"),
        ("the driver's elements, READ?", keithley_2400("", driver), ":READ?\n"),
        ("voltage and current, READ?", keithley_2400("", &both), ":READ?\n"),
        ("all five elements, READ?", keithley_2400("", volts), ":READ?\n"),
        ("the driver's elements, binary", keithley_2400("", &binary), ":READ?\n"),
        ("no answer", keithley_2400("", ""), ":INIT\n"),
        ("within compliance, READ?", keithley_2400("", within), ":READ?\n"),
        ("liquid-sinh with noise and drift", keithley_2400(liquid, driver), ":READ?\n"),
        ("2450, TRAC:DATA?", keithley_2450(), rows),
        ("B2902A, both channels", keysight_b2902a(), ":INIT (@1,2)\n:FETC:ARR? (@1,2)\n"),
    ];
    let mut group = criterion.benchmark_group("list sweep of 2500 points");
    group.sample_size(20);
    for (name, mut instrument, commands) in cases {
        let channels = if name.contains("both channels") { 2 } else { 1 };
        group.throughput(Throughput::Elements(channels * POINTS as u64));
        let mut out = Vec::new();
        let _ = instrument.receive(commands.as_bytes(), &mut out);
        assert!(name == "no answer" || out.len() > 4 * POINTS, "{name}: {} bytes", out.len());
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
