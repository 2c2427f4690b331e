//! Command text of a `[pairing]` table, with places for what a pair decides.

use scpi_parser::{reply, write};
use serde::{Deserialize, Deserializer, de};

/// What can stand in braces in a command of a `[pairing]` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    /// `{input}`: the line that this instrument listens to.
    Input,
    /// `{output}`: the line that this instrument pulls.
    Output,
    /// `{channel}`: the channel of this side.
    Channel,
    /// `{count}`: points of the sweep.
    Count,
    /// `{period}`: from point to point, s.
    Period,
    /// `{delay}`: from level to measurement, s.
    Delay,
}

const NAMES: [(&str, Hole); 6] = [
    ("input", Hole::Input),
    ("output", Hole::Output),
    ("channel", Hole::Channel),
    ("count", Hole::Count),
    ("period", Hole::Period),
    ("delay", Hole::Delay),
];

/// What fills the holes, for one side of a pair and one sweep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) channel: usize,
    pub(crate) count: usize,
    pub(crate) period: f64,
    pub(crate) delay: f64,
}

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Command {
    text: String,
    /// Text before each hole.
    pieces: Vec<(String, Hole)>,
    /// Text behind the last.
    rest: String,
}

impl Command {
    fn parse(text: &str) -> Result<Command, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) =
                behind.split_once('}').ok_or_else(|| format!("`{text}`: `{{` is not closed"))?;
            let hole = NAMES.iter().find(|it| it.0 == name).map(|it| it.1).ok_or_else(|| {
                let known = NAMES.map(|it| format!("{{{}}}", it.0)).join(", ");
                format!("`{text}`: unknown placeholder {{{name}}}, known are {known}")
            })?;
            pieces.push((before.to_owned(), hole));
            rest = after;
        }
        let closed = pieces.iter().map(|it| it.0.as_str()).chain([rest]).any(|it| it.contains('}'));
        if closed {
            return Err(format!("`{text}`: `}}` was not opened"));
        }
        Ok(Command { text: text.to_owned(), pieces, rest: rest.to_owned() })
    }

    /// As the file has it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn holes(&self) -> impl Iterator<Item = Hole> + '_ {
        self.pieces.iter().map(|it| it.1)
    }

    /// How many answers it makes.
    pub(crate) fn queries(&self) -> usize {
        let header = |unit: &[u8]| {
            let unit = unit.trim_ascii_start();
            let end = unit.iter().position(u8::is_ascii_whitespace).unwrap_or(unit.len());
            unit[..end].ends_with(b"?")
        };
        reply::answers(self.text.as_bytes()).filter(|it| header(it)).count()
    }

    pub(crate) fn fill(&self, with: &Filling) -> String {
        let mut text = String::with_capacity(self.text.len() + 16);
        for (before, hole) in &self.pieces {
            text.push_str(before);
            text.push_str(&match hole {
                Hole::Input => with.input.to_string(),
                Hole::Output => with.output.to_string(),
                Hole::Channel => with.channel.to_string(),
                Hole::Count => with.count.to_string(),
                Hole::Period => write::number(with.period).to_string(),
                Hole::Delay => write::number(with.delay).to_string(),
            });
        }
        text.push_str(&self.rest);
        text
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Commands are joined to one message, where only a colon goes back to the root.
        if !text.starts_with([':', '*']) || text.contains(['\n', '\r']) {
            return Err(de::Error::custom(format!(
                "`{text}`: a command is one line of text that begins with `:` or `*`"
            )));
        }
        Command::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hole_is_filled_and_a_number_reads_back_as_the_same() {
        let text = ":A {input},{output};:B{channel}:C {count};:D {period};:E {delay}";
        let command = Command::parse(text).unwrap();
        let with =
            Filling { input: 1, output: 2, channel: 2, count: 7, period: 0.0123, delay: 1e-3 };
        let filled = command.fill(&with);
        assert!(filled.starts_with(":A 1,2;:B2:C 7;:D "), "{filled}");
        let numbers: Vec<f64> = filled.split([' ', ';']).filter_map(|it| it.parse().ok()).collect();
        assert_eq!(numbers, [7.0, 0.0123, 1e-3]);
    }

    #[test]
    fn a_slip_of_the_pen_is_refused() {
        for (text, said) in [
            (":A {line}", "unknown placeholder {line}, known are {input}"),
            (":A {input", "is not closed"),
            (":A input}", "was not opened"),
            (":A {input}}", "was not opened"),
        ] {
            let error = Command::parse(text).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
