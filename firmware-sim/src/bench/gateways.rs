//! The GPIB controllers of a bench.

use std::{collections::BTreeMap, fmt, io, net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::net::TcpListener;

use super::{Address, Bench, BenchError, GatewayConfig, Running, Standing};
use crate::link::{Gateway, GatewayKind, Host, TcpOptions, answer_gateway};

/// One link of a gateway that can be talked to.
#[derive(Clone, Debug)]
pub struct StandingGateway {
    /// Its name on the bench.
    pub name: String,
    /// Which box it is.
    pub kind: GatewayKind,
    /// Which one it is, from 0, as `GPIB0::24::INSTR` has it.
    pub board: usize,
    /// Where: [`Address::Tcp`] or [`Address::Serial`].
    pub address: Address,
}

impl StandingGateway {
    /// As VISA names it.
    pub fn resource(&self) -> String {
        let board = self.board;
        match &self.address {
            Address::Tcp(address) => {
                format!("PRLGX-TCPIP{board}::{}::{}::INTFC", address.ip(), address.port())
            }
            Address::Serial(path) => format!("PRLGX-ASRL{board}::{}::INTFC", path.display()),
            other => other.resource(),
        }
    }
}

impl fmt::Display for StandingGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.resource())
    }
}

impl Running {
    pub(super) async fn open_gateways(
        &mut self,
        bench: &Bench,
        hosts: &BTreeMap<String, Arc<Host>>,
    ) -> Result<(), BenchError> {
        let boards: BTreeMap<_, _> = bench.gateways.keys().zip(0..).collect();
        let mut buses: BTreeMap<&str, BTreeMap<u8, Arc<Host>>> = BTreeMap::new();
        for (name, place) in &bench.instruments {
            let (Some(found), Some(address)) = (&place.link.gateway, place.link.address) else {
                continue;
            };
            let Some(board) = boards.get(found).copied() else {
                let (name, found) = (name.clone(), found.clone());
                return Err(BenchError::NoSuchGateway { name, found });
            };
            let bus = buses.entry(found).or_default();
            if bus.insert(address, Arc::clone(&hosts[name])).is_some() {
                let (name, gateway) = (name.clone(), found.clone());
                return Err(BenchError::AddressTaken { name, gateway, address });
            }
            let (name, model) = (name.clone(), place.config.model);
            let address = Address::Gpib { board, primary: address };
            self.standing.push(Standing { name, model, address });
        }
        for ((name, config), board) in bench.gateways.iter().zip(0..) {
            let bus = buses.remove(name.as_str()).unwrap_or_default();
            self.open_gateway(name, board, config, bus).await?;
        }
        Ok(())
    }

    async fn open_gateway(
        &mut self,
        name: &str,
        board: usize,
        config: &GatewayConfig,
        bus: BTreeMap<u8, Arc<Host>>,
    ) -> Result<(), BenchError> {
        let kind = config.kind;
        let gateway = Gateway::new(kind, bus);
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        if let Some(address) = config.listen.or((!config.line).then_some(anywhere)) {
            let refused = |source| {
                let (name, address) = (name.to_owned(), address.to_string());
                BenchError::Gateway { name, address, source }
            };
            let listener = TcpListener::bind(address).await.map_err(refused)?;
            let address = Address::Tcp(listener.local_addr().map_err(refused)?);
            let name = name.to_owned();
            self.gateways.push(StandingGateway { name, kind, board, address });
            let gateway = Arc::clone(&gateway);
            self.tasks.spawn(answer_gateway(listener, gateway, TcpOptions::default()));
        }
        if config.line {
            let path = self.open_line(gateway).map_err(|source| {
                let (name, address) = (name.to_owned(), "a serial line".to_owned());
                BenchError::Gateway { name, address, source }
            })?;
            let (name, address) = (name.to_owned(), Address::Serial(path));
            self.gateways.push(StandingGateway { name, kind, board, address });
        }
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn open_line(&mut self, gateway: Arc<Gateway>) -> io::Result<PathBuf> {
        let line = crate::link::Pty::open()?;
        let path = line.path().to_owned();
        self.tasks.spawn(async move { gateway.serve_line(line).await });
        Ok(path)
    }

    #[cfg(not(target_os = "linux"))]
    fn open_line(&mut self, _: Arc<Gateway>) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
