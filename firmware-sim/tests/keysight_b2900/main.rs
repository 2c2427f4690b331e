//! The Keysight B2900 family over its wire.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod drivers;
mod fetching;
mod outputs;
mod runs;
mod settings;
mod timing;
mod transcripts;

use firmware_sim::{Config, Delivery, Instrument};

/// One instrument with 10 kOhm on each channel, and its client.
struct Bench {
    instrument: Instrument,
}

impl Bench {
    /// Without errors of its own.
    fn new(model: &str) -> Bench {
        Bench::with(model, "accuracy = \"0 %\"\ndevice = { preset = \"resistor\" }")
    }

    fn with(model: &str, config: &str) -> Bench {
        let config: Config = toml::from_str(&format!("model = {model:?}\n{config}")).unwrap();
        Bench { instrument: Instrument::new(&config).unwrap() }
    }

    /// Sends a line; what comes back, bytes and all.
    fn raw(&mut self, line: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let delivery = self.instrument.receive(format!("{line}\n").as_bytes(), &mut out);
        assert_eq!(delivery, Delivery::Now);
        out
    }

    fn tell(&mut self, line: &str) {
        assert_eq!(self.raw(line), b"", "{line} is not to be answered");
    }

    /// The reply, without its line feed.
    fn ask(&mut self, line: &str) -> String {
        let reply = String::from_utf8(self.raw(line)).unwrap();
        reply.strip_suffix('\n').unwrap_or_else(|| panic!("{line} was not answered")).to_owned()
    }

    fn number(&mut self, line: &str) -> f64 {
        let reply = self.ask(line);
        reply.parse().unwrap_or_else(|_| panic!("{line} -> {reply}"))
    }

    fn numbers(&mut self, line: &str) -> Vec<f64> {
        let reply = self.ask(line);
        reply.split(',').map(|it| it.parse().unwrap()).collect()
    }

    /// The errors that were queued, oldest first.
    fn errors(&mut self) -> Vec<i32> {
        let codes = self.ask(":SYST:ERR:CODE:ALL?");
        codes.split(',').map(|it| it.parse().unwrap()).filter(|it| *it != 0).collect()
    }

    /// What arrives later, with nothing sent.
    fn later(&mut self) -> String {
        let mut out = Vec::new();
        assert_eq!(self.instrument.receive(b"", &mut out), Delivery::Now);
        String::from_utf8(out).unwrap()
    }
}

fn assert_near(found: f64, expected: f64, share: f64) {
    assert!((found - expected).abs() <= share * expected.abs(), "{found} is not {expected}");
}

/// The dual synchronous list of the facts, with `points` levels from 0.1 V in steps of `step` on
/// channel 1 and 20 mV more on channel 2.
fn dual_list(bench: &mut Bench, points: usize, step: f64) {
    let levels = |more: f64| {
        let level = |index: usize| format!("{:.6}", 0.1 + more + step * index as f64);
        (0..points).map(level).collect::<Vec<_>>().join(",")
    };
    bench.tell("*RST;:OUTP1:ON:AUTO 0;:OUTP2:ON:AUTO 0");
    bench.tell(":FORM:ELEM:SENS VOLT,CURR,TIME,STAT");
    for (channel, more) in [(1, 0.0), (2, 0.02)] {
        bench.tell(&format!(
            ":SENS{channel}:FUNC:OFF:ALL;:SENS{channel}:FUNC \"VOLT\",\"CURR\";\
             :SENS{channel}:CURR:RANG:AUTO OFF;:SENS{channel}:CURR:RANG 1e-4;\
             :SENS{channel}:CURR:NPLC 0.1;:SENS{channel}:CURR:PROT 1e-4"
        ));
        bench.tell(&format!(
            ":SOUR{channel}:VOLT:MODE LIST;:SOUR{channel}:LIST:VOLT {}",
            levels(more)
        ));
        bench.tell(&format!(
            ":TRIG{channel}:ALL:SOUR TIM;:TRIG{channel}:ALL:TIM 3e-3;\
             :TRIG{channel}:ALL:COUN {points};:TRIG{channel}:ACQ:DEL 1e-3"
        ));
    }
    bench.tell(":OUTP1 1;:OUTP2 1");
}
