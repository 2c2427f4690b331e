//! An instrument of the family on the bench of a test, with 10 kOhm on its terminals.
#![allow(clippy::unwrap_used, dead_code, reason = "helpers of tests, not all used by each")]

use firmware_sim::{Config, Delivery, Instrument};

pub struct Bench(pub Instrument);

impl Bench {
    /// With keys of a configuration; 10 kOhm and an ideal unit unless they say otherwise.
    pub fn new(keys: &str) -> Bench {
        let mut keys = keys.to_owned();
        for (key, usual) in [("device", "{ preset = \"resistor\" }"), ("accuracy", "\"0 %\"")] {
            if !keys.contains(key) {
                keys = format!("{keys}\n{key} = {usual}");
            }
        }
        let config: Config = toml::from_str(&keys).unwrap();
        Bench(Instrument::new(&config).unwrap())
    }

    /// A 2400.
    pub fn ideal() -> Bench {
        Bench::new("")
    }

    /// Sends a line; what comes back, without its line feed.
    pub fn ask(&mut self, line: &str) -> String {
        String::from_utf8(self.bytes(line)).unwrap()
    }

    /// The same for replies that are no text.
    pub fn bytes(&mut self, line: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let delivery = self.0.receive(format!("{line}\n").as_bytes(), &mut out);
        assert_eq!(delivery, Delivery::Now);
        if out.ends_with(b"\n") {
            out.pop();
        }
        out
    }

    /// Sends a line that answers nothing and queues nothing.
    pub fn tell(&mut self, line: &str) {
        assert_eq!(self.ask(line), "", "{line}");
        assert_eq!(self.ask(":SYST:ERR?"), "0,\"No error\"", "{line}");
    }

    /// Sends a line that answers nothing and queues this.
    pub fn refuses(&mut self, line: &str, code: i16) {
        assert_eq!(self.ask(line), "", "{line}");
        let error = self.ask(":SYST:ERR?");
        assert!(error.starts_with(&format!("{code},\"")), "{line}: {error}");
        assert_eq!(self.ask(":SYST:ERR?"), "0,\"No error\"", "{line}");
    }

    /// Asks for numbers.
    pub fn numbers(&mut self, line: &str) -> Vec<f64> {
        let reply = self.ask(line);
        reply
            .split(',')
            .map(|it| it.parse().unwrap_or_else(|_| panic!("{line}: {reply}")))
            .collect()
    }

    /// Asks for one number.
    pub fn number(&mut self, line: &str) -> f64 {
        let numbers = self.numbers(line);
        assert_eq!(numbers.len(), 1, "{line}");
        numbers[0]
    }

    /// Lets what arrived on a trigger line act.
    pub fn poke(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let delivery = self.0.receive(b"", &mut out);
        assert_eq!(delivery, Delivery::Now);
        out
    }
}
