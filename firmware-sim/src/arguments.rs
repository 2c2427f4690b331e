//! The command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::{Parser, ValueEnum, builder::PossibleValuesParser};
use firmware_sim::{
    Bench, Config, DeviceConfig, FaultPlan, Flow, GatewayConfig, GatewayKind, LinkConfig,
    ModelName, Place, SerialSettings, Terminator,
};

/// What the only instrument of a bench without a file is called.
pub(crate) const ONLY: &str = "smu";

/// What its gateway is called.
const GATEWAY: &str = "gateway";

const EXAMPLES: &str = "\
One instrument:
  firmware-sim
  firmware-sim --listen 127.0.0.1:0 --seed 7
  firmware-sim --model keithley-2450 --config twin-a.toml --log
  firmware-sim --device resistor
  firmware-sim --device '{ preset = \"liquid-sinh\", full_scale = \"60 uA\", memory = \"8 %\" }'
Talk to it with any SCPI client over a raw socket, LF ends a line:
  echo '*IDN?' | nc -q1 127.0.0.1 5025

A serial port (its path is printed; open it as any other):
  firmware-sim --serial 57600 --terminator cr-lf --flow xon-xoff

Links that have messages (-410, -420, service requests, device clear), beside a socket or alone;
port 111 needs a privilege, other ports do not:
  firmware-sim --hislip 127.0.0.1:4880 --listen 127.0.0.1:5025
  firmware-sim --vxi11 127.0.0.1:1024 --portmapper 127.0.0.1:111
A GPIB bus behind a Prologix GPIB-ETHERNET, or an AR488 on a serial line:
  firmware-sim --gateway 127.0.0.1:1234 --gpib 24
  firmware-sim --gateway line --gateway-kind ar488 --gpib 24
  printf '++addr 24\\n++auto 0\\n*IDN?\\n++read eoi\\n' | nc -q1 127.0.0.1 1234

Real time, and ten times as fast; without --pace time is virtual and nothing waits:
  firmware-sim --pace
  firmware-sim --pace 10

Instruments that have one socket, or whose maker forgot TCP_NODELAY:
  firmware-sim --one-client
  firmware-sim --one-client --refuse
  firmware-sim --delayed-ack

Bad days, from the start or over the side channel while it runs:
  firmware-sim --fault 'silence after 120 replies' --fault 'error -363 after 5 messages'
  firmware-sim --control 127.0.0.1:5999
  echo 'late reply by 3 s' | nc -q1 127.0.0.1 5999

A whole bench on its ports:
  firmware-sim benches/sim/two-2400s-trigger-link.toml
  firmware-sim bench.toml --pace --json

FAULTS are sentences: what happens, then when.
  silence | silence for 2 replies | late reply | late reply by 3 s | slow query by 3 s
  torn reply | reply in 3 pieces | 3 replies together | lost byte [for 2 replies]
  doubled byte [for 2 replies] | garbage [of 8 bytes] | disconnect | hang up
  refuse 3 connections | refuse connections for 5 s
  error -363 | error flood [of 30 entries] | power cycle | trip
  interlock open | interlock closed | compliance for 3 readings | overflow for 3 readings
  wrong stride | right stride | ignores :SENS:CURR:PROT [for 1 message] | refill
  heal (ends all faults, in force or pending; a power cycle ends what is in force on replies)
then nothing (at once), or
  after 3 replies | after 3 messages | after 3 readings | after 12 s (simulated)

THE SIDE CHANNEL takes lines and answers each with one, 'ok ...' or 'error: ...':
  a1 status                  output, simulated time, level, readings, faults
  a1 silence for 2 replies   any fault; 'after ...' counts from now on
  instruments                the names
With one instrument, which is called 'smu', the name may be left out.

BENCH FILES hold tables [instrument.NAME] with the keys of an instrument's --config file and
listen, serial_port, vxi11, portmapper, hislip, gateway and address, pace, one_client, refuse,
delayed_ack; tables [gateway.NAME] with kind, listen, line; tables [[cable]] with
lines = [\"a1\", \"b1\"] and perhaps map = { 2 = 1, 1 = 2 }; and pace and control. An instrument without
a seed has one that its name gives (FNV-1a), so that those of one bench are not the same unit.

Several clients may talk to one instrument at the same time; settings and output stay as the last
one left them. Each change of the output, and each fault that strikes, is a line on standard error.";

/// A simulated source-measure unit with a memristor on its terminals, or a bench of them.
#[derive(Parser)]
#[command(version, about, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// TOML file with a whole bench: instruments, ports, trigger cables
    #[arg(conflicts_with_all = [
        "model", "listen", "config", "device", "seed", "fault", "serial", "terminator", "flow",
        "one_client", "refuse", "delayed_ack", "vxi11", "portmapper", "hislip", "gateway",
        "gateway_kind", "gpib",
    ])]
    bench: Option<PathBuf>,
    /// Instrument, keithley-2400 unless a file says otherwise
    #[arg(long, value_name = "NAME", value_parser = models())]
    model: Option<String>,
    /// Address and port to listen on, 127.0.0.1:5025 unless there is another link; port 0 takes a
    /// free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// TOML file with the instrument, the device and their imperfections
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Device on the terminals: a preset, such as liquid-sinh or resistor, or an inline TOML table
    #[arg(long, value_name = "DEVICE", value_parser = device)]
    device: Option<DeviceConfig>,
    /// Seed of everything random
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Fault to inject, such as 'late reply after 3 replies'; may be given several times
    #[arg(long, value_name = "FAULT")]
    fault: Vec<FaultPlan>,
    /// A serial port, by a pseudo-terminal, at this baud rate
    #[arg(long, value_name = "BAUD", num_args = 0..=1, default_missing_value = "9600")]
    serial: Option<u32>,
    /// What ends a line on the serial port, both ways
    #[arg(long, value_name = "END", requires = "serial", value_enum, default_value = "cr")]
    terminator: End,
    /// Flow control of the serial port
    #[arg(long, value_name = "FLOW", requires = "serial", value_enum, default_value = "none")]
    flow: FlowControl,
    /// Address and port of VXI-11's core channel; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    vxi11: Option<SocketAddr>,
    /// Address and port, TCP and UDP, of a portmapper that tells where VXI-11 is; clients look for
    /// it on port 111
    #[arg(long, value_name = "ADDRESS", requires = "vxi11")]
    portmapper: Option<SocketAddr>,
    /// Address and port of HiSLIP, as a rule 4880; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    hislip: Option<SocketAddr>,
    /// A GPIB controller with the instrument on its bus: address and port (1234 is the usual one), or
    /// 'line' for a serial line by a pseudo-terminal
    #[arg(long, value_name = "ADDRESS")]
    gateway: Option<Gate>,
    /// Which GPIB controller: prologix or ar488
    #[arg(long, value_name = "KIND", requires = "gateway", default_value = "prologix")]
    gateway_kind: GatewayKind,
    /// The instrument's primary address on the bus
    #[arg(long, value_name = "ADDRESS", requires = "gateway", default_value = "24",
        value_parser = clap::value_parser!(u8).range(0..=30))]
    gpib: u8,
    /// Follow the clock on the wall, this many times as fast
    #[arg(long, value_name = "FACTOR", num_args = 0..=1, default_missing_value = "1")]
    pace: Option<f64>,
    /// Answer one client at a time; others connect and wait for their turn
    #[arg(long)]
    one_client: bool,
    /// Reset the connections of others instead
    #[arg(long, requires = "one_client")]
    refuse: bool,
    /// Leave Nagle's algorithm and delayed acknowledgements on: the 40 ms pathology
    #[arg(long)]
    delayed_ack: bool,
    /// Address and port of the side channel; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    control: Option<SocketAddr>,
    /// Say where everything is as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the conversation to standard error
    #[arg(long)]
    pub(crate) log: bool,
    /// Name the instruments that can be simulated
    #[arg(long)]
    pub(crate) list_models: bool,
    /// List the headers that the instrument knows
    #[arg(long)]
    pub(crate) list_headers: bool,
}

fn models() -> PossibleValuesParser {
    ModelName::ALL.iter().map(|it| it.text()).collect::<Vec<_>>().into()
}

/// Where a gateway is reached.
#[derive(Clone, Copy)]
enum Gate {
    Port(SocketAddr),
    Line,
}

impl std::str::FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Gate, String> {
        if text == "line" {
            return Ok(Gate::Line);
        }
        let refused = |_| "expected an address such as 127.0.0.1:1234, or line".to_owned();
        text.parse().map(Gate::Port).map_err(refused)
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum End {
    Cr,
    Lf,
    CrLf,
    LfCr,
}

#[derive(Clone, Copy, ValueEnum)]
enum FlowControl {
    None,
    XonXoff,
}

impl Arguments {
    /// Whether a bench file was named.
    pub(crate) fn is_bench(&self) -> bool {
        self.bench.is_some()
    }

    /// The bench file.
    pub(crate) fn bench_file(&self) -> Option<&Path> {
        self.bench.as_deref()
    }

    /// What is to be set up.
    pub(crate) fn bench(&self) -> Result<Bench> {
        let mut bench = match &self.bench {
            Some(path) => Bench::load(path)?,
            None => {
                let place = Place { config: self.config()?, link: self.link()? };
                let gateways = self.gateway.map(|gate| {
                    let (listen, line) = match gate {
                        Gate::Port(address) => (Some(address), false),
                        Gate::Line => (None, true),
                    };
                    (GATEWAY.to_owned(), GatewayConfig { kind: self.gateway_kind, listen, line })
                });
                Bench {
                    instruments: [(ONLY.to_owned(), place)].into(),
                    gateways: gateways.into_iter().collect(),
                    ..Bench::default()
                }
            }
        };
        bench.pace = self.pace.or(bench.pace);
        bench.control = self.control.or(bench.control);
        Ok(bench)
    }

    /// The instrument of a start without a bench file.
    pub(crate) fn config(&self) -> Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::load(path)?,
            None => Config::default(),
        };
        if let Some(model) = &self.model {
            config.model = model.parse::<ModelName>()?;
        }
        if let Some(device) = &self.device {
            config.device = device.to_owned();
        }
        if let Some(seed) = self.seed {
            config.seed = seed;
        }
        config.faults.extend(self.fault.iter().cloned());
        match (config.validate(), &self.config) {
            (Err(error), Some(path)) => {
                Err(anyhow::Error::from(error).context(path.display().to_string()))
            }
            (checked, _) => Ok(checked.map(|()| config)?),
        }
    }

    fn link(&self) -> Result<LinkConfig> {
        let serial_port = self.serial.map(|rate| self.serial_port(rate)).transpose()?;
        let mut link = LinkConfig {
            listen: self.listen,
            serial_port,
            vxi11: self.vxi11,
            portmapper: self.portmapper,
            hislip: self.hislip,
            gateway: self.gateway.map(|_| GATEWAY.to_owned()),
            address: self.gateway.map(|_| self.gpib),
            pace: None,
            one_client: self.one_client,
            refuse: self.refuse,
            delayed_ack: self.delayed_ack,
        };
        if !link.has_others() {
            link.listen.get_or_insert(SocketAddr::from(([127, 0, 0, 1], 5025)));
        }
        Ok(link)
    }

    fn serial_port(&self, rate: u32) -> Result<SerialSettings> {
        let baud = rate.try_into().map_err(|error: String| anyhow::anyhow!("--serial: {error}"))?;
        let terminator = match self.terminator {
            End::Cr => Terminator::Cr,
            End::Lf => Terminator::Lf,
            End::CrLf => Terminator::CrLf,
            End::LfCr => Terminator::LfCr,
        };
        let flow = match self.flow {
            FlowControl::None => Flow::None,
            FlowControl::XonXoff => Flow::XonXoff,
        };
        Ok(SerialSettings { baud, terminator, flow })
    }
}

fn device(text: &str) -> Result<DeviceConfig, String> {
    #[derive(serde::Deserialize)]
    struct Wrapped {
        device: DeviceConfig,
    }
    let table = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        format!("{{ preset = {text:?} }}")
    };
    toml::from_str::<Wrapped>(&format!("device = {table}"))
        .map(|it| it.device)
        .map_err(|error| error.message().to_owned())
}
