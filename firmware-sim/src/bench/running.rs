//! A bench that is set up.

use std::{collections::BTreeMap, fmt, io, net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::{
    net::{TcpListener, UdpSocket},
    task::JoinSet,
};

use super::{Bench, BenchError, Cable, Place, StandingGateway};
use crate::{
    config::ModelName,
    instrument::Instrument,
    link::{
        HislipOptions, Host, Pace, Panel, Services, Vxi11Options, answer_control, answer_hislip,
        answer_portmapper, answer_tcp, answer_vxi11,
    },
};

/// Where an instrument is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A serial port.
    Serial(PathBuf),
    /// The TCP port of VXI-11's core channel.
    Vxi11(SocketAddr),
    /// The port, TCP and UDP, that tells where that one is.
    Portmapper(SocketAddr),
    /// The TCP port of HiSLIP.
    Hislip(SocketAddr),
    /// The bus of a gateway.
    Gpib {
        /// Which gateway, from 0.
        board: usize,
        /// The primary address.
        primary: u8,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address)
            | Address::Vxi11(address)
            | Address::Portmapper(address)
            | Address::Hislip(address) => write!(f, "{address}"),
            Address::Serial(path) => write!(f, "{}", path.display()),
            Address::Gpib { .. } => f.write_str(&self.resource()),
        }
    }
}

impl Address {
    /// As VISA names it; a portmapper by the instrument that is found through it. The port of
    /// VXI-11 is not in its name, as clients are told it by a portmapper.
    pub fn resource(&self) -> String {
        match self {
            Address::Tcp(address) => {
                format!("TCPIP0::{}::{}::SOCKET", address.ip(), address.port())
            }
            Address::Serial(path) => format!("ASRL{}::INSTR", path.display()),
            Address::Vxi11(address) | Address::Portmapper(address) => {
                format!("TCPIP0::{}::inst0::INSTR", address.ip())
            }
            Address::Hislip(address) => {
                format!("TCPIP0::{}::hislip0,{}::INSTR", address.ip(), address.port())
            }
            Address::Gpib { board, primary } => format!("GPIB{board}::{primary}::INSTR"),
        }
    }

    /// What kind of link it is.
    pub fn protocol(&self) -> &'static str {
        match self {
            Address::Tcp(_) => "TCP",
            Address::Serial(_) => "serial",
            Address::Vxi11(_) => "VXI-11",
            Address::Portmapper(_) => "portmapper",
            Address::Hislip(_) => "HiSLIP",
            Address::Gpib { .. } => "GPIB",
        }
    }

    /// Whether other machines may reach it.
    pub fn is_open_to_others(&self) -> bool {
        match self {
            Address::Tcp(address)
            | Address::Vxi11(address)
            | Address::Portmapper(address)
            | Address::Hislip(address) => !address.ip().is_loopback(),
            Address::Serial(_) | Address::Gpib { .. } => false,
        }
    }
}

/// One link of one instrument that can be talked to.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The instrument's name on the bench.
    pub name: String,
    /// What it is.
    pub model: ModelName,
    /// Where.
    pub address: Address,
}

/// A bench whose instruments are switched on and whose ports are open.
pub struct Running {
    /// All links.
    pub standing: Vec<Standing>,
    /// All gateways.
    pub gateways: Vec<StandingGateway>,
    /// The side channel.
    pub control: Option<SocketAddr>,
    pub(super) tasks: JoinSet<io::Result<()>>,
}

impl Bench {
    /// Switches everything on and opens the ports. All instruments share the beginning of time.
    ///
    /// # Errors
    /// An instrument cannot be simulated, a port is not to be had, a cable leads nowhere.
    pub async fn start(&self) -> Result<Running, BenchError> {
        let hosts = self.switch_on()?;
        self.join(&hosts)?;
        let mut running = Running {
            standing: Vec::new(),
            gateways: Vec::new(),
            control: None,
            tasks: JoinSet::new(),
        };
        for (name, place) in &self.instruments {
            running.open(name, place, &hosts[name]).await?;
        }
        running.open_gateways(self, &hosts).await?;
        if let Some(address) = self.control {
            let refused = |source| BenchError::Control { address, source };
            let listener = TcpListener::bind(address).await.map_err(refused)?;
            running.control = Some(listener.local_addr().map_err(refused)?);
            running.tasks.spawn(answer_control(listener, Panel::new(hosts)));
        }
        Ok(running)
    }

    fn switch_on(&self) -> Result<BTreeMap<String, Arc<Host>>, BenchError> {
        let beginning = Pace::real_time();
        let mut hosts = BTreeMap::new();
        for (name, place) in &self.instruments {
            let own = place.link.pace.map(|it| (format!("instrument.{name}.pace"), it));
            let pace = match own.or_else(|| self.pace.map(|it| ("pace".to_owned(), it))) {
                None => None,
                Some((key, found)) => match beginning.times(found) {
                    None => return Err(BenchError::Pace { key, found }),
                    pace => pace,
                },
            };
            let instrument = Instrument::new(&place.config)
                .map_err(|source| BenchError::Instrument { name: name.clone(), source })?;
            hosts.insert(name.clone(), Host::new(instrument, pace));
        }
        Ok(hosts)
    }

    fn join(&self, hosts: &BTreeMap<String, Arc<Host>>) -> Result<(), BenchError> {
        for (index, Cable { ends: [one, other], map }) in self.cables.iter().enumerate() {
            let number = index + 1;
            let end = |name: &String| {
                hosts.get(name).ok_or_else(|| BenchError::NoSuchInstrument {
                    number,
                    found: name.clone(),
                    accepted: hosts.keys().cloned().collect::<Vec<_>>().join(", "),
                })
            };
            for &(here, there) in map.iter().flatten() {
                self.check_line(number, one, here)?;
                self.check_line(number, other, there)?;
            }
            if !end(one)?.join(end(other)?, map.as_deref()) {
                return Err(BenchError::Loop { number, name: one.clone() });
            }
        }
        Ok(())
    }

    fn check_line(&self, number: usize, name: &str, found: u32) -> Result<(), BenchError> {
        // A name that nobody has is refused with those that there are.
        let Some(model) = self.instruments.get(name).map(|it| it.config.model) else {
            return Ok(());
        };
        let lines = model.trigger_lines();
        if (1..=lines).contains(&found) {
            return Ok(());
        }
        Err(BenchError::NoSuchLine { number, name: name.to_owned(), model, found, lines })
    }
}

impl Running {
    async fn open(
        &mut self,
        name: &str,
        place: &Place,
        host: &Arc<Host>,
    ) -> Result<(), BenchError> {
        let link = &place.link;
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = link.listen.or((!link.has_others()).then_some(anywhere));
        let mut addresses = Vec::new();
        if let Some(address) = listen {
            let (listener, address) = bind(name, address).await?;
            addresses.push(Address::Tcp(address));
            self.tasks.spawn(answer_tcp(listener, Arc::clone(host), link.tcp()));
        }
        if let Some(address) = link.vxi11 {
            let (listener, address) = bind(name, address).await?;
            addresses.push(Address::Vxi11(address));
            let options = Vxi11Options::default();
            self.tasks.spawn(answer_vxi11(listener, Arc::clone(host), options));
            if let Some(portmapper) = link.portmapper {
                let (listener, portmapper) = bind(name, portmapper).await?;
                let socket = UdpSocket::bind(portmapper).await;
                let socket = socket.map_err(|source| refused(name, portmapper, source))?;
                addresses.push(Address::Portmapper(portmapper));
                let services = Services { vxi11: address.port() };
                self.tasks.spawn(answer_portmapper(listener, socket, services));
            }
        }
        if let Some(address) = link.hislip {
            let (listener, address) = bind(name, address).await?;
            addresses.push(Address::Hislip(address));
            let options = HislipOptions::default();
            self.tasks.spawn(answer_hislip(listener, Arc::clone(host), options));
        }
        if let Some(settings) = link.serial_port {
            let refused = |source| BenchError::Serial { name: name.to_owned(), source };
            addresses.push(self.open_serial(host, settings).map_err(refused)?);
        }
        for address in addresses {
            let (name, model) = (name.to_owned(), place.config.model);
            self.standing.push(Standing { name, model, address });
        }
        let host = Arc::clone(host);
        self.tasks.spawn(async move {
            host.keep().await;
            Ok(())
        });
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn open_serial(
        &mut self,
        host: &Arc<Host>,
        settings: crate::link::SerialSettings,
    ) -> io::Result<Address> {
        let line = crate::link::Pty::open()?;
        let path = line.path().to_owned();
        self.tasks.spawn(crate::link::serve_serial(line, Arc::clone(host), settings));
        Ok(Address::Serial(path))
    }

    #[cfg(not(target_os = "linux"))]
    fn open_serial(
        &mut self,
        _: &Arc<Host>,
        _: crate::link::SerialSettings,
    ) -> io::Result<Address> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Serves until a link fails, which is all that ends it. Dropping the future, and the bench,
    /// closes everything.
    ///
    /// # Errors
    /// The link that failed first.
    pub async fn serve(&mut self) -> io::Result<()> {
        while let Some(ended) = self.tasks.join_next().await {
            ended.map_err(io::Error::other)??;
        }
        Ok(())
    }
}

fn refused(name: &str, address: SocketAddr, source: io::Error) -> BenchError {
    BenchError::Listen { name: name.to_owned(), address, source }
}

/// Opens a port; where it is.
async fn bind(name: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), BenchError> {
    let listener = TcpListener::bind(address).await.map_err(|it| refused(name, address, it))?;
    let address = listener.local_addr().map_err(|it| refused(name, address, it))?;
    Ok((listener, address))
}
