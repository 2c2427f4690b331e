//! Command text with places for values.

use std::fmt::Write;

use scpi_parser::{reply, write};
use serde::{Deserialize, Deserializer, de};

macro_rules! placeholders {
    ($($name:ident $text:literal $doc:literal)*) => {
        /// What can stand in braces in a command of an instrument file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Placeholder {
            $(#[doc = $doc] $name,)*
        }

        const NAMES: &[(&str, Placeholder)] = &[$(($text, Placeholder::$name),)*];
    };
}

placeholders! {
    Channel "channel" "The channel's number, from 1."
    Level "level" "One level, V."
    Levels "levels" "Levels separated by commas, V."
    Count "count" "A whole number of points."
    Value "value" "The value of a setting, in its unit, or the instrument's word for it."
    Start "start" "The first level of a staircase, V."
    Stop "stop" "The last level of a staircase, V."
}

impl Placeholder {
    /// As it stands between the braces.
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }
}

/// What the places are filled with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values<'a> {
    pub(crate) channel: usize,
    pub(crate) levels: &'a [f64],
    pub(crate) count: usize,
    pub(crate) value: Value<'a>,
    pub(crate) start: f64,
    pub(crate) stop: f64,
}

/// The value of a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Number(f64),
    Word(&'a str),
}

impl Default for Value<'_> {
    fn default() -> Self {
        Value::Number(0.0)
    }
}

/// One command of an instrument file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    text: String,
    before: String,
    holes: Vec<(Placeholder, String)>,
}

impl Template {
    fn parse(text: &str) -> Result<Template, String> {
        let (mut before, mut holes) = (None, Vec::new());
        let mut keep = |part: &str, hole: Option<Placeholder>| match hole {
            None => before = Some(part.to_owned()),
            Some(hole) => holes.push((hole, part.to_owned())),
        };
        let (mut rest, mut hole) = (text, None);
        loop {
            let (part, behind) = match rest.split_once('{') {
                Some((part, behind)) => (part, Some(behind)),
                None => (rest, None),
            };
            if part.contains('}') {
                return Err(format!("`{text}`: `}}` was not opened"));
            }
            keep(part, hole);
            let Some(behind) = behind else { break };
            let (name, after) =
                behind.split_once('}').ok_or_else(|| format!("`{text}`: `{{` is not closed"))?;
            let found = NAMES.iter().find(|it| it.0 == name).map(|it| it.1);
            hole = Some(found.ok_or_else(|| {
                let known: Vec<_> = NAMES.iter().map(|it| format!("{{{}}}", it.0)).collect();
                let known = known.join(", ");
                format!("`{text}`: unknown placeholder {{{name}}}, known are {known}")
            })?);
            rest = after;
        }
        Ok(Template { text: text.to_owned(), before: before.unwrap_or_default(), holes })
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = Placeholder> + '_ {
        self.holes.iter().map(|it| it.0)
    }

    /// As the file has it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// How many answers it makes.
    pub(crate) fn queries(&self) -> usize {
        let units = reply::answers(self.text.as_bytes());
        let header = |unit: &[u8]| {
            let unit = unit.trim_ascii_start();
            let end = unit.iter().position(u8::is_ascii_whitespace).unwrap_or(unit.len());
            unit[..end].ends_with(b"?")
        };
        units.filter(|it| header(it)).count()
    }

    /// The command as it is sent.
    pub(crate) fn with(&self, values: &Values<'_>) -> String {
        let mut message = self.before.clone();
        for (placeholder, after) in &self.holes {
            let first = values.levels.first().copied().unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = match placeholder {
                Placeholder::Channel => write!(message, "{}", values.channel),
                Placeholder::Level => write!(message, "{}", write::number(first)),
                Placeholder::Levels => write!(message, "{}", write::numbers(values.levels)),
                Placeholder::Count => write!(message, "{}", values.count),
                Placeholder::Value => match values.value {
                    Value::Number(value) => write!(message, "{}", write::number(value)),
                    Value::Word(word) => write!(message, "{word}"),
                },
                Placeholder::Start => write!(message, "{}", write::number(values.start)),
                Placeholder::Stop => write!(message, "{}", write::number(values.stop)),
            };
            message.push_str(after);
        }
        message
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() || text.contains(['\n', '\r']) {
            return Err(de::Error::custom("a command is one line of text"));
        }
        Template::parse(&text).map_err(de::Error::custom)
    }
}

/// Messages that belong together, sent one after the other: one command in quotes, or a list of
/// them. An empty list is for what the instrument needs no word for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Commands(pub(crate) Vec<Template>);

impl<'de> Deserialize<'de> for Commands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> de::Visitor<'de> for OneOrMore {
            type Value = Commands;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a command in quotes, or a list of commands")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Commands, E> {
                let one = Template::deserialize(de::value::StrDeserializer::new(text))?;
                Ok(Commands(vec![one]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Commands, A::Error> {
                let mut commands = Vec::new();
                while let Some(next) = list.next_element()? {
                    commands.push(next);
                }
                Ok(Commands(commands))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}
