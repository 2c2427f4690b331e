//! From an address to a session, whatever the link.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    LinkError, LinkOptions, Resource, Session, SessionOptions,
    gateway::{Gateway, GatewayKind, GatewayOptions, GatewayTransport},
    hislip, reconnect, serial, tcp, usbtmc, vxi11,
};

/// A GPIB gateway and the board whose instruments it reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayEntry {
    /// The board of the instruments' addresses: 0 for `GPIB0::24::INSTR`.
    pub board: u16,
    /// The gateway's own address.
    pub resource: Resource,
    /// What it is, `"prologix"` or `"ar488"`; it is asked where this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<GatewayKind>,
    /// How its link is opened.
    #[serde(default)]
    pub link: LinkOptions,
}

/// A gateway, and the connection to it once there is one.
#[derive(Debug)]
struct Shared {
    entry: GatewayEntry,
    connection: Mutex<Option<Gateway>>,
}

/// Opens sessions. Clones share the gateways: all instruments of a board go over one connection.
#[derive(Clone, Debug, Default)]
pub struct Links {
    gateways: BTreeMap<u16, Arc<Shared>>,
}

impl Links {
    /// Links over these gateways.
    ///
    /// # Errors
    /// Two gateways for one board; an address that is no gateway's; an option of another link.
    pub fn new(gateways: impl IntoIterator<Item = GatewayEntry>) -> Result<Links, LinkError> {
        let mut links = Links::default();
        for entry in gateways {
            let refused = |key, found: String, accepted: &str| {
                let resource = entry.resource.to_string();
                Err(LinkError::Option { resource, key, found, accepted: accepted.to_owned() })
            };
            let (Resource::GatewayTcp { board, .. } | Resource::GatewaySerial { board, .. }) =
                entry.resource
            else {
                let accepted =
                    "PRLGX-TCPIP0::host::1234::INTFC or PRLGX-ASRL0::/dev/ttyUSB0::INTFC";
                return refused("resource", entry.resource.to_string(), accepted);
            };
            // Nobody writes the board twice: the address's own 0 says nothing.
            if board != 0 && board != entry.board {
                return refused("board", entry.board.to_string(), "the board of its address");
            }
            entry.link.check(&entry.resource)?;
            match links.gateways.entry(entry.board) {
                Entry::Vacant(place) => {
                    place.insert(Arc::new(Shared { entry, connection: Mutex::default() }));
                }
                Entry::Occupied(other) => {
                    let board = entry.board.to_string();
                    let other = &other.get().entry;
                    return refused(
                        "board",
                        board,
                        &format!("another than that of {}", other.resource),
                    );
                }
            };
        }
        Ok(links)
    }

    /// The gateway of a board.
    pub fn gateway(&self, board: u16) -> Option<&GatewayEntry> {
        self.gateways.get(&board).map(|it| &it.entry)
    }

    /// Opens a session with the instrument at `resource`.
    ///
    /// # Errors
    /// An option that does not belong to the link; nobody at the address; a GPIB board without a
    /// gateway; an address that is not an instrument's.
    pub async fn open(
        &self,
        resource: &Resource,
        link: &LinkOptions,
        session: SessionOptions,
    ) -> Result<Session, LinkError> {
        link.check(resource)?;
        let Some(again) = &link.reconnect else {
            return self.open_once(resource, link, session).await;
        };
        // Each try owns what it needs: a borrowing one could not be sent to another thread.
        let (links, resource, link) = (self.clone(), resource.clone(), link.clone());
        let policy = again.policy();
        let connect = move || {
            let (links, resource, link, session) =
                (links.clone(), resource.clone(), link.clone(), session.clone());
            async move { links.open_once(&resource, &link, session).await }
        };
        reconnect(&policy, connect, |_| {}).await
    }

    /// As [`Links::open`], and never tries again.
    ///
    /// # Errors
    /// As [`Links::open`].
    pub async fn open_once(
        &self,
        resource: &Resource,
        link: &LinkOptions,
        session: SessionOptions,
    ) -> Result<Session, LinkError> {
        link.check(resource)?;
        let session = link.session(session);
        let limit = link.connect_limit();
        match resource {
            Resource::TcpSocket { host, port, .. } => {
                let stream = tcp::connect_tcp(host, *port, limit).await?;
                Ok(Session::spawn(stream, session))
            }
            Resource::Serial { port } => {
                let path = serial_path(port);
                Ok(Session::spawn(serial::open(&path, &link.serial(), limit).await?, session))
            }
            Resource::Vxi11 { host, port, device, .. } => {
                let mut options = link.vxi11();
                options.core_port = port.or(options.core_port);
                let transport = vxi11::connect(host, device, &options, limit).await?;
                Ok(Session::spawn(transport, session))
            }
            Resource::Hislip { host, sub_address, port, .. } => {
                let options = link.hislip();
                let transport = hislip::connect(host, sub_address, *port, &options, limit).await?;
                Ok(Session::spawn(transport, session))
            }
            Resource::Gpib { board, primary, secondary } => {
                let Some(gateway) = self.gateways.get(board) else {
                    #[cfg(feature = "visa")]
                    return Ok(Session::spawn(crate::visa::open(resource, limit).await?, session));
                    #[cfg(not(feature = "visa"))]
                    return Err(no_gateway(resource, *board));
                };
                let transport = gateway.instrument(*primary, *secondary, limit).await?;
                Ok(Session::spawn(transport, session))
            }
            Resource::Usb { vendor, product, serial, interface, .. } => {
                let options = link.usb(resource);
                let (serial, interface) = (Some(serial.as_str()), Some(*interface));
                let opening = usbtmc::open(*vendor, *product, serial, interface, &options, limit);
                Ok(Session::spawn(opening.await?, session))
            }
            #[cfg(target_os = "linux")]
            Resource::UsbFile { path } => {
                let options = usbtmc::file::FileOptions::default();
                Ok(Session::spawn(usbtmc::file::open(path, &options, limit).await?, session))
            }
            other => Err(not_here(other)),
        }
    }
}

impl Shared {
    /// A link over the one connection, which is made anew when it is dead.
    async fn instrument(
        &self,
        primary: u8,
        secondary: Option<u8>,
        limit: Duration,
    ) -> Result<GatewayTransport, LinkError> {
        let deadline = Instant::now() + limit;
        let mut connection = self.connection.lock().await;
        if let Some(gateway) = connection.as_ref() {
            // One that has broken says so at once; one that is silent leaves time for a new one.
            match gateway.instrument(primary, secondary, limit / 2).await {
                Err(error) if !error.is_permanent() => *connection = None,
                opened => return opened,
            }
        }
        let gateway = connect_gateway(&self.entry, deadline - Instant::now()).await?;
        let gateway = connection.insert(gateway);
        gateway.instrument(primary, secondary, deadline - Instant::now()).await
    }
}

async fn connect_gateway(entry: &GatewayEntry, limit: Duration) -> Result<Gateway, LinkError> {
    let options = GatewayOptions { kind: entry.kind, ..GatewayOptions::default() };
    let limit = limit.min(entry.link.connect_limit());
    match &entry.resource {
        Resource::GatewayTcp { host, port, .. } => {
            Gateway::connect_tcp(host, *port, &options, limit).await
        }
        Resource::GatewaySerial { path, .. } => {
            Gateway::open_serial(path, &entry.link.serial(), &options, limit).await
        }
        other => Err(not_here(other)),
    }
}

#[cfg(not(feature = "visa"))]
fn no_gateway(resource: &Resource, board: u16) -> LinkError {
    LinkError::NoDevice {
        resource: resource.to_string(),
        device: format!("GPIB board {board}"),
        reason: format!(
            "no gateway is declared for it: write [[gateway]] with board = {board} and resource = \
             \"PRLGX-TCPIP::host::1234::INTFC\" in the bench file, or --gateway \
             PRLGX-TCPIP{board}::host::1234::INTFC; a GPIB card needs a vendor's VISA, which memloop \
             does not use"
        ),
    }
}

fn not_here(resource: &Resource) -> LinkError {
    LinkError::NoDevice {
        resource: resource.to_string(),
        device: format!("a {} link", resource.link()),
        reason: match resource {
            Resource::Simulated { .. } => "only a bench holds simulated instruments",
            Resource::UsbFile { .. } => "Linux alone has it; write USB0::vendor::product::serial::INSTR",
            Resource::GpibInterface { .. } => {
                "it is a whole bus; write an instrument's address, GPIB0::24::INSTR"
            }
            _ => "it is a gateway; write an instrument's address, GPIB0::24::INSTR, and declare it with \
                  [[gateway]] in the bench file, or --gateway",
        }
        .to_owned(),
    }
}

/// Where VISA's number of a serial line leads: `ASRL1` is the first one. A path stays as it is.
///
/// UNVERIFIED: that vendors' VISAs count so on this computer; a path says what is meant.
fn serial_path(port: &str) -> String {
    match port.parse::<u16>() {
        Ok(number) if cfg!(windows) => format!("COM{number}"),
        Ok(number) => format!("/dev/ttyS{}", number.saturating_sub(1)),
        Err(_) => port.to_owned(),
    }
}
