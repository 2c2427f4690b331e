//! An instrument at a glance, for whoever stands beside it.

use std::fmt;

use super::Instrument;
use crate::{config::Seconds, terminals::Drive};

/// What can be seen of an instrument without asking it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outlook {
    /// An output is on.
    pub output_on: bool,
    /// Something runs.
    pub running: bool,
    /// Simulated seconds since power-on.
    pub time: f64,
    /// What is on the terminals of each channel: `off`, `0.5 V` or `1 uA`.
    pub terminals: Vec<String>,
    /// Readings made since power-on.
    pub readings: u64,
    /// The faults that have struck and go on.
    pub in_force: Vec<String>,
    /// The faults that have not struck yet.
    pub faults: Vec<String>,
}

impl Instrument {
    /// Looks at it.
    pub fn outlook(&mut self) -> Outlook {
        let mut terminals = Vec::new();
        while let Some(it) = self.firmware.terminals(terminals.len()) {
            terminals.push(match it.drive() {
                Drive::Voltage { volts, .. } => quantity(volts, "V"),
                Drive::Current { amperes, .. } => quantity(amperes, "A"),
                _ => "off".to_owned(),
            });
        }
        Outlook {
            output_on: self.output_is_on(),
            running: self.is_running(),
            time: self.time(),
            terminals,
            readings: self.firmware.readings(),
            in_force: self.faults_in_force(),
            faults: self.faults.pending().collect(),
        }
    }
}

fn quantity(value: f64, unit: &str) -> String {
    scpi_parser::quantity::display(rounded(value), unit).to_string()
}

/// With six significant digits, which is what a glance needs; sums of times have all of them.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

impl fmt::Display for Outlook {
    /// On one line: `output on, running, 1.25 s, 0.5 V on the terminals, 12 readings, no faults
    /// pending`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = if self.output_on { "on" } else { "off" };
        let run = if self.running { "running" } else { "idle" };
        let time = Seconds(rounded(self.time));
        let terminals = self.terminals.join(" and ");
        write!(f, "output {on}, {run}, {time}, {terminals} on the terminals, ")?;
        write!(f, "{} readings, ", self.readings)?;
        if !self.in_force.is_empty() {
            write!(f, "in force: {}, ", self.in_force.join("; "))?;
        }
        match &self.faults[..] {
            [] => write!(f, "no faults pending"),
            faults => write!(f, "pending: {}", faults.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_shows_six_digits() {
        for (value, text) in [
            (0.208_269_999_999_999_98, "208.27 ms"),
            (123_456.789, "123.457 ks"),
            (0.0, "0 s"),
            (1.25, "1.25 s"),
        ] {
            assert_eq!(quantity(value, "s"), text);
        }
    }
}
