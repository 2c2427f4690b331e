//! The firmware-sim server: one simulated instrument on a TCP port.

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;
use firmware_sim::{Config, DeviceConfig, FaultPlan, Instrument, ModelName, serve_tcp};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

const EXAMPLES: &str = "\
Examples:
  firmware-sim
  firmware-sim --listen 127.0.0.1:0 --seed 7
  firmware-sim --config twin-a.toml --log
  firmware-sim --device resistor
  firmware-sim --device '{ preset = \"liquid-sinh\", full_scale = \"60 uA\", memory = \"8 %\" }'
  firmware-sim --fault 'silence after 120 replies' --fault 'error -363 after 5 messages'

Talk to it with any SCPI client over a raw socket, LF ends a line:
  echo '*IDN?' | nc -q1 127.0.0.1 5025
Clients are served one after another; settings and output stay as the last one left them.
Each change of the output is a line on standard error.";

/// A simulated source-measure unit with a memristor on its terminals.
#[derive(Parser)]
#[command(version, about, after_help = EXAMPLES)]
struct Arguments {
    /// Instrument: keithley-2400
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5025")]
    listen: SocketAddr,
    /// TOML file with the instrument, the device and their imperfections
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Device on the terminals: a preset (liquid-sinh, saturating, cuso4, resistor) or an inline
    /// TOML table
    #[arg(long, value_name = "DEVICE", value_parser = device)]
    device: Option<DeviceConfig>,
    /// Seed of everything random
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Fault to inject, such as 'late reply after 3 replies'; may be given several times
    #[arg(long, value_name = "FAULT")]
    fault: Vec<FaultPlan>,
    /// Write the conversation to standard error
    #[arg(long)]
    log: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let level = if arguments.log { "firmware_sim=debug" } else { "firmware_sim=info" };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into()))
        .with_writer(io::stderr)
        .init();
    match instrument(&arguments) {
        Ok(instrument) => finish(listen(arguments.listen, instrument), 1),
        Err(error) => finish(Err(error), 2),
    }
}

fn finish(result: Result<()>, code: u8) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firmware-sim: {error:#}");
            ExitCode::from(code)
        }
    }
}

fn instrument(arguments: &Arguments) -> Result<Instrument> {
    let mut config = match &arguments.config {
        Some(path) => Config::load(path)?,
        None => Config::default(),
    };
    if let Some(model) = &arguments.model {
        config.model = model.parse::<ModelName>()?;
    }
    if let Some(device) = arguments.device {
        config.device = device;
    }
    if let Some(seed) = arguments.seed {
        config.seed = seed;
    }
    config.faults.extend(arguments.fault.iter().cloned());
    Ok(Instrument::new(&config)?)
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

#[tokio::main(flavor = "current_thread")]
async fn listen(address: SocketAddr, mut instrument: Instrument) -> Result<()> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    println!("listening on {}", listener.local_addr()?);
    tokio::select! {
        result = answer_clients(listener, &mut instrument) => result,
        result = interrupted() => Ok(result?),
    }
}

async fn answer_clients(listener: TcpListener, instrument: &mut Instrument) -> Result<()> {
    loop {
        let (stream, client) = listener.accept().await?;
        tracing::info!(target: "firmware_sim::link", "{client} connected");
        match serve_tcp(stream, instrument).await {
            Ok(()) => tracing::info!(target: "firmware_sim::link", "{client} disconnected"),
            Err(error) => tracing::info!(target: "firmware_sim::link", "{client} lost: {error}"),
        }
    }
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
