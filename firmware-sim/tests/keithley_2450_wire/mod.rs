//! A conversation with a simulated 2450, for the tests of its behaviour.

#![allow(dead_code, reason = "each test binary uses its share")]

use firmware_sim::{Config, Delivery, DeviceConfig, Instrument, ModelName, Preset, Ratio};

/// An instrument and the only client on its wire.
pub struct Wire(pub Instrument);

impl Wire {
    /// A 2450 without errors of its own, 10 kΩ on its terminals.
    pub fn new() -> Wire {
        Wire::of(ModelName::Keithley2450)
    }

    /// The same of another member of the family.
    pub fn of(model: ModelName) -> Wire {
        let device = DeviceConfig::preset(Preset::Resistor);
        Wire::with(&Config { model, device, accuracy: Ratio(0.0), ..Config::default() })
    }

    pub fn with(config: &Config) -> Wire {
        Wire(Instrument::new(config).unwrap())
    }

    /// Says a message; its reply without the line feed, empty where there is none.
    pub fn say(&mut self, message: &str) -> String {
        String::from_utf8(self.bytes(message)).unwrap().trim_end_matches('\n').to_owned()
    }

    /// The same where the reply is no text.
    pub fn bytes(&mut self, message: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let delivery = self.0.receive(format!("{message}\n").as_bytes(), &mut out);
        assert_eq!(delivery, Delivery::Now);
        out
    }

    /// What leaves without anything being said.
    pub fn hear(&mut self) -> String {
        let mut out = Vec::new();
        let delivery = self.0.receive(b"", &mut out);
        assert_eq!(delivery, Delivery::Now);
        String::from_utf8(out).unwrap().trim_end_matches('\n').to_owned()
    }

    pub fn number(&mut self, message: &str) -> f64 {
        self.say(message).parse().unwrap()
    }

    /// The numbers of a reply that are separated by commas.
    pub fn numbers(&mut self, message: &str) -> Vec<f64> {
        self.say(message).split(',').map(|it| it.parse().unwrap()).collect()
    }

    /// The number of the oldest error, which is taken.
    pub fn error(&mut self) -> i16 {
        self.say(":SYST:ERR:CODE?").parse().unwrap()
    }

    /// Says messages that must all be accepted.
    pub fn set(&mut self, messages: &[&str]) {
        for message in messages {
            assert_eq!(self.say(message), "", "{message}");
            assert_eq!(self.error(), 0, "{message}");
        }
    }

    /// Says a message that must be refused, silently.
    pub fn refused(&mut self, message: &str, code: i16) {
        assert_eq!(self.say(message), "", "{message}");
        assert_eq!(self.error(), code, "{message}");
    }

    /// Simulated seconds that a message takes.
    pub fn takes(&mut self, message: &str) -> f64 {
        let begin = self.0.time();
        self.bytes(message);
        self.0.time() - begin
    }
}
