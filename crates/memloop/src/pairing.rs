//! What a bench says of how two instruments are paired, and of the cables between simulated ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smu::{Coupling, Lines, Wiring};

use crate::bench::PairEntry;

/// What starts the two instruments of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CouplingName {
    /// The host, one after the other.
    #[default]
    Software,
    /// Each other, over a Trigger Link cable.
    TriggerLink,
    /// Each other, over wires between their digital ports.
    DigitalLines,
    /// One message to two channels of one instrument.
    Channels,
}

/// Which lines of each instrument a cable is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairLines {
    /// Of the base; absent: the probe's, crossed.
    pub base: Option<Lines>,
    /// Of the probe; absent: the base's, crossed.
    pub probe: Option<Lines>,
}

/// A trigger cable between two simulated instruments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CableEntry {
    /// Their names, as in `SIM::name`.
    pub lines: [String; 2],
    /// A line of the first and the line of the second that it is; absent: each is the line of the
    /// same number.
    pub map: Option<BTreeMap<String, u32>>,
}

impl PairEntry {
    /// What starts both, as the driver knows it.
    pub fn coupling(&self) -> Coupling {
        let lines = self.lines.unwrap_or(PairLines { base: None, probe: None });
        let wiring = Wiring {
            leader: self.leader.unwrap_or_default(),
            base: lines.base,
            probe: lines.probe,
        };
        match self.coupling {
            CouplingName::Software => Coupling::Software,
            CouplingName::TriggerLink => Coupling::TriggerLink(wiring),
            CouplingName::DigitalLines => Coupling::DigitalLines(wiring),
            CouplingName::Channels => Coupling::Channels,
        }
    }

    /// A leader or lines where no cable is.
    pub fn miswired(&self) -> Option<String> {
        let has_cable =
            matches!(self.coupling, CouplingName::TriggerLink | CouplingName::DigitalLines);
        if has_cable {
            return None;
        }
        let key = match (self.leader, self.lines) {
            (Some(_), _) => "leader",
            (None, Some(_)) => "lines",
            (None, None) => return None,
        };
        Some(format!(
            "pair \"{}\" has `{key}`, but coupling = \"{}\" has no cable: `{key}` goes with \"trigger-link\" or \"digital-lines\"",
            self.name,
            self.coupling().name()
        ))
    }
}

impl CableEntry {
    /// The lines here and there; `None`: each to the one of the same number.
    pub fn pairs(&self) -> Option<Vec<(u32, u32)>> {
        let map = self.map.as_ref()?;
        Some(map.iter().filter_map(|(here, there)| Some((here.parse().ok()?, *there))).collect())
    }

    /// An end or a line that is not there.
    pub fn loose(&self, simulated: &BTreeMap<String, firmware_sim::Config>) -> Option<String> {
        let [one, other] = &self.lines;
        if one == other {
            return Some(format!("a `[[cable]]` leads from \"{one}\" to itself"));
        }
        for name in &self.lines {
            if !simulated.contains_key(name) {
                let known: Vec<_> = simulated.keys().map(String::as_str).collect();
                return Some(format!(
                    "a `[[cable]]` leads to \"{name}\", but the simulated instruments are {}",
                    known.join(", ")
                ));
            }
        }
        for (here, there) in self.map.iter().flatten() {
            let here = match here.parse() {
                Ok(here) => here,
                Err(_) => {
                    return Some(format!(
                        "a `[[cable]]` has map.{here}: expected a trigger line such as 2 = 1"
                    ));
                }
            };
            for (name, line) in [(one, here), (other, *there)] {
                let lines = simulated[name].model.trigger_lines();
                if !(1..=lines).contains(&line) {
                    return Some(format!(
                        "a `[[cable]]` is on line {line} of \"{name}\", which has lines 1 to {lines}"
                    ));
                }
            }
        }
        None
    }
}
