//! Ten million readings in list sweeps of 2500 points, and the memory of the process meanwhile.
//!
//! `cargo run --release -p firmware-sim --example ten_million`
//!
//! Fails where the memory at the end is more than a twentieth above what it was after a tenth.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use firmware_sim::{Config, Delivery, Instrument};

const READINGS: usize = 10_000_000;
const POINTS: usize = 2500;

fn main() -> Result<()> {
    let mut instrument = Instrument::new(&Config::default())?;
    let mut out = Vec::new();
    let levels: Vec<String> = (0..100).map(|it| format!("{}", f64::from(it) * 0.01)).collect();
    let levels = levels.join(",");
    let set_up = format!(
        "*RST;:SENS:CURR:RANG 1e-4;:SYST:AZER OFF;:SENS:CURR:NPLC 0.01;:SOUR:LIST:VOLT {levels}\n\
         :SOUR:VOLT:MODE LIST;:TRIG:COUN {POINTS};:FORM:ELEM CURR,TIME,STAT;:OUTP ON\n:SYST:ERR?\n"
    );
    say(&mut instrument, &set_up, &mut out)?;
    ensure!(out == b"0,\"No error\"\n", "{}", String::from_utf8_lossy(&out));

    let begun = Instant::now();
    let mut early = 0;
    for sweep in 1..=READINGS / POINTS {
        out.clear();
        say(&mut instrument, ":INIT\n:FETC?\n", &mut out)?;
        let numbers = out.split(|it| *it == b',').count();
        ensure!(numbers == 3 * POINTS, "{numbers} numbers in a reply");
        let readings = sweep * POINTS;
        if readings.is_multiple_of(READINGS / 10) {
            let resident = resident_kilobytes()?;
            let rate = readings as f64 / begun.elapsed().as_secs_f64();
            println!("{readings:>9} readings  {resident:>7} kB resident  {rate:>9.0} per second");
            if early == 0 {
                early = resident;
            }
        }
    }
    let late = resident_kilobytes()?;
    ensure!(late * 20 <= early * 21, "memory grew from {early} kB to {late} kB");
    Ok(())
}

fn say(instrument: &mut Instrument, text: &str, out: &mut Vec<u8>) -> Result<()> {
    let delivery = instrument.receive(text.as_bytes(), out);
    ensure!(delivery == Delivery::Now, "no fault was planned");
    Ok(())
}

/// What Linux says the process holds in memory.
fn resident_kilobytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc is Linux's")?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let number = line.trim().trim_end_matches("kB").trim();
    number.parse().with_context(|| format!("VmRSS {number}"))
}
