//! How an instrument is reached: its address, its link's options, the gateways, and the simulated
//! instruments of a bench.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Result;
use firmware_sim::Host;
use scpi_parser::quantity;
use smu::{Blocks, Carries};
use transport::{
    GatewayEntry, LinkError, LinkOptions, Links, Reconnect, Resource, Session, SessionOptions,
    StreamTransport, Transcript, gateway::GatewayKind,
};

use crate::{
    bench::{Bench, SmuEntry},
    cli::{LinkArgs, ReachArgs},
    config,
    exit::BadInput,
};

/// Bytes in flight to a simulated instrument: a list of 100 levels several times over.
const SIMULATED_LINK_BYTES: usize = 1 << 16;

/// What an instrument takes in a second, for time limits only: the least of what is seen on each kind
/// of link.
const BYTES_PER_SECOND: f64 = 50e3;
/// Bits of a serial line for each byte, start and stop included.
const BITS_PER_BYTE: f64 = 10.0;
/// The rate of a serial line whose options say none: the 2400's factory setting.
const USUAL_BAUD: u32 = 9600;

/// All that leads to the instruments of a bench: its gateways, and its simulated instruments, switched
/// on and with their trigger cables.
#[derive(Clone)]
pub struct Ways {
    links: Links,
    simulated: BTreeMap<String, Arc<Host>>,
}

impl Ways {
    /// The ways of a bench.
    ///
    /// # Errors
    /// A simulated instrument that cannot be.
    pub fn of(bench: &Bench) -> Result<Ways> {
        Ways::over(bench, bench.links())
    }

    fn over(bench: &Bench, links: Links) -> Result<Ways> {
        let mut simulated = BTreeMap::new();
        for (name, config) in &bench.simulated {
            let instrument = firmware_sim::Instrument::new(config)
                .map_err(|error| BadInput::new(format!("[simulated.{name}]: {error}")))?;
            simulated.insert(name.clone(), Host::new(instrument, None));
        }
        for cable in &bench.cable {
            let [one, other] = &cable.lines;
            simulated[one].join(&simulated[other], cable.pairs().as_deref());
        }
        let joined = |name: &String| bench.cable.iter().any(|it| it.lines.contains(name));
        for (_, host) in simulated.iter().filter(|it| joined(it.0)) {
            // Pulses act on it while nobody talks to it.
            let host = Arc::clone(host);
            tokio::spawn(async move { host.keep().await });
        }
        Ok(Ways { links, simulated })
    }
}

/// One instrument's address, and all that is needed to open a session with it.
#[derive(Clone)]
pub struct Reach {
    /// Where it is.
    pub resource: Resource,
    link: LinkOptions,
    links: Links,
    simulated: Option<Arc<Host>>,
    transcript: Option<Transcript>,
}

impl Reach {
    /// An instrument of a bench.
    pub fn of_bench(smu: &SmuEntry, ways: &Ways) -> Reach {
        Reach::over(smu.resource.clone(), smu.link.clone(), ways)
    }

    fn over(resource: Resource, link: LinkOptions, ways: &Ways) -> Reach {
        let simulated = match &resource {
            Resource::Simulated { name } => ways.simulated.get(name).cloned(),
            _ => None,
        };
        Reach { resource, link, links: ways.links.clone(), simulated, transcript: None }
    }

    /// The same, with every message written down.
    #[must_use]
    pub fn recorded(self, transcript: Option<Transcript>) -> Reach {
        Reach { transcript, ..self }
    }

    /// How its link is opened.
    pub fn link(&self) -> &LinkOptions {
        &self.link
    }

    /// The gateway that leads to it, where one does.
    pub fn gateway(&self) -> Option<GatewayEntry> {
        match self.resource {
            Resource::Gpib { board, .. } => self.links.gateway(board).cloned(),
            _ => None,
        }
    }

    /// Opens a session.
    ///
    /// # Errors
    /// Nobody answers, or the link's options are not its own. The sentence names the address.
    pub async fn open(&self) -> Result<Session> {
        match &self.simulated {
            Some(host) => Ok(self.simulated(host)),
            None => Ok(self.links.open(&self.resource, &self.link, self.options()).await?),
        }
    }

    /// Opens another session, and tries once: for when the first is dead.
    ///
    /// # Errors
    /// As [`Reach::open`].
    pub async fn open_afresh(&self) -> Result<Session> {
        Ok(self.open_again().await?)
    }

    /// As [`Reach::open_afresh`].
    ///
    /// # Errors
    /// As [`Reach::open`]; the link's own error.
    pub async fn open_again(&self) -> Result<Session, LinkError> {
        match &self.simulated {
            Some(host) => Ok(self.simulated(host)),
            None => self.links.open_once(&self.resource, &self.link, self.options()).await,
        }
    }

    /// How long and how often its link is opened again in a run.
    pub fn policy(&self) -> Reconnect {
        self.link.reconnect_in_a_run()
    }

    /// What the link carries. Readings come as text over byte streams: what is left of a lost block
    /// could look like any answer, and there is no device clear to be rid of it.
    pub fn carries(&self) -> Carries {
        let (blocks, bytes_per_second) = match &self.resource {
            Resource::Serial { .. } => {
                let baud = self.link.baud.unwrap_or(USUAL_BAUD);
                (Blocks::None, f64::from(baud) / BITS_PER_BYTE)
            }
            Resource::TcpSocket { .. } | Resource::Simulated { .. } => {
                (Blocks::None, BYTES_PER_SECOND)
            }
            _ => (Blocks::Any, BYTES_PER_SECOND),
        };
        Carries { blocks, bytes_per_second }
    }

    fn options(&self) -> SessionOptions {
        SessionOptions { transcript: self.transcript.clone(), ..SessionOptions::default() }
    }

    fn simulated(&self, host: &Arc<Host>) -> Session {
        let (near, far) = tokio::io::duplex(SIMULATED_LINK_BYTES);
        let host = Arc::clone(host);
        tokio::spawn(async move {
            if let Err(error) = host.serve(far).await {
                tracing::debug!(%error, "a simulated instrument's link ended");
            }
        });
        Session::spawn(StreamTransport::new(near), self.link.session(self.options()))
    }
}

/// What the command line says of addresses: a bench that knows some by name, and options.
pub struct Directory {
    bench: Bench,
    link: LinkOptions,
    ways: Ways,
}

impl Directory {
    /// From the arguments.
    ///
    /// # Errors
    /// A bench that cannot be read, an option that there is not, a gateway that is none.
    pub fn new(args: &ReachArgs) -> Result<Directory> {
        let bench = Bench::load(args.bench.as_deref())?;
        let link = link_options(&args.link)?;
        let mut gateways = bench.gateway.clone();
        gateways.extend(self::gateways(&args.link, &link)?);
        let links = Links::new(gateways).map_err(|error| BadInput::new(error.to_string()))?;
        let ways = Ways::over(&bench, links)?;
        Ok(Directory { bench, link, ways })
    }

    /// The instrument of this address, or of this name on the bench.
    ///
    /// # Errors
    /// It is neither; or an option of another link was given.
    pub fn find(&self, text: &str) -> Result<Reach> {
        if let Some(smu) = self.bench.smu.iter().find(|it| it.name == text) {
            return Ok(Reach::of_bench(smu, &self.ways));
        }
        let resource: Resource =
            text.parse().map_err(|error| BadInput::new(format!("{error}{}", self.names())))?;
        let of_gateway = matches!(resource, Resource::Gpib { .. });
        let link = if of_gateway { only_common(&self.link) } else { self.link.clone() };
        if let Resource::Simulated { name } = &resource
            && !self.ways.simulated.contains_key(name)
        {
            let name = &self.bench.name;
            let sentence = format!("{resource}: bench \"{name}\" has no such instrument");
            return Err(BadInput::new(sentence).into());
        }
        link.check(&resource).map_err(|error| BadInput::new(error.to_string()))?;
        Ok(Reach::over(resource, link, &self.ways))
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.bench.smu.iter().map(|it| it.name.as_str()).collect();
        format!(" (instruments of bench \"{}\": {})", self.bench.name, names.join(", "))
    }
}

/// The options of the command line, read as a bench file's `link` table.
///
/// # Errors
/// No option, or no value of it.
pub fn link_options(args: &LinkArgs) -> Result<LinkOptions> {
    let mut table = toml::Table::new();
    if let Some(baud) = args.baud {
        table.insert("baud".to_owned(), i64::from(baud).into());
    }
    for option in &args.options {
        let refused = |reason: &str| BadInput::new(format!("--option {option}: {reason}"));
        let (key, value) =
            option.split_once('=').ok_or_else(|| refused("write key=value, as parity=even"))?;
        let (key, value) = (key.trim(), value.trim());
        // Numbers and tables are TOML; words need no quotes here.
        let parsed = toml::from_str::<toml::Table>(&format!("value = {value}"));
        let value = match parsed.ok().and_then(|mut it| it.remove("value")) {
            Some(value) => value,
            None => toml::Value::String(value.to_owned()),
        };
        if table.insert(key.to_owned(), value).is_some() {
            return Err(refused("it is given twice").into());
        }
    }
    let options = table.try_into::<LinkOptions>();
    Ok(options.map_err(|error| {
        BadInput::new(format!("--option: {}", config::in_words(error.message(), None)))
    })?)
}

/// The gateways of the command line; the serial ones have the serial options.
fn gateways(args: &LinkArgs, link: &LinkOptions) -> Result<Vec<GatewayEntry>> {
    let kind = args.gateway_kind.as_deref().map(|kind| match kind {
        "ar488" => GatewayKind::Ar488,
        _ => GatewayKind::Prologix,
    });
    let entry = |text: &String| {
        let refused = |reason: String| BadInput::new(format!("--gateway {text}: {reason}"));
        let resource: Resource = text.parse().map_err(|it| refused(format!("{it}")))?;
        let (board, link) = match &resource {
            Resource::GatewayTcp { board, .. } => (*board, only_common(link)),
            Resource::GatewaySerial { board, .. } => (*board, link.clone()),
            _ => {
                let accepted =
                    "write PRLGX-TCPIP0::host::1234::INTFC or PRLGX-ASRL0::/dev/ttyUSB0::INTFC";
                return Err(refused(accepted.to_owned()).into());
            }
        };
        Ok(GatewayEntry { board, resource, kind, link })
    };
    args.gateway.iter().map(entry).collect()
}

/// What any link has of these options.
fn only_common(link: &LinkOptions) -> LinkOptions {
    LinkOptions {
        connect_limit: link.connect_limit,
        write_limit: link.write_limit,
        proof_limit: link.proof_limit,
        reconnect: link.reconnect.clone(),
        depth: link.depth,
        ..LinkOptions::default()
    }
}

/// A time that an option says, as `'3 s'`.
///
/// # Errors
/// It is none.
pub fn time(option: &str, text: &str) -> Result<Duration> {
    let seconds =
        quantity::parse(text, "s").map_err(|error| BadInput::new(format!("{option}: {error}")))?;
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|it| !it.is_zero());
    Ok(time.ok_or_else(|| BadInput::new(format!("{option}: \"{text}\" is no time")))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(baud: Option<u32>, options: &[&str], gateway: &[&str]) -> LinkArgs {
        let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
        LinkArgs { baud, options: owned(options), gateway: owned(gateway), gateway_kind: None }
    }

    #[test]
    fn options_of_the_command_line_are_those_of_a_bench_file() {
        let given =
            ["flow=xon-xoff", "stop_bits = 2", "clear=^C", "reconnect={ first = \"0.5 s\" }"];
        let options = link_options(&args(Some(57600), &given, &[])).unwrap();
        let written = "baud = 57600\nflow = \"xon-xoff\"\nstop_bits = 2\nclear = \"^C\"\n\
                       reconnect = { first = \"0.5 s\" }";
        assert_eq!(options, toml::from_str(written).unwrap());
    }

    #[test]
    fn a_gateway_on_a_network_has_no_baud_rate_and_one_on_a_line_has() {
        let given = args(
            Some(115_200),
            &["connect_limit=2 s"],
            &["PRLGX-TCPIP1::h::INTFC", "PRLGX-ASRL2::/dev/ttyACM0::INTFC"],
        );
        let link = link_options(&given).unwrap();
        let gateways = gateways(&given, &link).unwrap();
        assert_eq!(gateways.iter().map(|it| it.board).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(gateways[0].link.baud, None);
        assert_eq!(gateways[0].link.connect_limit, Some(Duration::from_secs(2)));
        assert_eq!(gateways[1].link.baud, Some(115_200));
        Links::new(gateways).unwrap();
    }
}
