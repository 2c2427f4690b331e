//! The `[pairing]` table of an instrument file: what two of a model, or two channels of one, can do
//! together.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, value::MapAccessDeserializer},
};

use super::command::{Command, Hole};
use crate::units::Seconds;

/// Couplings that several models name instead of writing them out.
const BUILT_IN: [(&str, &str); 2] = [
    ("keithley-trigger-link", include_str!("../../../../couplings/keithley-trigger-link.toml")),
    ("keithley-digital-lines", include_str!("../../../../couplings/keithley-digital-lines.toml")),
];

/// A key, and what is wrong with its value.
type Refusal = (&'static str, String);

/// `[pairing]`. A model without it is paired by software.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pairing {
    /// How fine the time stamps of readings are.
    #[serde(default)]
    pub(crate) clock: Clock,
    /// A trigger bus of numbered lines.
    pub(crate) trigger_link: Option<Handshake>,
    /// Wires between digital ports.
    pub(crate) digital_lines: Option<Handshake>,
    /// Two channels on one trigger engine.
    pub(crate) channels: Option<Channels>,
}

/// The clock that readings are stamped with.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clock {
    /// One tick.
    pub(crate) resolution: Seconds,
    /// Where it begins again; absent: never.
    pub(crate) rolls_over: Option<Seconds>,
    /// Digits of a time stamp in a reply; absent: as many as the tick needs.
    pub(crate) digits: Option<u32>,
}

/// Two instruments that trigger each other at every point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Handshake {
    /// What people look for when it does not work.
    pub(crate) cable: String,
    /// Lines are numbered from 1 to this.
    pub(crate) lines: u32,
    /// The leader's lines where the bench says nothing; the follower's are the same, crossed.
    pub(crate) leader_lines: Lines,
    /// From the leader's source to the follower's, at most.
    pub(crate) latency: Seconds,
    /// A line that pulses once only, in old firmware.
    pub(crate) fires_once: Option<FiresOnce>,
    /// What makes a trigger's output and input of the lines, where they are not born so.
    #[serde(default)]
    pub(crate) wires: Roles,
    /// The same where one line is both; absent: output and input must differ.
    pub(crate) one_wire: Option<Roles>,
    /// Said when a sweep is staged, before it starts; forgets triggers from before.
    pub(crate) leader: Vec<Command>,
    pub(crate) follower: Vec<Command>,
    /// Makes an instrument of its own again.
    pub(crate) restore: Vec<Command>,
    /// Asked until it says that the sweep is over, where a question that waits for that would hold up
    /// an abort.
    pub(crate) progress: Option<Progress>,
}

/// What the two are told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roles {
    pub(crate) leader: Vec<Command>,
    pub(crate) follower: Vec<Command>,
}

/// A question that does not wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    pub(crate) query: Command,
    /// Words that its answer begins with while the sweep goes on.
    pub(crate) busy: Vec<String>,
}

/// The lines of one instrument of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// The line that it pulls.
    pub output: u32,
    /// The line that it listens to.
    pub input: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FiresOnce {
    pub(crate) line: u32,
    /// The first firmware where it does not, as the identity begins.
    pub(crate) below: String,
}

/// Two channels of one instrument that one message starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channels {
    /// The shortest period of the timer.
    pub(crate) least_period: Seconds,
    /// Periods are whole multiples of it.
    pub(crate) period_step: Seconds,
    /// Between the two channels' actions, at most.
    pub(crate) latency: Seconds,
    /// For each channel, before the start.
    pub(crate) couple: Vec<Command>,
    /// Starts both.
    pub(crate) start: Command,
    /// For each channel, at the end.
    pub(crate) restore: Vec<Command>,
}

/// Reads `pairing`: the name of a file of `couplings/`, or the table itself.
pub(crate) fn pairing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pairing, D::Error> {
    struct NameOrTable;

    impl<'de> de::Visitor<'de> for NameOrTable {
        type Value = Pairing;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table, or the name of a coupling: ")?;
            f.write_str(&BUILT_IN.map(|it| it.0).join(", "))
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<Pairing, E> {
            let Some((_, text)) = BUILT_IN.iter().find(|it| it.0 == name) else {
                return Err(E::invalid_value(de::Unexpected::Str(name), &self));
            };
            toml::from_str(text).map_err(|it| E::custom(format!("couplings/{name}.toml: {it}")))
        }

        fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Pairing, A::Error> {
            Pairing::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_any(NameOrTable)
}

impl Pairing {
    pub(crate) fn validate(&self) -> Result<(), Refusal> {
        if self.clock.resolution.0 < 0.0 || self.clock.rolls_over.is_some_and(|it| it.0 <= 0.0) {
            return Err(("pairing.clock", "times above zero".to_owned()));
        }
        for (key, table) in [
            ("pairing.trigger_link", &self.trigger_link),
            ("pairing.digital_lines", &self.digital_lines),
        ] {
            if let Some(table) = table {
                table.validate(key)?;
            }
        }
        self.channels.as_ref().map_or(Ok(()), Channels::validate)
    }
}

impl Handshake {
    fn validate(&self, key: &'static str) -> Result<(), Refusal> {
        let Lines { output, input } = self.leader_lines;
        if ![output, input].iter().all(|it| (1..=self.lines).contains(it)) {
            return Err((key, format!("leader_lines are from 1 to lines = {}", self.lines)));
        }
        if !(self.latency.0 > 0.0 && self.latency.0.is_finite()) {
            return Err((key, format!("latency {} is not above 0 s", self.latency)));
        }
        if self.leader.is_empty() || self.follower.is_empty() || self.restore.is_empty() {
            let reason = "leader, follower and restore hold at least one command each";
            return Err((key, reason.to_owned()));
        }
        if let Some(progress) = &self.progress {
            let query = &progress.query;
            if query.queries() != 1 || query.holes().next().is_some() || progress.busy.is_empty() {
                let reason = "progress holds one query, and the words that tell of a sweep";
                return Err((key, reason.to_owned()));
            }
        }
        let wires = [Some(&self.wires), self.one_wire.as_ref()].into_iter().flatten();
        let wires = wires.flat_map(|it| it.leader.iter().chain(&it.follower));
        let lists = self.leader.iter().chain(&self.follower).chain(&self.restore);
        let holes = [Hole::Input, Hole::Output, Hole::Count, Hole::Delay];
        commands_hold(key, lists.chain(wires), &holes)
    }
}

impl Channels {
    fn validate(&self) -> Result<(), Refusal> {
        let key = "pairing.channels";
        if !(self.least_period.0 > 0.0 && self.period_step.0 > 0.0) {
            return Err((key, "least_period and period_step are above 0 s".to_owned()));
        }
        let holes = [Hole::Channel, Hole::Count, Hole::Period, Hole::Delay];
        commands_hold(key, self.couple.iter().chain(&self.restore), &holes)?;
        commands_hold(key, [&self.start].into_iter(), &[])
    }
}

fn commands_hold<'c>(
    key: &'static str,
    commands: impl Iterator<Item = &'c Command>,
    holes: &[Hole],
) -> Result<(), Refusal> {
    for command in commands {
        if let Some(hole) = command.holes().find(|it| !holes.contains(it)) {
            let hole = format!("{hole:?}").to_lowercase();
            return Err((key, format!("`{}`: {{{hole}}} has no value here", command.as_str())));
        }
        if command.queries() > 0 {
            let reason = format!("`{}` must be a command without reply", command.as_str());
            return Err((key, reason));
        }
    }
    Ok(())
}
