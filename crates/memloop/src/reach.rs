//! How an instrument is reached: its address, its link's options, the gateways, and the simulated
//! instruments of a bench.

use std::time::Duration;

use anyhow::Result;
use scpi_parser::quantity;
use transport::{
    GatewayEntry, LinkOptions, Links, Resource, Session, SessionOptions, StreamTransport,
    Transcript, gateway::GatewayKind,
};

use crate::{
    bench::{Bench, SmuEntry},
    cli::{LinkArgs, ReachArgs},
    exit::BadInput,
};

/// Bytes in flight to a simulated instrument: a list of 100 levels several times over.
const SIMULATED_LINK_BYTES: usize = 1 << 16;

/// One instrument's address, and all that is needed to open a session with it.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Where it is.
    pub resource: Resource,
    link: LinkOptions,
    links: Links,
    simulated: Option<Box<firmware_sim::Config>>,
    transcript: Option<Transcript>,
}

impl Reach {
    /// An instrument of a bench; all of a bench share `links`.
    pub fn of_bench(bench: &Bench, smu: &SmuEntry, links: &Links) -> Reach {
        let simulated = match &smu.resource {
            Resource::Simulated { name } => bench.simulated.get(name).cloned().map(Box::new),
            _ => None,
        };
        Reach {
            resource: smu.resource.clone(),
            link: smu.link.clone(),
            links: links.clone(),
            simulated,
            transcript: None,
        }
    }

    /// The same, with every message written down.
    #[must_use]
    pub fn recorded(self, transcript: Option<Transcript>) -> Reach {
        Reach { transcript, ..self }
    }

    /// Opens a session.
    ///
    /// # Errors
    /// Nobody answers, or the link's options are not its own. The sentence names the address.
    pub async fn open(&self) -> Result<Session> {
        let options = self.options();
        match &self.simulated {
            Some(config) => simulated(&self.resource, config, self.link.session(options)),
            None => Ok(self.links.open(&self.resource, &self.link, options).await?),
        }
    }

    /// Opens another session, and tries once: for when the first is dead. A simulated instrument has
    /// ended with its link.
    ///
    /// # Errors
    /// As [`Reach::open`].
    pub async fn open_afresh(&self) -> Result<Session> {
        Ok(self.links.open_once(&self.resource, &self.link, self.options()).await?)
    }

    fn options(&self) -> SessionOptions {
        SessionOptions { transcript: self.transcript.clone(), ..SessionOptions::default() }
    }
}

fn simulated(
    resource: &Resource,
    config: &firmware_sim::Config,
    options: SessionOptions,
) -> Result<Session> {
    let mut instrument = firmware_sim::Instrument::new(config)
        .map_err(|error| BadInput::new(format!("the simulated instrument {resource}: {error}")))?;
    let (near, far) = tokio::io::duplex(SIMULATED_LINK_BYTES);
    tokio::spawn(async move {
        if let Err(error) = firmware_sim::serve(far, &mut instrument).await {
            tracing::debug!(%error, "a simulated instrument's link ended");
        }
    });
    Ok(Session::spawn(StreamTransport::new(near), options))
}

/// What the command line says of addresses: a bench that knows some by name, and options.
pub struct Directory {
    bench: Bench,
    link: LinkOptions,
    links: Links,
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
        Ok(Directory { bench, link, links })
    }

    /// The instrument of this address, or of this name on the bench.
    ///
    /// # Errors
    /// It is neither; or an option of another link was given.
    pub fn find(&self, text: &str) -> Result<Reach> {
        if let Some(smu) = self.bench.smu.iter().find(|it| it.name == text) {
            return Ok(Reach::of_bench(&self.bench, smu, &self.links));
        }
        let resource: Resource =
            text.parse().map_err(|error| BadInput::new(format!("{error}{}", self.names())))?;
        let of_gateway = matches!(resource, Resource::Gpib { .. });
        let link = if of_gateway { only_common(&self.link) } else { self.link.clone() };
        let simulated = match &resource {
            Resource::Simulated { name } => {
                let config = self.bench.simulated.get(name).cloned().ok_or_else(|| {
                    let name = &self.bench.name;
                    BadInput::new(format!("{resource}: bench \"{name}\" has no such instrument"))
                })?;
                Some(Box::new(config))
            }
            _ => None,
        };
        link.check(&resource).map_err(|error| BadInput::new(error.to_string()))?;
        Ok(Reach { resource, link, links: self.links.clone(), simulated, transcript: None })
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
    Ok(options.map_err(|error| BadInput::new(format!("--option: {}", error.message())))?)
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
