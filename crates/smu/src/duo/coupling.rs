//! What joins the two instruments of a duo.

use serde::{Deserialize, Serialize};

use super::{
    command::Command,
    model::{Channels, Handshake, Lines, Progress},
};
use crate::{Model, Smu, SmuError};

/// How two instruments act as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coupling {
    /// Both are started back to back by the host: anything can be paired so, with the skew of two
    /// links.
    Software,
    /// A trigger bus between two 2400s.
    TriggerLink(Wiring),
    /// Wires between the digital ports of two 2450s; one wire where a side's output is its input.
    DigitalLines(Wiring),
    /// Two channels of one instrument, on one trigger engine.
    Channels,
}

impl Coupling {
    /// As bench files and campaigns name it.
    pub fn name(&self) -> &'static str {
        match self {
            Coupling::Software => "software",
            Coupling::TriggerLink(_) => "trigger-link",
            Coupling::DigitalLines(_) => "digital-lines",
            Coupling::Channels => "channels",
        }
    }
}

/// One of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The device at V.
    #[default]
    Base,
    /// The device at V+δV.
    Probe,
}

/// Who leads, and which lines of each instrument the cable is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wiring {
    /// Sources first at every point, and is answered by the other.
    pub leader: Side,
    /// The base's lines; `None`: those of its instrument file, crossed for the follower.
    pub base: Option<Lines>,
    /// The probe's.
    pub probe: Option<Lines>,
}

/// A coupling, resolved for two instruments.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Software,
    Handshake(Box<Shake>),
    Channels(Box<Channels>),
}

/// A hand-shake: the leader tells the follower that its level stands, the follower answers that it
/// has measured, at every point. Neither runs ahead.
#[derive(Clone, Debug)]
pub(super) struct Shake {
    pub(super) cable: String,
    pub(super) leader: Side,
    /// s.
    pub(super) latency: f64,
    /// Base and probe.
    pub(super) parts: [Part; 2],
}

/// What one side of a hand-shake is told.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) lines: Lines,
    pub(super) couple: Vec<Command>,
    pub(super) restore: Vec<Command>,
    pub(super) progress: Option<Progress>,
}

impl Plan {
    /// Refuses a coupling that the two cannot make.
    pub(super) fn new(coupling: Coupling, base: &Smu, probe: &Smu) -> Result<Plan, SmuError> {
        let are_channels = base.shares_instrument_with(probe) && base.channel() != probe.channel();
        Plan::of(coupling, [End::of(base), End::of(probe)], are_channels)
    }

    fn of(coupling: Coupling, ends: [End<'_>; 2], are_channels: bool) -> Result<Plan, SmuError> {
        let made = match coupling {
            Coupling::Software => Ok(Plan::Software),
            Coupling::TriggerLink(wiring) => {
                shake(wiring, &ends, |it| it.file.pairing.trigger_link.as_ref())
            }
            Coupling::DigitalLines(wiring) => {
                shake(wiring, &ends, |it| it.file.pairing.digital_lines.as_ref())
            }
            Coupling::Channels => channels(&ends[0], are_channels),
        };
        let [base, probe] = ends.map(|it| it.name.to_owned());
        let coupling = coupling.name();
        made.map_err(|reason| SmuError::Coupling { base, probe, coupling, reason })
    }
}

impl Coupling {
    /// Refuses what two models (each with the name of its instrument) cannot make, before either is
    /// reached; `are_channels`: they are two channels of one instrument. What depends on the firmware
    /// is refused later, by [`Duo::new`](crate::Duo::new).
    ///
    /// # Errors
    /// [`SmuError::Coupling`].
    pub fn check(
        self,
        base: (&str, &Model),
        probe: (&str, &Model),
        are_channels: bool,
    ) -> Result<(), SmuError> {
        let ends = [base, probe].map(|(name, file)| End { name, file, firmware: "" });
        Plan::of(self, ends, are_channels).map(|_| ())
    }
}

/// One side, as far as a coupling depends on it.
struct End<'s> {
    name: &'s str,
    file: &'s Model,
    /// Empty where it is not known yet.
    firmware: &'s str,
}

impl<'s> End<'s> {
    fn of(smu: &'s Smu) -> End<'s> {
        End { name: &smu.name, file: smu.file(), firmware: &smu.identity().firmware }
    }
}

fn shake<'s>(
    wiring: Wiring,
    [base, probe]: &[End<'s>; 2],
    table: impl Fn(&End<'s>) -> Option<&'s Handshake>,
) -> Result<Plan, String> {
    let find = |end: &End<'s>| {
        table(end).ok_or_else(|| format!("the model {} has no such lines", end.file.name))
    };
    let tables = [find(base)?, find(probe)?];
    let given = [wiring.base, wiring.probe];
    let leads = wiring.leader as usize;
    let follows = 1 - leads;
    let leader_lines = given[leads].unwrap_or_else(|| match given[follows] {
        Some(lines) => lines.crossed(),
        None => tables[leads].leader_lines,
    });
    let follower_lines = given[follows].unwrap_or_else(|| leader_lines.crossed());
    let lines = match wiring.leader {
        Side::Base => [leader_lines, follower_lines],
        Side::Probe => [follower_lines, leader_lines],
    };
    for ((end, table), lines) in [base, probe].into_iter().zip(tables).zip(lines) {
        table.check(end, lines)?;
    }
    let part = |side: usize| {
        let table = tables[side];
        let wires = match &table.one_wire {
            Some(one_wire) if lines[side].is_one_wire() => one_wire,
            _ => &table.wires,
        };
        let lists = match side == leads {
            true => [&wires.leader, &table.leader],
            false => [&wires.follower, &table.follower],
        };
        Part {
            lines: lines[side],
            couple: lists.into_iter().flatten().cloned().collect(),
            restore: table.restore.clone(),
            progress: table.progress.clone(),
        }
    };
    Ok(Plan::Handshake(Box::new(Shake {
        cable: tables[0].cable.clone(),
        leader: wiring.leader,
        latency: tables[0].latency.0.max(tables[1].latency.0),
        parts: [part(0), part(1)],
    })))
}

fn channels(base: &End<'_>, are_channels: bool) -> Result<Plan, String> {
    let table = base.file.pairing.channels.as_ref();
    let table = table.ok_or_else(|| {
        format!("the model {} does not start two channels together", base.file.name)
    })?;
    if !are_channels {
        return Err("they are not two channels of one instrument".to_owned());
    }
    Ok(Plan::Channels(Box::new(table.clone())))
}

impl Lines {
    /// The same wires, seen from the other end.
    pub(super) fn crossed(self) -> Lines {
        Lines { output: self.input, input: self.output }
    }

    fn is_one_wire(self) -> bool {
        self.output == self.input
    }
}

impl Handshake {
    fn check(&self, end: &End<'_>, lines: Lines) -> Result<(), String> {
        if lines.is_one_wire() && self.one_wire.is_none() {
            let reason = "is output and input: it takes two lines";
            return Err(format!("line {} of \"{}\" {reason}", lines.output, end.name));
        }
        for line in [lines.output, lines.input] {
            if !(1..=self.lines).contains(&line) {
                return Err(format!(
                    "line {line} of \"{}\": lines are 1 to {}",
                    end.name, self.lines
                ));
            }
            if let Some(once) = &self.fires_once
                && once.line == line
                && is_before(end.firmware, &once.below)
            {
                return Err(format!(
                    "line {line} of \"{}\" pulses only once with its firmware {}, before {}: take another line",
                    end.name,
                    revision(end.firmware),
                    once.below
                ));
            }
        }
        Ok(())
    }
}

/// The first word of a firmware's description.
fn revision(firmware: &str) -> &str {
    firmware.split_whitespace().next().unwrap_or_default()
}

/// Whether a revision such as `C30` comes before another of the same series; those of other series
/// cannot be compared.
fn is_before(firmware: &str, other: &str) -> bool {
    let parse = |text: &str| {
        let text = revision(text).to_owned();
        let at = text.find(|it: char| it.is_ascii_digit())?;
        let end = text[at..].find(|it: char| !it.is_ascii_digit()).map_or(text.len(), |it| at + it);
        Some((text[..at].to_owned(), text[at..end].parse::<u32>().ok()?))
    };
    match (parse(firmware), parse(other)) {
        (Some((series, number)), Some((other_series, other))) => {
            series == other_series && number < other
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_compared_within_its_series() {
        for (found, before) in [
            ("C30   Mar 17 2006 09:29:29/A02  /K/J", true),
            ("C33 x", true),
            ("C34 Jan 01 2015 00:00:00/A02/K/J", false),
            ("C40", false),
            ("A01 Aug 25 2011 12:57:43/A02/E/L", false),
            ("1.6.4c", false),
            ("", false),
        ] {
            assert_eq!(is_before(found, "C34"), before, "{found}");
        }
    }
}
