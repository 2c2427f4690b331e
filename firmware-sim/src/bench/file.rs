//! A bench as it is written.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use serde::{Deserialize, de};
use toml::{Spanned, Table, Value};

use super::BenchError;
use crate::{
    config::Config,
    link::{Acknowledge, Clients, GatewayKind, NAMES, SerialSettings, TcpOptions},
};

/// Instruments, where they are reached, and the cables between them.
///
/// ```
/// let bench: firmware_sim::Bench = firmware_sim::Bench::parse(
///     r#"
///     pace = 1                          # real time; 10 is ten times as fast; absent: nothing waits
///     control = "127.0.0.1:0"           # the side channel
///
///     [instrument.a1]
///     model = "keithley-2400"           # and every other key of an instrument's configuration
///     seed = 11
///     listen = "127.0.0.1:0"            # the default
///     one_client = true                 # others wait; with refuse = true they are reset
///
///     [gateway.g]
///     kind = "prologix"                 # or "ar488"; with line = true it has a serial line
///     listen = "127.0.0.1:0"            # the default
///
///     [instrument.c1]
///     gateway = "g"                     # on the bus of this GPIB controller
///     address = 24
///
///     [instrument.b1]
///     serial_port = { baud = 57600, terminator = "LF", flow = "XON-XOFF" }
///     vxi11 = "127.0.0.1:0"             # links to one instrument share it
///     hislip = "127.0.0.1:0"
///
///     [[cable]]
///     lines = ["a1", "b1"]              # trigger lines; without a map each to the same number
///     map = { 2 = 1, 1 = 2 }            # line 2 of a1 is line 1 of b1
///     "#,
///     "bench.toml",
/// )?;
/// assert_eq!(bench.instruments.len(), 3);
/// # Ok::<(), firmware_sim::BenchError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Bench {
    /// By name.
    pub instruments: BTreeMap<String, Place>,
    /// GPIB controllers, by name; an instrument says which bus it is on.
    pub gateways: BTreeMap<String, GatewayConfig>,
    /// Trigger cables.
    pub cables: Vec<Cable>,
    /// How many times as fast as real time simulated time passes; `None`: it is virtual.
    pub pace: Option<f64>,
    /// Where the side channel listens.
    pub control: Option<SocketAddr>,
}

/// An instrument and how it is reached.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// What it is. In a file, an instrument without a seed has one that its name gives.
    pub config: Config,
    /// Its links.
    pub link: LinkConfig,
}

/// How an instrument is reached.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkConfig {
    /// The TCP port; 0 takes a free one. Where there is no other link either, a free one on
    /// loopback.
    pub listen: Option<SocketAddr>,
    /// A serial port, by a pseudo-terminal.
    pub serial_port: Option<SerialSettings>,
    /// The TCP port of VXI-11's core channel; 0 takes a free one.
    pub vxi11: Option<SocketAddr>,
    /// The port, TCP and UDP, where clients ask for that one; the world's is 111. Only with `vxi11`.
    pub portmapper: Option<SocketAddr>,
    /// The TCP port of HiSLIP; 0 takes a free one.
    pub hislip: Option<SocketAddr>,
    /// The gateway on whose bus it is.
    pub gateway: Option<String>,
    /// Its address there, 0 to 30.
    pub address: Option<u8>,
    /// Its own factor, instead of the bench's.
    pub pace: Option<f64>,
    /// One client at a time.
    pub one_client: bool,
    /// The connections of others are reset. Only with `one_client`.
    pub refuse: bool,
    /// Nagle's algorithm and delayed acknowledgements stay on.
    pub delayed_ack: bool,
}

impl LinkConfig {
    /// The keys that belong to the link and not to the instrument.
    const KEYS: [&str; 11] = [
        "listen",
        "serial_port",
        "vxi11",
        "portmapper",
        "hislip",
        "gateway",
        "address",
        "pace",
        "one_client",
        "refuse",
        "delayed_ack",
    ];

    /// Whether there is a link other than the TCP port.
    pub fn has_others(&self) -> bool {
        self.serial_port.is_some()
            || self.vxi11.is_some()
            || self.hislip.is_some()
            || self.gateway.is_some()
    }

    /// How the TCP port is served.
    pub fn tcp(&self) -> TcpOptions {
        TcpOptions {
            acknowledge: match self.delayed_ack {
                true => Acknowledge::Delayed,
                false => Acknowledge::AtOnce,
            },
            clients: match (self.one_client, self.refuse) {
                (false, _) => Clients::Several,
                (true, false) => Clients::One,
                (true, true) => Clients::OneRefusingOthers,
            },
        }
    }
}

/// A GPIB controller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayConfig {
    /// Which box it is.
    pub kind: GatewayKind,
    /// The TCP port; 0 takes a free one. Where it has no line either, a free one on loopback.
    pub listen: Option<SocketAddr>,
    /// A serial line, by a pseudo-terminal.
    pub line: bool,
}

/// Trigger lines of two instruments, joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cable {
    /// The instruments.
    pub ends: [String; 2],
    /// A line of the first and the line of the second that it is; `None`: each is the line of the
    /// same number.
    pub map: Option<Vec<(u32, u32)>>,
}

/// The file, before its instruments are understood.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    pace: Option<f64>,
    control: Option<SocketAddr>,
    instrument: BTreeMap<String, Spanned<Table>>,
    #[serde(default)]
    gateway: BTreeMap<String, GatewayConfig>,
    #[serde(default)]
    cable: Vec<CableText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CableText {
    lines: [String; 2],
    map: Option<Spanned<BTreeMap<String, u32>>>,
}

impl Bench {
    /// Reads a bench file.
    ///
    /// # Errors
    /// The file cannot be read or is not understood; the error names file, line, table and key.
    pub fn load(path: &Path) -> Result<Bench, BenchError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| BenchError::Unreadable { file: file.clone(), source })?;
        let mut bench = Bench::parse(&text, &file)?;
        if let Some(directory) = path.parent() {
            bench.instruments.values_mut().for_each(|it| it.config.relative_to(directory));
        }
        Ok(bench)
    }

    /// Reads a bench from text; `file` is what errors call it.
    ///
    /// # Errors
    /// The text is not understood; the error names file, line, table and key.
    pub fn parse(text: &str, file: &str) -> Result<Bench, BenchError> {
        let refused = |at: usize, message: String| BenchError::Refused {
            file: file.to_owned(),
            line: text[..at.min(text.len())].matches('\n').count() + 1,
            message: message.trim().replace('\n', "; "),
        };
        let read: Text = toml::from_str(text).map_err(|error| {
            refused(error.span().map_or(0, |it| it.start), error.message().to_owned())
        })?;
        let mut instruments = BTreeMap::new();
        for (name, table) in read.instrument {
            let span = table.span();
            if !name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)) {
                let expected = "expected letters, digits, - and _";
                return Err(refused(span.start, format!("instrument.\"{name}\": {expected}")));
            }
            if name == NAMES {
                let message = "is what the side channel lists the names by: expected another name";
                return Err(refused(
                    span.start,
                    format!("instrument.{name}: \"{name}\" {message}"),
                ));
            }
            let place = place(&name, table.into_inner()).map_err(|error| {
                let at = span.start + key_of(&error, &text[span.start..]);
                refused(at, format!("instrument.{name}: {error}"))
            })?;
            instruments.insert(name, place);
        }
        let mut cables = Vec::new();
        for cable in read.cable {
            let map = cable.map.map(|map| {
                let at = map.span().start;
                pairs(map.into_inner()).map_err(|message| refused(at, message))
            });
            cables.push(Cable { ends: cable.lines, map: map.transpose()? });
        }
        let (gateways, pace, control) = (read.gateway, read.pace, read.control);
        Ok(Bench { instruments, gateways, cables, pace, control })
    }
}

/// Splits what belongs to the link off an instrument's table.
fn place(name: &str, table: Table) -> Result<Place, toml::de::Error> {
    let has_seed = table.contains_key("seed");
    let (link, config): (Table, Table) =
        table.into_iter().partition(|(key, _)| LinkConfig::KEYS.contains(&key.as_str()));
    let link: LinkConfig = Value::Table(link).try_into()?;
    if link.refuse && !link.one_client {
        return Err(de::Error::custom(
            "`refuse` = true resets all clients but one: expected `one_client` = true with it",
        ));
    }
    if link.portmapper.is_some() && link.vxi11.is_none() {
        return Err(de::Error::custom(
            "`portmapper` tells where VXI-11 is: expected `vxi11` = \"127.0.0.1:0\" with it",
        ));
    }
    if link.gateway.is_some() != link.address.is_some() {
        return Err(de::Error::custom(
            "`gateway` and `address` say where on a GPIB bus it is: expected both or none",
        ));
    }
    if let Some(address) = link.address.filter(|it| *it > 30) {
        return Err(de::Error::custom(format!(
            "`address` = {address} is not on a GPIB bus: expected 0 to 30"
        )));
    }
    let mut config: Config = Value::Table(config).try_into()?;
    if !has_seed {
        config.seed = seed_of(name);
    }
    Ok(Place { config, link })
}

/// The seed of an instrument whose table has none, so that those of one bench are not the same
/// unit: the 64-bit FNV-1a hash of its name, without the lowest bit, as TOML has no larger numbers
/// (Fowler, Noll, Vo; draft-eastlake-fnv).
fn seed_of(name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 1
}

/// Where, in an instrument's text, the key stands that an error names: values that have been read
/// into a table have lost their places.
fn key_of(error: &toml::de::Error, table: &str) -> usize {
    let text = error.to_string();
    let end = table.find("\n[").unwrap_or(table.len());
    let names_it = |line: usize, name: &str| {
        let rest = table[line..end].trim_start_matches([' ', '\t']).strip_prefix(name);
        rest.is_some_and(|it| it.trim_start().starts_with('='))
    };
    let lines = || table[..end].match_indices('\n').map(|it| it.0 + 1);
    let mut named = text.split('`').skip(1).step_by(2);
    named.find_map(|name| lines().find(|line| names_it(*line, name))).unwrap_or(0)
}

fn pairs(map: BTreeMap<String, u32>) -> Result<Vec<(u32, u32)>, String> {
    let pair = |(here, there): (String, u32)| {
        let here = here.parse().map_err(|_| {
            format!("map.{here} is not a trigger line: expected a number such as 2 = 1")
        })?;
        Ok((here, there))
    };
    map.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Bench::parse(text, "bench.toml").unwrap_err().to_string()
    }

    #[test]
    fn what_belongs_to_the_link_and_to_the_instrument_may_stand_in_any_order() {
        let text = "pace = 2.5\n[instrument.a1]\none_client = true\nseed = 7\nlisten = \
                    \"127.0.0.1:5025\"\nfaults = [\"silence\"]\n";
        let bench = Bench::parse(text, "bench.toml").unwrap();
        let Place { config, link } = &bench.instruments["a1"];
        assert_eq!((config.seed, config.faults.len()), (7, 1));
        assert_eq!(link.listen, Some("127.0.0.1:5025".parse().unwrap()));
        assert_eq!(link.tcp().clients, Clients::One);
        assert_eq!(bench.pace, Some(2.5));
    }

    #[test]
    fn an_instrument_without_a_seed_has_one_that_its_name_gives() {
        let text = "[instrument.a]\n[instrument.foobar]\n[instrument.c]\nseed = 0\n";
        let bench = Bench::parse(text, "bench.toml").unwrap();
        let seed = |name: &str| bench.instruments[name].config.seed;
        // Published values of the hash, halved.
        assert_eq!(seed("a"), 0xaf63_dc4c_8601_ec8c >> 1);
        assert_eq!(seed("foobar"), 0x8594_4171_f739_67e8 >> 1);
        assert_eq!(seed("c"), 0);
    }

    #[test]
    fn a_refusal_names_file_line_table_key_and_what_is_accepted() {
        for (text, place, accepted) in [
            ("pace = 1\nspeed = 2\n", "bench.toml:2: unknown field `speed`", "`control`"),
            (
                "[instrument.a1]\n\nsed = 1\n",
                "bench.toml:3: instrument.a1: unknown field `sed`",
                "`seed`",
            ),
            (
                "[instrument.a1]\nmodel = \"fluke\"\n",
                "bench.toml:2: instrument.a1: unknown variant `fluke`",
                "`keithley-2400`",
            ),
            (
                "[instrument.a1]\nseed = 1\nrefuse = true\n",
                "bench.toml:3: instrument.a1: `refuse`",
                "expected `one_client` = true",
            ),
            (
                "[instrument.a1]\nportmapper = \"127.0.0.1:0\"\n",
                "bench.toml:2: instrument.a1: `portmapper`",
                "expected `vxi11`",
            ),
            (
                "[instrument.instruments]\n",
                "bench.toml:1: instrument.instruments: \"instruments\"",
                "another name",
            ),
            (
                "[instrument.a1]\nserial_port = 9600\n",
                "bench.toml:",
                "a table such as { baud = 9600",
            ),
            ("[instrument.a1]\ndevice = 3\n", "bench.toml:", "a preset such as \"resistor\""),
            ("[instrument.a1]\ndevice = \"relay\"\n", "bench.toml:", "`resistor`"),
            ("[instrument.a1]\nlisten = \"here\"\n", "bench.toml:", "socket address"),
            (
                "[instrument.a1]\nserial_port = { baud = 110 }\n",
                "bench.toml:",
                "expected one of 300, 600",
            ),
            (
                "[instrument.a1]\ngateway = \"g\"\n",
                "bench.toml:2: instrument.a1: `gateway`",
                "both or none",
            ),
            (
                "[instrument.a1]\ngateway = \"g\"\naddress = 31\n",
                "bench.toml:3: instrument.a1: `address` = 31",
                "0 to 30",
            ),
            ("[gateway.g]\nkind = \"ni\"\n[instrument]\n", "bench.toml:2: ", "`ar488`"),
            (
                "[instrument.\"a 1\"]\n",
                "bench.toml:1: instrument.\"a 1\"",
                "letters, digits, - and _",
            ),
            ("[instrument.a1]\nfaults = [\"explode\"]\n", "bench.toml:", "\"power cycle\""),
            (
                "[instrument]\n[[cable]]\nlines = [\"a\", \"b\"]\nmap = { x = 1 }\n",
                "bench.toml:4: map.x is not a trigger line",
                "2 = 1",
            ),
        ] {
            let error = refusal(text);
            assert!(error.contains(place) && error.contains(accepted), "{error}");
        }
    }
}
